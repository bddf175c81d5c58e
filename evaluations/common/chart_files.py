"""Charts as files that stand alone: SVG with its colours and sizes in it, and PNG of that."""

import textwrap
from collections.abc import Sequence

from django.template.loader import render_to_string

from evaluations.common.cards import CARD
from evaluations.common.charts import ROW, IntervalChart, LineChart

WIDTH = 960
LINE = 26
"""Width of a picture and height of a line of its title, in pixels."""

LETTERS = 72
"""As many letters of the title fit on a line."""

COLOURS = ("#0072b2", "#d55e00", "#00875f", "#a8588a")
"""Of the lines of a chart, by their numbers, as on the page; the next four are dashed."""

SLOPE_ROW = 30
"""Height of a row between two columns, in pixels."""

CARD_ROWS, MOST_ROWS = 7, 60
"""Rows that a card and a file draw; the board has all."""


def svg_of(chart: IntervalChart, *, foot: str, card: bool = False) -> str:
    """A chart as an SVG file: its sentence, its rows and a line below that says whence it is.

    Args:
        card: in the shape of a card, with the first rows alone.
    """
    rows = list(chart.rows)[: CARD_ROWS if card else MOST_ROWS]
    lines = textwrap.wrap(chart.title, LETTERS, max_lines=2 if card else 4, placeholder=" …")
    top = 36 + LINE * len(lines)
    plot = ROW * len(rows) + 8
    width, height = WIDTH, top + plot + 72
    if card:
        # The same drawing, as high as the card's shape wants it.
        height = WIDTH * CARD[1] // CARD[0]
    context = {
        "chart": chart,
        "rows": rows,
        "left_out": len(chart.rows) - len(rows),
        "lines": [(28 + LINE * number, line) for number, line in enumerate(lines, start=1)],
        "top": top,
        "plot": plot,
        "axis": plot + 18,
        "plot_height": plot + 28,
        "width": width,
        "inner": width - 48,
        "height": height,
        "foot": foot,
        "foot_y": height - 16,
        "card": card,
    }
    return render_to_string("ui/chart_interval_file.svg", context)


def titled(title: str) -> tuple[list[tuple[int, str]], int]:
    """The lines of a title with their heights, and the height at which the drawing begins."""
    lines = textwrap.wrap(title, LETTERS, max_lines=4, placeholder=" …")
    return [(28 + LINE * n, line) for n, line in enumerate(lines, start=1)], 36 + LINE * len(lines)


def line_svg_of(chart: LineChart, *, foot: str) -> str:
    """The same of a chart of lines, with the list that names them."""
    lines, top = titled(chart.title)
    legend = top + chart.height + 22
    named = [
        (legend + 20 * n, path, COLOURS[n % len(COLOURS)], n >= len(COLOURS))
        for n, path in enumerate(chart.paths)
    ]
    height = legend + 20 * len(named) + 40
    context = {
        "chart": chart,
        "lines": lines,
        "top": top,
        "named": named,
        "width": WIDTH,
        "inner": WIDTH - 48,
        "height": height,
        "foot": foot,
        "foot_y": height - 16,
    }
    return render_to_string("ui/chart_line_file.svg", context)


def slope_svg_of(
    title: str,
    heads: tuple[str, str],
    left: Sequence[tuple[str, str]],
    right: Sequence[tuple[str, str]],
    joined: Sequence[tuple[int, int, str]],
    *,
    foot: str,
) -> str:
    """Two columns of rows, with a line from where each stands in the one to its place in the other.

    Args:
        left: label and number of each row from the top; `right` in the same way.
        joined: from which row to which, and "up", "down" or "same".
    """
    lines, below = titled(title)
    top = below + 12
    height = top + 40 + SLOPE_ROW * len(left) + 40

    def at(row: int) -> int:
        return 44 + SLOPE_ROW * row

    context = {
        "title": title,
        "lines": lines,
        "top": top,
        "heads": heads,
        "left": [(at(row), *each) for row, each in enumerate(left)],
        "right": [(at(row), *each) for row, each in enumerate(right)],
        "joined": [(at(one) - 5, at(other) - 5, way) for one, other, way in joined],
        "width": WIDTH,
        "inner": WIDTH - 48,
        "height": height,
        "foot": foot,
        "foot_y": height - 16,
    }
    return render_to_string("ui/slope_file.svg", context)
