"""Rankings under two definitions beside each other: the page, and every pair as CSV and JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named
from evaluations.common.tables import csv_response, json_response
from evaluations.leaderboards import matrix as judgments
from evaluations.leaderboards.between import (
    Likeness,
    Slope,
    likeness,
    likenesses,
    on_top,
    slope_between,
    tau_interval,
)
from evaluations.leaderboards.board_pages import asked_of, form_context, readable
from evaluations.leaderboards.matrix import Matrix
from evaluations.leaderboards.overview import Overview, Row, overview
from evaluations.leaderboards.questions import in_words, link
from evaluations.leaderboards.standings import Question
from evaluations.measures.intervals import Interval

LISTED = 8
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
    ranked: Sequence[Row]


def between(
    parameters: QueryDict, found: Overview, held: Matrix, question: Question, *, interval: bool
) -> Between:
    """The pair that the URL names with `a` and `b`, else the two definitions least alike.

    Args:
        interval: bootstrap the interval of tau as well.

    Raises:
        Http404: for a definition that does not exist.
    """
    pairs = likenesses(found)
    defined = [pair for pair in pairs if pair.tau is not None]
    ranked = [row for row in found.rows if any(cell.standing.tally.n for cell in row.cells)]
    one, other = (chosen(named(parameters, name), found) for name in ("a", "b"))
    if one is None and other is None and defined:
        one, other = (
            next(row for row in ranked if row.version == version)
            for version in (defined[0].one, defined[0].other)
        )
    slope = like = around = None
    if one is not None and other is not None:
        slope, like = slope_between(one, other, found.columns), likeness(one, other)
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


def chosen(slug: str, found: Overview) -> Row | None:
    """The row of a definition that the URL names, or a 404."""
    if not slug:
        return None
    for row in found.rows:
        if row.version.definition.slug == slug:
            return row
    raise Http404(f"There is no definition “{slug}”.")


@require_safe
@readable
def between_page(request: HttpRequest) -> HttpResponse:
    """Two definitions: how the ranks change from one to the other, and Kendall's tau."""
    question, fields = asked_of(request)
    held = judgments.current()
    found = overview(held, question)
    pair = between(request.GET, found, held, question, interval=True)
    context = {
        "between": pair,
        "groups": [group for group in (pair.apart, pair.alike) if group],
        "on_top": on_top(found),
        "and_query": link("", fields).replace("?", "&"),
        **form_context(request, question, fields),
    }
    return render(request, "leaderboards/between.html", context)


def records(found: Overview) -> list[dict[str, Any]]:
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
        for pair in likenesses(found)
    ]


@require_safe
@readable
def between_csv(request: HttpRequest) -> HttpResponse:
    question, _ = asked_of(request)
    return csv_response(records(overview(judgments.current(), question)), COLUMNS, "between.csv")


@require_safe
@readable
def between_json(request: HttpRequest) -> HttpResponse:
    question, _ = asked_of(request)
    rows = records(overview(judgments.current(), question))
    return json_response({"question": in_words(question), "pairs": rows})
