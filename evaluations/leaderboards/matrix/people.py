"""The row People: when boards show it, and that nothing is ranked against it."""

import numpy as np
from django.db import connection

from evaluations.leaderboards.matrix.answers import Flags, Scope
from evaluations.leaderboards.matrix.columns import Matrix

FEWEST_WRITERS = 5
"""Before so many people wrote what a row rests on, it would speak of them and not of people."""

WRITERS = "SELECT output_id, judge_id FROM judgments_writtenbyhand WHERE output_id = ANY(%s)"


def in_rows(matrix: Matrix, scope: Scope) -> Flags:
    """True for the outputs of which rows are made, shape (outputs,): within the scope, and of what
    people wrote only where rows of it are asked for and enough people wrote each.

    Makes one query, and only where they are asked for and there are any.
    """
    here = matrix.within(scope)
    if not matrix.by_people.any():
        return here
    if not scope.people:
        return here & ~matrix.by_people
    places = np.flatnonzero(here & matrix.by_people)
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, [matrix.output[places].tolist()])
        writers = dict(cursor.fetchall())
    of_recipe: dict[int, set[int]] = {}
    for place in places.tolist():
        writer = writers.get(int(matrix.output[place]))
        if writer is not None:
            of_recipe.setdefault(int(matrix.recipe[place]), set()).add(writer)
    enough = [key for key, found in of_recipe.items() if len(found) >= FEWEST_WRITERS]
    shown: Flags = here & (~matrix.by_people | np.isin(matrix.recipe, enough))
    return shown
