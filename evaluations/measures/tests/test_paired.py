"""Paired differences, McNemar, Holm, and the prompts needed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluations.measures.paired import (
    clustered_p,
    difference_of_shares,
    fewest_clusters,
    holm,
    mcnemar_exact,
    prompts_needed,
)


def test_mcnemar_as_published() -> None:
    assert mcnemar_exact(2, 8) == pytest.approx(0.109375)
    assert mcnemar_exact(0, 0) == 1
    assert mcnemar_exact(5, 5) == 1


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int) -> None:
    tail = sum(math.comb(b + c, k) for k in range(min(b, c) + 1))
    assert mcnemar_exact(b, c) == pytest.approx(min(1.0, 2 * tail / 2 ** (b + c)), rel=1e-10)
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


@pytest.mark.parametrize("pairs", [0, 1, 3, 10, 190, 4950])
def test_fewest_clusters_let_one_pair_pass_holm(pairs: int) -> None:
    """One cluster less, and even the least p-value that it can have does not."""
    least = fewest_clusters(pairs)

    def passes(clusters: int) -> bool:
        best = clustered_p(1.0, 0.0, clusters)
        return holm([float(best), *[1.0] * (pairs - 1)])[0] < 0.05

    if pairs:
        assert passes(least)
        assert least < 2 or not passes(least - 1)
    assert {190: 13, 3: 7, 0: 1}.get(pairs, least) == least


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
        difference_of_shares([1, 0], [1, 0, 1])
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


def test_a_clustered_test_is_the_one_sample_t_test() -> None:
    """One prompt a cluster is the textbook case."""
    apart = np.array([0.5, 0.25, -0.25, 1.0, 0.0, 0.5, 0.75, 0.25])
    error = apart.std(ddof=1) / len(apart) ** 0.5
    (found,) = clustered_p([apart.mean()], [error], [8])
    assert found == pytest.approx(stats.ttest_1samp(apart, 0).pvalue)


@given(st.floats(0, 50), st.floats(0.01, 2))
def test_few_clusters_have_p_values_in_closed_form(t: float, error: float) -> None:
    """One degree of freedom, two and seven, where the bound by signs does not hide them."""
    two, three, eight = clustered_p([t * error] * 3, [error] * 3, [2, 3, 8])
    # With one degree of freedom the library loses digits near 0: 5e-9 at t = 7e-9.
    assert two == pytest.approx(max(0.5, 1 - 2 / math.pi * math.atan(t)), abs=1e-8)
    assert three == pytest.approx(max(0.25, 1 - t / math.sqrt(2 + t * t)), abs=1e-10)
    angle = math.atan(t / math.sqrt(7))
    odd = math.cos(angle) + 2 / 3 * math.cos(angle) ** 3 + 8 / 15 * math.cos(angle) ** 5
    inside = 2 / math.pi * (angle + math.sin(angle) * odd)
    assert eight == pytest.approx(max(1 / 128, 1 - inside), abs=1e-10)


def test_no_test_of_few_clusters_claims_more_than_their_signs_can() -> None:
    assert clustered_p([0.6, 0.6], [1e-6, 0.0], [2, 5]).tolist() == [0.5, 1 / 16]
    assert clustered_p([0.0, 0.0], [0.0, 0.2], [5, 5]).tolist() == [1, 1]
    assert np.isnan(clustered_p([0.5], [np.nan], [1])).all()


@pytest.mark.parametrize("clusters", [2, 3, 5, 8, 20])
@pytest.mark.parametrize("samples", [1, 3])
def test_where_nothing_differs_few_tests_say_so(clusters: int, samples: int) -> None:
    """Of 4,000 boards without a difference no more than one in twenty is told apart."""
    draw = np.random.default_rng(clusters * 10 + samples)
    rate = draw.beta(0.6, 0.6, (4000, clusters))
    one, other = (draw.binomial(samples, rate) / samples for _ in range(2))
    apart = one - other
    error = apart.std(axis=1, ddof=1) / clusters**0.5
    found = clustered_p(apart.mean(axis=1), error, np.full(4000, clusters))
    assert (found < 0.05).mean() < 0.05 + 3 * (0.05 * 0.95 / 4000) ** 0.5


def test_differences_of_shares_have_honest_ends() -> None:
    one, other = [1, 1, 0.5, 1, 0, 1], [0, 0.5, 0.5, 0, 0, 0.5]
    found = difference_of_shares(one, other)
    half = stats.t.ppf(0.975, 5) * np.subtract(one, other).std(ddof=1) / 6**0.5
    assert found == pytest.approx((0.5 + 0.0, 0.5 - half, 0.5 + half))
    assert difference_of_shares([1, 0.5], [0, 0])[1:] == (-1, 1)
    alike = difference_of_shares([1] * 5, [1] * 5)
    missed = 1 - 0.025 ** (1 / 5)
    assert alike == pytest.approx((0, -missed, missed)), "five prompts may miss half of all"
    always = difference_of_shares([1] * 6, [0] * 6)
    assert always == pytest.approx((1, 1 - 2 * (1 - 0.025 ** (1 / 6)), 1))
    with pytest.raises(ValueError, match="between 0 and 1"):
        difference_of_shares([2.0, 1.0], [0.0, 0.0])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), min_size=2))
def test_ends_hold_the_difference_and_stay_within(rows: list[tuple[int, int, int]]) -> None:
    a, b, clusters = np.array(rows).T
    if len(set(clusters.tolist())) < 2:
        return
    found = difference_of_shares(a / 3, b / 3, clusters)
    assert -1 <= found.low <= found.estimate <= found.high <= 1
    assert found.low < found.high
    back = difference_of_shares(b / 3, a / 3, clusters)
    assert back == pytest.approx((-found.estimate, -found.high, -found.low), abs=1e-12)
