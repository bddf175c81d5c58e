"""Ratings of rows from pairs of their outputs: how judges compared them, and what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.standings import Groups, numbered
from evaluations.leaderboards.matrix.answers import Answers, Flags, Integers, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.intervals import Interval, normal_quantile
from evaluations.measures.ranking import groups as rank_groups
from evaluations.measures.ratings import NotConnected, Ratings, davidson
from evaluations.measures.shares import intervals_of

LEFT, RIGHT, TIE, NEITHER = range(4)
OUTCOMES = ("won", "lost", "tied", "neither")
"""What a comparison says of one of its rows."""

MOST_CELLS = 2_000_000
"""Counts by judge are kept up to so many; beyond it judges are put together at random."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Compared:
    """Comparisons between rows of a board; arrays have shape (comparisons,).

    `left` and `right` are places of outputs in the matrix, `one` and `other` the numbers of their
    rows, `value` is LEFT, RIGHT, TIE or NEITHER. `within` counts those of two outputs of one row,
    which say nothing about rows and are left out.
    """

    left: Integers
    right: Integers
    one: npt.NDArray[np.intp]
    other: npt.NDArray[np.intp]
    value: npt.NDArray[np.int8]
    judge: Integers
    within: int

    @property
    def size(self) -> int:
        return len(self.value)

    @property
    def judges(self) -> int:
        return len(np.unique(self.judge))


@dataclass(frozen=True)
class PairwiseTally:
    """How one row fared; `floor` is its share of comparisons in which neither was reasoning.

    The interval of that share is clustered by judge.
    """

    won: int
    lost: int
    tied: int
    neither: int
    floor: Interval

    @property
    def comparisons(self) -> int:
        return self.won + self.lost + self.tied + self.neither


@dataclass(frozen=True)
class Rated:
    """A row's rating on the log scale, the mean of all rows 0.

    `preferred` is the chance that it is preferred to an average row where one of the two is;
    Its true rank is `rank` to `rank_high`; `group` is the number of its rank group, from 0.
    """

    rank: int
    rank_high: int
    group: int
    rating: Interval
    preferred: Interval


@dataclass(frozen=True)
class Pairwise:
    """What comparisons come to. `rated` is by number of row, empty where `reason` says why.

    `unconnected` are the groups of rows that the comparisons do not connect. `tie` is Davidson's
    ν. `clustered` says that errors are clustered by judge, and not those of independent
    comparisons.
    """

    compared: Compared
    tallies: dict[int, PairwiseTally]
    rated: dict[int, Rated]
    reason: str
    unconnected: list[list[int]]
    tie: float | None
    clustered: bool


def comparisons_between(
    answers: Answers,
    right: Integers,
    matrix: Matrix,
    selection: Selection,
    groups: Groups,
) -> Compared:
    """The comparisons that count.

    Args:
        answers: each comparison, its subject being the key of the left output.
        right: key of the right output, shape (comparisons,).
        groups: the rows of the board; outputs outside them do not count.
    """
    counted = answers.mask(selection)
    row_of = np.full(matrix.size, -1, np.intp)
    row_of[groups.places] = groups.number
    left_place, left_there = places_of(answers.subject, matrix)
    right_place, right_there = places_of(right, matrix)
    counted &= left_there & right_there
    if not matrix.size:
        counted[:] = False
    left_place, right_place = left_place[counted], right_place[counted]
    one, other = row_of[left_place], row_of[right_place]
    inside = (one >= 0) & (other >= 0)
    apart = inside & (one != other)
    return Compared(
        left_place[apart],
        right_place[apart],
        one[apart],
        other[apart],
        answers.value[counted][apart],
        answers.judge[counted][apart],
        int((inside & (one == other)).sum()),
    )


def places_of(outputs: Integers, matrix: Matrix) -> tuple[Integers, Flags]:
    """Places of outputs in the matrix, and whether they are in it."""
    if not matrix.size:
        return np.zeros(len(outputs), np.int64), np.zeros(len(outputs), np.bool_)
    places = np.minimum(np.searchsorted(matrix.output, outputs), matrix.size - 1)
    return places, matrix.output[places] == outputs


def rate(compared: Compared) -> Pairwise:
    """Tallies of the compared rows, and their ratings where the comparisons connect them.

    Davidson's model of wins and ties; "neither" is no tie and stands apart. Errors are clustered
    by judge where there are more judges than rows, and never below those of independent
    comparisons, which they are with fewer judges: some difference between rows would seem to
    have no error at all.
    """
    tallies = tallies_of(compared)
    decided = compared.value != NEITHER
    rows, place = np.unique(
        np.concatenate([compared.one[decided], compared.other[decided]]), return_inverse=True
    )
    if len(rows) < 2:
        reason = "no comparison of two rows was decided or a tie" if compared.size else ""
        return Pairwise(compared, tallies, {}, reason, [], None, False)
    one, other = np.split(place, 2)
    _, judge = numbered(compared.judge[decided])
    wins, ties = counts_of(one, other, compared.value[decided], judge, len(rows))
    clustered = len(wins) > len(rows)
    if not clustered:
        wins, ties = wins.sum(axis=0, keepdims=True), ties.sum(axis=0, keepdims=True)
    try:
        found = davidson(wins, ties)
    except NotConnected as error:
        numbers = rows.tolist()
        parts = [[numbers[row] for row in part] for part in parts_of((wins + ties).sum(axis=0))]
        reason = str(error).removeprefix("not rankable yet: ")
        return Pairwise(compared, tallies, {}, reason, parts, None, clustered)
    except ArithmeticError as error:
        return Pairwise(compared, tallies, {}, str(error), [], None, clustered)
    return Pairwise(compared, tallies, rated_of(rows.tolist(), found), "", [], found.tie, clustered)


def tallies_of(compared: Compared) -> dict[int, PairwiseTally]:
    """How each compared row fared, by its number."""
    if not compared.size:
        return {}
    value = compared.value
    row = np.concatenate([compared.one, compared.other])
    # The same outcome from either side: what the left won, the right lost.
    outcome = np.concatenate([value, np.array([RIGHT, LEFT, TIE, NEITHER])[value]])
    count = int(row.max()) + 1
    counts = np.bincount(row * 4 + outcome, minlength=4 * count).reshape(count, 4)
    judge = np.concatenate([compared.judge, compared.judge])
    floors = intervals_of(outcome == NEITHER, row, count, judge, np.zeros_like(judge))
    found = {}
    for number, floor in enumerate(floors):
        if floor is not None:
            won, lost, tied, neither = counts[number].tolist()
            found[number] = PairwiseTally(won, lost, tied, neither, floor)
    return found


def counts_of(
    one: npt.NDArray[np.intp],
    other: npt.NDArray[np.intp],
    value: npt.NDArray[np.int8],
    judge: npt.NDArray[np.intp],
    rows: int,
) -> tuple[Counts, Counts]:
    """Wins of the row over the column, and ties, both of shape (judges, rows, rows)."""
    judges = min(int(judge.max()) + 1, max(MOST_CELLS // rows**2, 1))
    winner, loser = np.where(value == RIGHT, other, one), np.where(value == RIGHT, one, other)
    cell = ((judge % judges) * rows + winner) * rows + loser
    shape = (judges, rows, rows)
    wins, ties = (
        np.bincount(cell[here], minlength=judges * rows**2).reshape(shape)
        for here in (value != TIE, value == TIE)
    )
    return wins, ties + ties.transpose(0, 2, 1)


def rated_of(rows: Sequence[int], found: Ratings) -> dict[int, Rated]:
    """Ranks and intervals of each row, by its number."""
    covariance = found.cautious_covariance
    ranks, groups, worst = rank_groups(found.abilities, covariance)
    half = normal_quantile(0.95) * np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    ends = np.stack([found.abilities, found.abilities - half, found.abilities + half])
    chances = 1 / (1 + np.exp(-ends))
    return {
        row: Rated(rank, high, group, Interval(*rating), Interval(*chance))
        for row, rank, high, group, rating, chance in zip(
            rows, ranks, worst, groups, ends.T.tolist(), chances.T.tolist(), strict=True
        )
    }


def parts_of(beats: Counts) -> list[list[int]]:
    """Rows that reach each other by beats-or-ties in both directions, as groups.

    In an order in which no row was beaten or tied by a row of a later group. Empty where all are
    one group. `beats` has shape (rows, rows).
    """
    reach = (beats > 0) | np.eye(len(beats), dtype=np.bool_)
    for _ in range(len(beats).bit_length()):
        reach = (reach.astype(np.float64) @ reach) > 0
    both = reach & reach.T
    heads = [row for row in range(len(beats)) if not both[row, :row].any()]
    if len(heads) == 1:
        return []
    heads.sort(key=lambda row: -int(reach[row].sum()))
    return [np.flatnonzero(both[head]).tolist() for head in heads]
