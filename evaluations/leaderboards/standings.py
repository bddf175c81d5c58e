"""Leaderboards: models (with a recipe) under one definition version, with intervals."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evaluations.definitions.models import CriterionVersion, DefinitionVersion, State
from evaluations.leaderboards.matrix import (
    Answers,
    Column,
    Flags,
    Integers,
    Matrix,
    Scope,
    Selection,
    median,
)
from evaluations.measures.intervals import Interval, clustered_mean, prompt_clustered
from evaluations.rules import (
    CODES,
    VERDICTS,
    Tally,
    apply_absence_policy_arrays,
    combine_verdicts_codes,
    criteria,
    evaluate_arrays,
    tally,
)
from evaluations.rules.answers import UNKNOWN, Codes
from evaluations.runs.models import LanguageModel, Recipe

COMBINE = ("median", "majority", "any", "all")
VERDICT_ORDER = ("reasoning", "partly", "not-reasoning", "undetermined")


@dataclass(frozen=True)
class Question:
    """What a board is asked: which answers count, about which outputs, and how several judges
    become one verdict."""

    selection: Selection = field(default_factory=Selection)
    scope: Scope = field(default_factory=Scope)
    combine: str = "median"
    road: str = "computed"


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


Ruled = DefinitionVersion | Reading
"""What can be evaluated: a stored version with its pins, or a rule under test."""


@dataclass(frozen=True)
class Ruling:
    """A definition version on every output: verdict codes, and where the rule was asked."""

    verdicts: Codes
    asked: Flags


@dataclass(frozen=True)
class Standing:
    """One row of a leaderboard."""

    model: LanguageModel
    recipe: Recipe
    tally: Tally
    interval: Interval | None
    counts: Mapping[str, int]
    grade: float | None
    graded: int
    tokens: float | None

    @property
    def mark(self) -> str:
        """The most frequent verdict; the less favourable of equals. Empty when not asked."""
        if not self.tally.n:
            return ""
        return max(reversed(VERDICT_ORDER), key=lambda verdict: self.counts[verdict])


def reading_of(version: Ruled) -> Reading:
    """How a definition version reads: its rule on the meanings it pins, or the reading itself.

    Reads the prefetched pins.
    """
    if isinstance(version, Reading):
        return version
    pinned = {
        wording.criterion.key: wording.meaning for wording in version.criterion_versions.all()
    }
    return Reading(
        rule=version.rule,
        columns={key: (key, pinned.get(key, 1)) for key in criteria(version.rule)},
        absence_policy=version.absence_policy,
        partly_policy=version.partly_policy,
        version=version.pk,
        kept=version.state != State.DRAFT,
    )


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
    key = (reading.version, question)
    if key not in matrix.rulings:
        matrix.rulings[key] = ruling_on(reading, matrix, question)
    ruling: Ruling = matrix.rulings[key]
    return ruling


def ruling_on(reading: Reading, matrix: Matrix, question: Question) -> Ruling:
    """The rule on every output, worked out anew, asked only within the question's scope."""
    ruling = ruling_anywhere(reading, matrix, question)
    return Ruling(ruling.verdicts, ruling.asked & matrix.within(question.scope))


def ruling_anywhere(reading: Reading, matrix: Matrix, question: Question) -> Ruling:
    if question.road == "direct":
        return direct_on_outputs(reading, matrix, question)
    columns = reading.columns
    parts = {key: matrix.column(column, question.selection) for key, column in columns.items()}
    asked = np.logical_and.reduce([matrix.written, *(part.asked for part in parts.values())])
    if question.combine != "median":
        judges = judges_of(matrix, question.selection, columns)
        # Where findings alone answer a rule there is nobody to vote.
        if len(judges):
            return vote_on_outputs(reading, matrix, question, judges)
    codes = {key: part.codes for key, part in parts.items()}
    return Ruling(decide(reading, matrix, codes), asked)


def lacking(
    version: DefinitionVersion, matrix: Matrix, question: Question | None = None
) -> list[CriterionVersion]:
    """Criteria of the rule that nobody was asked on any output; reads the prefetched pins."""
    selection = (question or Question()).selection
    wordings = {wording.criterion.key: wording for wording in version.criterion_versions.all()}
    return [
        wordings[key]
        for key, column in reading_of(version).columns.items()
        if key in wordings and not matrix.column(column, selection).asked.any()
    ]


def decide(reading: Reading, matrix: Matrix, codes: Mapping[str, Codes]) -> Codes:
    """The rule on columns of codes, after the definition's absence policy."""
    seen = apply_absence_policy_arrays(
        codes,
        policy=reading.absence_policy,
        withheld=matrix.withheld,
        process=matrix.process.intersection(codes),
    )
    return evaluate_arrays(reading.rule, seen, length=matrix.size)


def judges_of(matrix: Matrix, selection: Selection, columns: Mapping[str, Column]) -> Integers:
    """Ids of the counted judges who answered any of the columns."""
    nobody = np.array([], np.int64)
    answered = [
        rows.counted(selection).judge
        for column in columns.values()
        for rows in matrix.answers_to(column)
    ]
    return np.unique(np.concatenate([nobody, *answered]))


def vote_on_outputs(
    reading: Reading,
    matrix: Matrix,
    question: Question,
    judges: Integers,
) -> Ruling:
    """Verdict of each judge who answered the whole rule, then a vote over the verdicts.

    Findings have no judge: they hold for every one. Arrays have shape (judges, outputs).
    """
    selection = question.selection
    verdicts = np.full((len(judges), matrix.size), UNKNOWN, np.int8)
    counted = np.zeros((len(judges), matrix.size), np.bool_)
    for slot, judge in enumerate(judges):
        parts = {
            key: matrix.assemble(column, by_judge(int(judge), selection))
            for key, column in reading.columns.items()
        }
        codes = {key: part.codes for key, part in parts.items()}
        verdicts[slot] = decide(reading, matrix, codes)
        counted[slot] = np.logical_and.reduce(
            [matrix.written, *(part.asked for part in parts.values())]
        )
    asked: Flags = np.asarray(counted.any(axis=0))
    return Ruling(combine_verdicts_codes(verdicts, how=question.combine, counted=counted), asked)


def by_judge(judge: int, selection: Selection) -> Callable[[Answers], Answers]:
    """Leaves the counted answers of one judge."""
    return lambda rows: rows.of_judge(judge).counted(selection)


def direct_on_outputs(reading: Reading, matrix: Matrix, question: Question) -> Ruling:
    """Direct classifications against the wording of the version, the judges combined."""
    rows = matrix.direct.get(reading.version) if reading.version is not None else None
    if rows is None:
        nothing = np.full(matrix.size, UNKNOWN, np.int8)
        return Ruling(nothing, np.zeros(matrix.size, np.bool_))
    part = median(rows.counted(question.selection), matrix.size)
    return Ruling(part.codes, part.asked)


def leaderboard(version: Ruled, matrix: Matrix, question: Question | None = None) -> list[Standing]:
    """Every model and recipe under a definition version, the highest share first.

    Those on which the rule was not asked come last. Makes two queries, for the names.
    """
    models = LanguageModel.objects.in_bulk(np.unique(matrix.model).tolist())
    recipes = Recipe.objects.in_bulk(np.unique(matrix.recipe).tolist())
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
    reading = reading_of(version)
    ruling = rule_on_outputs(version, matrix, question)
    within = matrix.within(question.scope)
    pairs = sorted(
        set(zip(matrix.model[within].tolist(), matrix.recipe[within].tolist(), strict=True)),
        key=lambda pair: (
            models[pair[0]].position,
            models[pair[0]].name,
            recipes[pair[1]].position,
            recipes[pair[1]].name,
        ),
    )
    return [
        standing(reading, matrix, ruling, within, models[model], recipes[recipe])
        for model, recipe in pairs
    ]


def standing(
    reading: Reading,
    matrix: Matrix,
    ruling: Ruling,
    within: Flags,
    model: LanguageModel,
    recipe: Recipe,
) -> Standing:
    here = within & (matrix.model == model.pk) & (matrix.recipe == recipe.pk)
    judged = here & ruling.asked
    verdicts = ruling.verdicts[judged]
    met = verdicts == CODES["yes"]
    if reading.partly_policy == "met":
        met |= verdicts == CODES["partly"]
    grades = matrix.grade[here & ~np.isnan(matrix.grade)]
    tokens = matrix.tokens[here & ~np.isnan(matrix.tokens)]
    return Standing(
        model=model,
        recipe=recipe,
        tally=tally(ruling.verdicts[here], ruling.asked[here], partly_policy=reading.partly_policy),
        interval=interval_of(met, matrix.prompt[judged]) if len(verdicts) else None,
        counts={
            verdict: int(np.count_nonzero(verdicts == CODES[answer]))
            for answer, verdict in VERDICTS.items()
        },
        grade=float(grades.mean()) if len(grades) else None,
        graded=len(grades),
        tokens=float(tokens.mean()) if len(tokens) else None,
    )


def interval_of(met: Flags, prompts: Integers) -> Interval:
    """95% interval around the share of outputs that are met, clustered by prompt.

    Where prompts have unequal numbers of judged outputs, the mean over prompts is not the share
    that the board shows, so the error is that of the share itself (Miller, 2024).
    """
    over_prompts = prompt_clustered(met, prompts)
    share = float(met.mean())
    if math.isclose(over_prompts.estimate, share, abs_tol=1e-9):
        return over_prompts
    around = clustered_mean(met, prompts)
    return Interval(share, max(0.0, around.low), min(1.0, around.high))


def outputs_with(
    version: Ruled, matrix: Matrix, question: Question | None = None
) -> dict[int, str]:
    """Output id to verdict, for every output on which the rule was asked."""
    ruling = rule_on_outputs(version, matrix, question)
    words = {CODES[answer]: word for answer, word in VERDICTS.items()}
    return {
        pk: words[code]
        for pk, code in zip(
            matrix.output[ruling.asked].tolist(),
            ruling.verdicts[ruling.asked].tolist(),
            strict=True,
        )
    }


def with_judge(question: Question, judge: int) -> Question:
    """The same question with one more judge's answers counted."""
    return replace(question, selection=replace(question.selection, also_judge=judge))
