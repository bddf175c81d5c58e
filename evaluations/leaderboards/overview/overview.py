"""The matrix of definitions by models (with recipes)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluations.definitions.counted import counted
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.items.questions import answered_by_judges
from evaluations.leaderboards.boards.criteria import Lacks, lacks
from evaluations.leaderboards.boards.names import BoardRow
from evaluations.leaderboards.boards.reliability import doubts_of
from evaluations.leaderboards.boards.rows import rows_of_board
from evaluations.leaderboards.boards.standings import (
    Question,
    Standing,
    groups_of,
    once,
    unnamed_standings,
    with_judge,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.runs.models import LanguageModel, Recipe

FIRST_ROWS = 5

Floats = npt.NDArray[np.float64]


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


class Cells(Sequence[Cell]):
    """The cells of a definition, each made when it is drawn: most pages draw a few of many."""

    def __init__(self, make: Callable[[int], Cell], places: Sequence[int]) -> None:
        self.make, self.places = lru_cache(maxsize=None)(make), places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, place: Any) -> Any:
        return self.make(self.places[place])

    def in_places(self, places: Sequence[int]) -> "Cells":
        """The same cells in another order."""
        return Cells(self.make, [self.places[place] for place in places])


@dataclass(frozen=True)
class DefinitionRow:
    """A definition with a cell for each column.

    `shares` are those of the cells, NaN where it was not asked, shape (columns,). `adds` says
    that the visitor's own judgments change a cell. `lacks` is what keeps its rule from being
    asked anywhere; None where it was asked, and on the direct road.
    """

    version: DefinitionVersion
    cells: Cells
    shares: Floats
    adds: bool
    open_keys: Sequence[str]
    lacks: Lacks | None

    @property
    def settled_by_judging(self) -> bool:
        """No finding is needed: judges alone can answer every criterion of the rule."""
        return not self.open_keys

    @property
    def asked(self) -> bool:
        """The whole rule was asked on some output."""
        return not np.isnan(self.shares).all()

    @property
    def leading(self) -> Standing | None:
        """What stands highest, the first of equals; None where it was asked on no output."""
        if not self.asked:
            return None
        cell: Cell = self.cells[int(np.nanargmax(self.shares))]
        return cell.standing


@dataclass(frozen=True)
class Overview:
    columns: Sequence[tuple[LanguageModel, Recipe]]
    answerable: set[str]
    judged: Sequence[DefinitionRow]
    needing_findings: Sequence[DefinitionRow]

    @cached_property
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
        versions = curated_versions()
    columns = rows_of_board(groups_of(matrix, question.scope))
    by_judges = answered_by_judges()
    rows = [
        row_of(version, matrix, question, columns, also_judge, by_judges) for version in versions
    ]
    return Overview(
        columns=[(column.model, column.recipe) for column in columns] if rows else [],
        answerable=by_judges,
        judged=[row for row in rows if row.settled_by_judging],
        needing_findings=[row for row in rows if not row.settled_by_judging],
    )


def row_of(
    version: DefinitionVersion,
    matrix: Matrix,
    question: Question,
    columns: Sequence[BoardRow],
    also_judge: int | None,
    by_judges: set[str],
) -> DefinitionRow:
    """A definition on the groups of outputs that are the columns."""
    groups = groups_of(matrix, question.scope)
    plain = with_yours = unnamed_standings(version, matrix, question, groups)
    if also_judge is not None:
        theirs = with_judge(question, also_judge)
        with_yours = unnamed_standings(version, matrix, theirs, groups)
    changed = [
        mine is not other and mine.keywords["tally"] != other.keywords["tally"]
        for mine, other in zip(with_yours, plain, strict=True)
    ]

    def shares_of_groups() -> Floats:
        return np.array([standing.keywords["tally"].share for standing in plain], np.float64)

    shares = once(matrix, "shares", [version], question, shares_of_groups, groups)
    shares = shares[[column.number for column in columns]]
    asked = not np.isnan(shares).all()
    doubts = doubts_of(version, matrix, question) if asked else {}

    def cell(place: int) -> Cell:
        names = {"model": columns[place].model, "recipe": columns[place].recipe}
        group = columns[place].number
        standing: Standing = plain[group](**names)
        return Cell(
            standing,
            with_yours[group](**names) if changed[group] else None,
            lacks_of(version, matrix, standing, question) if asked else None,
            doubts.get((standing.model.pk, standing.recipe.pk), ""),
        )

    return DefinitionRow(
        version=version,
        cells=Cells(cell, range(len(columns))),
        shares=shares,
        adds=any(changed),
        lacks=None if asked else lacks(version, matrix, question),
        open_keys=[key for key in version.keys if key not in by_judges],
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
            return 1.0 if np.isnan(row.shares[place]) else -float(row.shares[place])

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
    model stands where its best column does, and columns without a share come last. Behind all
    models stands what people wrote: it has no place among them.
    """
    means = mean_shares(overview.judged) if overview.judged else [-1.0] * len(overview.columns)
    best: dict[int, float] = {}
    for (model, _), mean in zip(overview.columns, means, strict=True):
        best[model.pk] = max(mean, best.get(model.pk, mean))
    firsts: dict[int, int] = {}
    for place, (model, _) in enumerate(overview.columns):
        firsts.setdefault(model.pk, place)

    def order(place: int) -> tuple[bool, float, int, float, int]:
        model, _ = overview.columns[place]
        return model.is_people, -best[model.pk], firsts[model.pk], -means[place], place

    places = sorted(range(len(overview.columns)), key=order)
    return replace(
        overview,
        columns=[overview.columns[place] for place in places],
        judged=[in_places(row, places) for row in overview.judged],
        needing_findings=[in_places(row, places) for row in overview.needing_findings],
    )


def mean_shares(rows: Sequence[DefinitionRow]) -> list[float]:
    """The mean of the shares in each column, 0 to 1; -1 where it has none."""
    shares = np.array([row.shares for row in rows])
    known = ~np.isnan(shares)
    sums, counts = np.where(known, shares, 0.0).sum(axis=0), known.sum(axis=0)
    means: list[float] = np.where(counts > 0, sums / np.maximum(counts, 1), -1.0).tolist()
    return means


def in_places(row: DefinitionRow, places: Sequence[int]) -> DefinitionRow:
    return replace(row, cells=row.cells.in_places(places), shares=row.shares[places])


def column_key(model: LanguageModel, recipe: Recipe) -> str:
    """A column's name in the URL."""
    return f"{model.slug}--{recipe.slug}"


def lacks_of(
    version: DefinitionVersion, matrix: Matrix, standing: Standing, question: Question | None
) -> Lacks | None:
    """What keeps a rule from being asked on a model and recipe; None once it was asked, and of
    what people wrote, which waits for writers and not for questions."""
    if standing.tally.n or standing.model.is_people:
        return None
    return lacks(version, matrix, question, outputs_of(matrix, standing))


def outputs_of(matrix: Matrix, standing: Standing) -> Flags:
    """The outputs that a row of a board is about, shape (outputs,)."""
    here: Flags = (matrix.model == standing.model.pk) & (matrix.recipe == standing.recipe.pk)
    return here
