"""Leaderboards: models (with a recipe) under one definition version, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import CriterionVersion, DefinitionVersion, State
from evaluations.leaderboards.boards.names import NamedRow
from evaluations.leaderboards.boards.votes import ballots, vote
from evaluations.leaderboards.matrix.answers import Column, Flags, Integers, Scope, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import matrix_beyond
from evaluations.leaderboards.matrix.narrowed import Beyond
from evaluations.leaderboards.matrix.people import as_kept, asked_in, in_rows
from evaluations.measures.intervals import Interval
from evaluations.measures.shares import intervals_of
from evaluations.rules import (
    CODES,
    VERDICTS,
    Tally,
    apply_absence_policy_arrays,
    criteria,
    evaluate_arrays,
)
from evaluations.rules.answers import UNKNOWN, Codes, count_codes
from evaluations.rules.share import tally_groups
from evaluations.runs.models import LanguageModel, Recipe

Made = TypeVar("Made")

COMBINE = ("median", "majority", "any", "all")
VERDICT_ORDER = ("reasoning", "partly", "not-reasoning", "undetermined")
VERDICT_OF: Mapping[int, str] = {CODES[answer]: word for answer, word in VERDICTS.items()}


@dataclass(frozen=True)
class Question:
    """What a board is asked: which answers count, about which outputs, and how several judges
    become one verdict. `beyond` is what it names that is not public, and its viewer may read.
    `sharpened`: beside the shares by people stand those that model judges sharpened."""

    selection: Selection = field(default_factory=Selection)
    scope: Scope = field(default_factory=Scope)
    combine: str = "median"
    road: str = "computed"
    beyond: Beyond | None = None
    sharpened: bool = False


@dataclass(frozen=True)
class Reading:
    """A rule as it is evaluated: what each criterion means, and the policies.

    `version` is the definition version that it reads, None for a rule that nobody saved yet;
    `kept` says that it cannot change any more, so that its rulings may be kept.
    """

    rule: Any
    columns: Mapping[str, Column]
    absence_policy: str = "may-be-latent"
    partly_policy: str = "not-met"
    version: int | None = None
    kept: bool = False


def matrix_for(question: Question) -> Matrix:
    """The matrix that a question is asked of."""
    return matrix_beyond(question.beyond)


Ruled = DefinitionVersion | Reading
"""What can be evaluated: a stored version with its pins, or a rule under test."""


@dataclass(frozen=True)
class Ruling:
    """A definition version on every output: verdict codes, and where the rule was asked."""

    verdicts: Codes
    asked: Flags


@dataclass(frozen=True)
class Standing(NamedRow):
    """One row of a leaderboard."""

    model: LanguageModel
    recipe: Recipe
    tally: Tally
    interval: Interval | None
    counts: Mapping[str, int]
    grade: float | None
    graded: int
    tokens: float | None


def reading_of(version: Ruled) -> Reading:
    """How a definition version reads: its rule on the meanings it pins, or the reading itself.

    Reads the prefetched pins.
    """
    if isinstance(version, Reading):
        return version
    known: Reading | None = version.__dict__.get("_reading")
    if known is not None:
        return known
    pinned = {wording.criterion.key: wording.meaning for wording in version.pinned}
    reading = Reading(
        rule=version.rule,
        columns={key: (key, pinned.get(key, 1)) for key in criteria(version.rule)},
        absence_policy=version.absence_policy,
        partly_policy=version.partly_policy,
        version=version.pk,
        kept=version.state != State.DRAFT,
    )
    if reading.kept:
        # A page asks hundreds of times about the same row, which cannot change any more.
        version.__dict__["_reading"] = reading
    return reading


def draft_reading(
    rule: Any, absence_policy: str = "may-be-latent", partly_policy: str = "not-met"
) -> Reading:
    """A rule that nobody saved, on the wordings in force. Makes one query."""
    keys = criteria(rule)
    meaning = dict(CriterionVersion.objects.for_keys(keys).values_list("criterion__key", "meaning"))
    return Reading(
        rule=rule,
        columns={key: (key, meaning.get(key, 1)) for key in keys},
        absence_policy=absence_policy,
        partly_policy=partly_policy,
    )


def rule_on_outputs(version: Ruled, matrix: Matrix, question: Question | None = None) -> Ruling:
    """Evaluate a definition's rule on every output of the matrix.

    A published version never changes, so its ruling is kept with the matrix, except where one
    visitor's answers are added. Outputs outside the question's scope are not asked.
    """
    question = question or Question()
    reading = reading_of(version)
    if not reading.kept or question.selection.also_judge is not None:
        return ruling_on(reading, matrix, question)
    key = (reading.version, replace(question, scope=as_kept(matrix, question.scope)))
    return matrix.rulings.once(key, lambda: ruling_on(reading, matrix, question))


def ruling_on(reading: Reading, matrix: Matrix, question: Question) -> Ruling:
    """The rule on every output, worked out anew, asked only within the question's scope."""
    ruling = ruling_anywhere(reading, matrix, question)
    return Ruling(ruling.verdicts, asked_in(matrix, question.scope, ruling.asked))


def ruling_anywhere(reading: Reading, matrix: Matrix, question: Question) -> Ruling:
    if question.road == "direct":
        return direct_on_outputs(reading, matrix, question)
    columns = reading.columns
    parts = {key: matrix.column(column, question.selection) for key, column in columns.items()}
    asked = np.logical_and.reduce([matrix.written, *(part.asked for part in parts.values())])
    codes = decide(reading, matrix, {key: part.codes for key, part in parts.items()})
    if question.combine == "median":
        return Ruling(codes, asked)
    return vote_on_outputs(reading, matrix, question, Ruling(codes, asked))


def met_under(version: Ruled, verdicts: Codes) -> Flags:
    """Which verdicts count as met in a share, by the partly policy."""
    met: Flags = verdicts == CODES["yes"]
    if reading_of(version).partly_policy == "met":
        met |= verdicts == CODES["partly"]
    return met


def decide(
    reading: Reading,
    matrix: Matrix,
    codes: Mapping[str, Codes],
    output: npt.NDArray[np.intp] | None = None,
) -> Codes:
    """The rule on columns of codes, after the definition's absence policy.

    Args:
        output: the output of each row of the columns; every output in turn when left out.
    """
    withheld = matrix.withheld if output is None else matrix.withheld[output]
    seen = apply_absence_policy_arrays(
        codes,
        policy=reading.absence_policy,
        withheld=withheld,
        process=matrix.process.intersection(codes),
    )
    return evaluate_arrays(reading.rule, seen, length=len(withheld))


def vote_on_outputs(
    reading: Reading, matrix: Matrix, question: Question, without: Ruling
) -> Ruling:
    """Verdict of each judge who answered the whole rule, then a vote over the verdicts.

    Findings have no judge: they hold for every one, and where nobody answered they decide as
    they do `without` a vote.
    """
    cast = ballots(matrix, question.selection, reading.columns)
    nobody = np.ones(matrix.size, np.bool_)
    nobody[cast.output] = False
    whole = cast.complete & matrix.written[cast.output]
    output = cast.output[whole]
    codes = {key: part.codes[whole] for key, part in cast.columns.items()}
    verdicts = decide(reading, matrix, codes, output)
    voted = vote(verdicts, output, matrix.size, question.combine)
    return Ruling(
        np.where(nobody, without.verdicts, voted.codes),
        np.where(nobody, without.asked, voted.asked),
    )


def direct_on_outputs(reading: Reading, matrix: Matrix, question: Question) -> Ruling:
    """Direct classifications against the wording of the version, the judges combined."""
    if reading.version is None:
        nothing = np.full(matrix.size, UNKNOWN, np.int8)
        return Ruling(nothing, np.zeros(matrix.size, np.bool_))
    part = matrix.asked(("direct", "", reading.version), question.selection)
    return Ruling(part.codes, part.asked)


def leaderboard(version: Ruled, matrix: Matrix, question: Question | None = None) -> list[Standing]:
    """Every model and recipe under a definition version, the highest share first.

    Those on which the rule was not asked come last. Makes two queries, for the names.
    """
    models = LanguageModel.objects.named().in_bulk(numbered(matrix.model)[0].tolist())
    recipes = Recipe.objects.named().in_bulk(numbered(matrix.recipe)[0].tolist())
    standings = standings_of(version, matrix, models, recipes, question)
    return sorted(standings, key=lambda row: (row.tally.n == 0, -(row.tally.share or 0)))


def standings_of(
    version: Ruled,
    matrix: Matrix,
    models: Mapping[int, LanguageModel],
    recipes: Mapping[int, Recipe],
    question: Question | None = None,
) -> list[Standing]:
    """One standing for each model and recipe that wrote something, in catalogue order."""
    question = question or Question()
    groups = groups_of(matrix, question.scope)
    standings: list[Standing] = [
        row(model=models[model], recipe=recipes[recipe])
        for row, model, recipe in zip(
            unnamed_standings(version, matrix, question, groups),
            groups.model,
            groups.recipe,
            strict=True,
        )
    ]
    return sorted(standings, key=lambda row: row.in_catalogue)


def unnamed_standings(
    version: Ruled, matrix: Matrix, question: Question, groups: "Groups"
) -> list[partial[Standing]]:
    """A standing of each group without its names; kept with the matrix, as rulings are."""

    def make() -> list[partial[Standing]]:
        ruling = rule_on_outputs(version, matrix, question)
        return standings_by_group(reading_of(version), matrix, ruling, groups)

    return once(matrix, "standings", [version], question, make, groups)


def once(
    matrix: Matrix,
    name: str,
    versions: Sequence[Ruled],
    question: Question,
    make: Callable[[], Made],
    groups: "Groups | None" = None,
) -> Made:
    """What *make* gives, kept with the matrix, but for rules under test and one's own answers."""
    readings = [reading_of(version) for version in versions]
    if question.selection.also_judge is not None or not all(each.kept for each in readings):
        return make()
    kept = replace(question, scope=as_kept(matrix, question.scope))
    key = (name, tuple(each.version for each in readings), kept, groups and groups.rows)
    return matrix.figures.once(key, make)


def groups_of(matrix: Matrix, scope: Scope) -> "Groups":
    """Outputs in scope by model and recipe, kept with the matrix; people as `in_rows` says."""
    return matrix.rulings.once(("groups", scope), lambda: Groups.of(matrix, in_rows(matrix, scope)))


@dataclass(frozen=True)
class Groups:
    """Outputs by model and recipe: `places` and `number` have shape (outputs in scope,)."""

    places: npt.NDArray[np.intp]
    number: npt.NDArray[np.intp]
    model: list[int]
    recipe: list[int]

    @cached_property
    def rows(self) -> bytes:
        """What the rows are, to keep things by: bytes, which are hashed once."""
        return np.array([self.model, self.recipe], np.int64).tobytes()

    def where(self, flags: Flags) -> "Groups":
        """The same rows with only the outputs at which flags, shape (all outputs,), are true."""
        here = flags[self.places]
        return Groups(self.places[here], self.number[here], self.model, self.recipe)

    @classmethod
    def of(cls, matrix: Matrix, within: Flags) -> "Groups":
        # A model that never wrote anything, as one whose path was mistyped, is no row.
        places = np.flatnonzero(within & matrix.spoken)
        models, model = numbered(matrix.model[places])
        recipes, recipe = numbered(matrix.recipe[places])
        pairs, number = numbered(model * max(len(recipes), 1) + recipe)
        return cls(
            places,
            number,
            models[pairs // max(len(recipes), 1)].tolist(),
            recipes[pairs % max(len(recipes), 1)].tolist(),
        )


def numbered(keys: Integers) -> tuple[Integers, npt.NDArray[np.intp]]:
    """The different keys, sorted, and the number of each; counting is faster than sorting."""
    if not len(keys) or keys.max() > 4 * len(keys) + 1000:
        return np.unique(keys, return_inverse=True)
    present = np.zeros(int(keys.max()) + 1, np.bool_)
    present[keys] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]


def standings_by_group(
    reading: Reading, matrix: Matrix, ruling: Ruling, groups: Groups
) -> list[partial[Standing]]:
    """A standing of each group, which lacks only the names."""
    count = len(groups.model)
    verdicts, asked = ruling.verdicts[groups.places], ruling.asked[groups.places]
    tallies = tally_groups(verdicts, asked, groups.number, count, reading.partly_policy)
    said, number = verdicts[asked], groups.number[asked]
    counts = count_codes(said, number, count).T.tolist()
    met = met_under(reading, said)
    judged = groups.places[asked]
    intervals = intervals_of(met, number, count, matrix.prompt[judged], matrix.family[judged])
    grades = means_of(matrix.grade[groups.places], groups.number, count)
    tokens = means_of(matrix.tokens[groups.places], groups.number, count)
    return [
        partial(
            Standing,
            tally=tallies[group],
            interval=intervals[group],
            counts={word: counts[group][CODES[answer]] for answer, word in VERDICTS.items()},
            grade=grades[group][0],
            graded=grades[group][1],
            tokens=tokens[group][0],
        )
        for group in range(count)
    ]


def means_of(
    values: npt.NDArray[np.float64], groups: npt.NDArray[np.intp], count: int
) -> list[tuple[float | None, int]]:
    """Mean of each group's values that are not NaN, None without one, and how many there are."""
    here = ~np.isnan(values)
    sizes = np.bincount(groups[here], minlength=count)
    sums = np.bincount(groups[here], weights=values[here], minlength=count)
    return [
        (total / size if size else None, size)
        for total, size in zip(sums.tolist(), sizes.tolist(), strict=True)
    ]


def outputs_with(
    version: Ruled, matrix: Matrix, question: Question | None = None
) -> dict[int, str]:
    """Output id to verdict, for every output on which the rule was asked."""
    ruling = rule_on_outputs(version, matrix, question)
    return {
        pk: VERDICT_OF[code]
        for pk, code in zip(
            matrix.output[ruling.asked].tolist(),
            ruling.verdicts[ruling.asked].tolist(),
            strict=True,
        )
    }


def with_judge(question: Question, judge: int) -> Question:
    """The same question with one more judge's answers counted."""
    return replace(question, selection=replace(question.selection, also_judge=judge))
