"""The overview as a template draws it: columns with a chosen one, cells with their links."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.criteria import direct_url, judge_url
from evaluations.leaderboards.overview.overview import Cell, DefinitionRow, Overview


def columns_of(overview: Overview, chosen: str | None) -> list[dict[str, Any]]:
    """One entry a model and recipe; the chosen one is the column shown on a narrow screen."""
    columns: list[dict[str, Any]] = [
        {
            "key": f"{model.slug}--{recipe.slug}",
            "label": model.name,
            "recipe": recipe.name,
            "model_slug": model.slug,
            "recipe_slug": recipe.slug,
            "chosen": False,
        }
        for model, recipe in overview.columns
    ]
    if columns:
        next((c for c in columns if c["key"] == chosen), columns[-1])["chosen"] = True
    return columns


def rows_of(
    rows: Sequence[DefinitionRow],
    columns: Sequence[dict[str, Any]],
    answerable: set[str],
    query: str = "",
    road: str = "computed",
) -> list[dict[str, Any]]:
    """Rows of the matrix with a cell for each column."""
    judge = {
        row.version.pk: direct_url(row.version)
        if road == "direct"
        else judge_url(row.version, answerable)
        for row in rows
    }
    return [
        {
            "definition": row.version.definition,
            "version": row.version,
            "open_keys": row.open_keys,
            "lacking": row.lacking,
            "judge": judge[row.version.pk],
            "cells": [
                cell_of(row.version, cell, column, judge[row.version.pk], query)
                for cell, column in zip(row.cells, columns, strict=True)
            ],
        }
        for row in rows
    ]


def cell_of(
    version: DefinitionVersion, cell: Cell, column: dict[str, Any], judge: str, query: str
) -> dict[str, Any]:
    """One cell: the share with n and interval, or a link to the judging that is missing."""
    standing = cell.standing
    tally, interval = standing.tally, standing.interval
    yours = ""
    if cell.yours is not None:
        mine = cell.yours.tally
        yours = f"{mine.met} of {mine.n}"
    if tally.n:
        narrowed = urlencode({"model": column["model_slug"], "recipe": column["recipe_slug"]})
        href = reverse("leaderboard-outputs", args=[version.definition.slug])
        href = f"{href}?{narrowed}" + (f"&{query}" if query else "")
    else:
        href = cell.lacks.judge_url if cell.lacks else judge
    return {
        "column": column,
        "n": tally.n,
        "share": tally.share,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "open": tally.high if tally.undetermined else None,
        "href": href,
        "yours": yours,
        "lacks": cell.lacks,
        "doubt": cell.doubt if tally.n else "",
        "standing": standing,
    }
