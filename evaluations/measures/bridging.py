"""Which statements of a debate people on different sides find useful, and where the sides part.

A side is how somebody calls outputs beside a definition's own verdicts, so that no votes make it
and no factor model is needed. What a statement gets is the least of its sides: one side alone
cannot lift it, however many it is. Community Notes ask for the same of raters whose sides they
fit to the ratings (Wojcik et al., 2022, arXiv:2210.15723).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from evaluations.measures.intervals import normal_quantile, wilson_ends

NARROWER: Final = 0
CLOSE: Final = 1
WIDER: Final = 2
NOT_PLACED: Final = -1
SIDES: Final = 3
"""Of whom there are at most: narrower, close and wider, or use, change and reject."""

CALLS_TO_PLACE: Final = 10
"""Outputs that somebody called before they have a side."""
LEAST_LEAN: Final = 3
LEAN_SHARE: Final = 1 / 4
VOTERS_TO_COUNT: Final = 3
"""Voters that make a side count."""

GIVEN_FROM: Final = 0.40
LOST_BELOW: Final = 0.37
"""The badge stays between the two, so that it does not come and go with each vote."""
CRUX_USEFUL: Final = 0.5

NOT_SAID: Final = -1
DISAGREE: Final = 0
AGREE: Final = 1
UNSURE: Final = 2

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


class Placing(NamedTuple):
    """Where each person stands beside a definition; arrays of shape (people,)."""

    side: Numbers
    """`NARROWER`, `CLOSE`, `WIDER` or `NOT_PLACED`."""
    calls: Numbers
    """Outputs that tell."""
    lean: Floats
    """Sum of call less verdict over them, in outputs: above 0 for who calls more reasoning."""

    @property
    def left(self) -> Numbers:
        """Outputs that each person would have to call yet before they have a side."""
        return np.maximum(0, CALLS_TO_PLACE - self.calls)


def place(
    persons: npt.ArrayLike, calls: npt.ArrayLike, verdicts: npt.ArrayLike, people: int
) -> Placing:
    """The side of each person, from what they called reasoning and what a definition says of it.

    From `CALLS_TO_PLACE` outputs on, who leans by at least three outputs and a quarter of them is
    wider or narrower, else close. Of people who differ from the definition on one output in five,
    as often either way, 3.6 % are put on a given side by chance at 10 outputs, 1.2 % at 20.

    Args:
        persons: who called, numbered from 0 to people - 1, shape (calls,).
        calls: 1 reasoning, ½ partly, 0 not, each output once a person, shape (calls,).
        verdicts: the same of the definition; NaN where it is not settled, which tells nothing.
        people: how many there are.

    Raises:
        ValueError: for unequal shapes, or numbers out of range.
    """
    person = _numbers(persons, "persons", 0, people - 1)
    call, verdict = np.asarray(calls, np.float64), np.asarray(verdicts, np.float64)
    if not call.shape == verdict.shape == person.shape:
        raise ValueError(
            f"persons, calls and verdicts must have one shape, "
            f"not {person.shape}, {call.shape} and {verdict.shape}"
        )
    tells = ~np.isnan(verdict)
    person, call, verdict = person[tells], call[tells], verdict[tells]
    if not (((call >= 0) & (call <= 1)).all() and ((verdict >= 0) & (verdict <= 1)).all()):
        raise ValueError("calls and verdicts lie between 0 and 1")
    n = np.bincount(person, minlength=people)
    lean = np.bincount(person, weights=call - verdict, minlength=people).astype(np.float64)
    leans = np.abs(lean) >= np.maximum(LEAST_LEAN, n * LEAN_SHARE)
    side = np.where(leans, np.where(lean > 0, WIDER, NARROWER), CLOSE)
    return Placing(np.where(n >= CALLS_TO_PLACE, side, NOT_PLACED), n, lean)


def counting(sides_of_voters: npt.ArrayLike) -> tuple[int, ...]:
    """The sides with enough voters to count, of one side a voter, `NOT_PLACED` among them.

    There is no score unless they are two or more.
    """
    sides = _numbers(sides_of_voters, "sides", NOT_PLACED, SIDES - 1)
    voters = np.bincount(sides[sides >= 0], minlength=SIDES)
    return tuple(np.flatnonzero(voters >= VOTERS_TO_COUNT).tolist())


@dataclass(frozen=True, slots=True)
class Bridging:
    """What the sides make of each statement; arrays of shape (statements,) unless it says else.

    Nothing has a score, a badge or a crux where fewer than two sides count.
    """

    sides: tuple[int, ...]
    """The sides that count, in the order of the first axis of the counts."""
    useful: Numbers
    """Votes that found it useful, shape (sides, statements)."""
    rated: Numbers
    """Votes that said whether it is useful, shape (sides, statements)."""
    agree: Numbers
    """Votes that agree, shape (sides, statements)."""
    disagree: Numbers
    """Votes that disagree, shape (sides, statements)."""
    answered: Numbers
    """Votes that agree, disagree or are unsure, shape (sides, statements)."""
    score: Floats
    """Least Wilson lower bound over the sides; NaN until each of them said."""
    badge: Truths
    thin: Truths
    """Of those with the badge: a side of exactly three decided it."""
    undone_by: Numbers
    """Votes that would have to change for the badge to go; 0 where there is none."""
    crux: Truths
    """Two sides part over it, and both find it useful."""
    common: Floats
    """Least lower bound of the share that agrees; NaN until each side answered."""
    common_ground: Truths
    common_thin: Truths


def bridge(
    statements: npt.ArrayLike,
    sides: npt.ArrayLike,
    useful: npt.ArrayLike,
    agreement: npt.ArrayLike,
    *,
    count: int,
    counting: Sequence[int],
    had_badge: npt.ArrayLike | None = None,
) -> Bridging:
    """What the sides make of each statement, from one current vote a person and statement.

    The score is the least, over the sides that count, of the lower end of Wilson's 95 % interval
    (1927) of useful among those who said so. From 0.40 on it earns the badge, which stays down to
    0.37; that is 3 of 3, 5 of 6, 6 of 8 or 8 of 11 on each side, so that no fewest number of
    votes need be set. Agreement makes a *crux* where the intervals of two sides, among those who
    agree or disagree, do not meet, while at least half of each found the statement useful. It
    makes *common ground* where the least lower end of those who agree, among all who answered,
    who are unsure too, is 0.40 or more.

    Args:
        statements: of each vote, numbered from 0 to count - 1, shape (votes,).
        sides: of the voter, 0 to 2 or `NOT_PLACED`, which counts for nothing; shape (votes,).
        useful: 1 useful, 0 not, `NOT_SAID`; shape (votes,).
        agreement: `AGREE`, `DISAGREE`, `UNSURE` or `NOT_SAID`; shape (votes,).
        count: how many statements there are.
        counting: the sides that count, as `counting` finds them.
        had_badge: which statements have the badge so far, shape (count,); none where not given.

    Raises:
        ValueError: for unequal shapes, numbers out of range, or a side twice.
    """
    statement = _numbers(statements, "statements", 0, count - 1)
    side = _numbers(sides, "sides", NOT_PLACED, SIDES - 1)
    use = _numbers(useful, "useful", NOT_SAID, 1)
    say = _numbers(agreement, "agreement", NOT_SAID, UNSURE)
    if not statement.shape == side.shape == use.shape == say.shape:
        raise ValueError("statements, sides, useful and agreement must have one shape")
    had = np.zeros(count, bool) if had_badge is None else np.asarray(had_badge, bool)
    if had.shape != (count,):
        raise ValueError(f"had_badge must have shape ({count},), not {had.shape}")
    rows = _rows(counting)

    # The first of each table, at place 0, are the votes that did not say.
    row = rows[side]
    counts = row >= 0
    cell = row[counts] * count + statement[counts]
    shape = (len(counting), count)
    uses = _table(cell, use[counts], 3, shape)
    says = _table(cell, say[counts], 4, shape)
    useful_, rated = uses[2], uses[1] + uses[2]
    disagree, agree, answered = says[1], says[2], says[1] + says[2] + says[3]

    score, common = _least(useful_, rated), _least(agree, answered)
    badge = (score >= GIVEN_FROM) | (had & (score >= LOST_BELOW))
    common_ground = common >= GIVEN_FROM
    return Bridging(
        sides=tuple(counting),
        useful=useful_,
        rated=rated,
        agree=agree,
        disagree=disagree,
        answered=answered,
        score=score,
        badge=badge,
        thin=badge & (rated == VOTERS_TO_COUNT).any(axis=0),
        undone_by=np.where(badge, _changes(useful_, rated), 0),
        crux=_cruxes(agree, disagree, useful_, rated),
        common=common,
        common_ground=common_ground,
        common_thin=common_ground & (answered == VOTERS_TO_COUNT).any(axis=0),
    )


def _least(successes: Numbers, n: Numbers) -> Floats:
    """Least lower bound over sides, NaN where one of them has none, or fewer than two count."""
    if len(n) < 2:
        return np.full(n.shape[1], np.nan)
    least: Floats = _ends(successes, n)[0].min(axis=0)
    return least


def _changes(useful: Numbers, rated: Numbers) -> Numbers:
    """Fewest votes that take the badge away by changing from useful to not, on the easiest side.

    A vote that is added, or taken back, does less than one that changes.
    """
    # Wilson's interval inverts the score test: its lower end is not below t where the votes are
    # n·t + z·√(n·t·(1 − t)) or more.
    mean = rated * LOST_BELOW
    keeps = np.ceil(mean + normal_quantile(0.95) * np.sqrt(mean * (1 - LOST_BELOW)))
    changes = (useful - keeps).astype(np.int64) + 1
    fewest: Numbers = changes.min(axis=0, initial=np.iinfo(np.int64).max)
    return fewest


def _cruxes(agree: Numbers, disagree: Numbers, useful: Numbers, rated: Numbers) -> Truths:
    low, high = _ends(agree, agree + disagree)
    of_use = (rated > 0) & (useful >= CRUX_USEFUL * rated)
    crux = np.zeros(agree.shape[1], bool)
    for one, other in combinations(range(len(agree)), 2):
        apart = (low[one] > high[other]) | (low[other] > high[one])
        crux |= apart & of_use[one] & of_use[other]
    return crux


def _ends(successes: Numbers, n: Numbers) -> tuple[Floats, Floats]:
    """Of Wilson's interval, NaN where nobody said."""
    share = np.divide(successes, n, out=np.zeros(n.shape), where=n > 0)
    low, high = wilson_ends(share, n)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def _table(cell: Numbers, value: Numbers, values: int, shape: tuple[int, int]) -> Numbers:
    """How often each value from -1 on was said in each cell; shape (values, sides, statements)."""
    size = shape[0] * shape[1]
    found = np.bincount((value + 1) * size + cell, minlength=values * size)
    return found.astype(np.int64, copy=False).reshape(values, *shape)


def _rows(sides: Sequence[int]) -> Numbers:
    """The row of each side, -1 of those that do not count; the last one is of no side."""
    if len(set(sides)) != len(sides) or not all(0 <= side < SIDES for side in sides):
        raise ValueError(f"the sides that count are some of 0 to {SIDES - 1}, not {list(sides)}")
    rows = np.full(SIDES + 1, -1, np.int64)
    rows[list(sides)] = np.arange(len(sides))
    return rows


def _numbers(values: npt.ArrayLike, name: str, least: int, most: int) -> Numbers:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iub"):
        raise ValueError(f"{name} must be whole numbers of shape (n,)")
    if array.size and (array.min() < least or array.max() > most):
        raise ValueError(f"{name} must lie from {least} to {most}")
    return array.astype(np.int64, copy=False)
