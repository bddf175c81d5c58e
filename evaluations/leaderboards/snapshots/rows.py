"""The rows that a board rests on: which they are, and what the database says of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from evaluations.leaderboards.boards.rows import BY, groups_of_board
from evaluations.leaderboards.boards.sharpened import by_models, sharpening
from evaluations.leaderboards.boards.standings import Question, Reading, rule_on_outputs
from evaluations.leaderboards.matrix.answers import Answers, Column, Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.graders import GRADED_BY
from evaluations.leaderboards.matrix.people import in_rows
from evaluations.leaderboards.models import RowKind
from evaluations.leaderboards.snapshots.hash import digest_of, pseudonym, site_salt

AT_ONCE = 5_000
ANSWERS = """
SELECT a.id, a.judgment_id, a.judge_id, m.blind, a.output_id, a.prompt_id, c.key, v.meaning,
    v.number, a.definition_version_id, a.value, m.created_at, a.is_current,
    m.withdrawn_at
FROM judgments_answer a JOIN judgments_judgment m ON m.id = a.judgment_id
    LEFT JOIN definitions_criterionversion v ON v.id = a.criterion_version_id
    LEFT JOIN definitions_criterion c ON c.id = v.criterion_id
WHERE a.id = ANY(%s) ORDER BY a.id
"""

FINDINGS = """
SELECT f.id, c.key, v.meaning, v.number, f.output_id, f.prompt_id,
    f.model_id, f.recipe_id, f.family_id, f.value, f.source, f.link, f.created_at, f.is_current,
    f.withdrawn_at
FROM judgments_finding f JOIN definitions_criterionversion v ON v.id = f.criterion_version_id
    JOIN definitions_criterion c ON c.id = v.criterion_id
"""
FINDINGS_NAMED = f"{FINDINGS} WHERE f.id = ANY(%s) ORDER BY f.id"
FINDINGS_IN_FORCE = f"{FINDINGS} WHERE f.is_current AND f.withdrawn_at IS NULL ORDER BY f.id"

OUTPUTS = f"""
SELECT o.id, o.run_id, r.model_id, r.recipe_id, o.prompt_id, coalesce(p.family_id, 0) AS family_id,
    p.prompt_set_id, s.domain, o.state, o.trace_visibility, g.score AS grade,
    {GRADED_BY} AS graded_by, o.tokens_out,
    encode(sha256(convert_to(o.text, 'UTF8')), 'hex') AS text,
    coalesce(o.withdrawn_at, r.withdrawn_at) AS withdrawn_at
FROM runs_output o JOIN runs_run r ON r.id = o.run_id JOIN prompts_prompt p ON p.id = o.prompt_id
    JOIN prompts_promptset s ON s.id = p.prompt_set_id
    LEFT JOIN runs_grade g ON g.output_id = o.id AND g.is_current
WHERE o.id = ANY(%s) ORDER BY o.id
"""

GIVEN_IN_ROUNDS = """
SELECT m.id
FROM judgments_protocol p JOIN judgments_protocolversion w ON w.protocol_id = p.id
    JOIN judgments_item i ON i.version_id = w.id
    JOIN judgments_judgment asked ON asked.item_id = i.id
    JOIN judgments_judgment m ON m.judge_id = asked.judge_id AND m.form_token = asked.form_token
WHERE p.ends_at IS NOT NULL
"""

EARLIER_GRADES = f"""
SELECT g.output_id, g.score, {GRADED_BY} FROM runs_grade g
WHERE NOT g.is_current AND g.output_id = ANY(%s) ORDER BY g.id DESC
"""


class AnswerRow(NamedTuple):
    id: int
    judgment_id: int
    judge_id: int
    blind: bool
    output_id: int | None
    prompt_id: int | None
    key: str | None
    meaning: int | None
    wording: int | None
    definition_version_id: int | None
    value: str
    created_at: Any
    is_current: bool
    withdrawn_at: Any


class FindingRow(NamedTuple):
    id: int
    key: str
    meaning: int
    wording: int
    output_id: int | None
    prompt_id: int | None
    model_id: int | None
    recipe_id: int | None
    family_id: int | None
    value: str
    source: str
    link: str
    created_at: Any
    is_current: bool
    withdrawn_at: Any

    @property
    def column(self) -> Column:
        return (self.key, self.meaning)

    @property
    def subject(self) -> dict[str, int]:
        """What it is about, by the names of the matrix's arrays."""
        parts = {
            "output": self.output_id,
            "prompt": self.prompt_id,
            "model": self.model_id,
            "recipe": self.recipe_id,
            "family": self.family_id,
        }
        return {name: key for name, key in parts.items() if key is not None}


class OutputRow(NamedTuple):
    id: int
    run_id: int
    model_id: int
    recipe_id: int
    prompt_id: int
    family_id: int
    prompt_set_id: int
    domain: str
    state: str
    trace_visibility: str
    grade: float | None
    graded_by: int
    tokens_out: int | None
    text: str
    withdrawn_at: Any

    def as_failed(self) -> "OutputRow":
        """The row as it was before a failed output was queued again and written."""
        return self._replace(
            state="failed", trace_visibility="", grade=None, graded_by=0, tokens_out=None, text=""
        )


@dataclass(frozen=True)
class Evidence:
    """All that a board rests on, as the database holds it."""

    answers: Sequence[AnswerRow]
    findings: Sequence[FindingRow]
    outputs: Sequence[OutputRow]

    def digests(self) -> dict[RowKind, dict[int, bytes]]:
        """Kind of row to row key to digest."""
        salt = site_salt()
        names = {judge: pseudonym(salt, judge) for judge in {row.judge_id for row in self.answers}}
        written = [row for row in self.outputs if row.state == "done"]
        failed = [row for row in self.outputs if row.state != "done"]
        return {
            RowKind.ANSWER: {
                row.id: answer_digest(row, names[row.judge_id]) for row in self.answers
            },
            RowKind.FINDING: {row.id: finding_digest(row) for row in self.findings},
            RowKind.WRITTEN: {row.id: output_digest(row) for row in written},
            RowKind.FAILED: {row.id: output_digest(row) for row in failed},
        }


def answer_digest(row: AnswerRow, judge: str) -> bytes:
    return digest_of(
        [
            "answer", row.id, row.judgment_id, judge, row.blind, row.output_id, row.prompt_id,
            row.key, row.meaning, row.wording, row.definition_version_id, row.value,
            row.created_at.isoformat(),
        ]
    )  # fmt: skip


def finding_digest(row: FindingRow) -> bytes:
    return digest_of(
        [
            "finding", row.id, row.key, row.meaning, row.wording, row.subject, row.value,
            row.source, row.link, row.created_at.isoformat(),
        ]
    )  # fmt: skip


def output_digest(row: OutputRow) -> bytes:
    return digest_of(
        [
            "output", row.id, row.run_id, row.model_id, row.recipe_id, row.prompt_id,
            row.family_id, row.state, row.trace_visibility, row.grade, row.tokens_out, row.text,
        ]
    )  # fmt: skip


def evidence_of(reading: Reading, held: Matrix, question: Question, by: str = BY[0]) -> Evidence:
    """The rows behind a board of a matrix. Makes three queries.

    Answers: those to the rule's columns (on the direct road, to the wording) that the selection
    counts, about outputs in scope and about their prompts, and those by model judges that sharpen
    a row, where the question asks for that. Findings: those on the columns that
    concern an output in scope. Outputs: all in scope, of what people wrote those that are a row.
    """
    within = in_rows(held, question.scope)
    return Evidence(
        answers=answers_named(answers_used(reading, held, question, by)),
        findings=[] if question.road == "direct" else findings_used(reading, held, within),
        outputs=outputs_named(held.output[within].tolist()),
    )


def answers_used(reading: Reading, held: Matrix, question: Question, by: str = BY[0]) -> list[int]:
    """Keys of the answers behind a board, in ascending order.

    Makes no query but those of `sharpening`, where the question asks for that.
    """
    within = in_rows(held, question.scope)
    if question.scope.people:
        within &= ~held.by_people | rule_on_outputs(reading, held, question).asked
    used = answers_about(reading, held, question, within)
    if question.sharpened:
        groups = groups_of_board(held, question, by)
        rows = [row for row in sharpening(reading, held, question, groups) if row.judge]
        for judge in {row.judge for row in rows}:
            taken = np.zeros(held.size, np.bool_)
            for row in rows:
                taken[row.taken] |= row.judge == judge
            used += answers_about(reading, held, by_models(question), taken, judge)
    return sorted(used)


def answers_about(
    reading: Reading, held: Matrix, question: Question, within: Flags, judge: int | None = None
) -> list[int]:
    """Keys of the answers to a rule that a selection counts, about these outputs.

    Args:
        judge: the only one whose answers are wanted.
    """
    prompts = np.zeros(len(held.prompts), np.bool_)
    prompts[held.prompt_index[within]] = True
    parts: list[tuple[Answers | None, Flags]] = []
    if question.road == "direct":
        if reading.version is not None:
            parts.append((held.direct.get(reading.version), within))
    else:
        for column in dict.fromkeys(reading.columns.values()):
            parts.append((held.on_outputs.get(column), within))
            parts.append((held.on_prompts.get(column), prompts))
    used: list[int] = []
    for answers, here in parts:
        if answers is not None:
            counted = answers.counted(question.selection)
            named = here[counted.subject.astype(np.intp)]
            if judge is not None:
                named &= counted.judge == judge
            used += counted.row[named].tolist()
    return used


def findings_used(reading: Reading, held: Matrix, within: Flags) -> list[FindingRow]:
    """The findings in force on the rule's columns that concern an output within."""
    columns = set(reading.columns.values())
    return [
        row
        for row in map(FindingRow._make, fetched(FINDINGS_IN_FORCE, []))
        if row.column in columns
        and np.logical_and.reduce(
            [within, *(getattr(held, name) == key for name, key in row.subject.items())]
        ).any()
    ]


def fetched(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def answers_named(keys: Iterable[int]) -> list[AnswerRow]:
    """Answers by key, also those that were superseded or withdrawn since."""
    return list(each_answer_named(keys))


def each_answer_named(keys: Iterable[int]) -> Iterator[AnswerRow]:
    """The same one by one: a study has more than should be held at once, nor do the driver's own
    rows lie beside these. A query for some thousand."""
    wanted = sorted(keys)
    for first in range(0, len(wanted), AT_ONCE):
        yield from map(AnswerRow._make, fetched(ANSWERS, [wanted[first : first + AT_ONCE]]))


def given_in_rounds() -> set[int]:
    """Judgments that were given in a round of a group."""
    return {key for (key,) in fetched(GIVEN_IN_ROUNDS, [])}


def findings_named(keys: Iterable[int]) -> list[FindingRow]:
    """Findings by key, also those that were superseded or withdrawn since."""
    return list(map(FindingRow._make, fetched(FINDINGS_NAMED, [list(keys)])))


def outputs_named(keys: Iterable[int]) -> list[OutputRow]:
    """Outputs by key, also those that were withdrawn since; all that is not written has failed."""
    rows = map(OutputRow._make, fetched(OUTPUTS, [list(keys)]))
    return [row if row.state == "done" else row.as_failed() for row in rows]


def outputs_as_frozen(rows: Iterable[OutputRow], kept: Mapping[int, bytes]) -> list[OutputRow]:
    """Outputs that were graded anew since, each with the earlier grade that gives its digest.

    What no earlier grade explains, nor having had none, stays as it is.
    """
    rows = list(rows)
    differing = {row.id for row in rows if kept.get(row.id, b"") != output_digest(row)}
    earlier: dict[int, list[tuple[float | None, int]]] = {}
    for key, score, graded_by in fetched(EARLIER_GRADES, [list(differing)]) if differing else []:
        earlier.setdefault(key, []).append((score, graded_by))
    found = []
    for row in rows:
        befores = [*earlier.get(row.id, []), (None, 0)] if row.id in differing else []
        tried = [row._replace(grade=score, graded_by=by) for score, by in befores]
        found.append(next((one for one in tried if output_digest(one) == kept.get(row.id)), row))
    return found


def runs_of(evidence: Evidence) -> list[dict[str, int]]:
    """How many outputs each run gave, by the run's key."""
    counts = Counter(row.run_id for row in evidence.outputs)
    return [{"run": run, "outputs": count} for run, count in sorted(counts.items())]
