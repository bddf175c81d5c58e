"""The smallest patterns of answers that make a rule say yes, or no."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from evaluations.rules.answers import NO, UNKNOWN, YES, Codes
from evaluations.rules.syntax import Leaf, Negation, ParsedRule, Threshold

MOST_PATTERNS: Final = 4_096
"""Patterns of one rule beyond which it is too large: 7 of 14 criteria have 3,432."""
MOST_STEPS: Final = 1_000_000
"""Pairs of patterns that are compared one by one for one rule: well below a second, since anybody
may ask about any rule."""


class TooLarge(ValueError):
    """It would take too long: `found` of something where `most` can be handled."""

    def __init__(self, what: str, found: int, most: int) -> None:
        super().__init__(f"Too large for logic alone: {found:,} {what}, at most {most:,}.")
        self.found, self.most = found, most


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
