"""What a matrix held goes with it, without waiting for a search for garbage."""

import gc
import weakref

import pytest

from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.comparisons.disagreement import Disagreement
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.leaderboards.overview.overview import overview

pytestmark = pytest.mark.django_db


def test_a_matrix_that_was_replaced_is_freed_at_once() -> None:
    make_criterion("one")
    make_definition("taylor", "one")
    outputs = [make_output() for _ in range(3)]
    for output in outputs[:2]:
        give(make_judge(), output, {"one": "yes"})
    gc.collect()
    gc.disable()
    try:
        held = current_matrix()
        found = overview(held)
        assert [cell.standing.tally.n for row in found.rows for cell in row.cells] == [2]
        split = Disagreement(curated_versions(), held, Question())
        assert split.asked.sum() == 2
        before = weakref.ref(held)
        del held, found, split
        give(make_judge(), outputs[2], {"one": "no"})
        assert current_matrix() is not before()
        assert before() is None
    finally:
        gc.enable()
