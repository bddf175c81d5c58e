"""The row People: when boards show it, and that nothing is ranked against it."""

from dataclasses import replace

import numpy as np
from django.db import connection

from evaluations.leaderboards.matrix.answers import Flags, Integers, Scope
from evaluations.leaderboards.matrix.columns import Matrix

FEWEST_WRITERS = 5
"""Before so many people wrote what a row rests on, it would speak of them and not of people."""

WRITERS = "SELECT output_id, judge_id FROM judgments_writtenbyhand WHERE output_id = ANY(%s)"


def in_rows(matrix: Matrix, scope: Scope) -> Flags:
    """True for the outputs of which rows are made, shape (outputs,): within the scope, and of what
    people wrote only where rows of it are asked for and enough people wrote each."""
    here = matrix.within(scope)
    return by_enough(matrix, here) if scope.people else here & ~matrix.by_people


def asked_in(matrix: Matrix, scope: Scope, asked: Flags) -> Flags:
    """Where a rule was asked, within the scope, shape (outputs,): where people are a row, not of
    a recipe by hand until it was asked of texts by enough of them."""
    here: Flags = asked & matrix.within(scope)
    return by_enough(matrix, here) if scope.people else here


def as_kept(matrix: Matrix, scope: Scope) -> Scope:
    """The scope by which figures are kept: the same with a row of people and without one, while
    people wrote nothing."""
    if not scope.people or matrix.by_people.any():
        return scope
    return replace(scope, people=None)


def by_enough(matrix: Matrix, here: Flags) -> Flags:
    """The outputs *here*, of what people wrote only where enough of them wrote those of a recipe.

    What is asked here are the outputs that a number rests on: a share of texts by two is about
    these two, however many wrote others that nobody judged.
    """
    by_people = here & matrix.by_people
    if not by_people.any():
        return here
    writer = writers_of(matrix)
    recipe_and_writer = np.stack([matrix.recipe, writer])[:, by_people & (writer > 0)]
    recipes, writers = np.unique(np.unique(recipe_and_writer, axis=1)[0], return_counts=True)
    enough = recipes[writers >= FEWEST_WRITERS]
    shown: Flags = here & (~matrix.by_people | np.isin(matrix.recipe, enough))
    return shown


def writers_of(matrix: Matrix) -> Integers:
    """Key of the judge who wrote each output by hand, 0 for all others, shape (outputs,).

    One query, kept with the matrix.
    """

    def make() -> Integers:
        places = np.flatnonzero(matrix.by_people)
        with connection.cursor() as cursor:
            cursor.execute(WRITERS, [matrix.output[places].tolist()])
            writers = dict(cursor.fetchall())
        found = np.zeros(matrix.size, np.int64)
        found[places] = [writers.get(key, 0) for key in matrix.output[places].tolist()]
        return found

    kept: Integers = matrix.rulings.once("writers", make)
    return kept
