"""What follows from what, as an order: equal ones together, layers, and the lines to draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Pair: TypeAlias = tuple[int, int]
"""The stricter one first."""


@dataclass(frozen=True)
class Order:
    """An order of keys. Classes are numbered; those of one class say yes to the same.

    `classes`: the keys of each class. `stricter`: for each class those that follow from it,
    however far. `lines`: from a class to the next laxer ones alone, since the rest follows.
    `layer`: how many steps, at most, lead to a class from the strictest above it.
    """

    classes: Sequence[tuple[int, ...]]
    stricter: Mapping[int, frozenset[int]]
    lines: Sequence[Pair]
    layer: Sequence[int]

    @property
    def alone(self) -> list[int]:
        """Classes from which nothing follows and that follow from nothing."""
        related = {end for line in self.lines for end in line}
        return [number for number in range(len(self.classes)) if number not in related]


def order_of(keys: Sequence[int], entailments: Iterable[Pair]) -> Order:
    """The order of keys, each once, of which some entail others, chains included."""
    entailed: dict[int, set[int]] = {key: set() for key in keys}
    for strict, lax in entailments:
        if strict in entailed and lax in entailed and strict != lax:
            entailed[strict].add(lax)
    number: dict[int, int] = {}
    classes: list[list[int]] = []
    for key in keys:
        equal = next((o for o in entailed[key] if o in number and key in entailed[o]), None)
        if equal is None:
            number[key] = len(classes)
            classes.append([key])
        else:
            number[key] = number[equal]
            classes[number[equal]].append(key)
    below = {
        place: frozenset(number[lax] for lax in entailed[members[0]]) - {place}
        for place, members in enumerate(classes)
    }
    lines = [
        (strict, lax)
        for strict, all_lax in below.items()
        for lax in sorted(all_lax)
        if not any(lax in below[between] for between in all_lax)
    ]
    layer = [0] * len(classes)
    # What has more below it comes first, so that a layer is known before it is asked for.
    for strict in sorted(below, key=lambda each: -len(below[each])):
        for lax in below[strict]:
            layer[lax] = max(layer[lax], layer[strict] + 1)
    return Order([tuple(members) for members in classes], below, lines, layer)
