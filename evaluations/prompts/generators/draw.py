"""Draws that stay the same over Python versions, which promise that of random() alone."""

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Draw:
    """Everything that a seed, which is a text, decides."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        """A whole number from 0 to *limit* less 1."""
        return int(self._random.random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from *low* to *high*, both inclusive."""
        return low + self.below(high - low + 1)

    def distinct_pair(self, low: int, high: int) -> tuple[int, int]:
        """Two different numbers from low to high, both inclusive."""
        first = low + self.below(high - low + 1)
        second = low + self.below(high - low)
        return first, second + (second >= first)

    def one_of(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def in_any_order(self, items: Sequence[Item]) -> list[Item]:
        """All items, each order as likely as any (Fisher and Yates)."""
        mixed = list(items)
        for place in range(len(mixed) - 1, 0, -1):
            other = self.below(place + 1)
            mixed[place], mixed[other] = mixed[other], mixed[place]
        return mixed

    def shuffled(self, items: str) -> str:
        return "".join(self.in_any_order(items))
