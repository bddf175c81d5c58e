"""Judges' answers about one output as its page shows them: by criterion, without names."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from evaluations.judgments.answers.verdicts import VerdictOn
from evaluations.judgments.models import Answer, Judge, JudgeKind, Value

KIND_WORDS = {
    JudgeKind.PERSON: "Judge",
    JudgeKind.GUEST: "Guest",
    JudgeKind.MODEL: "Model judge",
    JudgeKind.IMPORTED: "People elsewhere",
}


def counted(answers: Iterable[Answer], mine: Judge | None) -> list[Answer]:
    """The answers that the page's verdicts rest on.

    They are the blind ones of signed-in people that are not set apart, as on the boards, and the
    visitor's own. Expects what `AnswerQuerySet.on` adds.
    """
    return [
        answer
        for answer in answers
        if (mine is not None and answer.judge_id == mine.pk)
        or (
            answer.judge.kind == JudgeKind.PERSON
            and answer.judgment.blind
            and not getattr(answer, "apart", False)
        )
    ]


def judge_labels(answers: Iterable[Answer], mine: Judge | None) -> dict[int, str]:
    """Judge to what the page calls them: "You", "Judge 1", "Guest 1".

    Numbers follow the order in which they first judged this output, and hold for it alone.
    """
    first: dict[int, tuple[int, str]] = {}
    for answer in answers:
        known = first.get(answer.judge_id)
        if known is None or answer.judgment_id < known[0]:
            first[answer.judge_id] = (answer.judgment_id, answer.judge.kind)
    labels: dict[int, str] = {}
    numbers: Counter[str] = Counter()
    for judge, (_, kind) in sorted(first.items(), key=lambda item: item[1][0]):
        if mine is not None and judge == mine.pk:
            labels[judge] = "You"
            continue
        numbers[kind] += 1
        labels[judge] = f"{KIND_WORDS[JudgeKind(kind)]} {numbers[kind]}"
    return labels


def as_given(answer: Answer, labels: dict[int, str]) -> dict[str, Any]:
    """One answer with its giver's label."""
    return {
        "value": answer.value,
        "label": labels[answer.judge_id],
        "is_yours": labels[answer.judge_id] == "You",
        "blind": answer.judgment.blind,
        "apart": getattr(answer, "apart", False),
        "on_summary": answer.judgment.on_summary,
        "words": answer.words,
        "reason": answer.reason,
    }


def by_criterion(answers: Iterable[Answer], labels: dict[int, str]) -> list[dict[str, Any]]:
    """One entry a question: its wording, counts by value, and each answer; yours first.

    Wordings that mean the same stand together, under the newest one that was answered.
    """
    groups: dict[tuple[int, str, int], list[Answer]] = defaultdict(list)
    for answer in answers:
        wording = answer.criterion_version
        if answer.criterion is not None and wording is not None:
            criterion = answer.criterion
            groups[criterion.position, criterion.key, wording.meaning].append(answer)
    entries = []
    for (_, key, _), members in sorted(groups.items()):
        counts = Counter(answer.value for answer in members)
        newest = max(
            (answer.criterion_version for answer in members if answer.criterion_version),
            key=lambda wording: wording.number,
        )
        entries.append(
            {
                "key": key,
                "question": newest.question,
                "about_prompt": members[0].prompt_id is not None,
                "parts": [(value, counts[value]) for value in Value.values if counts[value]],
                "given": in_order([as_given(answer, labels) for answer in members]),
            }
        )
    return entries


def direct(answers: Iterable[Answer], labels: dict[int, str]) -> list[dict[str, Any]]:
    """Classifications against a definition as it is worded, one entry a definition."""
    groups: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.definition_version_id is not None:
            groups[answer.definition_version_id].append(answer)
    return [
        {
            "version": members[0].definition_version,
            "given": in_order([as_given(answer, labels) for answer in members]),
        }
        for members in groups.values()
    ]


def holistic(answers: Iterable[Answer], labels: dict[int, str]) -> list[dict[str, Any]]:
    """Answers to “would you call this reasoning?”, yours first."""
    return in_order([as_given(answer, labels) for answer in answers if answer.is_holistic])


def in_order(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Yours first, then people, guests and models by their numbers."""
    return sorted(
        given,
        key=lambda item: (
            not item["is_yours"],
            item["label"].startswith("Model"),
            item["label"].startswith("Guest"),
            len(item["label"]),
            item["label"],
        ),
    )


def verdict_groups(found: Sequence[VerdictOn]) -> list[tuple[str, list[VerdictOn]]]:
    """Settled verdicts, those still open, those not asked in full, and what repeats others."""
    asked = [verdict for verdict in found if verdict.is_asked]
    groups = (
        ("Settled", [verdict for verdict in asked if verdict.is_settled]),
        ("Undetermined", [v for v in asked if v.is_open and v.is_counted]),
        ("Not asked in full", [v for v in found if not v.is_asked and v.is_counted]),
        ("Forks and equal rules, not counted", [v for v in found if not v.is_counted]),
    )
    return [group for group in groups if group[1]]
