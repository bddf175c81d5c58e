"""Two readings of the same outputs: the board before and after, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.http import HttpRequest

from evaluations.definitions.models import CriterionVersion
from evaluations.leaderboards.boards.questions import choice
from evaluations.leaderboards.boards.reliability import doubts_of
from evaluations.leaderboards.boards.standings import Question, Ruled, Standing, standings_of
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.runs.models import LanguageModel, Recipe


@dataclass(frozen=True)
class BeforeAfter:
    """A model and recipe before and after; places count from 1, equal shares share one.

    A place is None where the rule was asked on no output. `doubts` say why the share before and
    the one after should not be leant on; empty where they carry.
    """

    before: Standing
    after: Standing | None
    place_before: int | None
    place_after: int | None
    doubts: tuple[str, str] = ("", "")

    @property
    def moved(self) -> int | None:
        """Places gained, negative for places lost; None unless it has a place on both boards."""
        if self.place_before is None or self.place_after is None:
            return None
        return self.place_before - self.place_after

    @property
    def by(self) -> int:
        return abs(self.moved or 0)


def board(
    before: Ruled,
    after: Ruled | None,
    matrix: Matrix,
    question: Question,
    wordings: Mapping[str, CriterionVersion] | None = None,
) -> list[BeforeAfter]:
    """Every model and recipe under both rules, in the order before. Makes two queries.

    Without a rule after, the places after are unknown.

    Args:
        wordings: of the criteria that a rule under test may name.
    """
    models = LanguageModel.objects.named().in_bulk(np.unique(matrix.model).tolist())
    recipes = Recipe.objects.named().in_bulk(np.unique(matrix.recipe).tolist())
    first = standings_of(before, matrix, models, recipes, question)
    second: Sequence[Standing | None] = [None] * len(first)
    if after is not None:
        second = standings_of(after, matrix, models, recipes, question)
    doubts = [
        {} if side is None else doubts_of(side, matrix, question, wordings)
        for side in (before, after)
    ]
    rows = [
        BeforeAfter(old, new, place, place_after, doubts_about(old, doubts))
        for old, new, place, place_after in zip(
            first, second, places(first), places(second), strict=True
        )
    ]
    return sorted(rows, key=lambda row: (row.place_before is None, row.place_before or 0))


def doubts_about(row: Standing, doubts: Sequence[Mapping[tuple[int, int], str]]) -> tuple[str, str]:
    """Why the share of a row before, and after, is in doubt."""
    before, after = (each.get((row.model.pk, row.recipe.pk), "") for each in doubts)
    return before, after


def record_of(row: BeforeAfter) -> dict[str, Any]:
    """A row as a flat record; shares are 0 to 1, unknown is None."""
    record: dict[str, Any] = {"model": row.before.model.slug, "recipe": row.before.recipe.slug}
    sides = (
        ("before", row.before, row.place_before, row.doubts[0]),
        ("after", row.after, row.place_after, row.doubts[1]),
    )
    for side, standing, place, doubt in sides:
        asked = standing is not None and standing.tally.n > 0
        interval = standing.interval if standing is not None else None
        record |= {
            f"{side}_place": place,
            f"{side}_share": standing.tally.share if standing is not None else None,
            f"{side}_low": interval.low if interval else None,
            f"{side}_high": interval.high if interval else None,
            f"{side}_n": standing.tally.n if standing is not None else 0,
            f"{side}_in_doubt": doubt if asked else "",
        }
    return record


TABLES = ("outputs", "board")


def boards_asked(request: HttpRequest) -> bool:
    """Whether the CSV file is that of both boards; JSON holds them beside the outputs."""
    return request.path.endswith(".csv") and choice(request.GET, "table", TABLES) == "board"


BOARD_COLUMNS = (
    "model",
    "recipe",
    *(
        f"{side}_{name}"
        for side in ("before", "after")
        for name in ("place", "share", "low", "high", "n", "in_doubt")
    ),
)


def places(standings: Sequence[Standing | None]) -> list[int | None]:
    """1 + the number of rows with a higher share; None for those that were not asked."""
    shares = [row.tally.share if row is not None else None for row in standings]
    known = sorted(share for share in shares if share is not None)
    return [
        None if share is None else 1 + len(known) - int(np.searchsorted(known, share, "right"))
        for share in shares
    ]
