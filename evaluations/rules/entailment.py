"""What follows from a rule by logic alone: no answer of anybody is needed.

A rule says *yes* wherever the answers contain one of its smallest sufficient patterns: some
criteria answered *yes*, some *no*, and the others whatever they are. So another rule follows from
it exactly where it says *yes* under each of these patterns with all else left open: for the saying
of *yes*, an answer that is open counts as one that is *partly*. The patterns are as few as a rule
has ways to be met, where all combinations of answers would be 3 to the number of its criteria.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import product
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from evaluations.rules.answers import NO, PARTLY, UNKNOWN, YES, Answer, Codes, answer
from evaluations.rules.arrays import evaluate_arrays
from evaluations.rules.postulates import Postulate, Steps, steps_of
from evaluations.rules.syntax import Leaf, Negation, ParsedRule, Threshold, criteria, parse

MOST_PATTERNS: Final = 4_096
"""Patterns of one rule beyond which it is too large: 7 of 14 criteria have 3,432."""
MOST_STEPS: Final = 1_000_000
"""Pairs of patterns that are compared one by one for one rule: well below a second, since anybody
may ask about any rule."""
MOST_PAIRS: Final = 10_000_000
"""Pairs of patterns that are compared, many at once, to find the smallest that parts two rules."""
MOST_TO_WEIGH: Final = 15
"""Criteria of one rule up to which all combinations of answers are counted: 3 to that number."""
AT_ONCE: Final = 10

_HIDDEN: Final = -2
"""In a pattern: asked, and left at cannot-tell since the trace is withheld."""


class TooLarge(ValueError):
    """It would take too long: `found` of something where `most` can be handled."""

    def __init__(self, what: str, found: int, most: int) -> None:
        super().__init__(f"Too large for logic alone: {found:,} {what}, at most {most:,}.")
        self.found, self.most = found, most


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

    A rule that can never say yes entails every rule. TooLarge where a rule has more than
    MOST_PATTERNS ways to be met.
    """
    one, other = stated(a), stated(b)
    return not bool(_failing(one, other, steps_of(tuple(postulates))).size)


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
    failing = _failing(one, other, steps)
    if not failing.size:
        return None
    keys = tuple(dict.fromkeys((*one.keys, *other.keys)))
    merged = _smallest_union(_spread(failing, one.keys, keys), one, other, keys, steps)
    best = merged if merged is not None else _least(_spread(failing, one.keys, keys))
    values = zip(keys, best.tolist(), strict=True)
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


def _failing(one: Stated, other: Stated, steps: Steps) -> Codes:
    """The patterns of `one` that postulates allow and under which `other` does not say yes.

    A *no* that the absence policy gives to `one` alone may be an answer that is left open.
    """
    patterns = one.yes
    for key in one.hidden - other.hidden:
        column = patterns[:, one.keys.index(key)]
        if (column == NO).any():
            patterns = patterns.copy()
            patterns[column == NO, one.keys.index(key)] = _HIDDEN
    columns = dict(zip(one.keys, patterns.T, strict=True))
    stands = ~_against(columns, steps, len(patterns))
    known = {key: np.maximum(column, np.int8(UNKNOWN)) for key, column in columns.items()}
    for key in set(other.keys) - (one.hidden - other.hidden):
        _force(key, known, columns, steps)
    says_yes = evaluate_arrays(other.rule, known, length=len(patterns)) == YES
    failing: Codes = patterns[stands & ~says_yes]
    return failing


def _force(key: str, known: dict[str, Codes], columns: Mapping[str, Codes], steps: Steps) -> None:
    """Put into `known` what the answers in `columns` force another criterion to be."""
    for one, level, other, needed in steps:
        if other == key and needed == YES and one in columns:
            forced, value = columns[one] >= level, YES
        elif one == key and level == PARTLY and other in columns:
            forced, value = columns[other] == NO, NO
        else:
            continue
        column = known.get(key, np.full(forced.shape, UNKNOWN, np.int8))
        known[key] = np.where(forced & (column == UNKNOWN), np.int8(value), column)


def _spread(patterns: Codes, own: Sequence[str], keys: Sequence[str]) -> Codes:
    """Patterns over a rule's own criteria as patterns over more."""
    wide = np.full((len(patterns), len(keys)), UNKNOWN, np.int8)
    wide[:, [keys.index(key) for key in own]] = patterns
    return wide


def _smallest_union(
    failing: Codes, one: Stated, other: Stated, keys: Sequence[str], steps: Steps
) -> Codes | None:
    """The smallest allowed pattern that makes `one` say yes and `other` say no; None for none."""
    against = _spread(other.no, other.keys, keys)
    if len(failing) * len(against) > MOST_PAIRS:
        raise TooLarge("pairs of patterns", len(failing) * len(against), MOST_PAIRS)
    best: list[Codes] = []
    for pattern in failing:
        # What the policy alone answers with no may as well be a plain no, which parts them too.
        plain = np.where(pattern == _HIDDEN, np.int8(NO), pattern)
        for given in (plain, pattern) if (pattern == _HIDDEN).any() else (pattern,):
            both = (given != UNKNOWN) & (against != UNKNOWN)
            fits = ~(both & (given != against)).any(axis=1)
            union = np.where(against[fits] == UNKNOWN, given, against[fits])
            columns = dict(zip(keys, union.T, strict=True))
            union = union[~_against(columns, steps, len(union))]
            if len(union):
                best.append(_least(union))
    return _least(np.array(best)) if best else None


def _least(patterns: Codes) -> Codes:
    """The pattern of fewest criteria, then of fewest yes, then the first."""
    named = (patterns != UNKNOWN).sum(axis=1)
    yes = (patterns == YES).sum(axis=1)
    found: Codes = patterns[np.lexsort((yes, named))[0]]
    return found


def sufficient(rule: ParsedRule, keys: Sequence[str], *, negated: bool) -> Codes:
    """The smallest patterns that make a rule say yes (or no, if `negated`), others left open.

    Shape (patterns, keys), codes 2, 0 and -1 for open; no pattern holds another.
    """
    masks = _sufficient(rule, tuple(keys), negated)
    found = np.full((len(masks), len(keys)), UNKNOWN, np.int8)
    for row, mask in enumerate(masks):
        for place in range(len(keys)):
            bits = mask >> 2 * place & 3
            if bits:
                found[row, place] = YES if bits == 1 else NO
    return found


@lru_cache(256)
def _sufficient(rule: ParsedRule, keys: tuple[str, ...], negated: bool) -> tuple[int, ...]:
    return tuple(_Patterns(keys).of(rule, negated=negated))


class _Patterns:
    """Patterns as whole numbers: bit 2 i for yes to criterion i, bit 2 i + 1 for no."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.place = {key: 2 * index for index, key in enumerate(keys)}
        self.yes_bits = sum(1 << place for place in self.place.values())
        self.steps = 0

    def of(self, node: ParsedRule, *, negated: bool) -> list[int]:
        match node:
            case Leaf(key):
                return [1 << self.place[key] + negated]
            case Negation(child):
                return self.of(child, negated=not negated)
            case Threshold(n=n, children=children):
                n = len(children) + 1 - n if negated else n
                return self.at_least(n, [self.of(child, negated=negated) for child in children])

    def at_least(self, n: int, parts: Sequence[list[int]]) -> list[int]:
        """The patterns under which n of some parts say yes, given those of each part."""
        reached: list[list[int]] = [[0], *([] for _ in range(n))]
        for index, part in enumerate(parts):
            # Fewer than the parts to come could make up for lead nowhere.
            fewest = max(1, n - (len(parts) - 1 - index))
            for count in range(min(n, index + 1), fewest - 1, -1):
                made = self.joined(reached[count - 1], part)
                reached[count] = self.smallest([*reached[count], *made]) if made else reached[count]
        return reached[n]

    def joined(self, some: Sequence[int], others: Sequence[int]) -> list[int]:
        self.spend(len(some) * len(others))
        unions = {one | other for one in some for other in others}
        return [union for union in unions if not union & union >> 1 & self.yes_bits]

    def smallest(self, patterns: Sequence[int]) -> list[int]:
        """The patterns that hold no other, those of fewest criteria first."""
        kept: list[int] = []
        smaller: list[int] = []
        for pattern in sorted(set(patterns), key=_by_size):
            if kept and kept[-1].bit_count() < pattern.bit_count():
                smaller = kept.copy()
            self.spend(len(smaller))
            if not any(small & pattern == small for small in smaller):
                kept.append(pattern)
        if len(kept) > MOST_PATTERNS:
            raise TooLarge("ways to be met", len(kept), MOST_PATTERNS)
        return kept

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise TooLarge("steps", self.steps, MOST_STEPS)


def _by_size(pattern: int) -> tuple[int, int]:
    return pattern.bit_count(), pattern
