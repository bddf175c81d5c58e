"""Which answers decide a rule's verdict on many outputs, and how far judges agree on those."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.criteria import Pairs, pairs_of_counts, pairs_on
from evaluations.leaderboards.boards.standings import (
    Question,
    Reading,
    Ruled,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import Asking, Counts, Flags, Integers, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.rules import apply_absence_policy_arrays, evaluate_arrays, explain, parse
from evaluations.rules.answers import UNKNOWN, Codes, answer
from evaluations.rules.syntax import ParsedRule

AGREED = 0.75
"""Share of judge pairs on a question about an output from which its answer counts as agreed on."""


@dataclass(frozen=True)
class Reasons:
    """Why a rule says what it says of some outputs.

    `keys` are the rule's criteria, `codes` the answers that it sees, of shape (outputs, keys),
    and `decisive` is true where the answer is one of those that fix the verdict, or, while it is
    undetermined, one of the open ones that could. `explained` is False where several judges vote
    or classify directly: then no answer to a criterion fixes the verdict of the vote.
    """

    keys: tuple[str, ...]
    codes: npt.NDArray[np.int8]
    decisive: Flags
    explained: bool

    def answers(self, row: int) -> dict[str, str]:
        """Criterion key to the answer that the rule sees."""
        codes = self.codes[row].tolist()
        return {key: answer(code) for key, code in zip(self.keys, codes, strict=True)}

    def deciding(self, row: int) -> list[str]:
        """The criteria that decide one output, in the rule's order."""
        return [key for key, yes in zip(self.keys, self.decisive[row].tolist(), strict=True) if yes]


def reasons_for(
    reading: Reading, matrix: Matrix, question: Question, outputs: Integers | Flags
) -> Reasons:
    """Why a rule says what it says of these outputs; makes no query after the first of a process.

    Outputs with the same answers share one explanation, so the cost grows with the patterns of
    answers rather than with the outputs.
    """
    keys = tuple(reading.columns)
    columns = {
        key: matrix.column(column, question.selection).codes[outputs]
        for key, column in reading.columns.items()
    }
    seen = apply_absence_policy_arrays(
        columns,
        policy=reading.absence_policy,
        withheld=matrix.withheld[outputs],
        process=matrix.process.intersection(keys),
    )
    codes = np.stack([seen[key] for key in keys], axis=1).astype(np.int8)
    if question.road != "computed" or question.combine != "median":
        return Reasons(keys, codes, np.ones(codes.shape, np.bool_), explained=False)
    patterns, inverse = distinct(codes)
    rule = json.dumps(reading.rule)
    decisive = np.array([deciding(rule, keys, row.tobytes()) for row in patterns], np.bool_)
    return Reasons(keys, codes, decisive.reshape(len(patterns), len(keys))[inverse], explained=True)


def firm_and_possible(version: Ruled, matrix: Matrix, question: Question) -> tuple[Flags, Flags]:
    """Where a verdict rests on answers that judges agree on, and where they might yet; (outputs,).

    Firm: the rule comes to the same verdict with every answer left open on which judges part or
    which one judge alone gave. Possible: with only those open on which judges part. So nothing
    but what decides counts, whichever of several sets of answers decides. What a vote says is
    firm where the agreed answers alone say it; a direct classification, where judges agree on it.
    """
    reading, selection = reading_of(version), question.selection
    if question.road == "direct":
        disputed, alone = in_doubt(matrix, ("direct", "", reading.version or 0), selection)
        return ~(disputed | alone), ~disputed
    seen = apply_absence_policy_arrays(
        {key: matrix.column(column, selection).codes for key, column in reading.columns.items()},
        policy=reading.absence_policy,
        withheld=matrix.withheld,
        process=matrix.process.intersection(reading.columns),
    )
    doubts = {
        key: in_doubt(matrix, ("output", *column), selection)
        for key, column in reading.columns.items()
    }
    verdicts = rule_on_outputs(version, matrix, question).verdicts

    def same_without(left_open: Mapping[str, Flags]) -> Flags:
        codes: dict[str, Codes] = {
            key: np.where(here, np.int8(UNKNOWN), seen[key]) for key, here in left_open.items()
        }
        same: Flags = evaluate_arrays(reading.rule, codes, length=matrix.size) == verdicts
        return same

    return (
        same_without({key: disputed | alone for key, (disputed, alone) in doubts.items()}),
        same_without({key: disputed for key, (disputed, _) in doubts.items()}),
    )


def in_doubt(matrix: Matrix, asking: Asking, selection: Selection) -> tuple[Flags, Flags]:
    """Where judges part on one question, and where one alone answered it; kept with the matrix."""

    def find() -> tuple[Flags, Flags]:
        counts = answers_on(matrix, asking, selection)
        return pairs_of_counts(counts).share < AGREED, counts.sum(axis=1) == 1

    return matrix.rulings.once(("in doubt", asking, selection), find)


def answers_on(matrix: Matrix, asking: Asking, selection: Selection) -> Counts:
    """How many judges gave each answer, shape (outputs, 4): no, partly, yes, cannot tell.

    Answers about the prompt of an output count with it.
    """
    about, key, number = asking
    counts = matrix.counts_of(asking, selection).astype(np.int64)
    if about == "output" and (key, number) in matrix.on_prompts:
        counts += matrix.counts_of(("prompt", key, number), selection)[matrix.prompt_index]
    return counts


def distinct(
    codes: npt.NDArray[np.int8],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.intp]]:
    """The distinct rows of an array of codes, and which of them each row is."""
    width = codes.shape[1]
    if width > 31:
        patterns, inverse = np.unique(codes, axis=0, return_inverse=True)
        return patterns, inverse.reshape(-1)
    # Two bits a code make one number a row, which sorts ten times faster than rows do.
    packed = (codes.astype(np.int64) + 1) @ (4 ** np.arange(width, dtype=np.int64))
    _, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
    return codes[first], inverse


@lru_cache(maxsize=500)
def parsed(rule: str) -> ParsedRule:
    return parse(json.loads(rule))


@lru_cache(maxsize=50_000)
def deciding(rule: str, keys: tuple[str, ...], pattern: bytes) -> tuple[bool, ...]:
    """For each key whether its answer decides; `pattern` holds a signed byte for each key."""
    codes = np.frombuffer(pattern, np.int8).tolist()
    answers = {key: answer(code) for key, code in zip(keys, codes, strict=True)}
    found = explain(parsed(rule), answers)
    wanted = set(found.decisive or found.open)
    return tuple(key in wanted for key in keys)


def pairs_by_output(
    matrix: Matrix, key: tuple[str, int], selection: Selection, outputs: Integers | Flags
) -> Pairs:
    """Pairs of judges on one column for each of the outputs, those about its prompt included."""
    count = len(matrix.output[outputs])
    same, pairs = np.zeros(count, np.intp), np.zeros(count, np.intp)
    for part, about in ((matrix.on_outputs, "output"), (matrix.on_prompts, "prompt")):
        if key in part:
            found = pairs_on(matrix, (about, *key), selection)
            places = matrix.prompt_index[outputs] if about == "prompt" else outputs
            same += found.same[places]
            pairs += found.pairs[places]
    return Pairs(same, pairs)


def agreement_where_decisive(
    sides: Sequence[tuple[Reading, Reasons]],
    matrix: Matrix,
    selection: Selection,
    outputs: Integers | Flags,
) -> Pairs:
    """How judges agree, output by output, on the criteria that decide any of the readings.

    A criterion that decides under both readings in the same meaning counts once.
    """
    decisive: dict[tuple[str, int], Flags] = {}
    for reading, reasons in sides:
        for place, key in enumerate(reasons.keys):
            column = reading.columns[key]
            here = reasons.decisive[:, place]
            decisive[column] = decisive[column] | here if column in decisive else here
    count = len(matrix.output[outputs])
    same, pairs = np.zeros(count, np.intp), np.zeros(count, np.intp)
    for column, here in decisive.items():
        found = pairs_by_output(matrix, column, selection, outputs)
        same += found.same * here
        pairs += found.pairs * here
    return Pairs(same, pairs)


def sentence(
    reading: Reading,
    reasons: Reasons,
    row: int,
    titles: Mapping[str, str],
    question: Question,
) -> str:
    """Why the verdict on one output is what it is, as a sentence for a page."""
    if not reasons.explained:
        if question.road == "direct":
            return "Judges classified it by the wording itself."
        return f"The judges’ verdicts were combined by “{question.combine}”."
    return explain(reading.rule, reasons.answers(row), titles).sentence
