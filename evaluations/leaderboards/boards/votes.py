"""A verdict of each judge, then a vote over the verdicts: the other way to combine judges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.matrix.answers import Column, Combined, Flags, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.rules.answers import NO, PARTLY, UNKNOWN, YES, Codes, count_codes

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Ballots:
    """Judges' answers to the columns of a rule, a row for each judge and output.

    `output` has shape (rows,); `columns` holds for each criterion the answers and whether there
    is one, findings included, since they hold for every judge.
    """

    output: Places
    columns: Mapping[str, Combined]

    @property
    def complete(self) -> Flags:
        """True where the judge answered the whole rule."""
        flags: Flags = np.logical_and.reduce([part.asked for part in self.columns.values()])
        return flags


def ballots(matrix: Matrix, selection: Selection, columns: Mapping[str, Column]) -> Ballots:
    """What each counted judge answered about each output or its prompt."""
    given = {key: given_to(matrix, selection, column) for key, column in columns.items()}
    # Forms that asked several of the columns give the same pairs for each: sorted once.
    pairs: list[npt.NDArray[np.int64]] = []
    which = []
    for part in given.values():
        for pair, _ in part:
            same = [n for n, other in enumerate(pairs) if np.array_equal(pair, other)]
            which.append(same[0] if same else len(pairs))
            pairs += [] if same else [pair]
    every, place = np.unique(np.concatenate([np.empty(0, np.int64), *pairs]), return_inverse=True)
    parts = np.split(place, np.cumsum([len(pair) for pair in pairs])[:-1]) if pairs else []
    where = iter([parts[number] for number in which])
    output = every % max(matrix.size, 1)
    seen = {}
    for key, column in columns.items():
        found = matrix.found(column).at(output)
        codes, asked = found.codes.copy(), found.asked.copy()
        for _, values in given[key]:
            here = next(where)
            codes[here], asked[here] = values, True
        seen[key] = Combined(codes, asked)
    return Ballots(output, seen)


def given_to(
    matrix: Matrix, selection: Selection, column: Column
) -> list[tuple[npt.NDArray[np.int64], Codes]]:
    """Numbers of judge and output, with the answers: about the prompt first, then the output."""
    parts = []
    if column in matrix.on_prompts:
        rows = matrix.on_prompts[column].counted(selection)
        order = np.argsort(matrix.prompt_index, kind="stable")
        outputs = np.bincount(matrix.prompt_index, minlength=len(matrix.prompts))
        first = np.cumsum(outputs) - outputs
        many = outputs[rows.subject]
        step = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        output = order[np.repeat(first[rows.subject], many) + step]
        parts.append((np.repeat(rows.judge, many), output, np.repeat(rows.value, many)))
    if column in matrix.on_outputs:
        rows = matrix.on_outputs[column].counted(selection)
        parts.append((rows.judge, rows.subject, rows.value))
    return [(judge * matrix.size + output, value) for judge, output, value in parts]


def vote(verdicts: Codes, output: Places, count: int, how: str) -> Combined:
    """`rules.combine_verdicts` of the verdicts on each output; shape (count,).

    Args:
        verdicts: codes, shape (rows,).
        output: what each is on, 0 to count - 1, shape (rows,).
        how: majority, any or all.
    """
    counts: npt.NDArray[Any] = count_codes(verdicts, output, count)
    unknown = counts[3]
    known = counts[:3].sum(axis=0)
    result = np.full(count, UNKNOWN, np.int8)
    if how == "majority":
        for value in (NO, PARTLY, YES):
            result[2 * counts[value] > known] = value
        return Combined(result, known + unknown > 0)
    # From the least to the most telling value, so that the later one overwrites.
    order = (NO, PARTLY, YES) if how == "any" else (YES, PARTLY, NO)
    for value in order:
        certain = (unknown == 0) | (value == order[-1])
        result[(counts[value] > 0) & certain] = value
    return Combined(result, known + unknown > 0)
