"""The answers to one item side by side, for those who decide between them."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.items.questions import HOLISTIC_QUESTION
from evaluations.judgments.models import (
    Adjudication,
    Answer,
    GuestCheck,
    Item,
    JudgeKind,
    Judgment,
    Mark,
    Value,
)
from evaluations.judgments.protocols.reading import asked_wordings
from evaluations.judgments.querysets import SetApart

KNOWN = {Value.YES.value, Value.PARTLY.value, Value.NO.value}


@dataclass
class Column:
    """One judge of the item, without a name; `answers` in the order of the rows, "" for none."""

    label: str
    judge: int
    answers: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class QuestionRow:
    """One question with each judge's answer, and the decision in force where there is one.

    Only a question to a criterion (`wording`) is decided on.
    """

    title: str
    answers: Sequence[tuple[str, str]]
    wording: CriterionVersion | None = None
    decision: Adjudication | None = None
    history: int = 0

    @property
    def disputed(self) -> bool:
        return len({value for _, value in self.answers} & KNOWN) > 1


@dataclass(frozen=True)
class SideBySide:
    """An item's judges as columns, its questions as rows. `seen` changes when either does."""

    columns: Sequence[Column]
    rows: Sequence[QuestionRow]
    missing: int
    seen: str

    @property
    def open(self) -> list[QuestionRow]:
        """What there is to decide or to change: disputed questions, and decided ones."""
        return [row for row in self.rows if row.wording and (row.disputed or row.decision)]


def counted(guests: bool) -> Q:
    """Judgments by people that count: blind, with no model's answer shown, not set apart."""
    people = Q(judge__kind=JudgeKind.PERSON)
    if guests:
        people |= Q(judge__kind=JudgeKind.GUEST, guest_check=GuestCheck.COUNTED)
    return (
        people
        & Q(blind=True, withdrawn_at=None)
        & (Q(suggestion_shown=None) | Q(suggestion_shown=False))
        & ~Q(SetApart())
    )


def answers_to(item: Item, guests: bool) -> QuerySet[Answer]:
    """Answers in force about the item's output, or about its prompt, that count.

    An answer about the prompt of an output may have been saved with the form of another of the
    version's items that has the same prompt.
    """
    forms = Q(item=item)
    about = Q(prompt=item.prompt_id)
    if item.output is not None:
        with_an_item = Judgment.objects.filter(
            item__version=item.version_id,
            item__is_gold=False,
            judge=OuterRef("judge"),
            form_token=OuterRef("form_token"),
            withdrawn_at=None,
        )
        forms |= Q(Exists(with_an_item), prompt=item.output.prompt_id, item=None)
        about = Q(output=item.output_id) | Q(prompt=item.output.prompt_id)
    return (
        Answer.objects.current()
        .filter(about, judgment__in=Judgment.objects.filter(forms, counted(guests)))
        .select_related("definition_version__definition")
        .order_by("definition_version", "id")
    )


def side_by_side(item: Item, *, guests: bool = False) -> SideBySide:
    """The answers that agreement is measured on, with comments and marks. Makes six queries."""
    answers = list(answers_to(item, guests))
    mine = Judgment.objects.filter(counted(guests), item=item)
    comments = mine.exclude(comment="").order_by("id").values_list("judge", "comment")
    columns = columns_of(item, answers)
    by_judge = {column.judge: column for column in columns}
    for judge, comment in comments:
        if judge in by_judge:
            by_judge[judge].comments.append(comment)
    marks = Mark.objects.filter(judgment__in=mine, is_current=True).select_related("criterion")
    for mark in marks:
        if mark.judge_id in by_judge:
            by_judge[mark.judge_id].marks.append(mark)
    decisions = list(item.adjudications.select_related("criterion_version", "decided_by"))
    rows = rows_of(item, answers, columns, decisions)
    said = sorted((answer.pk, answer.value) for answer in answers)
    decided = sorted(decision.pk for decision in decisions)
    seen = hashlib.sha256(repr((said, decided)).encode()).hexdigest()[:16]
    return SideBySide(columns, rows, max(item.needed - item.done, 0), seen)


def columns_of(item: Item, answers: Sequence[Answer]) -> list[Column]:
    """Judges in an order of the item's own, so that numbers tell nothing across items."""

    def place(judge: int) -> str:
        return hashlib.sha256(f"{item.pk}:{judge}".encode()).hexdigest()

    judges = sorted({answer.judge_id for answer in answers}, key=place)
    return [Column(f"Judge {number}", judge) for number, judge in enumerate(judges, start=1)]


def rows_of(
    item: Item,
    answers: Sequence[Answer],
    columns: Sequence[Column],
    decisions: Sequence[Adjudication],
) -> list[QuestionRow]:
    """Criteria in the protocol's order, then the holistic question, then definitions."""
    given: dict[tuple[int | None, int | None, int | None], dict[int, str]] = defaultdict(dict)
    titles: dict[int, str] = {}
    for answer in answers:
        meaning = answer.meaning if answer.criterion_id else None
        place = (answer.criterion_id, meaning, answer.definition_version_id)
        given[place][answer.judge_id] = answer.value
        if answer.definition_version is not None:
            titles[answer.definition_version.pk] = answer.definition_version.definition.name

    def across(place: tuple[int | None, int | None, int | None]) -> list[tuple[str, str]]:
        return [(column.label, given[place].get(column.judge, "")) for column in columns]

    rows = []
    for wording in asked_wordings(item.version):
        made = [d for d in decisions if d.criterion_id == wording.criterion_id]
        decision = next(
            (d for d in made if d.is_current and d.criterion_version.meaning == wording.meaning),
            None,
        )
        found = across((wording.criterion_id, wording.meaning, None))
        if decision or any(value for _, value in found):
            rows.append(QuestionRow(wording.title, found, wording, decision, len(made)))
    if (None, None, None) in given:
        rows.append(QuestionRow(HOLISTIC_QUESTION, across((None, None, None))))
    rows += [QuestionRow(title, across((None, None, pk))) for pk, title in titles.items()]
    for column in columns:
        column.answers = [dict(row.answers)[column.label] for row in rows]
    return rows
