"""The matrix of definitions by models (with recipes)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluations.definitions.counted import counted
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.items.questions import answered_by_judges
from evaluations.leaderboards.boards.criteria import Lacks, lacks
from evaluations.leaderboards.boards.reliability import doubts_of
from evaluations.leaderboards.boards.standings import (
    Question,
    Standing,
    standings_of,
    with_judge,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.runs.models import LanguageModel, Recipe

FIRST_ROWS = 5


@dataclass(frozen=True)
class Cell:
    """One definition on one model and recipe; `yours` adds the visitor's own judgments.

    `lacks` is only given where the rule was asked on other outputs, and on none of these;
    `doubt` says why the share should not be leant on, and is empty where it carries.
    """

    standing: Standing
    yours: Standing | None
    lacks: Lacks | None = None
    doubt: str = ""


@dataclass(frozen=True)
class DefinitionRow:
    """A definition with a cell for each column.

    `lacks` is what keeps its rule from being asked anywhere; None where it was asked, and on the
    direct road.
    """

    version: DefinitionVersion
    cells: Sequence[Cell]
    open_keys: Sequence[str]
    lacks: Lacks | None

    @property
    def settled_by_judging(self) -> bool:
        """No finding is needed: judges alone can answer every criterion of the rule."""
        return not self.open_keys

    @property
    def asked(self) -> bool:
        """The whole rule was asked on some output."""
        return any(cell.standing.tally.n for cell in self.cells)


@dataclass(frozen=True)
class Overview:
    columns: Sequence[tuple[LanguageModel, Recipe]]
    answerable: set[str]
    judged: Sequence[DefinitionRow]
    needing_findings: Sequence[DefinitionRow]

    @property
    def counted(self) -> list[DefinitionRow]:
        """The definitions that sentences count: no forks, and equal rules once."""
        those = set(counted(row.version for row in self.rows))
        return [row for row in self.rows if row.version in those]

    @property
    def rows(self) -> list[DefinitionRow]:
        return [*self.judged, *self.needing_findings]

    @property
    def has_verdicts(self) -> bool:
        return any(row.asked for row in self.rows)


def overview(
    matrix: Matrix,
    question: Question | None = None,
    also_judge: int | None = None,
    versions: Sequence[DefinitionVersion] | None = None,
) -> Overview:
    """Every curated definition on every model and recipe. Makes five queries.

    Args:
        versions: other definitions in their place.
        also_judge: a judge whose answers the question leaves out; each cell then also says
            how it would read with them.
    """
    question = question or Question()
    if versions is None:
        versions = list(DefinitionVersion.objects.curated().with_pins())
    models = LanguageModel.objects.in_bulk(np.unique(matrix.model).tolist())
    recipes = Recipe.objects.in_bulk(np.unique(matrix.recipe).tolist())
    by_judges = answered_by_judges()
    with_yours = question if also_judge is None else with_judge(question, also_judge)
    rows = []
    for version in versions:
        standings = standings_of(version, matrix, models, recipes, question)
        yours: Sequence[Standing | None] = [None] * len(standings)
        if also_judge is not None:
            yours = [
                mine if mine.tally != plain.tally else None
                for mine, plain in zip(
                    standings_of(version, matrix, models, recipes, with_yours),
                    standings,
                    strict=True,
                )
            ]
        asked = any(standing.tally.n for standing in standings)
        doubts = doubts_of(version, matrix, question) if asked else {}
        rows.append(
            DefinitionRow(
                version=version,
                cells=[
                    Cell(
                        plain,
                        mine,
                        lacks_of(version, matrix, plain, question) if asked else None,
                        doubts.get((plain.model.pk, plain.recipe.pk), ""),
                    )
                    for plain, mine in zip(standings, yours, strict=True)
                ],
                lacks=None if asked else lacks(version, matrix, question),
                open_keys=[key for key in version.keys if key not in by_judges],
            )
        )
    return Overview(
        columns=[(c.standing.model, c.standing.recipe) for c in rows[0].cells] if rows else [],
        answerable=by_judges,
        judged=[row for row in rows if row.settled_by_judging],
        needing_findings=[row for row in rows if not row.settled_by_judging],
    )


def in_order(overview: Overview, by: str) -> Overview:
    """The rows of both groups by *by*: "name", "year", or the key of a column, as a permalink.

    A column sorts by its share, the highest first and what was not asked last; "" and what is
    no order leave the order of the catalogue.
    """
    keys: dict[str, Callable[[DefinitionRow], Any]] = {
        "name": lambda row: row.version.definition.name.casefold(),
        "year": lambda row: row.version.origin.year or 9999,
    }
    for place, (model, recipe) in enumerate(overview.columns):

        def share(row: DefinitionRow, place: int = place) -> float:
            found = row.cells[place].standing.tally.share
            return 1.0 if found is None else -found

        keys[column_key(model, recipe)] = share
    if by not in keys:
        return overview
    return replace(
        overview,
        judged=sorted(overview.judged, key=keys[by]),
        needing_findings=sorted(overview.needing_findings, key=keys[by]),
    )


def by_mean_share(overview: Overview) -> Overview:
    """The columns with the highest mean share first, those of one model side by side.

    A mean is over the definitions that judging settles and that were asked on the column; a
    model stands where its best column does, and columns without a share come last.
    """
    means = [mean_share(overview.judged, place) for place in range(len(overview.columns))]
    best: dict[int, float] = {}
    for (model, _), mean in zip(overview.columns, means, strict=True):
        best[model.pk] = max(mean, best.get(model.pk, mean))
    firsts: dict[int, int] = {}
    for place, (model, _) in enumerate(overview.columns):
        firsts.setdefault(model.pk, place)

    def order(place: int) -> tuple[float, int, float, int]:
        model, _ = overview.columns[place]
        return -best[model.pk], firsts[model.pk], -means[place], place

    places = sorted(range(len(overview.columns)), key=order)
    return replace(
        overview,
        columns=[overview.columns[place] for place in places],
        judged=[in_places(row, places) for row in overview.judged],
        needing_findings=[in_places(row, places) for row in overview.needing_findings],
    )


def mean_share(rows: Sequence[DefinitionRow], place: int) -> float:
    """The mean of the shares in one column, 0 to 1; -1 where it has none."""
    shares = [row.cells[place].standing.tally.share for row in rows]
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else -1.0


def in_places(row: DefinitionRow, places: Sequence[int]) -> DefinitionRow:
    return replace(row, cells=[row.cells[place] for place in places])


def column_key(model: LanguageModel, recipe: Recipe) -> str:
    """A column's name in the URL."""
    return f"{model.slug}--{recipe.slug}"


def lacks_of(
    version: DefinitionVersion, matrix: Matrix, standing: Standing, question: Question | None
) -> Lacks | None:
    """What keeps a rule from being asked on a model and recipe; None once it was asked."""
    if standing.tally.n:
        return None
    return lacks(version, matrix, question, outputs_of(matrix, standing))


def outputs_of(matrix: Matrix, standing: Standing) -> Flags:
    """The outputs that a row of a board is about, shape (outputs,)."""
    here: Flags = (matrix.model == standing.model.pk) & (matrix.recipe == standing.recipe.pk)
    return here
