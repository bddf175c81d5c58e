"""Kendall's tau-b against its definition by counted pairs, and its undefined cases."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluations.measures.agreement import Undefined
from evaluations.measures.ranking import groups, kendall_tau, kendall_taus

scores = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=12)


def by_pairs(a: list[int], b: list[int]) -> float:
    concordant = discordant = tied_a = tied_b = 0
    pairs = list(combinations(zip(a, b, strict=True), 2))
    for (x, u), (y, v) in pairs:
        concordant += (x - y) * (u - v) > 0
        discordant += (x - y) * (u - v) < 0
        tied_a += x == y
        tied_b += u == v
    scale = math.sqrt((len(pairs) - tied_a) * (len(pairs) - tied_b))
    return (concordant - discordant) / scale


def test_worked_by_hand() -> None:
    assert kendall_tau([1, 2, 3, 4], [1, 2, 3, 4]) == 1
    assert kendall_tau([1, 2, 3, 4], [4, 3, 2, 1]) == -1
    assert kendall_tau([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(4 / 6)
    assert kendall_tau([1, 2, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(6))


@given(scores)
def test_it_is_what_counting_pairs_gives(rows: list[tuple[int, int]]) -> None:
    a, b = [row[0] for row in rows], [row[1] for row in rows]
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    assert kendall_tau(a, b) == pytest.approx(by_pairs(a, b))
    assert kendall_tau(b, a) == pytest.approx(kendall_tau(a, b))
    assert kendall_tau([-x for x in a], b) == pytest.approx(-kendall_tau(a, b))
    assert kendall_tau([x**3 for x in a], b) == pytest.approx(kendall_tau(a, b))


def test_what_has_no_tau() -> None:
    with pytest.raises(Undefined, match="fewer than 3"):
        kendall_tau([1, 2], [2, 1])
    with pytest.raises(Undefined, match="equal under one"):
        kendall_tau([1, 1, 1], [1, 2, 3])
    with pytest.raises(ValueError, match=r"not \(3,\) and \(2,\)"):
        kendall_tau([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="finite"):
        kendall_tau([1, 2, float("nan")], [1, 2, 3])


partial = st.one_of(st.integers(0, 3).map(float), st.just(math.nan))
draws_of = st.integers(0, 6).flatmap(
    lambda rows: st.lists(
        st.lists(st.tuples(partial, partial), min_size=rows, max_size=rows), min_size=1, max_size=5
    )
)


@given(draws_of)
def test_many_at_once_are_each_by_itself(draws: list[list[tuple[float, float]]]) -> None:
    """What a row lacks in one of the two rankings leaves it out of that draw alone."""
    pairs = np.array(draws, float).reshape(len(draws), -1, 2)
    found = kendall_taus(pairs[:, :, 0], pairs[:, :, 1])
    assert found.shape == (len(draws),)
    for tau, rows in zip(found, pairs, strict=True):
        whole = rows[~np.isnan(rows).any(axis=1)]
        try:
            assert tau == pytest.approx(kendall_tau(whole[:, 0], whole[:, 1]))
        except Undefined:
            assert math.isnan(tau)


def test_many_at_once_need_one_shape() -> None:
    with pytest.raises(ValueError, match="must both have shape"):
        kendall_taus([[1, 2, 3]], [[1, 2]])


def test_groups_of_ratings() -> None:
    sure = np.diag([0.01] * 4)
    found = groups([2.0, 1.95, 0.0, -3.0], sure)
    assert (found.ranks, found.worst) == ([1, 1, 3, 4], [2, 2, 3, 4])
    assert found.groups == [0, 0, 1, 2]
    assert groups([2.0, 1.95, 0.0, -3.0], np.diag([9.0] * 4)).worst == [4, 4, 4, 4]
    assert groups([0.0, 1.0], np.zeros((2, 2))).ranks == [2, 1]
    assert groups([1.0, 1.0], np.zeros((2, 2))).ranks == [1, 1]


def test_what_goes_together_is_told_apart_sooner() -> None:
    """The same variances: a covariance makes the difference of two ratings sure."""
    alone = groups([1.0, 0.0], [[1, 0], [0, 1]])
    together = groups([1.0, 0.0], [[1, 0.99], [0.99, 1]])
    assert (alone.ranks, together.ranks) == ([1, 1], [1, 2])


def test_holm_counts_all_pairs() -> None:
    """One difference of 2.2 errors is significant by itself, and not among three."""
    apart = 2.2 * math.sqrt(2)
    assert groups([apart, 0.0], np.eye(2)).ranks == [1, 2]
    assert groups([apart, 0.0, apart / 2], np.eye(3)).ranks == [1, 1, 1]


def test_groups_refuse_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"not \(2,\) and \(3, 3\)"):
        groups([1, 2], np.eye(3))
    with pytest.raises(ValueError, match="finite"):
        groups([1, float("nan")], np.eye(2))
