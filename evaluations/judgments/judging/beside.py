"""What the judging page shows beside the output: earlier answers, the last save, one's pace."""

import statistics
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest

from evaluations.judgments.answers.blind import has_seen
from evaluations.judgments.answers.marks import typed_marks
from evaluations.judgments.answers.step_labels import earlier_steps
from evaluations.judgments.answers.verdicts import verdicts_on
from evaluations.judgments.items.pages import OutputTask
from evaluations.judgments.items.questions import answered_in_full, pool_of, uncalled
from evaluations.judgments.judges.guest_checks import check_in_words
from evaluations.judgments.judges.visitors import Visitor
from evaluations.judgments.models import (
    Answer,
    GoldAnswer,
    GuestCheck,
    Item,
    Judge,
    Judgment,
    Value,
)
from evaluations.runs.models import Output

LAST_SAVED = "last_saved"
LAST_SKIPPED = "last_skipped"
PACE_OVER = 20


def earlier_answers(
    judge: Judge | None, task: OutputTask, *, undone: uuid.UUID | None = None
) -> dict[str, Any]:
    """What this judge answered before, so that looking again starts from it.

    With *undone*, also what was answered in that form.
    """
    if judge is None or task.is_repeat:
        return {}
    questions, output = task.questions, task.output
    if questions.steps:
        return dict(earlier_steps(judge, output, undone=undone))
    marks = typed_marks(
        judge,
        output,
        keys={wording.criterion.key for wording in questions.wordings},
        definition=questions.definition,
        holistic=questions.is_holistic,
        undone=undone,
    )
    about = Q(output=output) | Q(prompt_id=output.prompt_id)
    mine = Answer.objects.given(judge, undone).filter(about)
    initial: dict[str, Any] = {"marks": marks}
    if questions.is_holistic:
        held = mine.filter(is_holistic=True).last()
        return initial | ({"answer-holistic": held.value} if held else {})
    if questions.definition is not None:
        given = mine.filter(definition_version=questions.definition).last()
        if given is None:
            return initial
        return {
            **initial,
            "answer-direct": given.value,
            "words": given.words,
            "reason": given.reason,
        }
    if questions.offers_call and (held := mine.filter(is_holistic=True).last()):
        initial["answer-holistic"] = held.value
    return initial | {
        f"answer-{answer.criterion.key}": answer.value
        for answer in mine.to(questions.wordings)
        if answer.criterion is not None
    }


def has_judged(judge: Judge | None, output: Output | None) -> bool:
    """Whether this judge answered criteria about the output. One query."""
    mine = Answer.objects.current().filter(judge=judge, output=output, criterion__isnull=False)
    return judge is not None and mine.exists()


def answered_under(judge: Judge | None, task: OutputTask) -> list[str]:
    """Where else this judge answered what the page asks of the output: a save takes it from there.

    Names of protocols as a sentence has them. One query, or none.
    """
    if judge is None or task.is_repeat or task.questions.steps:
        return []
    mine = Answer.objects.current().filter(judge=judge, output=task.output)
    if task.questions.is_call:
        return []
    if task.questions.is_holistic:
        mine = mine.filter(is_holistic=True)
    elif task.questions.definition is not None:
        mine = mine.filter(definition_version=task.questions.definition)
    else:
        mine = mine.to(task.questions.about_output)
    of = "judgment__item__version__protocol"
    here = task.version.protocol_id if task.version is not None else None
    found = mine.order_by(f"{of}__title").values_list(of, f"{of}__title").distinct()
    return [f"“{title}”" if pk else "no protocol" for pk, title in found if pk != here]


def seen_others(judge: Judge | None, task: OutputTask) -> str:
    """Of what others' answers were shown to this judge, so that theirs are not blind.

    "output", or "prompt" where that alone is so and the page asks about it; else empty.
    """
    if judge is None or task.is_repeat:
        return ""
    if has_seen(judge, output=task.output):
        return "output"
    asks_prompt = task.questions.about_prompt
    return "prompt" if asks_prompt and has_seen(judge, output__prompt=task.output.prompt_id) else ""


def saved_count(judge: Judge | None) -> int:
    """How many forms this judge saved and did not undo."""
    if judge is None:
        return 0
    return judge.judgments.standing().values("form_token").distinct().count()


def place_of(judge: Judge | None, task: OutputTask) -> tuple[int, int]:
    """Which output this is for the judge, from 1, and of how many; makes two queries at most.

    Of a protocol the items count, elsewhere the outputs from which the next one is drawn, and of
    them those on which the judge has no open question.
    """
    version = task.version
    if judge is not None and task.questions.is_call:
        called = judge.answers.current().filter(is_holistic=True).exclude(output=task.output)
        left = uncalled(judge).exclude(pk=task.output.pk)
        return called.count() + 1, called.count() + 1 + left.count()
    if judge is None:
        return 1, version.items.count() if version else pool_of(None).count()
    if version is None:
        done = Q(pk__in=answered_in_full(judge, task.questions)) & ~Q(pk=task.output.pk)
        found = pool_of(judge).aggregate(total=Count("pk"), before=Count("pk", filter=done))
        total = max(found["total"], 1)  # of what cannot be drawn this one is shown all the same
        return min(found["before"] + 1, total), total
    total = version.items.count()
    judged = judge.judgments.standing().filter(output__isnull=False, is_repeat=False)
    before = judged.filter(item__version=version).exclude(output=task.output)
    return min(before.values("output").distinct().count() + 1, total), total


def pace(judge: Judge | None) -> float | None:
    """Median seconds of this judge's last forms, idle time taken out; None before three."""
    if judge is None:
        return None
    recent = judge.judgments.standing().filter(seconds__gt=0).order_by("-id")[:PACE_OVER]
    seconds = [taken for taken in recent.values_list("seconds", flat=True) if taken is not None]
    return statistics.median(seconds) if len(seconds) >= 3 else None


@dataclass(frozen=True)
class GoldFeedback:
    """One question of a gold item: what was expected, what was answered, and why."""

    question: str
    expected: str
    given: str
    why: str

    @property
    def right(self) -> bool:
        return self.expected == self.given


def gold_feedback(item: Item | None, judge: Judge) -> list[GoldFeedback]:
    """How a judge's answers to a gold item compare with the expected ones; empty elsewhere."""
    if item is None or not item.is_gold or not item.version.gold_feedback:
        return []
    words = dict(Value.choices)
    expected = list(
        GoldAnswer.objects.filter(item=item).select_related("criterion_version", "criterion")
    )
    given = dict(
        Answer.objects.current()
        .filter(
            judge=judge, output=item.output, criterion__in=[gold.criterion for gold in expected]
        )
        .values_list("criterion_id", "value")
    )
    return [
        GoldFeedback(
            gold.criterion_version.question,
            words.get(gold.value, gold.value),
            words.get(given[gold.criterion_id], ""),
            gold.feedback,
        )
        for gold in expected
        if gold.criterion_id in given
    ]


def last_saved(request: HttpRequest) -> tuple[str | None, int | None, bool]:
    """(form token, output, whether that finished it) of the last save in this browser."""
    kept: Any = request.session.get(LAST_SAVED) or ()
    return (kept[0], kept[1], bool(kept[2])) if len(kept) == 3 else (None, None, True)


def saved_strip(
    request: HttpRequest, who: Visitor, now: Output | None = None
) -> dict[str, Any] | None:
    """The last saved form: what it comes to once the item is finished, and how to undo it.

    Counts without names: the strip stands above the next output *now*, which is judged blind.
    Where that answers the same prompt, the reference answer is not told.
    """
    token, output_id, complete = last_saved(request)
    if not token or who.judge is None:
        return None
    forms = who.judge.judgments.standing().filter(form_token=token)
    judgment = forms.select_related("item__version").order_by("id").first()
    if judgment is None:
        return None
    output = (
        Output.objects.written()
        .readable_by(who.user)
        .for_reading()
        .filter(pk=output_id or 0)
        .first()
    )
    if output is None:
        return None
    strip = {
        "output": output,
        "token": token,
        "complete": complete,
        "check": check_in_words(judgment.guest_check) if who.is_guest else "",
        "surplus": judgment.is_surplus and judgment.guest_check == GuestCheck.COUNTED,
        "repeat": judgment.is_repeat,
    }
    if not complete:
        return strip | {"settled": 0, "counts": []}
    mine = Answer.objects.on(output).filter(judge=who.judge)
    counts = Counter(found.verdict for found in verdicts_on(output, mine) if found.is_settled)
    return strip | {
        "settled": counts.total(),
        "counts": counts.most_common(),
        "gold": gold_feedback(judgment.item, who.judge),
        "reference": output.prompt.reference_for(who.user)
        if shows_reference(judgment) and not (now and now.prompt_id == output.prompt_id)
        else "",
    }


def shows_reference(judgment: Judgment) -> bool:
    """Whether the reference answer may be told now: the process criteria are saved."""
    if judgment.item is not None:
        return judgment.item.version.shows_reference
    return judgment.answers.filter(criterion__process=True).exists()
