"""Rankings under two definitions beside each other: the page, and every pair as CSV and JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.chart_files import slope_svg_of
from evaluations.common.parameters import named
from evaluations.common.pictures import png_response, svg_response
from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.pages import about, asked_of, foot_of, form_context, readable
from evaluations.leaderboards.boards.questions import link
from evaluations.leaderboards.boards.standings import Question, matrix_for
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.overview.between import (
    Likeness,
    Shift,
    Slope,
    likeness,
    likenesses,
    on_top,
    slope_between,
    still_needed,
    tau_interval,
)
from evaluations.leaderboards.overview.overview import DefinitionRow, Overview, overview
from evaluations.measures.intervals import Interval

LISTED = 8
SLOPE_COLUMNS = (
    "model", "recipe", "one", "one_version", "other", "other_version",
    "one_share", "other_share", "one_place", "other_place", "rise",
)  # fmt: skip
COLUMNS = ("one", "one_version", "other", "other_version", "rows", "tau", "undefined")


@dataclass(frozen=True)
class Between:
    """What a page says about the rankings of two definitions, and of all of them."""

    slope: Slope | None
    likeness: Likeness | None
    interval: Interval | None
    apart: Sequence[Likeness]
    alike: Sequence[Likeness]
    pairs: int
    ranked: Sequence[DefinitionRow]

    @property
    def of_two(self) -> str:
        """The two definitions of the chart as URL parameters."""
        if self.slope is None:
            return ""
        one, other = (each.definition.slug for each in (self.slope.one, self.slope.other))
        return urlencode({"a": one, "b": other})


def between(
    parameters: QueryDict, found: Overview, held: Matrix, question: Question, *, interval: bool
) -> Between:
    """The pair that the URL names with `a` and `b`, else the two definitions least alike.

    Args:
        interval: bootstrap the interval of tau as well.

    Raises:
        Http404: for a definition that does not exist.
    """
    pairs = likenesses(found, held, question)
    defined = [pair for pair in pairs if pair.tau is not None]
    ranked = [row for row in found.rows if row.asked]
    named_ones = [chosen(named(parameters, name), found, held, question) for name in ("a", "b")]
    one, other = named_ones
    ranked += [row for row in named_ones if row is not None and row not in found.rows]
    if one is None and other is None and defined:
        one, other = (
            next(row for row in ranked if row.version == version)
            for version in (defined[0].one, defined[0].other)
        )
    slope = like = around = None
    if one is not None and other is not None:
        slope, like = slope_between(one, other, found.columns, held, question), likeness(one, other)
        if interval and like.tau is not None:
            around = tau_interval(one.version, other.version, found.columns, held, question)
    return Between(
        slope=slope,
        likeness=like,
        interval=around,
        apart=defined[:LISTED],
        alike=defined[::-1][: max(0, min(LISTED, len(defined) - LISTED))],
        pairs=len(defined),
        ranked=ranked,
    )


def chosen(slug: str, found: Overview, held: Matrix, question: Question) -> DefinitionRow | None:
    """The row of a definition that the URL names, also one that is not curated, or a 404."""
    if not slug:
        return None
    for row in found.rows:
        if row.version.definition.slug == slug:
            return row
    others = DefinitionVersion.objects.others().filter(definition__slug=slug).with_pins()
    for row in overview(held, question, versions=list(others)).rows:
        return row
    raise Http404(f"There is no definition “{slug}”.")


@require_safe
@readable
def between_page(request: HttpRequest) -> HttpResponse:
    """Two definitions: how the places change from one to the other, and Kendall's tau."""
    question, fields = asked_of(request)
    held = matrix_for(question)
    found = overview(held, question)
    pair = between(request.GET, found, held, question, interval=True)
    context = {
        "between": pair,
        "groups": [group for group in (pair.apart, pair.alike) if group],
        "on_top": on_top(found, held, question),
        "still_needed": still_needed(found, held, question),
        "and_query": link("", fields).replace("?", "&"),
        **form_context(request, question, fields),
    }
    return render(request, "leaderboards/between.html", context)


def records(pairs: Sequence[Likeness]) -> list[dict[str, Any]]:
    return [
        {
            "one": pair.one.definition.slug,
            "one_version": pair.one.number,
            "other": pair.other.definition.slug,
            "other_version": pair.other.number,
            "rows": pair.rows,
            "tau": pair.tau,
            "undefined": pair.undefined,
        }
        for pair in pairs
    ]


def slope_records(slope: Slope) -> list[dict[str, Any]]:
    """The rows of the chart, the highest of the one definition first. Shares are 0 to 1."""
    return [
        {
            "model": row.model.slug,
            "recipe": row.recipe.slug,
            "one": slope.one.definition.slug,
            "one_version": slope.one.number,
            "other": slope.other.definition.slug,
            "other_version": slope.other.number,
            "one_share": row.shares[0],
            "other_share": row.shares[1],
            "one_place": row.places[0],
            "other_place": row.places[1],
            "rise": row.rise,
        }
        for row in slope.left
    ]


def slope_file(request: HttpRequest) -> tuple[str, str]:
    """The chart of two definitions as SVG, and what its file is called; a 404 without one."""
    question, _ = asked_of(request)
    held = matrix_for(question)
    slope = between(request.GET, overview(held, question), held, question, interval=False).slope
    if slope is None or not slope.left:
        raise Http404("There is no chart: no model was asked under both definitions.")
    svg = slope_svg_of(
        slope.title,
        (slope.one.definition.name, slope.other.definition.name),
        [in_column(row, 0) for row in slope.left],
        [in_column(row, 1) for row in slope.right],
        [(row.left, row.right, row.direction) for row in slope.left],
        foot=foot_of(request, reverse("between")),
    )
    return svg, f"places-{slope.one.definition.slug}-{slope.other.definition.slug}"


def in_column(row: Shift, side: int) -> tuple[str, str]:
    """Place with names, as short as the chart has room for, and share under one of the two."""
    name = shorten(f"{row.model.name}, {row.recipe.name.lower()}", 36, placeholder=" …")
    return f"{row.places[side]}. {name}", f"{100 * row.shares[side]:.0f}%"


@require_safe
@readable
def between_svg(request: HttpRequest) -> HttpResponse:
    svg, name = slope_file(request)
    return svg_response(svg, f"{name}.svg")


@require_safe
@readable
def between_png(request: HttpRequest) -> HttpResponse:
    svg, name = slope_file(request)
    return png_response(request, svg, f"{name}.png")


def two_named(parameters: QueryDict) -> bool:
    """Whether a URL names the two definitions of the chart, and not all pairs."""
    return bool(named(parameters, "a") and named(parameters, "b"))


@readable
def between_table(request: HttpRequest) -> Table:
    """The rows under the two definitions that the URL names, else every pair of definitions.

    JSON holds every pair, and then of the two the rows and tau with its interval.
    """
    question, _ = asked_of(request)
    held = matrix_for(question)
    found = overview(held, question)
    pair = between(request.GET, found, held, question, interval=request.path.endswith(".json"))
    pairs = records(likenesses(found, held, question))
    data = {**about(question), "pairs": pairs}
    slope, like, around = pair.slope, pair.likeness, pair.interval
    if slope is None or like is None or not two_named(request.GET):
        return Table("between", COLUMNS, pairs, lambda _: data)
    return Table(
        f"places-{slope.one.definition.slug}-{slope.other.definition.slug}",
        SLOPE_COLUMNS,
        slope_records(slope),
        lambda rows: {
            **data,
            "title": slope.title,
            "tau": like.tau,
            "low": around and around.low,
            "high": around and around.high,
            "rows": rows,
        },
    )
