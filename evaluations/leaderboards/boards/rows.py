"""One definition's board: its rows with ranks, agreement and links, and the same as records."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.urls import reverse

from evaluations.common.templatetags.marks import signed
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.counts import judgments_by_group
from evaluations.leaderboards.boards.criteria import lacks
from evaluations.leaderboards.boards.names import EVERY_RECIPE, BoardRow
from evaluations.leaderboards.boards.questions import fields_of, link
from evaluations.leaderboards.boards.ranks import ranking
from evaluations.leaderboards.boards.reliability import (
    Reliability,
    doubt_about,
    least_reliable,
    reliability_of_rows,
)
from evaluations.leaderboards.boards.sharpened import Refusals, sharpening
from evaluations.leaderboards.boards.standings import (
    VERDICT_ORDER,
    Groups,
    Question,
    Standing,
    groups_of,
    unnamed_standings,
    with_judge,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.graders import graders_in_words
from evaluations.runs.models import LanguageModel, Recipe

BY = ("recipe", "model")
"""What a row of a board is: a model with a recipe, or a model with all its recipes."""

RIGHT = 1.0
"""The grade of a right answer; whatever is below it is not right."""


def groups_of_board(matrix: Matrix, question: Question, by: str = BY[0]) -> Groups:
    """The outputs of the question's scope by row of the board."""
    groups = groups_of(matrix, question.scope)
    if by == BY[0]:
        return groups
    models, number = np.unique(np.array(groups.model, np.int64), return_inverse=True)
    return Groups(groups.places, number[groups.number], models.tolist(), [0] * len(models))


def rows_of_board(groups: Groups) -> list[BoardRow]:
    """The rows in the order of the catalogue. Makes two queries."""
    models = LanguageModel.objects.named().in_bulk(sorted(set(groups.model)))
    recipes = Recipe.objects.named().in_bulk(sorted(set(groups.recipe) - {0}))
    rows = [
        BoardRow(number, models[model], recipes.get(recipe, EVERY_RECIPE))
        for number, (model, recipe) in enumerate(zip(groups.model, groups.recipe, strict=True))
    ]
    return sorted(rows, key=lambda row: row.in_catalogue)


def board_rows(
    version: DefinitionVersion,
    held: Matrix,
    question: Question,
    also: int | None,
    by: str = BY[0],
    fields: Mapping[str, str] | None = None,
    frozen: Refusals | None = None,
) -> list[dict[str, Any]]:
    """The rows of a leaderboard as templates draw them, the highest rank first.

    Each has its `standing`, `yours` (the same with a guest's own judgments, where those change
    it), its `rank`, the best it may have, and `rank_high`, the worst (None where it was not
    asked), how many `judgments` it rests on, what keeps
    its rule from being asked (`lacks`), the criterion on which its judges agree least
    (`agreement`), why its score is in `doubt` (empty where it is
    not), and `links` to the outputs behind its numbers. Where the question asks for it, each is
    also `sharpened`.
    Makes two queries for the names, and those of `fields_of` for the links.

    Args:
        fields: the parameters of the links, where the page knows them already.
        frozen: as `sharpening` takes it.
    """
    groups = groups_of_board(held, question, by)
    models = LanguageModel.objects.named().in_bulk(sorted(set(groups.model)))
    recipes = Recipe.objects.named().in_bulk(sorted(set(groups.recipe) - {0}))
    standings = standings_of_groups(version, held, question, groups, models, recipes)
    mine: Sequence[Standing] = []
    if also is not None:
        with_theirs = with_judge(question, also)
        mine = standings_of_groups(version, held, with_theirs, groups, models, recipes)
    ranks = ranking(version, held, question, groups).ranks()
    agreement = [
        least_reliable(each) for each in reliability_of_rows(version, held, question, groups)
    ]
    judged = judgments_by_group(version, held, question, groups)
    right = right_by_group(held, groups)
    sharp = sharpening(version, held, question, groups, frozen) if question.sharpened else None
    fields = dict(fields_of(question)) if fields is None else without_by(fields)
    if question.sharpened:
        del fields["judges"]  # what the numbers lead to are people's judgments
    rows = []
    for row, standing in enumerate(standings):
        here = flags_of(held, groups, row)
        yours = mine[row] if mine and mine[row].tally != standing.tally else None
        rows.append(
            {
                "standing": standing,
                "yours": yours,
                "rank": rank.best if (rank := ranks[row]) else None,
                "rank_high": rank.worst if rank else None,
                "judgments": judged[row],
                "lacks": None if standing.tally.n else lacks(version, held, question, here),
                "agreement": agreement[row],
                "doubt": doubt_about(agreement[row]) if standing.tally.n else "",
                "right": right[row],
                "graded_by": graders_in_words(held.graded_by[here]),
                "wrong": standing.graded - right[row],
                "right_share": share(right[row], standing.graded),
                "partly_share": share(standing.counts["partly"], standing.tally.n),
                "not_reasoning": standing.counts["not-reasoning"],
                "alpha_words": alpha_words(agreement[row]),
                "key": standing.key,
                "links": links_of(version, standing, fields),
                **({"sharpened": sharp[row]} if sharp else {}),
            }
        )
    return sorted(rows, key=order_of)


def without_by(fields: Mapping[str, str]) -> dict[str, str]:
    """A board's parameters but for what its rows are."""
    return {name: value for name, value in fields.items() if name != "by"}


def order_of(row: Mapping[str, Any]) -> Any:
    """Ranks first, then shares, then the catalogue; rows that were not asked last."""
    standing: Standing = row["standing"]
    return (
        row["rank"] is None,
        row["rank"] or 0,
        -(standing.tally.share or 0),
        standing.in_catalogue,
    )


def standings_of_groups(
    version: DefinitionVersion,
    held: Matrix,
    question: Question,
    groups: Groups,
    models: Mapping[int, LanguageModel],
    recipes: Mapping[int, Recipe],
) -> list[Standing]:
    """A standing of each group, in their order."""
    rows = unnamed_standings(version, held, question, groups)
    return [
        row(model=models[model], recipe=recipes.get(recipe, EVERY_RECIPE))
        for row, model, recipe in zip(rows, groups.model, groups.recipe, strict=True)
    ]


def flags_of(held: Matrix, groups: Groups, row: int) -> Flags:
    """The outputs of one row, shape (outputs,)."""
    here = np.zeros(held.size, np.bool_)
    here[groups.places[groups.number == row]] = True
    return here


def right_by_group(held: Matrix, groups: Groups) -> list[int]:
    """Outputs of each row whose answer was graded right."""
    right = held.grade[groups.places] == RIGHT
    found: list[int] = np.bincount(groups.number[right], minlength=len(groups.model)).tolist()
    return found


def alpha_words(agreement: Reliability | None) -> str:
    return signed(agreement.alpha) if agreement and agreement.alpha is not None else ""


def links_of(
    version: DefinitionVersion, standing: Standing, fields: Mapping[str, str]
) -> dict[str, str]:
    """Addresses of the outputs behind each number of a row."""
    path = reverse("leaderboard-outputs", args=[version.definition.slug])
    narrowings = {
        "n": {},
        "met": {"verdict": "met"},
        **{word.replace("-", "_"): {"verdict": word} for word in VERDICT_ORDER},
        "outputs": {"of": "all"},
        "graded": {"of": "all", "grade": "any"},
        "right": {"of": "all", "grade": "right"},
        "wrong": {"of": "all", "grade": "wrong"},
    }
    return {
        name: link(path, fields, **standing.fields, **more) for name, more in narrowings.items()
    }


def rank_groups(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows of one rank together, in order; those without a rank last."""
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        if groups and groups[-1][0]["rank"] == row["rank"]:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def share(part: int, of: int) -> float | None:
    return part / of if of else None
