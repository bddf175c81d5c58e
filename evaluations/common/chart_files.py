"""Charts as files that stand alone: SVG with its colours and sizes in it, and PNG of that."""

import textwrap
from functools import lru_cache
from pathlib import Path

import resvg_py
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from evaluations.common.charts import ROW, IntervalChart

FONT = Path(settings.BASE_DIR) / "static" / "fonts" / "DejaVuSans.ttf"
"""The font of pictures, as those of the machine that draws them differ."""

WIDTH = 960
LINE = 26
"""Width of a picture and height of a line of its title, in pixels."""

LETTERS = 72
"""As many letters of the title fit on a line."""

CARD = (1200, 630)
"""Width and height of what other sites show beside a link, in pixels."""

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
    }
    return render_to_string("ui/chart_interval_file.svg", context)


@lru_cache(maxsize=32)
def png_of(svg: str, *, width: int = WIDTH * 3 // 2) -> bytes:
    """The picture of an SVG file, *width* pixels wide, drawn with the bundled font alone.

    The last ones are kept, since links to them are opened again and again.
    """
    drawn: bytes = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=width,
        background="#fbfaf7",
        skip_system_fonts=True,
        font_files=[str(FONT)],
        font_family="DejaVu Sans",
        sans_serif_family="DejaVu Sans",
    )
    return drawn


def picture_response(content: str | bytes, name: str) -> HttpResponse:
    """A picture as a file called *name*, whose ending says what it is."""
    kind = "image/png" if isinstance(content, bytes) else "image/svg+xml; charset=utf-8"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    # Other sites may show it beside a link.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
