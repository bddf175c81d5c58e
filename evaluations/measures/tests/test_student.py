"""Student's t against SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluations.measures.student import student_quantile, student_two_sided


@given(st.floats(-60, 60), st.integers(1, 20_000))
def test_tails_are_those_of_scipy(t: float, degrees: int) -> None:
    found = float(student_two_sided(t, degrees))
    assert found == pytest.approx(2 * stats.t.sf(abs(t), degrees), abs=1e-11)


def test_tails_broadcast_and_reach_infinity() -> None:
    found = student_two_sided([0.0, 1.0, math.inf], [[1], [30], [31]])
    assert found.shape == (3, 3)
    assert found[:, 0].tolist() == [1, 1, 1]
    assert found[0, 1] == pytest.approx(0.5), "Cauchy: half lies within one quartile"
    assert found[:, 2].tolist() == [0, 0, 0]
    assert np.isclose(found[1, 1], found[2, 1], atol=1e-3)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_quantiles_are_those_of_scipy(confidence: float) -> None:
    for degrees in (*range(1, 60), 100, 999, 100_000):
        expected = stats.t.ppf((1 + confidence) / 2, degrees)
        assert student_quantile(confidence, degrees) == pytest.approx(expected, rel=1e-9)


def test_what_is_no_distribution_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1, not 1"):
        student_quantile(1.0, 3)
    with pytest.raises(ValueError, match="1 or more"):
        student_quantile(0.95, 0)
