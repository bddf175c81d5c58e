"""What follows from a rule by logic alone: no answer of anybody is needed.

A rule says *yes* wherever the answers contain one of its smallest sufficient patterns: some
criteria answered *yes*, some *no*, and the others whatever they are. So another rule follows from
it exactly where it says *yes* under each of these patterns with all else left open: for the saying
of *yes*, an answer that is open counts as one that is *partly*. The patterns are as few as a rule
has ways to be met, where all combinations of answers would be 3 to the number of its criteria.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from evaluations.rules.answers import NO, PARTLY, UNKNOWN, YES, Answer, Codes, answer
from evaluations.rules.arrays import evaluate_arrays
from evaluations.rules.patterns import MOST_STEPS, TooLarge, sufficient
from evaluations.rules.postulates import Postulate, Steps, steps_of
from evaluations.rules.syntax import ParsedRule, criteria, parse

MOST_PAIRS: Final = 10_000_000
"""Pairs of patterns that are compared, many at once, to find the smallest that parts two rules."""
MOST_ROWS: Final = 20_000
"""Patterns of many rules that are looked at in one go, which keeps the memory small."""
MOST_TO_WEIGH: Final = 15
"""Criteria of one rule up to which all combinations of answers are counted: 3 to that number."""
AT_ONCE: Final = 10

_HIDDEN: Final = -2
"""In a pattern: asked, and left at cannot-tell since the trace is withheld."""


@dataclass(frozen=True)
class Stated:
    """A rule made ready to be compared with many.

    `hidden`: the process criteria of a rule whose absence policy is *must be shown*, which a
    withheld trace answers with *no*; empty under *may be latent*.
    """

    rule: ParsedRule
    hidden: frozenset[str] = field(default=frozenset())

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return criteria(self.rule)

    @cached_property
    def yes(self) -> Codes:
        """The patterns that make it say yes: shape (patterns, keys), codes 2, 0 and -1."""
        if isinstance(self._yes, TooLarge):
            raise self._yes
        return self._yes

    @cached_property
    def _yes(self) -> "Codes | TooLarge":
        # A refusal is kept too: it is as dear as an answer.
        try:
            return sufficient(self.rule, self.keys, negated=False)
        except TooLarge as refusal:
            return refusal

    @cached_property
    def no(self) -> Codes:
        """The patterns that make it say no, in the same form."""
        return sufficient(self.rule, self.keys, negated=True)


Rule: TypeAlias = object
"""A rule as JSON or parsed, or `Stated`."""


def stated(rule: Rule, *, policy: str = "may-be-latent", process: Collection[str] = ()) -> Stated:
    """A rule with its absence policy. InvalidRule for a rule that cannot be read."""
    if isinstance(rule, Stated):
        return rule
    parsed = parse(rule)
    hidden = frozenset(process) & set(criteria(parsed)) if policy == "must-be-shown" else ()
    return Stated(parsed, frozenset(hidden))


def entails(a: Rule, b: Rule, postulates: Sequence[Postulate] = ()) -> bool:
    """Whether `b` says yes under all allowed answers under which `a` does.

    Each criterion is answered yes, partly or no; where a policy makes a *no* of an open answer,
    it may also be left open, on a withheld trace. A rule that can never say yes entails every
    rule. TooLarge where a rule has more than MOST_PATTERNS ways to be met.
    """
    one, other = stated(a), stated(b)
    return not bool(_failing(_ways([one]), other, steps_of(tuple(postulates)))[1].any())


class Many:
    """Rules made ready to be asked which of them entail another: all at once, so far quicker."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.found: list[bool | None] = [None] * len(rules)
        self._parts: list[tuple[list[int], _Ways]] = []
        part: list[int] = []
        ready, rows = [stated(rule) for rule in rules], 0
        for place, rule in enumerate(ready):
            try:
                rows += len(rule.yes)
            except TooLarge:
                continue
            part.append(place)
            if rows > MOST_ROWS:
                self._parts.append((part, _ways([ready[each] for each in part])))
                part, rows = [], 0
        if part:
            self._parts.append((part, _ways([ready[each] for each in part])))

    def entailing(self, other: Rule, postulates: Sequence[Postulate] = ()) -> list[bool | None]:
        """Whether each entails it, in their order; None for what is too large to tell."""
        ready, steps, found = stated(other), steps_of(tuple(postulates)), self.found.copy()
        for places, ways in self._parts:
            try:
                opened, fails = _failing(ways, ready, steps)
            except TooLarge:
                continue
            failing = set(opened.owner[fails].tolist())
            for number, place in enumerate(places):
                found[place] = number not in failing
        return found


def equivalent(a: Rule, b: Rule, postulates: Sequence[Postulate] = ()) -> bool:
    """Whether two rules say yes under the same allowed answers; *partly* may part them."""
    return entails(a, b, postulates) and entails(b, a, postulates)


def separator(a: Rule, b: Rule, postulates: Sequence[Postulate] = ()) -> dict[str, Answer] | None:
    """The smallest answers under which `a` says yes and `b` says no; None where `a` entails `b`.

    Criteria that are not named are left open, and change nothing. Fewest criteria first, then
    fewest yes, then the order of the rules. Where `b` can never say no, the answers leave it
    open (or at partly). TooLarge as in `entails`.
    """
    one, other, steps = stated(a), stated(b), steps_of(tuple(postulates))
    left_open = _ways([one], more=other.keys)
    opened, fails = _failing(left_open, other, steps)
    if not fails.any():
        return None
    # What the policy alone answers with no may as well be a plain no, which may part them too.
    plain = _ways([one], more=other.keys, left_open=False)
    best = _smallest_union(plain.patterns[np.unique(opened.row[fails])], one, other, plain, steps)
    if best is None:
        known, known_fails = _failing(plain, other, steps)
        best = _least(np.concatenate((known.patterns[known_fails], opened.patterns[fails])))
    values = zip(plain.keys, best.tolist(), strict=True)
    return {
        key: "cannot-tell" if value == _HIDDEN else answer(value)
        for key, value in values
        if value != UNKNOWN
    }


def weight(rule: Rule, postulates: Sequence[Postulate] = ()) -> float:
    """The share of allowed answers (yes, partly or no to each criterion) that say yes, 0 to 1.

    A rough measure of how strict a rule is. TooLarge beyond MOST_TO_WEIGH criteria.
    """
    parsed, steps = stated(rule).rule, steps_of(tuple(postulates))
    keys = criteria(parsed)
    if len(keys) > MOST_TO_WEIGH:
        raise TooLarge("criteria", len(keys), MOST_TO_WEIGH)
    many, few = keys[:AT_ONCE], keys[AT_ONCE:]
    grid = np.indices((3,) * len(many), np.int8).reshape(len(many), -1)
    columns = dict(zip(many, grid, strict=True))
    met = allowed = 0
    for values in product((NO, PARTLY, YES), repeat=len(few)):
        fixed = {
            key: np.full(grid.shape[1], value, np.int8)
            for key, value in zip(few, values, strict=True)
        }
        rows = columns | fixed
        stands = ~_against(rows, steps, grid.shape[1])
        allowed += int(np.count_nonzero(stands))
        met += int(np.count_nonzero((evaluate_arrays(parsed, rows) == YES) & stands))
    return met / allowed


def _against(columns: Mapping[str, Codes], steps: Steps, rows: int) -> npt.NDArray[np.bool_]:
    """Where known answers go against a postulate: shape (rows,)."""
    bad = np.zeros(rows, np.bool_)
    for key, level, other, needed in steps:
        if key in columns and other in columns:
            below = (columns[other] >= NO) & (columns[other] < needed)
            bad |= (columns[key] >= level) & below
    return bad


@dataclass(frozen=True)
class _Ways:
    """The patterns under which some rules say yes, all over the same criteria.

    `patterns`: shape (rows, keys), with _HIDDEN where an answer is left open that the policy of
    the row's rule makes a *no*; `may_hide`, of that shape: what that policy would answer. `owner`
    and `row`, of shape (rows,): the place of the rule, and of the pattern that was begun with.
    """

    keys: tuple[str, ...]
    patterns: Codes
    may_hide: npt.NDArray[np.bool_]
    owner: npt.NDArray[np.intp]
    row: npt.NDArray[np.intp]

    def with_criterion(self, key: str) -> "_Ways":
        """The same over one criterion more, where it is not yet among them."""
        if key in self.keys:
            return self
        one_more = np.full((len(self.patterns), 1), UNKNOWN, np.int8)
        patterns = np.concatenate((self.patterns, one_more), axis=1)
        may_hide = np.concatenate((self.may_hide, one_more == NO), axis=1)
        return _Ways((*self.keys, key), patterns, may_hide, self.owner, self.row)

    def taken(self, rows: npt.NDArray[np.intp]) -> "_Ways":
        return _Ways(
            self.keys, self.patterns[rows], self.may_hide[rows], self.owner[rows], self.row[rows]
        )


def _ways(rules: Sequence[Stated], more: Sequence[str] = (), *, left_open: bool = True) -> _Ways:
    """The ways in which some rules are met; with `left_open`, what may be left open is."""
    keys = tuple(dict.fromkeys((*(key for rule in rules for key in rule.keys), *more)))
    place = {key: number for number, key in enumerate(keys)}
    patterns, may_hide = [], []
    for rule in rules:
        wide = np.full((len(rule.yes), len(keys)), UNKNOWN, np.int8)
        wide[:, [place[key] for key in rule.keys]] = rule.yes
        hidden = np.zeros(wide.shape, np.bool_)
        hidden[:, [place[key] for key in rule.hidden]] = True
        if left_open:
            # To leave it open forbids the least, by postulates, and tells another rule the least.
            wide[hidden & (wide == NO)] = _HIDDEN
        patterns.append(wide)
        may_hide.append(hidden)
    owner = np.repeat(np.arange(len(rules)), [len(rule.yes) for rule in rules])
    rows = np.arange(len(owner))
    return _Ways(keys, np.concatenate(patterns), np.concatenate(may_hide), owner, rows)


def _failing(ways: _Ways, other: Stated, steps: Steps) -> tuple[_Ways, npt.NDArray[np.bool_]]:
    """Under which ways, if postulates allow them, `other` does not say yes: shape (rows,).

    The ways come back too, since some are split in two: an answer that others force to be yes
    or no may be left open all the same where a policy makes it a *no*.
    """
    for key in other.keys:
        ways = _split(ways, key, other, steps)
    length = len(ways.patterns)
    columns = {key: np.ascontiguousarray(ways.patterns[:, place])
               for place, key in enumerate(ways.keys)}  # fmt: skip
    nothing = np.full(length, UNKNOWN, np.int8)
    known = {}
    for key in other.keys:
        given = columns.get(key, nothing)
        told = np.where(given == _HIDDEN, np.int8(NO if key in other.hidden else UNKNOWN), given)
        free = given == UNKNOWN
        for value, forced in _forced(key, columns, steps):
            told[forced & free] = value
        known[key] = told
    says_yes = evaluate_arrays(other.rule, known, length=length) == YES
    return ways, ~_against(columns, steps, length) & ~says_yes


def _split(ways: _Ways, key: str, other: Stated, steps: Steps) -> _Ways:
    """The same ways, and those in which a forced answer is left open."""
    by_other = key in other.hidden
    if not by_other and (key not in ways.keys or not ways.may_hide.any()):
        return ways
    columns = dict(zip(ways.keys, ways.patterns.T, strict=True))
    nothing = np.full(len(ways.patterns), UNKNOWN, np.int8)
    may_hide = by_other | (
        ways.may_hide[:, ways.keys.index(key)] if key in ways.keys else nothing == NO
    )
    given, left_open = columns.get(key, nothing), nothing == NO
    for value, forced in _forced(key, columns, steps):
        # What a no is forced to be, the policy of the other rule says in any case.
        if value == YES or not by_other:
            left_open |= forced & may_hide & (given == UNKNOWN)
    rows = np.flatnonzero(left_open)
    if not rows.size:
        return ways
    if len(nothing) + len(rows) > MOST_STEPS:
        raise TooLarge("patterns", len(nothing) + len(rows), MOST_STEPS)
    again = ways.with_criterion(key).taken(np.concatenate((np.arange(len(nothing)), rows)))
    again.patterns[len(nothing) :, again.keys.index(key)] = _HIDDEN
    return again


def _forced(
    key: str, columns: Mapping[str, Codes], steps: Steps
) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """What known answers force another criterion to be, and where: shape (rows,)."""
    for one, level, other, needed in steps:
        if other == key and needed == YES and one in columns:
            yield YES, columns[one] >= level
        elif one == key and level == PARTLY and other in columns:
            yield NO, columns[other] == NO


def _smallest_union(
    patterns: Codes, one: Stated, other: Stated, ways: _Ways, steps: Steps
) -> Codes | None:
    """The smallest allowed pattern that makes `one` say yes and `other` say no; None for none.

    `patterns`: those of `one`, over the criteria of `ways`, with nothing left open.
    """
    against = np.full((len(other.no), len(ways.keys)), UNKNOWN, np.int8)
    against[:, [ways.keys.index(key) for key in other.keys]] = other.no
    if len(patterns) * len(against) > MOST_PAIRS:
        raise TooLarge("pairs of patterns", len(patterns) * len(against), MOST_PAIRS)
    by_one, by_other = (
        np.array([key in rule.hidden for key in ways.keys], np.bool_) for rule in (one, other)
    )
    best: list[Codes] = []
    for pattern in patterns:
        both = (pattern != UNKNOWN) & (against != UNKNOWN)
        fits = against[~(both & (pattern != against)).any(axis=1)]
        union = np.where(fits == UNKNOWN, pattern, fits)
        # A no may be left open where the policy of each rule that needs it makes it a no.
        may = ((pattern == UNKNOWN) | by_one) & ((fits == UNKNOWN) | by_other) & (union == NO)
        if may.any():
            union = np.concatenate((union, np.where(may, np.int8(_HIDDEN), union)))
        columns = dict(zip(ways.keys, union.T, strict=True))
        union = union[~_against(columns, steps, len(union))]
        if len(union):
            best.append(_least(union))
    return _least(np.array(best)) if best else None


def _least(patterns: Codes) -> Codes:
    """The pattern of fewest criteria, then of fewest yes, then of fewest left open, the first."""
    named, yes, left_open = (
        (patterns != UNKNOWN).sum(axis=1),
        (patterns == YES).sum(axis=1),
        (patterns == _HIDDEN).sum(axis=1),
    )
    found: Codes = patterns[np.lexsort((left_open, yes, named))[0]]
    return found
