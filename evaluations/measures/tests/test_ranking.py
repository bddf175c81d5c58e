"""Kendall's tau-b against its definition by counted pairs, and its undefined cases."""

import math
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluations.measures.agreement import Undefined
from evaluations.measures.ranking import kendall_tau

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
