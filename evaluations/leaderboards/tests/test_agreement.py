"""Raw agreement against pairs counted one by one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.leaderboards.agreement import Agreement, pairs_of_judges

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 2)), max_size=40)


def agreement(rows: list[tuple[int, int]]) -> Agreement:
    subject = np.array([subject for subject, _ in rows], np.int64)
    value = np.array([value for _, value in rows], np.int8)
    return pairs_of_judges(subject, value, 10).over()


@given(ROWS)
def test_it_equals_the_pairs_counted_one_by_one(rows: list[tuple[int, int]]) -> None:
    same = pairs = 0
    for (one, mine), (other, theirs) in combinations(rows, 2):
        if one == other:
            pairs += 1
            same += mine == theirs != -1
    assert agreement(rows) == Agreement(same, pairs)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], Agreement(0, 0)),
        ([(7, 2), (9, 2)], Agreement(0, 0)),
        ([(7, 2), (7, 2), (9, 0), (9, 1)], Agreement(1, 2)),
        ([(7, -1), (7, -1)], Agreement(0, 1)),
        ([(7, 1), (7, 1), (7, 1)], Agreement(3, 3)),
    ],
)
def test_small_cases(rows: list[tuple[int, int]], expected: Agreement) -> None:
    assert agreement(rows) == expected


def test_some_subjects_alone() -> None:
    found = pairs_of_judges(np.array([0, 0, 2, 2]), np.array([2, 2, 0, 1], np.int8), 3)
    assert found.over(np.array([True, True, False])) == Agreement(1, 1)
    assert found.over(np.array([False, True, True])) == Agreement(0, 1)


def test_a_share_needs_a_pair() -> None:
    assert Agreement().share is None
    assert (Agreement(1, 2) + Agreement(2, 3)).share == pytest.approx(0.6)


def test_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        pairs_of_judges(np.array([1, 2]), np.array([1], np.int8), 3)
