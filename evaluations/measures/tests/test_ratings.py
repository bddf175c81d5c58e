"""Davidson without ties against the baseball table, with them against a fit by other means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy import optimize

from evaluations.measures.ratings import NotConnected, Ratings, davidson

# Agresti (2002), p. 438: Milwaukee Detroit Toronto New-York Boston Cleveland Baltimore.
BASEBALL = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)
WINS = np.array([[0, 6, 9, 4], [3, 0, 5, 7], [1, 4, 0, 6], [2, 1, 3, 0]], float)
TIES = np.array([[0, 4, 2, 1], [4, 0, 3, 2], [2, 3, 0, 5], [1, 2, 5, 0]], float)


def without_ties(wins: ArrayLike) -> Ratings:
    """Bradley and Terry's model."""
    return davidson(wins, np.zeros_like(wins))


def error_of_difference(found: Ratings, one: int, other: int) -> float:
    v = found.covariance
    return float(np.sqrt(v[one, one] + v[other, other] - 2 * v[one, other]))


def test_baseball_as_published() -> None:
    found = without_ties(BASEBALL)
    from_last = found.abilities - found.abilities[-1]
    expected = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0]
    assert from_last == pytest.approx(expected, abs=1e-4)
    errors = [error_of_difference(found, team, 6) for team in range(6)]
    assert errors == pytest.approx([0.3433, 0.3396, 0.3367, 0.3359, 0.3339, 0.3319], abs=1e-4)
    assert found.abilities.sum() == pytest.approx(0)
    assert found.covariance.sum(axis=0) == pytest.approx(np.zeros(7), abs=1e-12)
    assert found.tie == 0


def minus_likelihood(x: np.ndarray) -> float:
    """Of Davidson's model, from its definition, for (abilities, log ν)."""
    total = 0.0
    for i in range(4):
        for j in range(i + 1, 4):
            a, b = np.exp(x[i]), np.exp(x[j])
            tie = np.exp(x[4]) * np.sqrt(a * b)
            scale = a + b + tie
            total += WINS[i, j] * np.log(a / scale) + WINS[j, i] * np.log(b / scale)
            total += TIES[i, j] * np.log(tie / scale)
    return -total


def test_davidson_is_the_maximum_that_another_optimiser_finds() -> None:
    found = davidson(WINS, TIES)
    best = optimize.minimize(minus_likelihood, np.zeros(5), method="BFGS", options={"gtol": 1e-9})
    assert found.abilities == pytest.approx(best.x[:4] - best.x[:4].mean(), abs=1e-5)
    assert found.tie == pytest.approx(np.exp(best.x[4]), rel=1e-4)
    around = np.append(found.abilities, np.log(found.tie))
    assert minus_likelihood(around) == pytest.approx(best.fun, abs=1e-8)
    # The covariance against the numerical curvature, on a difference.
    steps = np.eye(5) * 1e-4
    curvature = np.array(
        [
            [
                (
                    minus_likelihood(around + one + other)
                    - minus_likelihood(around + one - other)
                    - minus_likelihood(around - one + other)
                    + minus_likelihood(around - one - other)
                )
                / 4e-8
                for other in steps
            ]
            for one in steps
        ]
    )
    # One ability is held, which changes no difference.
    held = np.linalg.inv(curvature[np.ix_([1, 2, 3, 4], [1, 2, 3, 4])])
    assert error_of_difference(found, 1, 0) ** 2 == pytest.approx(held[0, 0], rel=1e-3)


def test_judges_change_the_covariance_and_not_the_abilities() -> None:
    whole = davidson(WINS, TIES)
    chance = np.random.default_rng(3)
    split = chance.random((5, 4, 4))
    split /= split.sum(axis=0)
    alike = np.stack([WINS / 5] * 5), np.stack([TIES / 5] * 5)
    found = davidson(*alike)
    assert found.abilities == pytest.approx(whole.abilities)
    assert found.covariance == pytest.approx(np.zeros((4, 4)), abs=1e-9), "judges who never part"
    parted = without_ties(split * WINS)
    assert parted.abilities == pytest.approx(without_ties(WINS).abilities)
    doubled = without_ties(np.concatenate([split, split]) * WINS)
    # Twice the same judges: twice the counts, and half the variance.
    assert doubled.covariance == pytest.approx(parted.covariance / 2)


def test_recovers_what_was_simulated() -> None:
    chance = np.random.default_rng(11)
    truth, nu = np.array([1.0, 0.3, -0.2, -1.1]), 0.8
    wins, ties = np.zeros((4, 4)), np.zeros((4, 4))
    for i in range(4):
        for j in range(i + 1, 4):
            a, b = np.exp(truth[i]), np.exp(truth[j])
            weights = np.array([a, b, nu * np.sqrt(a * b)])
            won, lost, tied = chance.multinomial(20_000, weights / weights.sum())
            wins[i, j], wins[j, i], ties[i, j], ties[j, i] = won, lost, tied, tied
    found = davidson(wins, ties)
    assert found.abilities == pytest.approx(truth, abs=0.03)
    assert found.tie == pytest.approx(nu, abs=0.02)


def test_who_was_never_beaten_is_not_rankable() -> None:
    with pytest.raises(NotConnected, match="not rankable yet"):
        without_ties([[0, 3], [0, 0]])
    with pytest.raises(NotConnected):
        without_ties([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    with pytest.raises(NotConnected, match="every comparison is a tie"):
        davidson(np.zeros((2, 2)), [[0, 4], [4, 0]])
    with pytest.raises(NotConnected, match="ties alone"):
        davidson([[0, 3], [0, 0]], [[0, 2], [2, 0]])


def test_a_tie_connects_both_ways() -> None:
    wins = [[0, 2, 3], [2, 0, 0], [0, 0, 0]]
    with pytest.raises(NotConnected, match="do not connect"):
        davidson(wins, np.zeros((3, 3)))
    found = davidson(wins, [[0, 0, 1], [0, 0, 0], [1, 0, 0]])
    assert found.abilities[2] < min(found.abilities[:2])
    assert np.isfinite(found.covariance).all()


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not \(2, 3\)"):
        without_ties(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="n of 2 or more"):
        without_ties(np.zeros((1, 1)))
    with pytest.raises(ValueError, match="0 or more"):
        without_ties([[0, -1], [1, 0]])
    with pytest.raises(ValueError, match="diagonal"):
        without_ties([[1, 1], [1, 0]])
    with pytest.raises(ValueError, match="symmetric"):
        davidson([[0, 1], [1, 0]], [[0, 1], [0, 0]])
    with pytest.raises(ValueError, match="one shape"):
        davidson(np.zeros((2, 2)), np.zeros((3, 3)))


@given(st.integers(0, 10_000), st.integers(2, 12))
def test_the_cautious_covariance_is_at_least_both(seed: int, judges: int) -> None:
    """For every difference of abilities, and never more than both together."""
    chance = np.random.default_rng(seed)
    shares = chance.dirichlet(np.full(judges, 0.3), size=(4, 4)).transpose(2, 0, 1)
    found = without_ties(shares * WINS)
    cautious = found.cautious_covariance
    for _ in range(20):
        contrast = chance.normal(size=4)
        contrast -= contrast.mean()
        clustered, model, least = (
            contrast @ each @ contrast
            for each in (found.covariance, found.model_covariance, cautious)
        )
        assert least >= max(clustered, model) * (1 - 1e-9)
        assert least <= (clustered + model) * (1 + 1e-9)
    alone = without_ties(WINS)
    assert alone.cautious_covariance == pytest.approx(alone.covariance)
