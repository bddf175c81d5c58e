"""Charts as numbers that a template draws: pure, and without a unit of the screen's width.

Places along the width are per cent, so that letters keep their size on a narrow screen; heights
are pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ROW = 44
"""Height of a row of an interval chart, in pixels."""

LEFT, RIGHT = 11.0, 96.0
"""Where the plot of a line chart begins and ends, in per cent of the width."""

HEIGHT, TOP, BOTTOM = 300, 16, 40
"""Of a line chart, in pixels: the whole, and what is left free above and below the plot."""

LABEL_GAP = 16
"""Labels at the ends of lines are at least so many pixels apart."""


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
    """A line as it is drawn; `label_y` keeps clear of the other labels."""

    label: str
    number: int
    dots: Sequence[Dot]
    pieces: Sequence[Piece]
    label_x: str
    label_y: float


@dataclass(frozen=True)
class LineChart:
    """Lines over a number, with intervals."""

    name: str
    title: str
    description: str
    x_label: str
    paths: Sequence[Path]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[tuple[float, str]]
    height: int = HEIGHT
    left: str = f"{LEFT}%"
    right: str = f"{RIGHT}%"
    floor: float = field(default=HEIGHT - BOTTOM)


def line_chart(
    *, name: str, title: str, description: str, x_label: str, lines: Sequence[Line],
    x_values: Sequence[float] | None = None,
) -> LineChart:  # fmt: skip
    """Lines over x from 0, or over *x_values* where x has only these.

    ValueError without a point.
    """
    every = [point.x for line in lines for point in line.points]
    if not every:
        raise ValueError("a chart needs at least one point")
    low, values = (min(x_values), list(x_values)) if x_values else (0.0, round_steps(max(every)))
    high = max(*values, *every)
    span = high - low or 1.0

    def across(x: float) -> str:
        return f"{LEFT + (RIGHT - LEFT - 4) * (x - low) / span:.2f}%"

    def down(y: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - y), 1)

    paths = []
    for number, line in enumerate(lines, start=1):
        points = sorted(line.points, key=lambda point: point.x)
        dots = [
            Dot(
                across(p.x),
                down(p.y),
                None if p.low is None else down(p.low),
                None if p.high is None else down(p.high),
            )
            for p in points
        ]
        pieces = [Piece(a.x, a.y, b.x, b.y) for a, b in pairwise(dots)]
        end = points[-1]
        paths.append(Path(line.label, number, dots, pieces, across(end.x), down(end.y)))
    return LineChart(
        name,
        title,
        description,
        x_label,
        apart(paths),
        [Tick(across(x), f"{x:,.0f}") for x in values],
        [(down(quarter / 4), f"{25 * quarter}%") for quarter in range(5)],
    )


def apart(paths: Sequence[Path]) -> list[Path]:
    """The same with labels moved down where they would cover each other at one place."""
    moved: list[Path] = []
    for path in sorted(paths, key=lambda path: path.label_y):
        y = path.label_y
        for other in moved:
            if abs(float(other.label_x[:-1]) - float(path.label_x[:-1])) < 8:
                y = max(y, other.label_y + LABEL_GAP) if y < other.label_y + LABEL_GAP else y
        moved.append(
            Path(path.label, path.number, path.dots, path.pieces, path.label_x, round(y, 1))
        )
    return sorted(moved, key=lambda path: path.number)


def round_steps(high: float) -> list[float]:
    """About four round numbers from 0 to just above *high*."""
    step = 1.0
    while step * 4 < high:
        for factor in (2.0, 2.5, 2.0):
            if step * 4 >= high:
                break
            step *= factor
    count = int(-(-high // step)) if high > 0 else 1
    return [step * number for number in range(count + 1)]
