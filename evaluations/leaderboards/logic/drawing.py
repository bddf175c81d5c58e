"""The order of definitions as places in a drawing: strict on the left, lax on the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from evaluations.leaderboards.logic.order import Order

COLUMN, ROW = 272, 64
BOX, LINE = 212, 18
"""In pixels: from column to column and from row to row, and the width of a box and of a line."""
LETTERS, MOST_LINES = 27, 2
SWEEPS = 6


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


def drawing_of(order: Order, names: Mapping[int, str]) -> Drawing | None:
    """Where to draw the classes that are related to some other; None where there is none.

    Args:
        names: what to write in the box of a class.
    """
    alone = set(order.alone)
    related = [number for number in range(len(order.classes)) if number not in alone]
    if not related:
        return None
    # A class stands as near to what follows from it as the layers allow, so that lines are short.
    layer = {number: order.layer[number] for number in related}
    laxer: dict[int, list[int]] = {number: [] for number in related}
    for strict, lax in order.lines:
        laxer[strict].append(lax)
    for number in sorted(related, key=lambda each: -layer[each]):
        if laxer[number]:
            layer[number] = min(layer[lax] for lax in laxer[number]) - 1
    columns: list[list[int]] = [[] for _ in range(max(layer.values()) + 1)]
    for number in related:
        columns[layer[number]].append(number)
    row = settled_rows(columns, order)
    tallest = max(len(column) for column in columns)
    boxes, middle = [], {}
    for place, column in enumerate(columns):
        top = (tallest - len(column)) * ROW // 2
        for number in column:
            lines = wrapped(names[number])
            height = 16 + LINE * len(lines)
            y = top + row[number] * ROW + (ROW - height) // 2
            texts = [(y + 22 + LINE * index, text) for index, text in enumerate(lines)]
            boxes.append(Box(number, place * COLUMN, y, height, texts))
            middle[number] = (place * COLUMN, y + height // 2)
    curves = [Curve(strict, lax, curve(middle[strict], middle[lax])) for strict, lax in order.lines]
    width = (len(columns) - 1) * COLUMN + BOX
    return Drawing(width, tallest * ROW, boxes, curves)


def settled_rows(columns: Sequence[list[int]], order: Order) -> dict[int, int]:
    """Each class's row within its column, near to what it is joined to; sorts the columns."""
    joined: dict[int, list[int]] = {}
    for strict, lax in order.lines:
        joined.setdefault(strict, []).append(lax)
        joined.setdefault(lax, []).append(strict)
    tallest = max(len(column) for column in columns)
    height: dict[int, float] = {}

    def settle() -> None:
        for column in columns:
            for place, number in enumerate(column):
                height[number] = place + (tallest - len(column)) / 2

    settle()
    for _ in range(SWEEPS):
        for way in (columns, columns[::-1]):
            for column in way:
                column.sort(key=lambda number: fmean(height[each] for each in joined[number]))
                settle()
    return {number: place for column in columns for place, number in enumerate(column)}


def curve(strict: tuple[int, int], lax: tuple[int, int]) -> str:
    """An SVG path from the right side of one box to the left side of another."""
    x, y, end_x, end_y = strict[0] + BOX, strict[1], lax[0], lax[1]
    bend = (COLUMN - BOX) * 2 // 3
    return f"M{x} {y}C{x + bend} {y} {end_x - bend} {end_y} {end_x} {end_y}"


def wrapped(name: str) -> list[str]:
    """A name in lines that fit into a box, cut off with an ellipsis beyond the last."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= LETTERS or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < MOST_LINES:
            lines.append(word)
        else:
            lines[-1] += " …"
            break
    return [line if len(line) <= LETTERS + 2 else f"{line[:LETTERS]}…" for line in lines]
