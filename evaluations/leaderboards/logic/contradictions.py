"""How often judges answer against a postulate, and which postulates that puts in doubt."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluations.definitions.postulates import Postulated, postulated
from evaluations.leaderboards.matrix.answers import Flags, Integers, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.intervals import Interval, wilson
from evaluations.rules.answers import NO, PARTLY, YES, code

LEAST_JUDGES: Final = 3
LEAST_SHARE: Final = 0.05
"""A postulate is doubtful where so many judges went against it, and beyond doubt more often."""


@dataclass(frozen=True)
class Contradictions:
    """Answers of single judges to both questions of one postulate, about outputs.

    `n`: pairs of answers to which it applies, `against`: those that go against it; `by_judge`:
    a judge's key to how many of these are theirs.
    """

    postulated: Postulated
    n: int
    against: int
    by_judge: dict[int, int]

    @property
    def interval(self) -> Interval | None:
        return wilson(self.against, self.n) if self.n else None

    @property
    def is_doubtful(self) -> bool:
        """Whether enough judges contradict it, more than slips would explain."""
        interval = self.interval
        return (
            interval is not None
            and len(self.by_judge) >= LEAST_JUDGES
            and interval.low > LEAST_SHARE
        )


def pairs_on(
    each: Postulated, matrix: Matrix, selection: Selection
) -> tuple[Integers, Integers, Flags]:
    """Where one judge answered both questions about one output, and the postulate applies.

    Returns the judges, the places of the outputs, and whether the answers go against it; all of
    shape (pairs,). Answers that nobody counts by default, such as those of judges who did not
    pass a qualification, are left out.
    """
    nothing = np.zeros(0, np.int64)
    columns = (each.key, each.meaning), (each.needs, each.needs_meaning)
    if any(column not in matrix.on_outputs for column in columns):
        return nothing, nothing, np.zeros(0, np.bool_)
    given, needed = (matrix.on_outputs[column].counted(selection) for column in columns)
    # A judge and an output as one number.
    first, second = (rows.judge * matrix.size + rows.subject for rows in (given, needed))
    _, here, there = np.intersect1d(first, second, return_indices=True)
    if_yes, if_partly = given.value[here] == YES, given.value[here] == PARTLY
    known = needed.value[there] >= NO
    applies = known & (if_yes | if_partly if each.partly else if_yes)
    least = np.where(if_yes, code(each.least), PARTLY)
    against = needed.value[there] < least
    return given.judge[here][applies], given.subject[here][applies], against[applies]


def contradictions(matrix: Matrix) -> list[Contradictions]:
    """Every postulate with how often it is contradicted, in the catalogue's order."""
    return [of_one(each, matrix) for each in postulated()]


def of_one(each: Postulated, matrix: Matrix) -> Contradictions:
    def count() -> Contradictions:
        judges, _, against = pairs_on(each, matrix, Selection())
        who, times = np.unique(judges[against], return_counts=True)
        by_judge = dict(zip(who.tolist(), times.tolist(), strict=True))
        return Contradictions(each, len(judges), int(against.sum()), by_judge)

    found: Contradictions = matrix.figures.once(("contradictions", each.pair), count)
    return found
