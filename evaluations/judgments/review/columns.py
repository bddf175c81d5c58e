"""What people answered under a protocol's version, as columns of whole numbers.

Agreement, disputes and fidelity rest on the same answers: they are read once. PostgreSQL sends
each column as one string of bytes, because row by row the driver would take longer than the
query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from evaluations.judgments.answers.in_rounds import said_in_round
from evaluations.judgments.models import ProtocolVersion
from evaluations.judgments.querysets import is_apart
from evaluations.rules import CODES
from evaluations.rules.absence import WITHHELD
from evaluations.runs.querysets import repeating

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNKNOWN = 3
"""Number of the answer cannot-tell; the others have their code."""

ANSWERS = 4

HOLISTIC = 0
MEANING_BITS = 16


def of_criterion(criterion: int, meaning: int) -> int:
    """The number that stands for a question by criterion and meaning."""
    return criterion << MEANING_BITS | meaning


def of_definition(version: int) -> int:
    """The number that stands for a classification by a definition version."""
    return -version


def said(judge: str, value: str, counts: str) -> str:
    """SQL of one number for three, since each column takes its time."""
    return f"({judge} << 3) | (CASE WHEN {counts} THEN 4 ELSE 0 END) | ({value})"


VALUE = " ".join(f"WHEN '{value}' THEN {code}" for value, code in CODES.items() if code >= 0)
VALUE = f"CASE a.value {VALUE} ELSE {UNKNOWN} END"
QUESTION = f"""
CASE WHEN a.is_holistic THEN {HOLISTIC} WHEN a.criterion_id IS NULL THEN -a.definition_version_id
    ELSE (a.criterion_id << {MEANING_BITS}) | a.meaning END
"""
COUNTS = """
s.blind AND s.suggestion_shown IS NOT TRUE AND (
    j.kind = 'person' OR (%(guests)s AND j.kind = 'guest' AND s.guest_check = 'counted'))
"""
ITS_PROMPTS = """
SELECT answered.prompt_id FROM judgments_item own JOIN runs_output answered
    ON answered.id = own.output_id
    JOIN judgments_protocolversion same ON same.id = own.version_id
    JOIN judgments_protocolversion this ON this.protocol_id = same.protocol_id
WHERE this.id = %(version)s
"""
# Answers in force that were given for the version's items, without what is set apart and without
# outputs that repeat others; also those to the same outputs under earlier versions, which are not
# asked again. Answers about a prompt hang on a judgment of their own, saved with the same form as
# the item's. Those count that were given without sight of others' answers, people's or a model's,
# by people who count.
GIVEN = f"""
WITH forms AS (
    SELECT d.id, d.judge_id, d.form_token, d.blind, d.suggestion_shown, d.guest_check
    FROM judgments_judgment d JOIN judgments_item i ON i.id = d.item_id
        JOIN judgments_protocolversion w ON w.id = i.version_id
    WHERE NOT {is_apart("i", "w", "d")} AND (d.way <> 'chosen' OR EXISTS (
            SELECT FROM judgments_protocol p WHERE p.id = w.protocol_id AND p.ends_at IS NOT NULL
        )) AND d.withdrawn_at IS NULL
        AND coalesce(i.output_id NOT IN ({repeating(ITS_PROMPTS)}), true) AND i.version_id IN (
            SELECT e.id FROM judgments_protocolversion v JOIN judgments_protocolversion e
                ON e.protocol_id = v.protocol_id AND e.number <= v.number
            WHERE v.id = %(version)s
        ) AND (i.version_id = %(version)s OR i.output_id IN (
            SELECT n.output_id FROM judgments_item n
            WHERE n.version_id = %(version)s AND NOT n.is_gold
        ))
), parts AS (
    SELECT id, judge_id, blind, suggestion_shown, guest_check FROM forms
    UNION ALL
    SELECT s.id, s.judge_id, s.blind, s.suggestion_shown, s.guest_check
    FROM judgments_judgment s
    WHERE s.item_id IS NULL AND s.prompt_id IS NOT NULL AND s.withdrawn_at IS NULL
        AND (s.judge_id, s.form_token) IN (SELECT judge_id, form_token FROM forms)
)
SELECT {QUESTION}, coalesce(a.output_id, -a.prompt_id), {said("s.judge_id", VALUE, COUNTS)}
FROM parts s JOIN judgments_judge j ON j.id = s.judge_id AND j.kind <> 'model'
    JOIN judgments_answer a ON a.judgment_id = s.id AND a.is_current
"""
GIVEN_IN_ROUND = GIVEN.replace("a.is_current", f"a.id IN ({said_in_round('%(protocol)s')})")
"""The same of a round, as it was when it ended."""


@dataclass(frozen=True)
class InForce:
    """Answers in force, in columns of shape (answers,).

    `question` is a number as by `of_criterion`, `of_definition` or `HOLISTIC`; `subject` an
    output, or a prompt with its sign turned; `value` 0 to 2 by its code, or `UNKNOWN`.
    """

    question: Integers
    subject: Integers
    judge: Integers
    value: Integers
    counts: Flags

    def where(self, chosen: Flags) -> "InForce":
        return InForce(
            self.question[chosen],
            self.subject[chosen],
            self.judge[chosen],
            self.value[chosen],
            self.counts[chosen],
        )

    @cached_property
    def counted(self) -> "InForce":
        """Those of the answers that count."""
        return self.where(self.counts)

    @cached_property
    def tally(self) -> "ValueCounts":
        """How often each answer that counts was given to each question about each subject."""
        given = self.counted
        subjects, subject = np.unique(given.subject, return_inverse=True)
        questions, question = np.unique(given.question, return_inverse=True)
        cells, cell = np.unique(question * subjects.size + subject, return_inverse=True)
        counts = np.bincount(cell * ANSWERS + given.value, minlength=cells.size * ANSWERS)
        question, subject = np.divmod(cells, max(subjects.size, 1))
        return ValueCounts(questions[question], subjects[subject], counts.reshape(-1, ANSWERS))


@dataclass(frozen=True)
class ValueCounts:
    """`question` and `subject` as in `InForce`, shape (pairs,), sorted by both; `counts` by
    value, shape (pairs, 4)."""

    question: Integers
    subject: Integers
    counts: Integers


def given_under(version: ProtocolVersion, *, guests: bool = False) -> InForce:
    """All answers that people gave for the items of a version, under it or an earlier one.

    Those in force; of a round those that were when it ended. Makes one query. Expects the
    protocol to be joined.

    Args:
        guests: whether those of guests count.
    """
    statement = GIVEN_IN_ROUND if version.protocol.is_round else GIVEN
    return read_given(statement, version, guests=guests)


def read_given(statement: str, version: ProtocolVersion, *, guests: bool) -> InForce:
    """The answers that a statement gives: questions, subjects, and the rest as by `said`."""
    named = {"version": version.pk, "protocol": version.protocol_id, "guests": guests}
    return given_in(integer_columns(statement, named, 3))


def given_in(columns: Sequence[Integers]) -> InForce:
    question, subject, packed = columns
    return InForce(question, subject, packed >> 3, packed & 3, (packed >> 2 & 1).astype(np.bool_))


WITHHELD_LIST = ", ".join(f"'{word}'" for word in sorted(WITHHELD))
ITEMS = f"""
SELECT i.id, coalesce(i.output_id, 0), coalesce(i.prompt_id, o.prompt_id, 0), i.needed, i.done,
    i.is_gold::int, (o.withdrawn_at IS NOT NULL OR r.withdrawn_at IS NOT NULL
        OR (p.visibility = 'public' AND r.visibility <> 'public') IS TRUE)::int,
    coalesce(o.trace_visibility IN ({WITHHELD_LIST}), false)::int
FROM judgments_item i LEFT JOIN runs_output o ON o.id = i.output_id
    LEFT JOIN runs_run r ON r.id = o.run_id
    JOIN judgments_protocolversion v ON v.id = i.version_id
    JOIN judgments_protocol p ON p.id = v.protocol_id
WHERE i.version_id = %(version)s ORDER BY i.id
"""


@dataclass(frozen=True)
class Items:
    """A version's items about outputs or prompts, in columns of shape (items,), by their id.

    `output` is 0 for an item about a prompt, `prompt` also that of the output. `withdrawn`:
    the output or its run was, or became less
    public than the protocol. `withheld`: its trace is not to be seen, or not in full.
    """

    pk: Integers
    output: Integers
    prompt: Integers
    needed: Integers
    done: Integers
    gold: Flags
    withdrawn: Flags
    withheld: Flags


def items_of(version: ProtocolVersion) -> Items:
    """Makes one query."""
    pk, output, prompt, needed, done, *flags = integer_columns(ITEMS, {"version": version.pk}, 8)
    gold, withdrawn, withheld = (flag.astype(np.bool_) for flag in flags)
    return Items(pk, output, prompt, needed, done, gold, withdrawn, withheld)


def places(keys: Integers, wanted: Integers) -> Integers:
    """Where each of the *wanted* first is among the keys; -1 where it is not."""
    if not keys.size:
        return np.full(wanted.shape, -1, np.int64)
    order = np.argsort(keys, kind="stable")
    at = np.searchsorted(keys, wanted, sorter=order)
    found = order[np.minimum(at, keys.size - 1)]
    where: Integers = np.where(keys[found] == wanted, found, -1)
    return where


def integer_columns(statement: str, parameters: Mapping[str, Any], number: int) -> list[Integers]:
    """The *number* columns that a statement gives, whole numbers, each of shape (rows,)."""
    names = [f"c{place}" for place in range(number)]
    packed = ", ".join(f"string_agg(int8send({name}::bigint), ''::bytea)" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {packed} FROM ({statement}) rows ({', '.join(names)})", parameters)
        row = cursor.fetchone()
    return [np.frombuffer(column or b"", ">i8").astype(np.int64) for column in row or ()]
