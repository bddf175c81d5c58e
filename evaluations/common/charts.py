"""Charts as numbers that a template draws: pure, and without a unit of the screen's width.

Places along the width are per cent, so that letters keep their size on a narrow screen; heights
are pixels.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

ROW = 44
"""Height of a row of an interval chart, in pixels."""

LEFT, RIGHT = 11.0, 92.0
"""Where the plot of a line chart begins and ends, in per cent of the width."""

HEIGHT, TOP, BOTTOM = 300, 16, 40
"""Of a line chart, in pixels: the whole, and what is left free above and below the plot."""

LABEL_GAP = 16
"""Labels at the ends of lines are at least so many pixels apart."""

TIMES = 10
"""An axis whose highest value is more than so many times its lowest has equal factors."""


@dataclass(frozen=True)
class Tick:
    """A mark of an axis: its place, its text, and how the text stands to the place."""

    at: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Bar:
    """A row to draw: an estimate with its interval, 0 to 1; `open` as the tag `interval` has it."""

    label: str
    note: str
    estimate: float
    low: float
    high: float
    open: float | None = None
    faint: bool = False


@dataclass(frozen=True)
class IntervalRow:
    """A row as it is drawn: places in per cent, heights in pixels."""

    bar: Bar
    text_y: int
    y: int
    estimate: str
    low: str
    high: str
    open: str
    rule_y: int | None


@dataclass(frozen=True)
class IntervalChart:
    """Estimates with their intervals, one under the other.

    `title` is a sentence; `description` says what is drawn, for those who do not see it.
    """

    name: str
    title: str
    description: str
    rows: Sequence[IntervalRow]
    ticks: Sequence[Tick]
    height: int

    @property
    def plot(self) -> int:
        return self.height - 28


def percent(share: float) -> str:
    """A place along the width, from 0 to 1."""
    return f"{100 * min(1.0, max(0.0, share)):.2f}%"


def interval_chart(
    *, name: str, title: str, description: str, groups: Sequence[Sequence[Bar]],
    low: float = 0.0, high: float = 1.0,
) -> IntervalChart:  # fmt: skip
    """Rows in groups, with a rule between groups. Values lie between *low* and *high*."""

    def at(value: float) -> str:
        return percent((value - low) / (high - low))

    rows: list[IntervalRow] = []
    for number, group in enumerate(groups):
        for place, bar in enumerate(group):
            top = ROW * len(rows)
            rows.append(
                IntervalRow(
                    bar=bar,
                    text_y=top + 20,
                    y=top + 33,
                    estimate=at(bar.estimate),
                    low=at(bar.low),
                    high=at(bar.high),
                    open=at(bar.open) if bar.open is not None and bar.open > bar.estimate else "",
                    rule_y=top + 2 if number and not place else None,
                )
            )
    quarters = [low + (high - low) * quarter / 4 for quarter in range(5)]
    anchors = ("start", "middle", "middle", "middle", "end")
    signs = ["−" if value < 0 else "+" if low < 0 < value else "" for value in quarters]
    ticks = [
        Tick(at(value), f"{sign}{abs(100 * value):.0f}%", anchor)
        for value, sign, anchor in zip(quarters, signs, anchors, strict=True)
    ]
    return IntervalChart(name, title, description, rows, ticks, ROW * len(rows) + 36)


@dataclass(frozen=True)
class Point:
    """A point of a line: `y` from 0 to 1 with its interval, where there is one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """Points to be joined in the order of x, named by a short label that a list explains."""

    label: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Dot:
    x: str
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Piece:
    """A straight piece between two dots."""

    x1: str
    y1: float
    x2: str
    y2: float


@dataclass(frozen=True)
class Path:
    """A line as it is drawn: its number stands at `label_x`, clear of the others, with a leader
    from its last dot.

    `band` holds the corners of the area between the ends of its intervals, x in per cent of the
    width and y in pixels; empty for a line of one point, whose dot has a line of its own.
    """

    label: str
    number: int
    dots: Sequence[Dot]
    pieces: Sequence[Piece]
    label_x: str
    label_y: float
    band: str

    @property
    def end(self) -> Dot:
        return self.dots[-1]


@dataclass(frozen=True)
class LineChart:
    """Lines over a number, with intervals. `log` says that equal steps of the axis multiply."""

    name: str
    title: str
    description: str
    x_label: str
    paths: Sequence[Path]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[tuple[float, str]]
    log: bool
    height: int = HEIGHT
    left: str = f"{LEFT}%"
    right: str = f"{RIGHT}%"
    floor: float = field(default=HEIGHT - BOTTOM)


def line_chart(
    *, name: str, title: str, description: str, x_label: str, lines: Sequence[Line],
    x_values: Sequence[float] | None = None,
) -> LineChart:  # fmt: skip
    """Lines over the x of their points, in equal steps or, where the highest is more than ten
    times the lowest, in equal factors.

    ValueError without a point.

    Args:
        x_values: what is written at the axis; round numbers where left out.
    """
    every = [point.x for line in lines for point in line.points]
    if not every:
        raise ValueError("a chart needs at least one point")
    low, high = min(every), max(every)
    log = low > 0 and high > TIMES * low
    if x_values:
        values = list(x_values)
    else:
        values = round_factors(low, high) if log else round_steps(low, high)
    low, high = min(low, *values), max(high, *values)
    scale: Callable[[float], float] = math.log if log else float
    span = scale(high) - scale(low) or 1.0

    def across(x: float) -> float:
        return round(LEFT + 2 + (RIGHT - LEFT - 4) * (scale(x) - scale(low)) / span, 2)

    def down(y: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - y), 1)

    paths = []
    for number, line in enumerate(lines, start=1):
        points = sorted(line.points, key=lambda point: point.x)
        dots = [
            Dot(
                f"{across(p.x)}%",
                down(p.y),
                None if p.low is None else down(p.low),
                None if p.high is None else down(p.high),
            )
            for p in points
        ]
        known = [p for p in points if p.low is not None and p.high is not None]
        corners = [(across(p.x), down(p.high or 0.0)) for p in known]
        corners += [(across(p.x), down(p.low or 0.0)) for p in reversed(known)]
        band = " ".join(f"{x},{y}" for x, y in corners) if len(known) > 1 else ""
        pieces = [Piece(a.x, a.y, b.x, b.y) for a, b in pairwise(dots)]
        end = down(points[-1].y)
        paths.append(Path(line.label, number, dots, pieces, f"{RIGHT + 1.5}%", end, band))
    return LineChart(
        name,
        title,
        description,
        x_label,
        apart(paths),
        [Tick(f"{across(x)}%", f"{x:,.0f}") for x in values],
        [(down(quarter / 4), f"{25 * quarter}%") for quarter in range(5)],
        log,
    )


def apart(paths: Sequence[Path]) -> list[Path]:
    """The same with labels moved so far that none covers another, in the order of their ends.

    All stay inside the plot, which has room for fourteen.
    """
    order = sorted(paths, key=lambda path: (path.label_y, path.number))
    heights: list[float] = []
    for path in order:
        heights.append(max(path.label_y, heights[-1] + LABEL_GAP if heights else TOP))
    floor: float = HEIGHT - BOTTOM
    for place in range(len(heights) - 1, -1, -1):
        heights[place] = min(heights[place], floor)
        floor = round(heights[place] - LABEL_GAP, 1)
    moved = [replace(path, label_y=y) for path, y in zip(order, heights, strict=True)]
    return sorted(moved, key=lambda path: path.number)


def round_steps(low: float, high: float) -> list[float]:
    """About four round numbers from just below *low* to just above *high*."""
    span = high - low
    step = 1.0
    while step * 4 < span:
        for factor in (2.0, 2.5, 2.0):
            if step * 4 >= span:
                break
            step *= factor
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [step * number for number in range(first, last + 1)]


def round_factors(low: float, high: float) -> list[float]:
    """The numbers 1, 2 and 5 times a power of ten between the two, or the powers alone where
    these would be more than seven; the two ends where there are fewer than two."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [digit * 10.0**power for power in powers for digit in digits]
        found = [value for value in found if low <= value <= high]
        if len(found) <= 7:
            break
    return found if len(found) > 1 else [low, high]
