"""Compute curves of a board: the page, and the numbers as CSV and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.chart_files import line_svg_of
from evaluations.common.charts import LineChart
from evaluations.common.parameters import named
from evaluations.common.pictures import png_response, svg_response
from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion, as_dict
from evaluations.leaderboards.aspects.curves import Curves, curves_of
from evaluations.leaderboards.aspects.curves_charts import (
    against_k,
    against_tokens,
    right_title,
    samples_title,
    share_title,
)
from evaluations.leaderboards.boards.names import BoardRow
from evaluations.leaderboards.boards.pages import (
    about,
    board_asked,
    board_context,
    foot_of,
    readable,
)
from evaluations.leaderboards.boards.questions import link
from evaluations.leaderboards.boards.ranks import ranking
from evaluations.leaderboards.boards.rows import rows_of_board
from evaluations.leaderboards.boards.standings import Question, groups_of, matrix_for
from evaluations.measures.intervals import Interval

COLUMNS = (
    "definition", "definition_version", "model", "recipe", "measure", "k", "estimate", "low",
    "high", "outputs", "tokens", "prompts", "prompts_with_fewer",
)  # fmt: skip


@dataclass(frozen=True)
class CurvesPage:
    """What a URL asks of this view, the curves of each row, and whether tests tell any apart."""

    version: DefinitionVersion
    question: Question
    fields: dict[str, str]
    rows: Sequence[tuple[BoardRow, Curves]]
    told: bool

    @property
    def ks(self) -> list[int]:
        return [at.k for at in self.rows[0][1].samples.at] if self.rows else []


def asked_from(request: HttpRequest, slug: str) -> CurvesPage:
    version, question, fields = board_asked(request, slug)
    held = matrix_for(question)
    groups = groups_of(held, question.scope)
    found = curves_of(version, held, question, groups)
    told = ranking(version, held, question, groups).tells
    rows = [(row, found[row.number]) for row in rows_of_board(groups)]
    return CurvesPage(version, question, fields, rows, told)


def links_of(slug: str, row: BoardRow, fields: Mapping[str, str]) -> dict[str, str]:
    """Addresses of the outputs behind the numbers of a row."""
    path = reverse("leaderboard-outputs", args=[slug])
    narrowings = {
        "judged": {},
        "met": {"verdict": "met"},
        "graded": {"of": "all", "grade": "any"},
        "right": {"of": "all", "grade": "right"},
    }
    return {name: link(path, fields, **row.fields, **more) for name, more in narrowings.items()}


def charts_of(asked: CurvesPage) -> dict[str, LineChart | None]:
    """The charts of the page by name; None where there is nothing to draw."""
    rows = asked.rows
    share_chart = against_tokens(
        rows,
        name="share",
        title=share_title(rows, asked.version.definition.name, told=asked.told),
        what="Dots are shares of judged outputs that count as reasoning",
        point=lambda row: row.verdicts,
    )
    right_chart = against_tokens(
        rows,
        name="right",
        title=right_title(rows),
        what="Dots are shares of graded outputs whose answer is right",
        point=lambda row: row.right,
    )
    pass_chart = against_k(
        rows,
        name="pass",
        title=samples_title(rows, lambda at: at.passed, "at least one is"),
        what="Dots are the mean chance over prompts that at least one of k samples is right",
        measure=lambda at: at.passed,
    )
    majority_chart = against_k(
        rows,
        name="majority",
        title=samples_title(rows, lambda at: at.majority, "most are"),
        what="Dots are the mean chance over prompts that most of k samples are right",
        measure=lambda at: at.majority,
    )
    return {
        "share": share_chart, "right": right_chart, "pass": pass_chart, "majority": majority_chart,
    }  # fmt: skip


@require_safe
@readable
def curves(request: HttpRequest, slug: str) -> HttpResponse:
    """Shares and accuracy against tokens, pass@k and majority@k against k."""
    asked = asked_from(request, slug)
    rows = asked.rows
    drawn = charts_of(asked)
    context = {
        **board_context(request, asked.version, asked.question, asked.fields),
        "rows": [
            {"row": row, "curves": found, "links": links_of(slug, row, asked.fields)}
            for row, found in rows
            if found.verdicts.outputs or found.right.outputs
        ],
        "files": reverse("leaderboard-curves", args=[slug])[:-1],
        "any_graded": any(found.right.outputs for _, found in rows),
        "ks": asked.ks,
        "share_chart": drawn["share"],
        "right_chart": drawn["right"],
        "sampled": [
            ("pass", "pass@k", drawn["pass"], "passed"),
            ("majority", "majority@k", drawn["majority"], "majority"),
        ],
    }
    return render(request, "leaderboards/curves.html", context)


def chart_file(request: HttpRequest, slug: str) -> tuple[str, str]:
    """The chart that `chart` in the address names as SVG, and what its file is called; or a 404."""
    name = named(request.GET, "chart") or "share"
    chart = charts_of(asked_from(request, slug)).get(name)
    if chart is None:
        raise Http404("There is no such chart: nothing to draw, or no chart of that name.")
    foot = foot_of(request, reverse("leaderboard-curves", args=[slug]))
    return line_svg_of(chart, foot=foot), f"curves-{slug}-{name}"


@require_safe
@readable
def curves_svg(request: HttpRequest, slug: str) -> HttpResponse:
    svg, name = chart_file(request, slug)
    return svg_response(svg, f"{name}.svg")


@require_safe
@readable
def curves_png(request: HttpRequest, slug: str) -> HttpResponse:
    svg, name = chart_file(request, slug)
    return png_response(request, svg, f"{name}.png")


def record(
    asked: CurvesPage, row: BoardRow, measure: str, value: Interval | None, **more: Any
) -> dict[str, Any]:
    return {
        **dict.fromkeys(COLUMNS),
        "definition": asked.version.definition.slug,
        "definition_version": asked.version.number,
        "model": row.model.slug,
        "recipe": row.recipe.slug,
        "measure": measure,
        **(value._asdict() if value else {}),
        **more,
    }


def records(asked: CurvesPage) -> list[dict[str, Any]]:
    """Every number as a flat record: shares are 0 to 1, undefined is None."""
    found = []
    for row, its in asked.rows:
        for measure, point in (("reasoning", its.verdicts), ("right", its.right)):
            found.append(
                record(asked, row, measure, point.share, outputs=point.outputs, tokens=point.tokens)
            )
        for at in its.samples.at:
            for measure, value in (("pass", at.passed), ("majority", at.majority)):
                found.append(
                    record(
                        asked,
                        row,
                        measure,
                        value,
                        k=at.k,
                        prompts=at.prompts,
                        prompts_with_fewer=at.fewer,
                    )
                )
    return found


@readable
def curves_table(request: HttpRequest, slug: str) -> Table:
    asked = asked_from(request, slug)
    return Table(
        f"curves-{slug}",
        COLUMNS,
        records(asked),
        lambda rows: {"definition": as_dict(asked.version), **about(asked.question), "rows": rows},
    )
