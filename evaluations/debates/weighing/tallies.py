"""How votes stand, by side: whose votes they are is never told, and their sides only together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from evaluations.accounts.models import User
from evaluations.debates.choices import Stand
from evaluations.debates.models import Ballot, Stance
from evaluations.debates.weighing.calls import calls_in, lower_bound, verdicts_of
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge
from evaluations.leaderboards.matrix.answers import Flags, Integers
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.fill import columns_of
from evaluations.measures.bridging import (
    CALLS_TO_PLACE,
    CLOSE,
    GIVEN_FROM,
    LOST_BELOW,
    NARROWER,
    NOT_PLACED,
    SIDES,
    VOTERS_TO_COUNT,
    WIDER,
    Bridging,
    Placing,
    bridge,
    counting,
    place,
)
from evaluations.measures.intervals import Interval, wilson, wilson_ends

BY_CALLS, BY_STANCE, NO_SIDES = "calls", "stances", ""
NAMES: Final = {
    BY_CALLS: {
        WIDER: "call more reasoning than this version does",
        CLOSE: "call about what this version calls reasoning",
        NARROWER: "call less reasoning than this version does",
    },
    BY_STANCE: {0: "would use it", 1: "would change it", 2: "would reject it"},
}
"""The sides in words that go on after "people who"."""
SIDE_OF_STANCE: Final = {Stand.USE.value: 0, Stand.CHANGE.value: 1, Stand.REJECT.value: 2}

COUNTED = """
FROM debates_vote v JOIN debates_statement s ON s.id = v.statement_id
WHERE s.version_id = {version} AND s.is_current AND s.retired_at IS NULL AND v.is_current
    AND v.voter_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM debates_statement own
        WHERE own.author_id = v.voter_id AND own.retired_for = 'abuse')
"""
COLUMNS = (
    "v.id",
    "v.statement_id",
    "v.voter_id",
    "CASE WHEN v.useful IS NULL THEN -1 WHEN v.useful THEN 1 ELSE 0 END",
    "CASE v.agreement WHEN 'disagree' THEN 0 WHEN 'agree' THEN 1 WHEN 'unsure' THEN 2 ELSE -1 END",
)


@dataclass(frozen=True)
class Votes:
    """Votes in force that count, by their age; arrays of shape (votes,), as `bridge` takes them.

    Votes of one version after the same `change` are the same.
    """

    change: int
    statement: Integers
    voter: Integers
    useful: Integers
    agreement: Integers


@dataclass(frozen=True)
class Sides:
    """On which side those who voted stand, and by what that is told. Sides of one `state`, by
    the same votes, are the same."""

    state: tuple[Any, ...]
    basis: str
    counting: tuple[int, ...]
    of: dict[int, int]
    voters: tuple[int, ...]

    @property
    def names(self) -> dict[int, str]:
        return NAMES.get(self.basis, {})


@dataclass(frozen=True)
class OwnSide:
    """Where the reader stands, in words if anywhere; `left` are the outputs that they would have
    to call yet to be placed by judging."""

    name: str = ""
    left: int = CALLS_TO_PLACE


@dataclass(frozen=True)
class SideTally:
    """What one side voted, on each axis only where three of it did: else 0 of 0."""

    name: str
    useful: int
    rated: int
    agree: int
    answered: int


@dataclass(frozen=True)
class Tally:
    """The votes on one statement. `low` is the lower bound of useful."""

    useful: int = 0
    rated: int = 0
    agree: int = 0
    disagree: int = 0
    unsure: int = 0
    score: float | None = None
    badge: bool = False
    thin: bool = False
    undone_by: int = 0
    crux: bool = False
    common: float | None = None
    common_ground: bool = False
    common_thin: bool = False
    sides: list[SideTally] = field(default_factory=list)

    @property
    def interval(self) -> Interval | None:
        return wilson(self.useful, self.rated) if self.rated else None

    @property
    def low(self) -> float:
        return lower_bound(self.useful, self.rated)

    @property
    def voted(self) -> int:
        """Votes on the axis that more people used."""
        return max(self.rated, self.agree + self.disagree + self.unsure)


NOTHING: Final = Tally()


def changes_in(versions: Collection[DefinitionVersion]) -> dict[int, int]:
    """Version to the last change of the votes on it, of those that were voted on. One query."""
    rows = Ballot.objects.filter(version__in=versions)
    return dict(rows.values_list("version", "last_change"))


def votes_on(version: DefinitionVersion, held: Matrix, change: int | None = None) -> Votes:
    """The votes on the statements that stand. One query after a vote, and one where the last
    *change* is not given."""
    change = changes_in([version]).get(version.pk, 0) if change is None else change

    def read() -> Votes:
        found = columns_of(COLUMNS, COUNTED.format(version=int(version.pk)))
        order = np.argsort(found[0], kind="stable")
        return Votes(change, *(part[order] for part in found[1:]))

    # What is kept of votes that changed goes with the matrix, after the next answer.
    return held.rulings.once(("votes", version.pk, change), read)


@dataclass(frozen=True)
class Stances:
    """What each person would do with a version now, by their key. Those of one `state` are the
    same: each change of a stance is a newer row."""

    state: tuple[int, int]
    of: Mapping[int, str]


def stances_on(version: DefinitionVersion) -> Stances:
    """Makes one query."""
    return stances_in([version])[version.pk]


def stances_in(versions: Collection[DefinitionVersion]) -> dict[int, Stances]:
    """The same of each of some versions, by its key. One query."""
    taken = Stance.objects.current().filter(version__in=versions).exclude(person=None)
    rows: dict[int, list[tuple[int, int, str]]] = {version.pk: [] for version in versions}
    columns = ("version", "pk", "person", "value")
    for key, number, person, value in taken.order_by().values_list(*columns):
        rows[key].append((number, person, value))
    found = {}
    for key, each in rows.items():
        newest = max((number for number, _, _ in each), default=0)
        found[key] = Stances((newest, len(each)), {person: value for _, person, value in each})
    return found


def sides_of(version: DefinitionVersion, held: Matrix, votes: Votes, stances: Stances) -> Sides:
    """On which sides those who voted stand: by what they called blind, else by their stance.

    One query after a vote, a stance or an answer.
    """
    state = stances.state

    def tell() -> Sides:
        voters = np.unique(votes.voter).tolist()
        judges = Judge.objects.filter(user__in=voters).values_list("pk", "user")
        placing = placed(version, held, voters, dict(judges))
        by_calls = placing.side
        given = [stances.of.get(key, "") for key in voters]
        by_stance = np.array([SIDE_OF_STANCE.get(it, NOT_PLACED) for it in given], np.int64)
        counts = []
        for basis, sides in ((BY_CALLS, by_calls), (BY_STANCE, by_stance)):
            count = np.bincount(sides[sides >= 0], minlength=SIDES).tolist()
            counts.append(tuple(count))
            if len(found := counting(sides)) > 1:
                stood = dict(zip(voters, sides.tolist(), strict=True))
                return Sides(state, basis, found, stood, tuple(count))
        most = max(counts, key=lambda it: (sum(n > 0 for n in it), sum(it)))
        return Sides(state, NO_SIDES, (), {}, most)

    return held.figures.once(("sides", version.pk, votes.change, *state), tell)


def placed(
    version: DefinitionVersion, held: Matrix, people: Sequence[int], judges: Mapping[int, int]
) -> Placing:
    """Where judging places some people, in their order.

    Args:
        judges: key of each one's judge, where they are one, to their own.
    """
    number = {key: at for at, key in enumerate(people)}
    calls = calls_in(held)
    here = np.flatnonzero(np.isin(calls.judge, list(judges)))
    persons = [number[judges[key]] for key in calls.judge[here].tolist()]
    return place(
        np.array(persons, np.int64),
        calls.value[here],
        verdicts_of(version, held)[calls.place[here]],
        len(people),
    )


def own_side(
    version: DefinitionVersion,
    held: Matrix,
    sides: Sides,
    stances: Stances,
    reader: User,
    judge: Judge | None,
) -> OwnSide:
    """Where somebody stands who may not have voted. Makes no query of its own."""
    placing = placed(version, held, [reader.pk], {judge.pk: reader.pk} if judge else {})
    side = int(placing.side[0])
    if sides.basis == BY_STANCE:
        side = SIDE_OF_STANCE.get(stances.of.get(reader.pk, ""), NOT_PLACED)
    return OwnSide(sides.names.get(side, ""), int(placing.left[0]))


def tallies(
    version: DefinitionVersion, held: Matrix, votes: Votes, sides: Sides
) -> dict[int, Tally]:
    """Statement to how its votes stand; those without any are left out. Makes no query."""
    key = ("tallies", version.pk, votes.change, *sides.state)
    return held.figures.once(key, lambda: counted(votes, sides))


def counted(votes: Votes, sides: Sides) -> dict[int, Tally]:
    """The same, counted anew."""
    keys, number = np.unique(votes.statement, return_inverse=True)
    use, say = votes.useful, votes.agreement
    side = np.array([sides.of.get(key, NOT_PLACED) for key in votes.voter.tolist()], np.int64)
    found = bridged(number, side, use, say, keys.size, sides.counting)
    all_of = {
        name: np.bincount(number[mask], minlength=keys.size).tolist()
        for name, mask in (
            ("useful", use == 1),
            ("rated", use >= 0),
            ("disagree", say == 0),
            ("agree", say == 1),
            ("unsure", say == 2),
        )
    }
    return {
        int(keys[at]): Tally(
            **{name: counts[at] for name, counts in all_of.items()},
            score=_known(found.score[at]),
            badge=bool(found.badge[at]),
            thin=bool(found.thin[at]),
            undone_by=int(found.undone_by[at]),
            crux=bool(found.crux[at]),
            common=_known(found.common[at]),
            common_ground=bool(found.common_ground[at]),
            common_thin=bool(found.common_thin[at]),
            sides=[
                SideTally(
                    sides.names[name],
                    *together(found.useful[row, at], found.rated[row, at]),
                    *together(found.agree[row, at], found.answered[row, at]),
                )
                for row, name in enumerate(found.sides)
                if max(found.rated[row, at], found.answered[row, at]) >= VOTERS_TO_COUNT
            ],
        )
        for at in range(keys.size)
    }  # fmt: skip


def together(part: int, of: int) -> tuple[int, int]:
    """How many of a side, once they are so many that it tells nobody's vote."""
    return (int(part), int(of)) if of >= VOTERS_TO_COUNT else (0, 0)


def bridged(
    number: Integers, side: Integers, use: Integers, say: Integers, count: int,
    which: tuple[int, ...],
) -> Bridging:  # fmt: skip
    """What the sides make of each statement; a badge that was earned stays until it is lost.

    Nothing is stored of it: where a score lies between the two thresholds, the votes that stand
    are counted again one after the other, by their age.
    """
    now = bridge(number, side, use, say, count=count, counting=which)
    between = np.flatnonzero((now.score >= LOST_BELOW) & (now.score < GIVEN_FROM))
    if not between.size:
        return now
    had: Flags = np.zeros(count, np.bool_)
    told = np.flatnonzero((use >= 0) & np.isin(side, which))
    told = told[np.argsort(number[told], kind="stable")]
    first, after = (np.searchsorted(number[told], between, end) for end in ("left", "right"))
    for at, begin, end in zip(between.tolist(), first.tolist(), after.tolist(), strict=True):
        mine = told[begin:end]
        had[at] = had_badge(side[mine][None] == np.array(which)[:, None], use[mine])
    return bridge(number, side, use, say, count=count, counting=which, had_badge=had)


def had_badge(sides: Flags, use: Integers) -> bool:
    """Whether a statement has the badge after votes that came one after the other.

    Args:
        sides: of which side that counts each vote is, shape (sides, votes).
        use: 1 useful, 0 not, shape (votes,).
    """
    rated = np.cumsum(sides, axis=1)
    useful = np.cumsum(sides * use, axis=1)
    share = np.divide(useful, rated, out=np.zeros(rated.shape), where=rated > 0)
    score = wilson_ends(share, rated)[0].min(axis=0)
    earned, kept = np.flatnonzero(score >= GIVEN_FROM), score >= LOST_BELOW
    return bool(earned.size) and bool(kept[earned[-1] :].all())


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
