"""Text that judges mark as evidence: what a form sends, how it is kept, found again and undone.

A place is a pair of code point offsets in a part of an output as stored. A mark stands or falls
with the answer that it supports: the same form's answer to its criterion or, for a mark without
a criterion, any of the form's answers. So it is in force exactly as long as that answer is.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from evaluations.definitions.models import Criterion, DefinitionVersion
from evaluations.judgments.models import Answer, Judge, Judgment, Mark, Part
from evaluations.runs.models import Output

MOST_MARKS = 200
MOST_MARKED = 2_000_000
MOST_SENT = 100_000
AROUND = 32
GARBLED = "The marked text could not be read. Mark it again, or remove the marks."


class NotThere(ValueError):
    """Words do not stand in a text, or stand there more than once; the message says which."""


@dataclass(frozen=True, kw_only=True)
class MarkDraft:
    """A place marked in a form: code points of the part, and a criterion's key or nothing."""

    part: str
    start: int
    end: int
    criterion: str = ""


def part_text(output: Output, part: str) -> str:
    """The stored text of a part. KeyError for an unknown one."""
    if part == Part.PROMPT:
        return output.prompt.text
    return {Part.TRACE.value: output.trace, Part.ANSWER.value: output.answer}[part]


def marks_from(text: str, output: Output, keys: Collection[str]) -> list[MarkDraft]:
    """The marks that a form's hidden field holds, as a JSON list; the same one twice counts once.

    Args:
        keys: criteria that the form asks, for which text may be marked.

    Raises:
        ValueError: with a sentence for the judge, when the field is garbled, too long, or names
            a place or a criterion that is not there.
    """
    if not text.strip():
        return []
    if len(text) > MOST_SENT:
        raise ValueError(f"At most {MOST_MARKS} places can be marked in one judgment.")
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(GARBLED) from error
    if not isinstance(sent, list):
        raise ValueError(GARBLED)
    drafts = list(dict.fromkeys(draft_from(entry) for entry in sent))
    if len(drafts) > MOST_MARKS:
        raise ValueError(f"At most {MOST_MARKS} places can be marked in one judgment.")
    if sum(draft.end - draft.start for draft in drafts) > MOST_MARKED:
        raise ValueError("So much text cannot be marked in one judgment. Remove a long mark.")
    for draft in drafts:
        if draft.criterion and draft.criterion not in keys:
            raise ValueError("Text is marked for a question that is not asked here. Remove it.")
        if draft.end > len(part_text(output, draft.part)):
            part = Part(draft.part).label
            raise ValueError(f"A mark ends after the {part}. Remove it and mark the text again.")
    return drafts


def draft_from(entry: Any) -> MarkDraft:
    """One entry of the field. ValueError unless it has a known part and a place in order."""
    if not isinstance(entry, dict):
        raise ValueError(GARBLED)
    part, start, end = entry.get("part"), entry.get("start"), entry.get("end")
    criterion = entry.get("criterion", "")
    if type(start) is not int or type(end) is not int or not isinstance(criterion, str):
        raise ValueError(GARBLED)
    if part not in Part.values or not 0 <= start < end:
        raise ValueError(GARBLED)
    return MarkDraft(part=part, start=start, end=end, criterion=criterion)


def field_text(marks: Iterable[Mark | MarkDraft]) -> str:
    """What the hidden field of a form holds for *marks*; "" for none. Joins the criterion."""
    entries = []
    for mark in marks:
        if isinstance(mark, MarkDraft):
            key = mark.criterion
        else:
            key = mark.criterion.key if mark.criterion else ""
        entries.append({"part": mark.part, "start": mark.start, "end": mark.end, "criterion": key})
    return json.dumps(entries, separators=(",", ":")) if entries else ""


def store_marks(judgment: Judgment, marks: Sequence[MarkDraft]) -> list[Mark]:
    """Store a form's marks; the earlier ones of the answers that it replaced step back.

    Runs in the caller's transaction, after the form's answers are stored. Where an answer only
    repeats a blind one that stays in force, so do the marks that came with that one.

    Raises:
        KeyError: for a part or a criterion that does not exist.
    """
    output = judgment.output
    if output is None:
        raise ValueError("Text is marked in an output; this judgment is about a prompt.")
    keys = {mark.criterion for mark in marks if mark.criterion}
    criteria = {criterion.key: criterion for criterion in Criterion.objects.filter(key__in=keys)}
    rows = []
    for mark in marks:
        text = part_text(output, mark.part)
        rows.append(
            Mark(
                judgment=judgment,
                judge_id=judgment.judge_id,
                output=output,
                criterion=criteria[mark.criterion] if mark.criterion else None,
                part=mark.part,
                **quoted(text, mark.start, mark.end),
            )
        )
    stored = Mark.objects.bulk_create(rows)
    follow_answers(judgment.judge_id, [output.pk])
    return stored


def quoted(text: str, start: int, end: int) -> dict[str, Any]:
    """The columns that find code points *start* to *end* - 1 of a part again, whatever happens."""
    return {
        "start": start,
        "end": end,
        "quote": text[start:end],
        "prefix": text[max(start - AROUND, 0) : start],
        "suffix": text[end : end + AROUND],
        "text_sha256": hash_of(text),
    }


def place_of(text: str, words: str, where: str) -> tuple[int, int]:
    """The code points between which *words* stand in *text*, which must have them once.

    Args:
        where: what a sentence calls the text, such as "working".

    Raises:
        NotThere: when it has them nowhere, or in several places.
    """
    start = text.find(words)
    if start < 0:
        raise NotThere(f"These words do not stand in the {where}. Copy them from there.")
    if text.find(words, start + 1) >= 0:
        raise NotThere(
            f"These words stand more than once in the {where}. Copy a few more around them."
        )
    return start, start + len(words)


def undo_marks(judgments: Iterable[Judgment]) -> None:
    """Take back the marks of withdrawn judgments; those they replaced are in force again.

    Runs in the caller's transaction, after the judgments are withdrawn and their answers, and
    those that these replaced, are put right.
    """
    outputs = defaultdict(set)
    for judgment in judgments:
        if judgment.output_id is not None:
            outputs[judgment.judge_id].add(judgment.output_id)
    for judge_id, output_ids in outputs.items():
        follow_answers(judge_id, output_ids)


def follow_answers(judge_id: int, output_ids: Collection[int]) -> None:
    """Set which of a judge's marks on these outputs are in force, from the answers they support.

    A mark whose form has no answer of the kind is in force while its judgment stands. Makes one
    query where nothing was marked, else two, and one for each change.
    """
    marks = list(
        Mark.objects.filter(judge_id=judge_id, output__in=output_ids).select_related("judgment")
    )
    if not marks:
        return
    tokens = {mark.judgment.form_token for mark in marks}
    answers: dict[UUID, dict[int | None, bool]] = defaultdict(dict)
    for token, criterion, current in Answer.objects.filter(
        judge_id=judge_id, judgment__form_token__in=tokens
    ).values_list("judgment__form_token", "criterion_id", "is_current"):
        answers[token][criterion] = answers[token].get(criterion, False) or current
    changed: dict[bool, list[int]] = {True: [], False: []}
    for mark in marks:
        form = answers[mark.judgment.form_token]
        stands = any(form.values()) if form else True
        if mark.criterion_id is not None:
            stands = form.get(mark.criterion_id, stands)
        stands = stands and mark.judgment.withdrawn_at is None
        if stands != mark.is_current:
            changed[stands].append(mark.pk)
    for stands, keys in changed.items():
        if keys:
            Mark.objects.filter(pk__in=keys).update(is_current=stands)


def copy_marks(judgment: Judgment, copy: Judgment) -> list[Mark]:
    """Write a judgment's marks in force again under its copy, for the answers that it copies.

    A mark without a criterion goes with any answer. Runs after the copy's answers are written,
    and before the original is withdrawn.
    """
    if copy.output_id is None:
        return []
    answered = set(copy.answers.values_list("criterion_id", flat=True))
    drafts = [
        MarkDraft(
            part=mark.part,
            start=mark.start,
            end=mark.end,
            criterion=mark.criterion.key if mark.criterion else "",
        )
        for mark in judgment.marks.filter(is_current=True).select_related("criterion")
        if mark.criterion_id is None or mark.criterion_id in answered
    ]
    return store_marks(copy, drafts)


def marks_on(output: Output, judge: Judge | None = None) -> QuerySet[Mark]:
    """Marks in force on an output, of one judge or of all, in the order of the text.

    Joins the criterion and the judge.
    """
    marks = Mark.objects.filter(output=output, is_current=True)
    if judge is not None:
        marks = marks.filter(judge=judge)
    return marks.select_related("criterion", "judge").order_by("-part", "start", "end", "id")


def typed_marks(
    judge: Judge | None,
    output: Output,
    *,
    keys: Collection[str] = (),
    definition: DefinitionVersion | None = None,
    holistic: bool = False,
    undone: UUID | None = None,
) -> str:
    """What the hidden field opens with: the marks that this judge made for the same questions.

    Args:
        keys: criteria that the form asks.
        definition, holistic: what else it asks, to which marks without a criterion belong.
        undone: the form that was just taken back; then its marks, and no others.
    """
    if judge is None:
        return ""
    mine = Mark.objects.filter(judge=judge, output=output).select_related("criterion")
    if undone is not None and judge.judgments.filter(form_token=undone).exists():
        return field_text(mine.filter(judgment__form_token=undone).order_by("id"))
    mine = mine.filter(is_current=True)
    if definition is not None:
        mine = mine.filter(judgment__answers__definition_version=definition)
    elif holistic:
        mine = mine.filter(criterion=None, judgment__answers__is_holistic=True)
    else:
        mine = mine.filter(criterion__key__in=keys)
    return field_text(mine.order_by("id"))


def hash_of(text: str) -> str:
    """SHA-256 of a part's text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def located(mark: Mark, text: str) -> tuple[int, int] | None:
    """Where a mark lies in *text*, as code points; None when it cannot be told.

    In the very text that was marked by its offsets. In another one by its quote: the place whose
    surroundings agree over the most characters, the nearest of equals; a quote that stands alone
    needs no surroundings, and one of several without any is not guessed.
    """
    if hash_of(text) == mark.text_sha256:
        return mark.start, mark.end
    places = []
    start = text.find(mark.quote)
    while start >= 0:
        end = start + len(mark.quote)
        before = alike(reversed(text[max(start - AROUND, 0) : start]), reversed(mark.prefix))
        after = alike(text[end : end + AROUND], mark.suffix)
        places.append((before + after, -abs(start - mark.start), start, end))
        start = text.find(mark.quote, start + 1)
    if not places:
        return None
    agreeing, _, start, end = max(places)
    return (start, end) if agreeing or len(places) == 1 else None


def alike(one: Iterable[str], other: Iterable[str]) -> int:
    """How many characters two texts share from their beginning on."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
