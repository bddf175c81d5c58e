"""The difference of two arms, its interval checked by reckoning and by simulation."""

import math

import numpy as np
import pytest

from evaluations.measures.differences import clustered_difference, difference_of
from evaluations.measures.intervals import normal_quantile, wilson


def test_the_difference_is_treated_minus_untreated() -> None:
    found = clustered_difference([1, 1, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0], [1, 2, 3, 4, 5, 6])
    assert found.estimate == pytest.approx(2 / 3 - 1 / 3)
    assert found.low < found.estimate < found.high


def test_with_a_cluster_a_value_the_error_is_that_of_two_independent_means() -> None:
    rng = np.random.default_rng(4)
    values, treated = rng.normal(size=300), np.arange(300) % 3 == 0
    found = clustered_difference(values, treated, np.arange(300))
    one, other = values[treated], values[~treated]
    error = math.sqrt((one.var() / one.size + other.var() / other.size) * 300 / 299)
    assert (found.high - found.low) / 2 == pytest.approx(normal_quantile(0.95) * error)


def test_a_small_case_by_hand() -> None:
    # Arms have means 0.5 and 0. Cluster a: (1 - 0.5) / 2; cluster b: (0 - 0.5) / 2.
    found = clustered_difference([1, 0, 0, 0], [1, 1, 0, 0], ["a", "b", "a", "b"])
    error = math.sqrt((0.25**2 + 0.25**2) * 2)
    assert found.estimate == 0.5
    assert found.high - 0.5 == pytest.approx(normal_quantile(0.95) * error)


def test_intervals_cover_when_values_are_alike_within_clusters() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    clusters = np.repeat(np.arange(60), 6)
    for _ in range(400):
        treated = np.repeat(rng.random(60) < 0.5, 6)
        values = rng.normal(size=60)[clusters] + rng.normal(size=360) + 0.4 * treated
        found = clustered_difference(values, treated, clusters)
        covered += found.low <= 0.4 <= found.high
    assert 0.91 <= covered / 400 <= 0.98


@pytest.mark.parametrize(
    ("values", "treated", "clusters", "message"),
    [
        ([1, 0], [1, 0], [1, 1], "2 clusters"),
        ([1, 0], [1, 1], [1, 2], "both arms"),
        ([1, 0], [0, 0], [1, 2], "both arms"),
        ([1, 0, 1], [1, 0], [1, 2], "same shape"),
        ([1, math.nan], [1, 0], [1, 2], "finite"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(
    values: list[float], treated: list[int], clusters: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        clustered_difference(values, treated, clusters)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_differences_of_shares_as_published(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = difference_of(wilson(*one), wilson(*other))
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)
