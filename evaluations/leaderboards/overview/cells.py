"""The overview as a template draws it: columns under their models, cells with their links."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from evaluations.definitions.models import DefinitionVersion, Kind
from evaluations.leaderboards.boards.criteria import direct_url, judge_url
from evaluations.leaderboards.overview.overview import Cell, DefinitionRow, Overview, column_key

FITTING = 20
"""As many columns stand side by side on a screen of 1,280 pixels."""


def table_context(
    overview: Overview, *, query: str = "", road: str = "computed", most: int | None = None
) -> dict[str, Any]:
    """What `leaderboards/matrix_table.html` draws: `columns`, their `models`, and rows.

    `rows` are the definitions that judging settles, `needing` the others, `left_out` how many
    columns are not drawn.

    Args:
        query: what the links to outputs add to narrow them, without a question mark.
        most: draw so many columns, the first.
    """
    columns = columns_of(overview)[:most]
    drawn = partial(
        rows_of, columns=columns, answerable=overview.answerable, query=query, road=road
    )
    return {
        "columns": columns,
        "models": models_of(columns),
        "rows": drawn(overview.judged),
        "needing": drawn(overview.needing_findings),
        "left_out": len(overview.columns) - len(columns),
        "fits": len(columns) <= FITTING,
    }


def columns_of(overview: Overview) -> list[dict[str, Any]]:
    """One entry a model and recipe; `first` of those of its model has a gap before it."""
    columns: list[dict[str, Any]] = []
    for model, recipe in overview.columns:
        columns.append(
            {
                "key": column_key(model, recipe),
                "label": model.name,
                "recipe": recipe.name,
                "model_slug": model.slug,
                "narrowed": urlencode({"model": model.slug, "recipe": recipe.slug}),
                "is_people": model.is_people,
                "first": not columns or columns[-1]["model_slug"] != model.slug,
            }
        )
    return columns


def models_of(columns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The heads above the columns: each model with how many columns it spans."""
    names = ("model_slug", "label", "is_people")
    grouped = groupby(columns, key=lambda column: tuple(column[name] for name in names))
    return [
        {"slug": slug, "label": label, "is_people": is_people, "span": len(list(its))}
        for (slug, label, is_people), its in grouped
    ]


def rows_of(
    rows: Sequence[DefinitionRow],
    columns: Sequence[dict[str, Any]],
    answerable: set[str],
    query: str = "",
    road: str = "computed",
) -> list[dict[str, Any]]:
    """Rows of the matrix with a cell for each column; those that were asked nowhere have `empty`,
    the sentence that says why, with the link of `judge`."""
    found, and_query = [], f"&{query}" if query else ""
    for row in rows:
        judge = (
            direct_url(row.version)
            if road == "direct"
            else row.lacks.judge_url
            if row.lacks
            else judge_url(row.version, answerable)
        )
        told = row.asked or row.adds
        path = reverse("leaderboard-outputs", args=[row.version.definition.slug])
        cells = [
            cell_of(cell, column, judge, f"{path}?{column['narrowed']}{and_query}")
            # A table may draw fewer columns than there are.
            for column, cell in zip(columns, row.cells if told else (), strict=False)
        ]
        found.append(
            {
                "definition": row.version.definition,
                "version": row.version,
                "under": year_and_kind(row.version),
                "open_keys": row.open_keys,
                "lacks": row.lacks,
                "empty": "" if told else empty_words(row, road),
                "judge": judge,
                "cells": cells,
            }
        )
    return found


def year_and_kind(version: DefinitionVersion) -> str:
    """What stands below a definition's name: when it was said, and what it is if no definition."""
    definition, year = version.definition, version.origin.year
    kind = "" if definition.kind == Kind.DEFINITION else definition.get_kind_display().lower()
    return ", ".join(filter(None, (str(year or ""), kind)))


def empty_words(row: DefinitionRow, road: str) -> str:
    """Why a definition was asked nowhere, as a sentence without its full stop."""
    if row.lacks:
        return row.lacks.in_a_sentence
    return "Nobody classified an output by it" if road == "direct" else "Not asked yet"


def cell_of(cell: Cell, column: dict[str, Any], judge: str, outputs: str) -> dict[str, Any]:
    """One cell: the share with n and interval, or a link to the judging that is missing.

    Args:
        outputs: the address of the outputs that it rests on.
    """
    standing = cell.standing
    tally, interval = standing.tally, standing.interval
    yours = ""
    if cell.yours is not None:
        mine = cell.yours.tally
        yours = f"{mine.met} of {mine.n}"
    lacking = cell.lacks.judge_url if cell.lacks else judge
    return {
        "first": column["first"],
        "n": tally.n,
        "share": tally.share,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "href": outputs if tally.n else lacking,
        "yours": yours,
        "lacks": cell.lacks,
        "doubt": cell.doubt if tally.n else "",
        "standing": standing,
    }
