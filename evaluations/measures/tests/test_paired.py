"""Paired differences, McNemar, Holm, and the prompts needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluations.measures.intervals import clustered_mean
from evaluations.measures.paired import difference, holm, mcnemar_exact, prompts_needed


def test_mcnemar_as_published() -> None:
    assert mcnemar_exact(2, 8) == pytest.approx(0.109375)
    assert mcnemar_exact(0, 0) == 1
    assert mcnemar_exact(5, 5) == 1


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int) -> None:
    expected = stats.binomtest(b, b + c).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(expected)
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b)


def test_holm_as_published() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_is_a_step_down_of_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    ordered = sorted(range(len(p)), key=p.__getitem__)
    running = 0.0
    for place, index in enumerate(ordered):
        running = max(running, min(1.0, (len(p) - place) * p[index]))
        assert adjusted[index] == pytest.approx(running)
    assert all(a >= b for a, b in zip(adjusted, p, strict=True))


def test_a_difference_is_the_clustered_mean_of_differences() -> None:
    a, b = [1, 1, 1, 0, 0, 1, 0, 1, 0], [0.0] * 9
    clusters = [0, 0, 0, 1, 1, 2, 2, 2, 2]
    found = difference(a, b, clusters)
    assert found == clustered_mean(a, clusters)
    assert found.estimate == pytest.approx(0.555556, abs=1e-6)
    assert (found.high - found.estimate) / 1.959964 == pytest.approx(0.194420, abs=1e-6)
    assert difference(b, a, clusters).estimate == pytest.approx(-found.estimate)
    small = difference(a, b, clusters, small_sample=True)
    assert (small.high - small.estimate) / 1.959964 == pytest.approx(0.238115, abs=1e-6)


def test_prompts_needed_give_the_power() -> None:
    """With that many prompts, the normal test has the power that was asked for."""
    for mean, spread in ((0.1, 0.5), (-0.02, 0.3)):
        n = prompts_needed(mean, spread)
        reached = stats.norm.cdf(abs(mean) / (spread / n**0.5) - stats.norm.ppf(0.975))
        fewer = stats.norm.cdf(abs(mean) / (spread / (n - 1) ** 0.5) - stats.norm.ppf(0.975))
        assert fewer < 0.8 <= reached
    assert prompts_needed(0.5, 0.0) == 1


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not \(2,\) and \(3,\)"):
        difference([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="counts"):
        mcnemar_exact(-1, 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.2, 1.2])
    with pytest.raises(ValueError, match="shape"):
        holm([[0.2]])
    with pytest.raises(ValueError, match="no number of prompts"):
        prompts_needed(0.0, 0.5)
    with pytest.raises(ValueError, match="spread"):
        prompts_needed(0.1, -1)
    with pytest.raises(ValueError, match="power"):
        prompts_needed(0.1, 1, power=1)
