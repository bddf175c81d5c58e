"""The judgment matrix: every current answer as integer columns, in the memory of a web process.

Filled from PostgreSQL when something changed since the last filling, then shared by all requests
of the process. Rules are evaluated on it, so a definition proposed a minute ago has a board.
"""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from evaluations.rules.answers import CODES, UNKNOWN, Codes
from evaluations.rules.judges import combine_judges_grouped

Column = tuple[str, int]
"""A criterion's key and the number of its meaning: wordings that mean the same share one."""

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

GUEST, PERSON, MODEL, GUEST_NOT_COUNTED = 0, 1, 2, 3
KINDS = {
    "guest": GUEST,
    "person": PERSON,
    "model": MODEL,
    "guest not counted": GUEST_NOT_COUNTED,
}
WITHHELD = ("summary", "redacted", "hidden")


@dataclass(frozen=True)
class Selection:
    """Which answers count. The default is current, blind, by signed-in people.

    `protocol` is the key of the only protocol that counts; `since` and `until` are the first and
    the last day of saving, in UTC.
    """

    guests: bool = False
    models: bool = False
    unblinded: bool = False
    also_judge: int | None = None
    protocol: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def is_default(self) -> bool:
        return self == Selection()


@dataclass(frozen=True)
class Scope:
    """Which outputs are looked at; None and "" leave them all."""

    domain: str = ""
    prompt_set: int | None = None
    model: int | None = None
    recipe: int | None = None


@dataclass(frozen=True)
class Answers:
    """Answers to one column about outputs or about prompts; all arrays have shape (rows,).

    `row` is the key of the stored answer, `protocol` 0 for judging outside any, `day` the
    number of the day of saving since 1 January 1970.
    """

    subject: Integers
    judge: Integers
    kind: npt.NDArray[np.int8]
    blind: Flags
    value: Codes
    row: Integers
    protocol: Integers
    day: Integers

    def mask(self, selection: Selection) -> Flags:
        """True for the rows that the selection counts."""
        counted: Flags = self.kind == PERSON
        if selection.guests:
            counted |= self.kind == GUEST
        if selection.models:
            counted |= self.kind == MODEL
        if not selection.unblinded:
            counted &= self.blind
        if selection.protocol is not None:
            counted &= self.protocol == selection.protocol
        if selection.since is not None:
            counted &= self.day >= day_number(selection.since)
        if selection.until is not None:
            counted &= self.day <= day_number(selection.until)
        if selection.also_judge is not None:
            counted |= self.judge == selection.also_judge
        return counted

    def only(self, rows: Flags | Integers) -> "Answers":
        """The rows of a mask, or with these numbers."""
        return Answers(
            self.subject[rows],
            self.judge[rows],
            self.kind[rows],
            self.blind[rows],
            self.value[rows],
            self.row[rows],
            self.protocol[rows],
            self.day[rows],
        )

    def counted(self, selection: Selection) -> "Answers":
        """The rows that the selection counts."""
        return self.only(self.mask(selection))

    @cached_property
    def by_judge(self) -> "dict[int, Answers]":
        """Each judge's rows."""
        order = np.argsort(self.judge, kind="stable")
        judges, starts = np.unique(self.judge[order], return_index=True)
        pieces = np.split(order, starts[1:])
        return {int(judge): self.only(rows) for judge, rows in zip(judges, pieces, strict=True)}

    def of_judge(self, judge: int) -> "Answers":
        """One judge's rows, perhaps none."""
        return self.by_judge.get(judge) or self.only(np.zeros(len(self.judge), np.bool_))


@dataclass(frozen=True)
class Asked:
    """One column over all outputs: the combined answer, and whether anybody was asked."""

    codes: Codes
    asked: Flags


@dataclass
class Matrix:
    """Outputs, and the answers about them. Arrays over outputs have shape (outputs,).

    `written` is false for outputs that failed: they count as outputs, and nothing holds of them.
    """

    output: Integers
    prompt: Integers
    model: Integers
    recipe: Integers
    family: Integers
    prompt_set: Integers
    domain: npt.NDArray[np.str_]
    written: Flags
    withheld: Flags
    grade: npt.NDArray[np.float64]
    tokens: npt.NDArray[np.float64]
    prompts: Integers
    prompt_index: npt.NDArray[np.intp]
    on_outputs: dict[Column, Answers]
    on_prompts: dict[Column, Answers]
    findings: list[tuple[Column, dict[str, int], int]]
    direct: dict[int, Answers]
    combined: dict[tuple[Column, Selection], Asked] = field(default_factory=dict)
    rulings: dict[Any, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of outputs."""
        return len(self.output)

    @cached_property
    def process(self) -> frozenset[str]:
        """Keys of the criteria that ask about the working."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM definitions_criterion WHERE process")
            return frozenset(key for (key,) in cursor.fetchall())

    def within(self, scope: Scope) -> Flags:
        """True for the outputs that the scope leaves, shape (outputs,)."""
        here = np.ones(self.size, np.bool_)
        if scope.domain:
            here &= self.domain == scope.domain
        for name in ("prompt_set", "model", "recipe"):
            wanted = getattr(scope, name)
            if wanted is not None:
                here &= getattr(self, name) == wanted
        return here

    def column(self, column: Column, selection: Selection) -> Asked:
        """The combined answers of one column: per output the median of the known answers.

        Kept for the next request unless one judge is added to the selection.
        """
        key = (column, selection)
        if key in self.combined:
            return self.combined[key]
        asked = self.assemble(column, lambda rows: rows.counted(selection))
        if selection.also_judge is None:
            self.combined[key] = asked
        return asked

    def assemble(self, column: Column, narrow: Callable[[Answers], Answers]) -> Asked:
        """The answers that *narrow* leaves, combined; shape (outputs,).

        Answers about prompts and findings are spread over the outputs that they concern;
        judges' answers about an output itself come before both.
        """
        codes = np.full(self.size, UNKNOWN, np.int8)
        asked = np.zeros(self.size, np.bool_)
        for match, subject, value in self.findings:
            if match == column:
                here = np.ones(self.size, np.bool_)
                for name, pk in subject.items():
                    here &= getattr(self, name) == pk
                codes[here] = value
                asked |= here
        if column in self.on_prompts:
            part = median(narrow(self.on_prompts[column]), len(self.prompts))
            here = part.asked[self.prompt_index]
            codes = np.where(here, part.codes[self.prompt_index], codes)
            asked = asked | here
        if column in self.on_outputs:
            part = median(narrow(self.on_outputs[column]), self.size)
            codes = np.where(part.asked, part.codes, codes)
            asked = asked | part.asked
        return Asked(codes, asked)

    def answers_to(self, column: Column) -> list[Answers]:
        """The rows about outputs and about prompts, where there are any."""
        return [part[column] for part in (self.on_outputs, self.on_prompts) if column in part]


def median(rows: Answers, count: int) -> Asked:
    """The answers combined per subject, with who was asked; shape (count,)."""
    subject = rows.subject.astype(np.intp)
    asked = np.bincount(subject, minlength=count).astype(np.bool_)
    return Asked(combine_judges_grouped(rows.value, subject, count), asked)


STAMP = """
SELECT (SELECT count(*) FROM judgments_judgment), (SELECT max(id) FROM judgments_judgment),
    (SELECT count(*) FROM judgments_judgment WHERE withdrawn_at IS NOT NULL),
    (SELECT count(*) FROM judgments_judge WHERE kind = 'person'),
    (SELECT count(*) FROM judgments_finding WHERE is_current AND withdrawn_at IS NULL),
    (SELECT max(id) FROM judgments_finding),
    (SELECT count(*) FROM runs_output WHERE state IN ('done', 'failed')),
    (SELECT max(id) FROM runs_output WHERE state IN ('done', 'failed')),
    (SELECT max(finished_at) FROM runs_output WHERE state IN ('done', 'failed')),
    (SELECT sum(id) FROM runs_output WHERE withdrawn_at IS NOT NULL),
    (SELECT sum(id) FROM runs_run WHERE withdrawn_at IS NOT NULL),
    (SELECT count(*) FROM definitions_criterionversion),
    (SELECT sum(id) FROM definitions_criterion WHERE process)
"""

OUTPUTS = """
SELECT o.id, o.prompt_id, r.model_id, r.recipe_id, coalesce(p.family_id, 0),
    p.prompt_set_id, s.domain, o.state = 'done', o.trace_visibility = ANY(%s), coalesce(o.grade, 'NaN'),
    coalesce(o.tokens_out::float8, 'NaN')
FROM runs_output o JOIN runs_run r ON r.id = o.run_id JOIN prompts_prompt p ON p.id = o.prompt_id
    JOIN prompts_promptset s ON s.id = p.prompt_set_id
WHERE o.state IN ('done', 'failed') AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
    AND r.purpose = 'answers'
ORDER BY o.id
"""

ANSWERS = """
SELECT c.key, v.meaning, a.definition_version_id, coalesce(a.output_id, a.prompt_id),
    a.output_id IS NOT NULL, a.judge_id,
    CASE WHEN j.kind = 'guest' AND m.guest_check <> 'counted' THEN 'guest not counted'
        ELSE j.kind END,
    m.blind, a.value, a.id, coalesce(w.protocol_id, 0),
    (m.created_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01'
FROM judgments_answer a JOIN judgments_judgment m ON m.id = a.judgment_id
    LEFT JOIN judgments_item i ON i.id = m.item_id
    LEFT JOIN judgments_protocolversion w ON w.id = i.version_id
    JOIN judgments_judge j ON j.id = a.judge_id
    LEFT JOIN definitions_criterionversion v ON v.id = a.criterion_version_id
    LEFT JOIN definitions_criterion c ON c.id = v.criterion_id
WHERE a.is_current AND m.withdrawn_at IS NULL AND NOT a.is_holistic
"""

FINDINGS = """
SELECT c.key, v.meaning, f.output_id, f.prompt_id, f.model_id, f.recipe_id, f.family_id, f.value
FROM judgments_finding f JOIN definitions_criterionversion v ON v.id = f.criterion_version_id
    JOIN definitions_criterion c ON c.id = v.criterion_id
WHERE f.is_current AND f.withdrawn_at IS NULL ORDER BY f.id
"""


def fill() -> Matrix:
    """Read the whole matrix from PostgreSQL: three queries."""
    with connection.cursor() as cursor:
        cursor.execute(OUTPUTS, [list(WITHHELD)])
        outputs = cursor.fetchall()
        cursor.execute(ANSWERS)
        answers = cursor.fetchall()
        cursor.execute(FINDINGS)
        findings = cursor.fetchall()
    columns = [np.array(column) for column in zip(*outputs, strict=True)] or [np.array([])] * 11
    output, prompt, model, recipe, family, prompt_set = (
        column.astype(np.int64) for column in columns[:6]
    )
    prompts, prompt_index = np.unique(prompt, return_inverse=True)
    index_of_output = {pk: index for index, pk in enumerate(output.tolist())}
    index_of_prompt = {pk: index for index, pk in enumerate(prompts.tolist())}
    rows: tuple[dict[Column, list[tuple[int, ...]]], ...] = ({}, {})
    direct: dict[int, list[tuple[int, ...]]] = {}
    for key, meaning, version, subject, on_output, judge, kind, blind, value, *rest in answers:
        place = (index_of_output if on_output else index_of_prompt).get(subject)
        if place is None:
            continue
        row = (place, judge, KINDS[kind], blind, CODES[value], *rest)
        if version is not None:
            direct.setdefault(version, []).append(row)
        else:
            rows[0 if on_output else 1].setdefault((key, meaning), []).append(row)
    return Matrix(
        output=output,
        prompt=prompt,
        model=model,
        recipe=recipe,
        family=family,
        prompt_set=prompt_set,
        domain=columns[6].astype(np.str_),
        written=columns[7].astype(np.bool_),
        withheld=columns[8].astype(np.bool_),
        grade=columns[9].astype(np.float64),
        tokens=columns[10].astype(np.float64),
        prompts=prompts,
        prompt_index=prompt_index,
        on_outputs={column: as_arrays(items) for column, items in rows[0].items()},
        on_prompts={column: as_arrays(items) for column, items in rows[1].items()},
        findings=[
            (
                (key, meaning),
                {name: pk for name, pk in zip(SUBJECTS, subject, strict=True) if pk is not None},
                CODES[value],
            )
            for key, meaning, *subject, value in findings
        ],
        direct={version: as_arrays(items) for version, items in direct.items()},
    )


SUBJECTS = ("output", "prompt", "model", "recipe", "family")


def as_arrays(rows: list[tuple[int, ...]]) -> Answers:
    table = np.array(rows, np.int64)
    return Answers(
        subject=table[:, 0],
        judge=table[:, 1],
        kind=table[:, 2].astype(np.int8),
        blind=table[:, 3].astype(np.bool_),
        value=table[:, 4].astype(np.int8),
        row=table[:, 5],
        protocol=table[:, 6],
        day=table[:, 7],
    )


def day_number(day: dt.date) -> int:
    """Days since 1 January 1970."""
    return day.toordinal() - dt.date(1970, 1, 1).toordinal()


_lock = threading.Lock()
_held: tuple[tuple[object, ...], Matrix] | None = None


def current() -> Matrix:
    """The matrix as the database has it now: one query, and three more after a change."""
    global _held
    with connection.cursor() as cursor:
        cursor.execute(STAMP)
        stamp = (connection.settings_dict["NAME"], *cursor.fetchone())
    held = _held
    if held is not None and held[0] == stamp:
        return held[1]
    same_database = held is not None and held[0][0] == stamp[0]
    # While one request fills it, the others read the one before rather than wait in a queue.
    if not _lock.acquire(blocking=not same_database):
        assert held is not None
        return held[1]
    try:
        held = _held
        if held is None or held[0] != stamp:
            held = _held = (stamp, fill())
        return held[1]
    finally:
        _lock.release()
