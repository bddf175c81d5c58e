"""Between definitions: how alike their rankings are, and who is on top under all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.ranks import ranking
from evaluations.leaderboards.boards.standings import (
    Question,
    groups_of,
    met_under,
    once,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.overview.overview import DefinitionRow, Overview
from evaluations.measures.agreement import Undefined
from evaluations.measures.bootstrap import drawn_prompts, percentile_interval
from evaluations.measures.intervals import Interval
from evaluations.measures.ranking import kendall_tau, kendall_taus
from evaluations.measures.row_ranks import Ranking
from evaluations.runs.models import LanguageModel, Recipe

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Likeness:
    """Two definitions' rankings beside each other.

    `tau` is Kendall's tau-b over the `rows` that both rank, None with the reason in `undefined`.
    """

    one: DefinitionVersion
    other: DefinitionVersion
    rows: int
    tau: float | None
    undefined: str = ""


@dataclass(frozen=True)
class OnTop:
    """Under how many definitions a row has the highest share.

    `ranked` definitions are those whose board tells some row from another by a paired test;
    forks are not counted and equal rules once. `first` are those of them under which its share is
    the highest and a test puts it above some row, `told` those under which tests put it above
    every other one.
    """

    model: LanguageModel
    recipe: Recipe
    first: int
    told: int
    ranked: int

    @property
    def everywhere(self) -> bool:
        return bool(self.ranked) and self.first == self.ranked


@dataclass(frozen=True)
class Shift:
    """One model and recipe under two definitions: shares, and places with 1 for the highest.

    Places count by the share alone, and equal shares have the same. `left` and `right` say where
    it stands from the top in the two columns of the drawing, from 0.
    """

    model: LanguageModel
    recipe: Recipe
    shares: tuple[float, float]
    places: tuple[int, int]
    left: int
    right: int

    @property
    def rise(self) -> int:
        """Places won from the one definition to the other; negative where they are lost."""
        return self.places[0] - self.places[1]

    @property
    def direction(self) -> str:
        return "up" if self.rise > 0 else "down" if self.rise < 0 else "same"


@dataclass(frozen=True)
class Slope:
    """The rows that two definitions both rank, in the order of the one and of the other.

    `told`: under each of the two some row is told from another by a test.
    """

    one: DefinitionVersion
    other: DefinitionVersion
    left: Sequence[Shift]
    right: Sequence[Shift]
    told: bool

    @property
    def moved(self) -> int:
        return sum(1 for change in self.left if change.rise)

    @property
    def title(self) -> str:
        """What the chart shows, as a sentence."""
        names = f"{self.other.definition.name} instead of {self.one.definition.name}"
        if not self.left:
            return f"No model was asked both under {names.replace(' instead of ', ' and ')}."
        if not self.told:
            return (
                f"Shares under {names.replace(' instead of ', ' and ')}: not under both is a row "
                "told from another yet, so their order says nothing."
            )
        if not self.moved:
            return f"Under {names} all keep their places."
        most = max(self.left, key=lambda change: abs(change.rise))
        verb = "rises" if most.rise > 0 else "falls"
        return (
            f"Under {names}, {self.moved} of {len(self.left)} change place; {most.model.name}, "
            f"{most.recipe.name.lower()}, {verb} most, from {most.places[0]} to {most.places[1]}."
        )


def slope_between(
    one: DefinitionRow,
    other: DefinitionRow,
    columns: Sequence[tuple[LanguageModel, Recipe]],
    matrix: Matrix,
    question: Question | None = None,
) -> Slope:
    """The places under two definitions of the models and recipes on which both were asked."""
    a, b = one.shares, other.shares
    both = np.flatnonzero(~(np.isnan(a) | np.isnan(b)))
    places = []
    for shares in (a, b):
        order = both[np.argsort(-shares[both], kind="stable")]
        places.append({int(column): place for place, column in enumerate(order)})
    changes = [
        Shift(
            *columns[column],
            shares=(float(a[column]), float(b[column])),
            places=tuple(1 + int(np.sum(s[both] > s[column])) for s in (a, b)),  # type: ignore[arg-type]
            left=places[0][column],
            right=places[1][column],
        )
        for column in both.tolist()
    ]
    return Slope(
        one.version,
        other.version,
        left=sorted(changes, key=lambda change: change.left),
        right=sorted(changes, key=lambda change: change.right),
        told=all(tests_of(row, matrix, question or Question()).tells for row in (one, other)),
    )


def likeness(one: DefinitionRow, other: DefinitionRow) -> Likeness:
    """Kendall's tau-b between two definitions' shares, on the rows that both rank."""
    return likeness_of_shares(one.version, other.version, one.shares, other.shares)


def likeness_of_shares(
    one: DefinitionVersion, other: DefinitionVersion, a: Floats, b: Floats
) -> Likeness:
    """The same from the shares of both boards, NaN where one was not asked; shape (columns,)."""
    both = ~(np.isnan(a) | np.isnan(b))
    rows = int(np.count_nonzero(both))
    try:
        return Likeness(one, other, rows, kendall_tau(a[both], b[both]))
    except Undefined as reason:
        return Likeness(one, other, rows, None, str(reason))


def likenesses(overview: Overview, matrix: Matrix, question: Question) -> list[Likeness]:
    """Every pair of definitions that are counted and both rank something.

    The least alike first, undefined last.
    """
    ranked = [row for row in overview.counted if row.asked]
    by_pk = {row.version.pk: row.version for row in ranked}

    def make() -> list[tuple[int, int, int, float | None, str]]:
        pairs = [likeness(one, other) for one, other in combinations(ranked, 2)]
        pairs.sort(key=lambda pair: (pair.tau is None, pair.tau or 0.0))
        return [(p.one.pk, p.other.pk, p.rows, p.tau, p.undefined) for p in pairs]

    kept = once(matrix, "likenesses", [row.version for row in ranked], question, make)
    return [
        Likeness(by_pk[one], by_pk[other], rows, tau, undefined)
        for one, other, rows, tau, undefined in kept
    ]


def least_alike(overview: Overview, matrix: Matrix, question: Question) -> Likeness | None:
    """The pair of definitions that order the rows least alike, of those that tell rows apart."""
    telling = {row.version for row in overview.counted if tests_of(row, matrix, question).tells}
    return next(
        (
            pair
            for pair in likenesses(overview, matrix, question)
            if pair.tau is not None and {pair.one, pair.other} <= telling
        ),
        None,
    )


def on_top(overview: Overview, matrix: Matrix, question: Question) -> list[OnTop]:
    """Each model and recipe, most often on top first; equal shares are on top together."""
    ranked, counts = counts_on_top(overview, matrix, question)
    found = [
        OnTop(model, recipe, *counts[model.pk, recipe.pk], ranked)
        for model, recipe in overview.columns
    ]
    return sorted(found, key=lambda row: -row.first)


def counts_on_top(
    overview: Overview, matrix: Matrix, question: Question
) -> tuple[int, dict[tuple[int, int], tuple[int, int]]]:
    """How many definitions tell rows apart, and of each model and recipe `first` and `told`."""
    keys = [(model.pk, recipe.pk) for model, recipe in overview.columns]

    def make() -> tuple[int, dict[tuple[int, int], tuple[int, int]]]:
        first, told = (np.zeros(len(keys), np.int64) for _ in range(2))
        ranked = 0
        for row in overview.counted:
            tests = tests_of(row, matrix, question)
            if not tests.tells:
                continue
            ranked += 1
            beaten = below(tests, keys, matrix, question)
            first += (row.shares == np.nanmax(row.shares)) & (beaten > 0)
            # Above every other one by a test of that pair: rank 1 alone may rest on fewer tests.
            told += beaten == tests.rows - 1
        counts = zip(first.tolist(), told.tolist(), strict=True)
        return ranked, dict(zip(keys, counts, strict=True))

    return once(matrix, "on top", [row.version for row in overview.counted], question, make)


def tests_of(row: DefinitionRow, matrix: Matrix, question: Question) -> Ranking:
    """What the tests of a definition's board tell."""
    return ranking(row.version, matrix, question, groups_of(matrix, question.scope))


def below(
    tests: Ranking, keys: Sequence[tuple[int, int]], matrix: Matrix, question: Question
) -> npt.NDArray[np.int64]:
    """How many rows are significantly below each column, model and recipe; shape (columns,)."""
    groups = groups_of(matrix, question.scope)
    beaten = dict(
        zip(
            zip(groups.model, groups.recipe, strict=True),
            tests.above.sum(axis=1).tolist(),
            strict=True,
        )
    )
    return np.array([beaten[key] for key in keys], np.int64)


def still_needed(overview: Overview, matrix: Matrix, question: Question) -> str:
    """Why no definition ranks anything yet, as a sentence; of the one that is closest to it."""
    found = [tests_of(row, matrix, question) for row in overview.counted]
    ranked = [tests for tests in found if tests.rows > 1]
    if not ranked:
        return "No definition was asked of two models or recipes yet."
    closest = max(ranked, key=lambda tests: tests.prompts / tests.needed)
    if closest.too_few:
        return (
            f"No definition can say yet which model leads: it takes {closest.needed} prompts on "
            f"which two of them were judged (a family of variants counts once), and there are at "
            f"most {closest.prompts}."
        )
    return (
        "No definition can say yet which model leads: no paired test tells two of them apart, on "
        f"at most {closest.prompts} prompts on which two were judged (a family of variants counts "
        "once)."
    )


def tau_interval(
    one: DefinitionVersion,
    other: DefinitionVersion,
    columns: Sequence[tuple[LanguageModel, Recipe]],
    matrix: Matrix,
    question: Question | None = None,
) -> Interval | None:
    """Kendall's tau-b with a 95% percentile interval from a bootstrap over prompts.

    Prompts are drawn with replacement, whole with their outputs, for both definitions at once
    (`measures.bootstrap`).
    """
    question = question or Question()

    def make() -> Interval | None:
        cells = [prompt_cells(version, columns, matrix, question) for version in (one, other)]
        weights = drawn_prompts(len(matrix.prompts))
        with np.errstate(invalid="ignore"):
            drawn = [(weights @ met.T) / (weights @ asked.T) for met, asked in cells]
            whole = [met.sum(axis=1) / asked.sum(axis=1) for met, asked in cells]
        estimate = float(kendall_taus(*(shares[None] for shares in whole))[0])
        return None if np.isnan(estimate) else percentile_interval(estimate, kendall_taus(*drawn))

    return once(matrix, "interval of tau", [one, other], question, make)


def prompt_cells(
    version: DefinitionVersion,
    columns: Sequence[tuple[LanguageModel, Recipe]],
    matrix: Matrix,
    question: Question | None,
) -> tuple[Floats, Floats]:
    """Outputs met and outputs asked by column and prompt, both of shape (columns, prompts)."""
    ruling = rule_on_outputs(version, matrix, question)
    met = met_under(version, ruling.verdicts)
    size = len(matrix.prompts)
    found: tuple[list[Floats], list[Floats]] = ([], [])
    for model, recipe in columns:
        here = ruling.asked & (matrix.model == model.pk) & (matrix.recipe == recipe.pk)
        prompts = matrix.prompt_index[here]
        found[0].append(np.bincount(prompts, weights=met[here], minlength=size).astype(np.float64))
        found[1].append(np.bincount(prompts, minlength=size).astype(np.float64))
    return np.array(found[0]), np.array(found[1])
