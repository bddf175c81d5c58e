"""The order of definitions as places in a drawing: strict on the left, lax on the right.

Layered as Sugiyama, Tagawa and Toda (1981, IEEE Transactions on Systems, Man, and Cybernetics 11)
draw hierarchies: columns by chains, a place of its own for a line wherever it passes a column,
and rows sorted by the mean of what they are joined to.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean
from typing import TypeAlias

from evaluations.leaderboards.logic.order import Order

COLUMN, GAP = 288, 10
"""In pixels: from column to column, and between the boxes of one."""
BOX, LINE, PASSAGE, MARGIN = 224, 18, 8, 1
"""In pixels: the width of a box and of its text's lines, the height that a line takes where it
passes a column, and the room for the outermost strokes."""
LETTERS, MOST_LINES, MOST_NAMES = 27, 3, 3
SWEEPS = 12

Place: TypeAlias = tuple[int, int]
"""A class and its column; a line to a class passes the columns before it in places of that class,
in which all that leads to it meets."""


@dataclass(frozen=True)
class Box:
    """One class of definitions: its place, its size and the lines of its text with their places."""

    number: int
    x: int
    y: int
    height: int
    lines: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Curve:
    """A line from a stricter class to a laxer one, as an SVG path."""

    strict: int
    lax: int
    path: str


@dataclass(frozen=True)
class Drawing:
    """Boxes and curves with the size of the whole, in pixels; `box` is the width of each box."""

    width: int
    height: int
    boxes: Sequence[Box]
    curves: Sequence[Curve]
    box: int = BOX


def drawing_of(order: Order, names: Mapping[int, Sequence[str]]) -> Drawing | None:
    """Where to draw the classes that are related to some other; None where there is none.

    Args:
        names: what to write in the box of a class, one after the other.
    """
    alone = set(order.alone)
    texts = {n: written(names[n]) for n in range(len(order.classes)) if n not in alone}
    if not texts:
        return None
    heights = {number: 16 + LINE * len(lines) for number, lines in texts.items()}
    column = columns_of(order, heights)
    ways = {line: way_of(line, column) for line in order.lines}
    middle = settled(ways, column, heights)
    boxes = []
    for number, lines in texts.items():
        y = round(middle[number, column[number]] - heights[number] / 2) + MARGIN
        rows = [(y + 22 + LINE * index, text) for index, text in enumerate(lines)]
        boxes.append(Box(number, left_of(column[number]), y, heights[number], rows))
    curves = [
        Curve(strict, lax, path_of(way, middle)) for (strict, lax), way in sorted(ways.items())
    ]
    width = left_of(max(column.values())) + BOX + MARGIN
    return Drawing(width, max(box.y + box.height for box in boxes) + MARGIN, boxes, curves)


def columns_of(order: Order, heights: Mapping[int, int]) -> dict[int, int]:
    """The column of each class: as far left as chains allow, so that the left is never empty.

    Of those that follow from nothing, some move to the right, near to what follows from them,
    until the first column is no taller than the others.
    """
    column = {number: order.layer[number] for number in heights}
    laxer: dict[int, list[int]] = {number: [] for number in heights}
    for strict, lax in order.lines:
        laxer[strict].append(lax)
    room = {
        number: min(column[lax] for lax in laxer[number]) - 1
        for number in heights
        if column[number] == 0
    }
    tall = [0] * (max(column.values()) + 1)
    for number, place in column.items():
        tall[place] += heights[number] + GAP
    for number in sorted(room, key=lambda each: -room[each]):
        needs = heights[number] + GAP
        for place in range(room[number], 0, -1):
            if tall[place] + needs <= tall[0] - needs:
                column[number] = place
                tall[place] += needs
                tall[0] -= needs
                break
    return column


def way_of(line: tuple[int, int], column: Mapping[int, int]) -> list[Place]:
    """The places that a line passes, from the stricter class to the laxer one."""
    strict, lax = line
    passed = range(column[strict] + 1, column[lax])
    return [(strict, column[strict]), *((lax, at) for at in passed), (lax, column[lax])]


def settled(
    ways: Mapping[tuple[int, int], Sequence[Place]],
    column: Mapping[int, int],
    heights: Mapping[int, int],
) -> dict[Place, float]:
    """The height of each place's middle, near to what it is joined to: no two of a column touch."""
    joined: dict[Place, set[Place]] = {}
    for way in ways.values():
        for one, other in pairwise(way):
            joined.setdefault(one, set()).add(other)
            joined.setdefault(other, set()).add(one)
    needs = {
        place: GAP + (heights[place[0]] if column[place[0]] == place[1] else PASSAGE)
        for place in joined
    }
    columns: list[list[Place]] = [[] for _ in range(max(column.values()) + 1)]
    for place in joined:
        columns[place[1]].append(place)
    tallest = max(sum(needs[place] for place in each) for each in columns)
    middle: dict[Place, float] = {}
    for places in columns:
        middle.update(spread(places, [0.0] * len(places), needs, tallest))
    best, least = middle, float("inf")
    for _ in range(SWEEPS):
        for sweep in (columns, columns[::-1]):
            for places in sweep:
                wanted = {each: fmean(middle[other] for other in joined[each]) for each in places}
                places.sort(key=lambda each: (wanted[each], each))
                middle |= spread(places, [wanted[each] for each in places], needs, tallest)
        length = sum(abs(middle[a] - middle[b]) for way in ways.values() for a, b in pairwise(way))
        if length < least:
            best, least = dict(middle), length
    return best


def spread(
    places: Sequence[Place], wanted: Sequence[float], needs: Mapping[Place, int], tallest: float
) -> Iterator[tuple[Place, float]]:
    """The middles of a column's places in their order, as near to what each wants as the others
    allow: a regression that never falls, by pooling neighbours that are in each other's way."""
    tops = [0, *accumulate(needs[each] for each in places)]
    pools: list[list[float]] = []
    for each, top, wish in zip(places, tops, wanted, strict=False):
        pools.append([wish - needs[each] / 2 - top])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    shifts = [fmean(pool) for pool in pools for _ in pool]
    for each, top, shift in zip(places, tops, shifts, strict=False):
        yield each, top + min(max(shift, 0), tallest - tops[-1]) + (needs[each] - GAP) / 2


def left_of(column: int) -> int:
    return MARGIN + column * COLUMN


def path_of(way: Sequence[Place], middle: Mapping[Place, float]) -> str:
    """An SVG path from the right side of one box to the left side of another, straight through
    the columns between."""
    drawn = ""
    for place, following in pairwise(way):
        x, y = left_of(place[1]) + BOX, round(middle[place]) + MARGIN
        end_x, end_y = left_of(following[1]), round(middle[following]) + MARGIN
        bend = (COLUMN - BOX) * 2 // 3
        drawn += f"H{x}" if drawn else f"M{x} {y}"
        drawn += f"C{x + bend} {y} {end_x - bend} {end_y} {end_x} {end_y}"
    return drawn


def written(names: Sequence[str]) -> list[str]:
    """The names of a class in lines that fit into its box; of more than three, how many more."""
    shown = [names[0], *(f"= {name}" for name in names[1:MOST_NAMES])]
    lines = [
        line
        for name in shown
        for line in textwrap.wrap(name, LETTERS, max_lines=MOST_LINES, placeholder=" …")
    ]
    more = len(names) - len(shown)
    return [*lines, f"= {more} more"] if more > 0 else lines
