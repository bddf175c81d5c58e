"""What the matrix is read from: PostgreSQL sends whole columns as arrays, by binary COPY.

One row of arrays for a quarter of a million answers: row by row, the driver alone would take a
minute for eight million.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from evaluations.judgments.querysets import is_apart, is_guarded, item_of
from evaluations.leaderboards.matrix.answers import (
    CHOSEN,
    GUEST,
    MODEL,
    PERSON,
    SERVED,
    UNKNOWN_WAY,
    Asking,
    Column,
    Integers,
)
from evaluations.leaderboards.matrix.blocks import (
    APART,
    BLIND,
    UNCHECKED,
    WAY,
    Blocks,
    Forms,
    Given,
)
from evaluations.leaderboards.matrix.graders import GRADED_BY
from evaluations.rules.absence import WITHHELD
from evaluations.runs.querysets import repeating

CHUNK = 1 << 18
"""Keys of answers that are read at once."""

ALL_FORMS = f"""
FROM judgments_judgment m JOIN judgments_judge j ON j.id = m.judge_id
    LEFT JOIN judgments_item i ON i.id = {item_of("m")}
    LEFT JOIN judgments_protocolversion w ON w.id = i.version_id
WHERE m.withdrawn_at IS NULL
"""
FORMS = f"{ALL_FORMS} AND NOT {is_guarded('m', 'i.version_id')}"
"""Without what is not for everybody: see `narrowed.py`."""
KIND = f"CASE j.kind WHEN 'person' THEN {PERSON} WHEN 'guest' THEN {GUEST} ELSE {MODEL} END"


def way_of(form: str) -> str:
    """SQL of how what a form judges came to its judge."""
    return (
        f"CASE {form}.way WHEN 'served' THEN {SERVED} WHEN 'chosen' THEN {CHOSEN} "
        f"ELSE {UNKNOWN_WAY} END"
    )


FORM_COLUMNS = (
    "m.id",
    "m.judge_id",
    KIND,
    f"CASE WHEN m.blind THEN {BLIND} ELSE 0 END"
    f" + CASE WHEN m.guest_check = 'counted' THEN 0 ELSE {UNCHECKED} END"
    f" + CASE WHEN {is_apart('i', 'w', 'm')} THEN {APART} ELSE 0 END"
    f" + {WAY} * {way_of('m')}",
    "coalesce(w.protocol_id, 0)",
    "(m.created_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01'",
)

ANSWERS = "FROM judgments_answer a WHERE a.is_current AND NOT a.is_holistic"
# The last column is a version times 8 (a definition's negative), 4 for a prompt, and the code.
ANSWER_COLUMNS = (
    "a.id",
    "a.judgment_id",
    "coalesce(a.output_id, a.prompt_id)",
    "coalesce(a.criterion_version_id, -a.definition_version_id) * 8"
    " + CASE WHEN a.output_id IS NULL THEN 4 ELSE 0 END"
    " + CASE a.value WHEN 'no' THEN 0 WHEN 'partly' THEN 1 WHEN 'yes' THEN 2 ELSE 3 END",
)


def outputs_that(condition: str) -> str:
    """SQL of the outputs under a condition on output and run, without those that repeat others.

    What repeats is looked for in whole prompts at once: output by output, those of one prompt
    would be compared each with each.
    """
    written = f"""
o.state IN ('done', 'failed') AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
    AND r.purpose = 'answers' AND {condition}
"""
    prompts = f"""
SELECT o.prompt_id FROM runs_output o JOIN runs_run r ON r.id = o.run_id WHERE {written}
"""
    return f"""
FROM runs_output o JOIN runs_run r ON r.id = o.run_id JOIN prompts_prompt p ON p.id = o.prompt_id
    LEFT JOIN runs_grade g ON g.output_id = o.id AND g.is_current
WHERE {written}
    AND NOT EXISTS (SELECT FROM ({repeating(prompts)}) again WHERE again.id = o.id)
"""


PUBLIC = "r.visibility = 'public'"
WITHHELD_LIST = ", ".join(f"'{word}'" for word in sorted(WITHHELD))
OUTPUT_COLUMNS = {
    "output": "o.id",
    "prompt": "o.prompt_id",
    "run": "o.run_id",
    "model": "r.model_id",
    "recipe": "r.recipe_id",
    "family": "coalesce(p.family_id, 0)",
    "prompt_set": "p.prompt_set_id",
    "written": "(o.state = 'done')::int",
    "withheld": f"(o.trace_visibility IN ({WITHHELD_LIST}))::int",
    "grade": "coalesce(g.score, 'NaN')",
    "graded_by": GRADED_BY,
    "tokens": "coalesce(o.tokens_out::float8, 'NaN')",
}

FINDINGS = "FROM judgments_finding f WHERE f.is_current AND f.withdrawn_at IS NULL"
SUBJECTS = ("output", "prompt", "model", "recipe", "family")
FINDING_COLUMNS = {
    "finding": "f.id",
    "version": "f.criterion_version_id",
    **{name: f"coalesce(f.{name}_id, 0)" for name in SUBJECTS},
    "value": "CASE f.value WHEN 'no' THEN 0 WHEN 'partly' THEN 1 WHEN 'yes' THEN 2 ELSE -1 END",
}

WORDINGS = """
SELECT v.id, c.key, v.meaning, c.process
FROM definitions_criterionversion v JOIN definitions_criterion c ON c.id = v.criterion_id
"""


@dataclass(frozen=True)
class Table:
    """Rows by their key; all columns have shape (rows,), sorted by the first."""

    columns: Mapping[str, npt.NDArray[Any]]

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.columns[name]

    @cached_property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in self.columns.values())

    def replacing(self, keys: Integers, rows: "Table") -> "Table":
        """With the rows of these keys as they are now."""
        name = next(iter(self.columns))
        stay = ~np.isin(self[name], keys)
        columns = {
            name: np.concatenate([column[stay], rows[name]])
            for name, column in self.columns.items()
        }
        order = np.argsort(columns[name], kind="stable")
        return Table({name: column[order] for name, column in columns.items()})


@dataclass(frozen=True)
class Wordings:
    """What the versions of criteria mean: the column of each, and what asks about the working."""

    columns: Mapping[int, Column] = field(default_factory=dict)
    process: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stored:
    """All that the matrix rests on, as it was read."""

    outputs: Table
    findings: Table
    blocks: Blocks
    wordings: Wordings
    domains: Mapping[int, str]

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self.outputs.nbytes + self.findings.nbytes + self.blocks.nbytes


def columns_of(expressions: Sequence[str], source: str) -> list[npt.NDArray[Any]]:
    """Whole numbers (or floats, where an expression names NaN) from SQL, each of shape (rows,)."""
    floats = ["NaN" in expression for expression in expressions]
    arrays = ", ".join(
        f"array_agg(({expression})::{'float8' if is_float else 'int8'})"
        for expression, is_float in zip(expressions, floats, strict=True)
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY (SELECT {arrays} {source}) TO STDOUT (FORMAT binary)") as copy,
    ):
        data = b"".join(copy)
    # 19 bytes of header and 2 of the number of fields; then for each field its length, and for
    # an array 20 bytes of its own (dimensions, type) before elements of 4 + 8 bytes.
    place, columns = 21, []
    for is_float in floats:
        length = int.from_bytes(data[place : place + 4], "big", signed=True)
        place += 4
        if length < 0:
            columns.append(np.empty(0, np.float64 if is_float else np.int64))
            continue
        element = np.dtype([("length", ">i4"), ("value", ">f8" if is_float else ">i8")])
        found = np.frombuffer(data, element, (length - 20) // element.itemsize, place + 20)
        columns.append(found["value"].astype(np.float64 if is_float else np.int64))
        place += length
    return columns


def among(column: str, keys: Integers | None) -> str:
    """A condition on a key; none where all are wanted."""
    if keys is None:
        return ""
    return f" AND {column} = ANY('{{{','.join(map(str, keys.tolist()))}}}'::bigint[])"


def read_table(columns: Mapping[str, str], source: str, keys: Integers | None = None) -> Table:
    key = next(iter(columns.values()))
    found = columns_of(list(columns.values()), source + among(key, keys))
    order = np.argsort(found[0], kind="stable")
    return Table({name: part[order] for name, part in zip(columns, found, strict=True)})


def read_outputs(keys: Integers | None = None) -> Table:
    return output_table(read_table(OUTPUT_COLUMNS, outputs_that(PUBLIC + among("o.id", keys))))


def output_table(found: Table) -> Table:
    """Outputs as they were read, with their flags as such."""
    flags = {name: found[name].astype(np.bool_) for name in ("written", "withheld")}
    return Table({**found.columns, **flags})


def read_findings(keys: Integers | None = None) -> Table:
    found = read_table(FINDING_COLUMNS, FINDINGS, keys)
    return Table({**found.columns, "value": found["value"].astype(np.int8)})


def read_domains() -> dict[int, str]:
    """Prompt set to domain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, domain FROM prompts_promptset")
        return dict(cursor.fetchall())


def read_wordings() -> Wordings:
    with connection.cursor() as cursor:
        cursor.execute(WORDINGS)
        rows = cursor.fetchall()
    return Wordings(
        columns={version: (key, meaning) for version, key, meaning, _ in rows},
        process=frozenset(key for _, key, _, process in rows if process),
    )


def read_forms(keys: Integers | None = None, source: str = FORMS) -> Forms:
    found = columns_of(FORM_COLUMNS, source + among("m.id", keys))
    order = np.argsort(found[0], kind="stable")
    return Forms(*(part[order] for part in found))


def read_answers(condition: str, source: str = ANSWERS) -> tuple[Given, Integers]:
    """Answers under a condition, sorted by key, and the version that each is to."""
    found = columns_of(ANSWER_COLUMNS, source + condition)
    order = np.argsort(found[0], kind="stable")
    row, judgment, subject, tag = (part[order] for part in found)
    asked = tag >> 2
    versions, question = np.unique(asked, return_inverse=True)
    return Given(row, judgment, subject, question, tag & 3), versions


def all_answers() -> Iterator[tuple[Given, Integers]]:
    """All answers, in pieces that do not cut a form in two where keys follow each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM judgments_answer")
        first, last = cursor.fetchone()
    for begin in range(first, last + 1, CHUNK):
        yield read_answers(f" AND a.id >= {begin} AND a.id < {begin + CHUNK}")


def questions_of(versions: Integers, wordings: Wordings) -> list[Asking]:
    """The questions that the numbers of `read_answers` stand for."""
    if any(number >= 0 and number >> 1 not in wordings.columns for number in versions.tolist()):
        wordings = read_wordings()  # worded since they were read
    questions: list[Asking] = []
    for number in versions.tolist():
        version, about_prompt = number >> 1, number & 1
        if version < 0:
            questions.append(("direct", "", -version))
        else:
            about = "prompt" if about_prompt else "output"
            questions.append((about, *wordings.columns[version]))
    return questions


def read_blocks(wordings: Wordings) -> Blocks:
    blocks, forms = Blocks(), read_forms()
    for given, versions in all_answers():
        blocks, _ = blocks.including(forms, given, questions_of(versions, wordings))
    return blocks.sorted()


def read_everything() -> Stored:
    wordings = read_wordings()
    return Stored(
        outputs=read_outputs(),
        findings=read_findings(),
        blocks=read_blocks(wordings),
        wordings=wordings,
        domains=read_domains(),
    )
