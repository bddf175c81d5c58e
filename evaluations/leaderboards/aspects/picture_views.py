"""A board as a picture, and as a page that other sites may put into a frame."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.cards import CARD
from evaluations.common.chart_files import svg_of
from evaluations.common.charts import IntervalChart
from evaluations.common.framing import framed
from evaluations.common.pictures import png_response, svg_response
from evaluations.leaderboards.boards.charts import interval_chart, title_of, why_of
from evaluations.leaderboards.boards.pages import as_of, board_asked, by_from, foot_of, readable
from evaluations.leaderboards.boards.questions import link
from evaluations.leaderboards.boards.records import board_records, live_line, names_of
from evaluations.leaderboards.boards.rows import board_rows
from evaluations.leaderboards.boards.standings import matrix_for

EMBEDDED_ROWS = 12


def chart_asked(request: HttpRequest, slug: str) -> tuple[IntervalChart, str]:
    """The chart of a board's address, and the line below it; a board without data has no rows."""
    version, question, fields = board_asked(request, slug, by=True)
    rows = board_rows(
        version, matrix_for(question), question, None, by_from(request), fields=fields
    )
    asked = [row for row in rows if row["standing"].tally.n]
    chart = interval_chart(
        version.definition.name,
        board_records(version, asked),
        [names_of(row["standing"]) for row in asked],
    ) or IntervalChart("shares", f"{version.definition.name}: not asked yet", "", [], [], 36)
    return chart, foot_of(request, reverse("leaderboard", args=[slug]))


@require_safe
@readable
def board_svg(request: HttpRequest, slug: str) -> HttpResponse:
    """The chart of a board as an SVG file."""
    chart, foot = chart_asked(request, slug)
    return svg_response(svg_of(chart, foot=foot), f"{slug}.svg")


@require_safe
@readable
def board_png(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as a PNG file."""
    chart, foot = chart_asked(request, slug)
    return png_response(request, svg_of(chart, foot=foot), f"{slug}.png")


@require_safe
@readable
def board_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture that other sites show beside a link to the board."""
    chart, foot = chart_asked(request, slug)
    drawn = svg_of(chart, foot=foot, card=True)
    return png_response(request, drawn, f"{slug}-card.png", width=CARD[0])


@framed
@readable
def board_embed(request: HttpRequest, slug: str) -> HttpResponse:
    """A board for a frame on another site: no scripts, no cookies, nothing of a visitor's own."""
    version, question, fields = board_asked(request, slug, by=True)
    rows = board_rows(
        version, matrix_for(question), question, None, by_from(request), fields=fields
    )
    lines = [live_line(version, row) for row in rows]
    asked = [line for line in lines if line["n"]]
    context: dict[str, Any] = {
        "heading": version.definition.name,
        "lines": asked[:EMBEDDED_ROWS],
        "left_out": len(asked) - EMBEDDED_ROWS if len(asked) > EMBEDDED_ROWS else 0,
        "title": title_of(version.definition.name, asked) if asked else "",
        "why": why_of(asked),
        "address": request.build_absolute_uri(link(reverse("leaderboard", args=[slug]), fields)),
        "as_of": as_of(),
    }
    return render(request, "leaderboards/embed.html", context)
