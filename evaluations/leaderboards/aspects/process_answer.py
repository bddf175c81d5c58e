"""Process against answer: the verdict of each output beside whether its answer was right."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.rows import RIGHT
from evaluations.leaderboards.boards.standings import (
    VERDICT_ORDER,
    Groups,
    Question,
    Ruled,
    met_under,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.intervals import Interval
from evaluations.measures.shares import intervals_of
from evaluations.rules import CODES, VERDICTS

GRADES = ("right", "wrong", "none")
"""Graded right (a grade of 1), graded otherwise, and not graded."""

UNKNOWN = "cannot-tell"

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CrossTable:
    """Outputs by verdict, in the order of `VERDICT_ORDER`, and grade, in that of `GRADES`.

    `counts` has shape (4, 3) and holds the outputs on which the whole rule was asked.
    `right_where_met` is the share right among the graded outputs that meet the definition,
    `right_where_not` that among those that are settled and do not; None without such an output.
    """

    counts: Counts
    right_where_met: Interval | None
    right_where_not: Interval | None

    def count(self, verdict: str, grade: str) -> int:
        return int(self.counts[VERDICT_ORDER.index(verdict), GRADES.index(grade)])

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    @property
    def graded(self) -> int:
        return int(self.counts[:, :2].sum())


def cross_tables(
    version: Ruled, matrix: Matrix, question: Question, groups: Groups
) -> list[CrossTable]:
    """One table for each group of a board, and last the one of all of them together."""
    ruling = rule_on_outputs(version, matrix, question)
    asked = ruling.asked[groups.places]
    places, number = groups.places[asked], groups.number[asked]
    codes, grade = ruling.verdicts[places], matrix.grade[places]
    column = np.where(np.isnan(grade), 2, np.where(grade == RIGHT, 0, 1))
    # A code is the place of its verdict in this order; that of "cannot tell", -1, is the last.
    order = np.array([VERDICT_ORDER.index(VERDICTS[a]) for a in ("no", "partly", "yes", UNKNOWN)])
    cell = (number * len(order) + order[codes]) * len(GRADES) + column
    count = len(groups.model)
    shape = (count, len(order), len(GRADES))
    tables = np.bincount(cell, minlength=count * len(order) * len(GRADES)).reshape(shape)

    met = met_under(version, codes)
    shares = []
    for here in (met, ~met & (codes != CODES[UNKNOWN])):
        graded = here & (column < 2)
        right, prompt = column[graded] == 0, matrix.prompt[places[graded]]
        family, row = matrix.family[places[graded]], number[graded]
        every = intervals_of(right, np.zeros_like(row), 1, prompt, family)
        shares.append([*intervals_of(right, row, count, prompt, family), *every])
    return [
        CrossTable(table, *pair)
        for table, pair in zip(
            (*tables, tables.sum(axis=0)), zip(*shares, strict=True), strict=True
        )
    ]
