"""Ranks on a board: which rows can be told apart on the prompts that both answered."""

from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Ruled,
    met_under,
    once,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.row_ranks import PromptMeans, Ranking, prompt_means_of, ranking_of


def prompt_means(version: Ruled, matrix: Matrix, question: Question, groups: Groups) -> PromptMeans:
    """Each row's mean of met on each prompt that any row was judged on."""
    ruling = rule_on_outputs(version, matrix, question)
    met = met_under(version, ruling.verdicts)
    asked = ruling.asked[groups.places]
    places, row = groups.places[asked], groups.number[asked]
    return prompt_means_of(
        met[places], row, len(groups.model), matrix.prompt[places], matrix.family[places]
    )


def ranking(version: Ruled, matrix: Matrix, question: Question, groups: Groups) -> Ranking:
    """What paired tests tell of the rows of a board; kept with the matrix.

    What people wrote is not ranked among models.
    """

    def make() -> Ranking:
        models = groups.where(~matrix.by_people)
        return ranking_of(prompt_means(version, matrix, question, models))

    return once(matrix, "ranking", [version], question, make, groups)
