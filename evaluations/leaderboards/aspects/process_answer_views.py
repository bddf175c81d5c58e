"""Process against answer: the page, and the counts as CSV and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion, as_dict
from evaluations.leaderboards.aspects.process_answer import GRADES, CrossTable, cross_tables
from evaluations.leaderboards.boards.names import BoardRow
from evaluations.leaderboards.boards.pages import (
    about,
    board_asked,
    board_context,
    by_from,
    readable,
)
from evaluations.leaderboards.boards.questions import link
from evaluations.leaderboards.boards.rows import groups_of_board, rows_of_board
from evaluations.leaderboards.boards.standings import VERDICT_ORDER, Question, matrix_for

COLUMNS = ("definition", "definition_version", "model", "recipe", "verdict", "grade", "outputs")


@dataclass(frozen=True)
class ProcessAnswerPage:
    """What a URL asks of this view, and what came of it; `every` is all rows together."""

    version: DefinitionVersion
    question: Question
    fields: dict[str, str]
    rows: Sequence[tuple[BoardRow, CrossTable]]
    every: CrossTable


def asked_from(request: HttpRequest, slug: str) -> ProcessAnswerPage:
    version, question, fields = board_asked(request, slug, by=True)
    held = matrix_for(question)
    groups = groups_of_board(held, question, by_from(request))
    *tables, every = cross_tables(version, held, question, groups)
    rows = [(row, tables[row.number]) for row in rows_of_board(groups)]
    return ProcessAnswerPage(version, question, fields, rows, every)


def cells_of(
    table: CrossTable, path: str, narrowing: Mapping[str, str], fields: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The lines of a table, one a verdict: counts by grade with the outputs behind them."""
    return [
        {
            "verdict": verdict,
            "cells": [
                {
                    "grade": grade,
                    "count": table.count(verdict, grade),
                    "href": link(path, fields, **narrowing, verdict=verdict, grade=grade),
                }
                for grade in GRADES
            ],
        }
        for verdict in VERDICT_ORDER
    ]


@require_safe
@readable
def process(request: HttpRequest, slug: str) -> HttpResponse:
    """Whether outputs that count as reasoning are right more often than those that do not."""
    asked = asked_from(request, slug)
    path = reverse("leaderboard-outputs", args=[slug])
    kept = {name: value for name, value in asked.fields.items() if name != "by"}
    context = {
        **board_context(request, asked.version, asked.question, asked.fields),
        "every": asked.every,
        "lines": cells_of(asked.every, path, {}, kept),
        "rows": [
            {"row": row, "table": table, "lines": cells_of(table, path, row.fields, kept)}
            for row, table in asked.rows
            if table.n
        ],
        "title": title_of(asked),
        "by": by_from(request),
    }
    return render(request, "leaderboards/process.html", context)


def title_of(asked: ProcessAnswerPage) -> str:
    """What the table of all rows says, as a sentence."""
    met, unmet = asked.every.right_where_met, asked.every.right_where_not
    name = asked.version.definition.name
    if met is None and unmet is None:
        return "No output was both judged under the whole rule and graded yet."
    if met is None or unmet is None:
        share, which = (met, "meet") if met is not None else (unmet, "do not meet")
        assert share is not None
        return f"{100 * share.estimate:.0f}% of the outputs that {which} {name} are right."
    return (
        f"{100 * met.estimate:.0f}% of the outputs that meet {name} are right, "
        f"and {100 * unmet.estimate:.0f}% of those that do not."
    )


def records(asked: ProcessAnswerPage) -> list[dict[str, Any]]:
    """The counts as flat records, one a row of the board, verdict and grade."""
    return [
        {
            "definition": asked.version.definition.slug,
            "definition_version": asked.version.number,
            "model": row.model.slug,
            "recipe": row.recipe.slug,
            "verdict": verdict,
            "grade": grade,
            "outputs": table.count(verdict, grade),
        }
        for row, table in asked.rows
        for verdict in VERDICT_ORDER
        for grade in GRADES
    ]


def shares(table: CrossTable) -> dict[str, Any]:
    return {
        name: interval and interval._asdict()
        for name, interval in (
            ("right_where_met", table.right_where_met),
            ("right_where_not", table.right_where_not),
        )
    }


@readable
def process_table(request: HttpRequest, slug: str) -> Table:
    asked = asked_from(request, slug)
    return Table(
        f"process-{slug}",
        COLUMNS,
        records(asked),
        lambda counts: {
            "definition": as_dict(asked.version),
            **about(asked.question),
            "all": shares(asked.every),
            "rows": [
                {"model": row.model.slug, "recipe": row.recipe.slug, **shares(table)}
                for row, table in asked.rows
            ],
            "counts": counts,
        },
    )
