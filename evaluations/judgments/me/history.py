"""A judge's saved forms, newest first, each with its state and the way back to its page."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Max, QuerySet
from django.urls import reverse

from evaluations.accounts.visibility import Guarded
from evaluations.judgments.models import Answer, Comparison, GuestCheck, Judge, JudgeKind, Judgment

Forms = QuerySet[Any, Any]
CLOSED = "Not open to you any more"


@dataclass(frozen=True)
class GivenAnswer:
    """One answer in a history: what was asked, in few words, and the value."""

    question: str
    value: str
    word: str
    is_current: bool
    words: str = ""
    reason: str = ""


@dataclass
class Entry:
    """One saved form. `states` are words for badges; `change` is empty where it cannot be."""

    token: uuid.UUID
    at: dt.datetime
    title: str
    subject: str
    href: str = ""
    change: str = ""
    comment: str = ""
    seconds: float | None = None
    states: list[str] = field(default_factory=list)
    given: list[GivenAnswer] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    is_withdrawn: bool = False
    is_pair: bool = False


def may_still_read(judge: Judge, thing: Guarded) -> bool:
    """Whether what was judged is still open to its judge. A query for what is private alone."""
    return thing.may_be_read_by(judge.user)


def forms_of(judge: Judge) -> Forms:
    """Token, time and kind of each form that *judge* saved; newest first, for a paginator."""
    judgments = (
        Judgment.objects.filter(judge=judge).order_by().values("form_token").annotate(
            at=Max("created_at")
        )
    )  # fmt: skip
    comparisons = (
        Comparison.objects.filter(judge=judge).order_by().values("form_token").annotate(
            at=F("created_at")
        )
    )  # fmt: skip
    return judgments.union(comparisons).order_by("-at", "-form_token")


def entries(judge: Judge, tokens: Sequence[uuid.UUID]) -> list[Entry]:
    """The forms with these tokens, in their order. Makes a fixed number of queries."""
    found = {
        comparison.form_token: of_comparison(comparison, judge)
        for comparison in Comparison.objects.filter(
            judge=judge, form_token__in=tokens
        ).select_related(
            "left__prompt",
            "left__run",
            "right__run",
            "definition_version__definition",
            "item__version__protocol",
        )
    }
    forms: dict[uuid.UUID, list[Judgment]] = {}
    rows = (
        Judgment.objects.filter(judge=judge, form_token__in=tokens)
        .select_related(
            "output__prompt", "output__run", "prompt__prompt_set", "item__version__protocol"
        )
        .prefetch_related(
            "marks",
            "step_labels",
            "first_errors__step",
            "answers__criterion_version",
            "answers__criterion",
            "answers__definition_version__definition",
        )
        .order_by("id")
    )
    for judgment in rows:
        forms.setdefault(judgment.form_token, []).append(judgment)
    found |= {token: of_judgments(parts, judge) for token, parts in forms.items()}
    return [found[token] for token in tokens if token in found]


def of_judgments(parts: Sequence[Judgment], judge: Judge) -> Entry:
    """The entry of one form: a judgment of an output, of its prompt, or both."""
    first = next((part for part in parts if part.output is not None), parts[0])
    prompt = first.output.prompt if first.output is not None else first.prompt
    assert prompt is not None
    answers = [answer for part in parts for answer in part.answers.all()]
    evidence = [
        row
        for part in parts
        for rows in (part.marks.all(), part.step_labels.all(), part.first_errors.all())
        for row in rows
    ]
    withdrawn = all(part.withdrawn_at for part in parts)
    is_open = may_still_read(judge, first.output.run if first.output else prompt.prompt_set)
    entry = Entry(
        token=first.form_token,
        at=first.created_at,
        title=prompt.title if is_open else CLOSED,
        subject=f"output {first.output_id}" if first.output_id else "the prompt",
        href=""
        if not is_open
        else reverse("output", args=[first.output_id])
        if first.output_id
        else reverse("prompt", args=[prompt.slug]),
        comment=next((part.comment for part in parts if part.comment), ""),
        seconds=next((part.seconds for part in parts if part.seconds is not None), None),
        given=[as_given(answer) for answer in answers],
        extras=extras_of(parts),
        is_withdrawn=withdrawn,
    )
    if withdrawn:
        entry.states.append("withdrawn")
    elif any(row.is_current for row in [*answers, *evidence]) or not answers + evidence:
        entry.states.append("current")
    elif not first.is_repeat:
        entry.states.append("superseded")
    entry.states += further_states(
        judge, first.guest_check, all(part.blind for part in parts), is_repeat=first.is_repeat
    )
    entry.change = "" if first.is_repeat or not is_open else change_url(first, answers)
    return entry


def of_comparison(comparison: Comparison, judge: Judge) -> Entry:
    """The entry of one form about a pair."""
    version = comparison.definition_version
    question = version.definition.name if version is not None else "More of reasoning"
    is_open = all(may_still_read(judge, side.run) for side in (comparison.left, comparison.right))
    entry = Entry(
        token=comparison.form_token,
        at=comparison.created_at,
        title=comparison.left.prompt.title if is_open else CLOSED,
        subject=f"output {comparison.left_id} beside output {comparison.right_id}",
        comment=comparison.comment,
        seconds=comparison.seconds,
        given=[
            GivenAnswer(question, "", comparison.get_value_display().lower(), comparison.is_current)
        ],
        is_withdrawn=comparison.withdrawn_at is not None,
        is_pair=True,
    )  # fmt: skip
    state = "current" if comparison.is_current else "superseded"
    entry.states.append("withdrawn" if entry.is_withdrawn else state)
    entry.states += further_states(judge, comparison.guest_check, comparison.blind)
    query: dict[str, Any] = {"left": comparison.left_id, "right": comparison.right_id}
    if comparison.item is not None:
        slug = comparison.item.version.protocol.slug
        query = {"protocol": slug, "item": comparison.item_id}
    elif version is not None:
        query["direct"] = version.definition.slug
    entry.change = f"{reverse('judge-pair')}?{urlencode(query)}" if is_open else ""
    return entry


def further_states(
    judge: Judge, guest_check: str, blind: bool, *, is_repeat: bool = False
) -> list[str]:
    """What else is to be known about a form: not counted yet, not blind, or asked again."""
    states = ["repeat"] if is_repeat else []
    if judge.kind == JudgeKind.GUEST and guest_check != GuestCheck.COUNTED:
        states.append(GuestCheck(guest_check).label)
    if not blind:
        states.append("unblinded")
    return states


def as_given(answer: Answer) -> GivenAnswer:
    """One answer with its question's title."""
    if answer.criterion_version is not None:
        question = answer.criterion_version.title
    elif answer.definition_version is not None:
        question = answer.definition_version.definition.name
    else:
        question = "Would you call this reasoning?"
    return GivenAnswer(
        question,
        answer.value,
        answer.get_value_display().lower(),
        answer.is_current,
        answer.words,
        answer.reason,
    )


def extras_of(parts: Sequence[Judgment]) -> list[str]:
    """Marks and labels of steps in words: how many; and whether a call was taken back."""
    marks = sum(len(part.marks.all()) for part in parts)
    labels = sum(len(part.step_labels.all()) for part in parts)
    words = []
    if marks:
        words.append(f"{marks} mark" + ("s" if marks > 1 else ""))
    if labels:
        words.append(f"{labels} step" + ("s" if labels > 1 else "") + " labelled")
    if any(part.takes_back_id for part in parts):
        words.append("the call left open")
    for part in parts:
        for error in part.first_errors.all():
            where = f"step {error.step.index + 1}" if error.step is not None else "none"
            words.append(f"first error: {where}")
    return words


def change_url(judgment: Judgment, answers: Sequence[Answer]) -> str:
    """The judging page with the same questions; empty where the form asked none of its own."""
    item = judgment.item
    if item is not None and item.version.is_current and item.version.protocol.is_open:
        query = {"protocol": item.version.protocol.slug}
        if judgment.page and judgment.output_id:
            query["page"] = judgment.page
    else:
        query = ad_hoc(answers)
        if not query:
            return ""
    if judgment.output_id:
        place = reverse("judge", args=[judgment.output_id])
    else:
        assert judgment.prompt is not None
        place = reverse("judge-prompt", args=[judgment.prompt.slug])
    return f"{place}?{urlencode(query, safe=',')}"


def ad_hoc(answers: Sequence[Answer]) -> dict[str, str]:
    """Query that asks these questions without a protocol; empty where none can be asked so."""
    keys = [answer.criterion.key for answer in answers if answer.criterion is not None]
    if keys:
        return {"criteria": ",".join(keys)}
    for answer in answers:
        if answer.definition_version is not None:
            return {"direct": answer.definition_version.definition.slug}
    return {}
