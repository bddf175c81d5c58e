"""Raw agreement against pairs counted one by one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.leaderboards.boards.criteria import PairAgreement, Pairs, pairs_of_counts
from evaluations.leaderboards.boards.reliability import Reliability

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 2)), max_size=40)


def pairs(rows: list[tuple[int, int]]) -> Pairs:
    """Pairs about ten subjects; -1, cannot tell, is counted last."""
    counts = np.zeros((10, 4), np.uint8)
    for subject, value in rows:
        counts[subject, value] += 1
    return pairs_of_counts(counts)


def agreement(rows: list[tuple[int, int]]) -> PairAgreement:
    return pairs(rows).over()


@given(ROWS)
def test_it_equals_the_pairs_counted_one_by_one(rows: list[tuple[int, int]]) -> None:
    same = count = 0
    for (one, mine), (other, theirs) in combinations(rows, 2):
        if one == other:
            count += 1
            same += mine == theirs != -1
    assert agreement(rows) == PairAgreement(same, count)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], PairAgreement(0, 0)),
        ([(7, 2), (9, 2)], PairAgreement(0, 0)),
        ([(7, 2), (7, 2), (9, 0), (9, 1)], PairAgreement(1, 2)),
        ([(7, -1), (7, -1)], PairAgreement(0, 1)),
        ([(7, 1), (7, 1), (7, 1)], PairAgreement(3, 3)),
    ],
)
def test_small_cases(rows: list[tuple[int, int]], expected: PairAgreement) -> None:
    assert agreement(rows) == expected


def test_some_subjects_alone() -> None:
    found = pairs([(0, 2), (0, 2), (2, 0), (2, 1)])
    first = np.arange(10) < 2
    assert found.over(first) == PairAgreement(1, 1)
    assert found.over(~first) == PairAgreement(0, 1)


def test_a_share_needs_a_pair() -> None:
    assert PairAgreement().share is None
    assert (PairAgreement(1, 2) + PairAgreement(2, 3)).share == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("alpha", "items", "word"),
    [
        (0.8, 20, "good"), (0.79, 20, "fair"), (0.667, 20, "fair"), (0.66, 20, "weak"),
        (0.01, 20, "weak"), (0.0, 20, "none"), (-0.4, 20, "none"), (None, 20, "all alike"),
        (None, 0, "unknown"), (0.9, 9, "unknown"),
    ],
)  # fmt: skip
def test_agreement_in_a_word(alpha: float | None, items: int, word: str) -> None:
    assert Reliability(None, alpha, items, 2 * items, PairAgreement()).word == word
