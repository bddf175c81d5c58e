"""Ratings from pairs, by Davidson's model in which ties are an outcome of their own.

Abilities are on the log scale and sum to zero. Newton's method on the aggregated counts; with
counts by judge the covariance is the sandwich clustered by judge (Liang and Zeger, 1986), without
them that of the model. The covariance is taken in the space of contrasts by an orthonormal basis,
never by a pseudo-inverse of the Hessian.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_STEPS = 100
CLOSE = 1e-10
SINGULAR = 1e12


class NotConnected(ValueError):
    """Some ability would be infinite, as where beats-or-ties do not connect all in both ways."""


@dataclass(frozen=True)
class Ratings:
    """Abilities of shape (n,), log scale, sum zero; their covariance of shape (n, n).

    `tie` is Davidson's ν: how readily two equals tie, 0 for never. Differences are what is
    estimated, with variance V_ii + V_jj − 2 V_ij: an ability by itself means something beside
    others only.
    `model_covariance` is that of independent comparisons, the same as `covariance` where counts
    were not given by judge.
    """

    abilities: Floats
    covariance: Floats
    model_covariance: Floats
    tie: float

    @property
    def cautious_covariance(self) -> Floats:
        """The least covariance that is at least both, for every difference; shape (n, n).

        Few judges, or judges with equal records, may leave the clustered one next to nothing.
        """
        values, vectors = np.linalg.eigh(self.model_covariance)
        # Abilities sum to zero: one direction has no variance, and is left out.
        root = vectors[:, 1:] * np.sqrt(values[1:])
        back = vectors[:, 1:] / np.sqrt(values[1:])
        ratios, turns = np.linalg.eigh(back.T @ self.covariance @ back)
        larger: Floats = root @ turns @ np.diag(np.maximum(ratios, 1.0)) @ turns.T @ root.T
        return larger


def davidson(wins: npt.ArrayLike, ties: npt.ArrayLike) -> Ratings:
    """Maximum likelihood of Davidson's model (1970), in which ties are an outcome.

    P(i over j) : P(j over i) : P(tie) = e^θi : e^θj : ν e^((θi + θj) / 2). Without a tie it is
    the model of Bradley and Terry (1952).

    Args:
        wins: of the row over the column, shape (n, n), or (judges, n, n) for a covariance
            clustered by judge. The diagonal counts nothing and must be 0.
        ties: of the same shape and symmetric: every tie stands at [i, j] and at [j, i].

    Raises:
        NotConnected: where some model would have an infinite ability.
        ValueError: for another shape, fewer than two models, negative or broken counts, ties
            that are not symmetric, or unequal shapes.
    """
    counts, drawn = _counts(wins, "wins"), _counts(ties, "ties")
    if counts.shape != drawn.shape:
        raise ValueError(f"wins {counts.shape} and ties {drawn.shape} must have one shape")
    if not np.array_equal(drawn, drawn.transpose(0, 2, 1)):
        raise ValueError("ties must be symmetric: each stands at [i, j] and at [j, i]")
    return _fit(counts, drawn)


def connected(wins: Floats, ties: Floats) -> bool:
    """Whether every row reaches every other by beats-or-ties, in both directions; shape (n, n)."""
    reach = (wins + ties > 0) | np.eye(len(wins), dtype=np.bool_)
    for _ in range(max(1, math.ceil(math.log2(len(wins))))):
        reach = (reach.astype(np.float64) @ reach) > 0
    return bool(reach.all())


def _fit(wins: Floats, ties: Floats) -> Ratings:
    """Newton's method with halved steps on (contrasts, log ν); arrays of (judges, n, n)."""
    n, with_ties = wins.shape[1], bool(ties.any())
    total_wins, total_ties = wins.sum(axis=0), ties.sum(axis=0)
    if not connected(total_wins, total_ties):
        raise NotConnected("not rankable yet: the comparisons do not connect all of them")
    if with_ties and not total_wins.any():
        raise NotConnected("not rankable yet: every comparison is a tie")
    # Orthonormal columns that span the contrasts: abilities = basis @ x always sum to zero.
    centring = np.eye(n) - 1 / n
    basis = np.linalg.svd(centring)[0][:, : n - 1]
    x = np.zeros(n - 1 + with_ties)
    value = _likelihood(basis, x, total_wins, total_ties, with_ties)
    for _ in range(MOST_STEPS):
        gradient = _gradients(basis, x, total_wins[None], total_ties[None], with_ties)[0]
        information = _information(basis, x, total_wins, total_ties, with_ties)
        if np.linalg.cond(information) > SINGULAR:
            raise NotConnected("not rankable yet: ties alone hold some of them together")
        step = np.linalg.solve(information, gradient)
        scale, then = 1.0, -math.inf
        while scale > 1e-8:
            then = _likelihood(basis, x + scale * step, total_wins, total_ties, with_ties)
            if then >= value:
                break
            scale /= 2
        x, value = x + scale * step, then
        if float(np.abs(scale * step).max()) < CLOSE:
            break
    else:
        raise ArithmeticError(f"the ratings did not converge in {MOST_STEPS} steps")
    inverse = np.linalg.inv(_information(basis, x, total_wins, total_ties, with_ties))
    clustered = inverse
    if len(wins) > 1:
        scores = _gradients(basis, x, wins, ties, with_ties)
        clustered = inverse @ (scores.T @ scores) @ inverse
    of_model, of_judges = (
        basis @ each[: n - 1, : n - 1] @ basis.T for each in (inverse, clustered)
    )
    return Ratings(
        abilities=basis @ x[: n - 1],
        covariance=of_judges,
        model_covariance=of_model,
        tie=float(math.exp(x[-1])) if with_ties else 0.0,
    )


def _outcomes(basis: Floats, x: Floats, with_ties: bool) -> tuple[Floats, Floats]:
    """Chances that the row beats the column, and of a tie; both of shape (n, n)."""
    theta = basis @ x[: basis.shape[1]]
    half = (theta[:, None] - theta[None, :]) / 2
    nu = math.exp(x[-1]) if with_ties else 0.0
    scale = np.exp(half) + np.exp(-half) + nu
    return np.exp(half) / scale, nu / scale


def _likelihood(basis: Floats, x: Floats, wins: Floats, ties: Floats, with_ties: bool) -> float:
    beats, tied = _outcomes(basis, x, with_ties)
    found = float(np.sum(wins * np.log(beats)))
    if with_ties:
        found += float(np.sum(ties * np.log(tied))) / 2
    return found


def _gradients(basis: Floats, x: Floats, wins: Floats, ties: Floats, with_ties: bool) -> Floats:
    """The score of each judge; shape (judges, parameters)."""
    beats, tied = _outcomes(basis, x, with_ties)
    pairs = wins + wins.transpose(0, 2, 1) + ties
    score = wins + ties / 2 - pairs * (beats + tied / 2)
    parts: Floats = score.sum(axis=2) @ basis
    if with_ties:
        nu = (ties - pairs * tied).sum(axis=(1, 2)) / 2
        parts = np.concatenate([parts, nu[:, None]], axis=1)
    return parts


def _information(basis: Floats, x: Floats, wins: Floats, ties: Floats, with_ties: bool) -> Floats:
    """Expected information of (contrasts, log ν); for this family also the observed one."""
    beats, tied = _outcomes(basis, x, with_ties)
    pairs = wins + wins.T + ties
    # The variance of (win − loss) / 2 in one comparison.
    weight = pairs * (beats + beats.T - (beats - beats.T) ** 2) / 4
    laplacian = np.diag(weight.sum(axis=1)) - weight
    inside: Floats = basis.T @ laplacian @ basis
    if not with_ties:
        return inside
    # Covariance of (win − loss) / 2 with a tie is −tied × (win − loss) / 2.
    across = basis.T @ (-(pairs * tied * (beats - beats.T)) / 2).sum(axis=1)
    last = float((pairs * tied * (1 - tied)).sum()) / 2
    return np.block([[inside, across[:, None]], [across[None, :], np.array([[last]])]])


def _counts(values: npt.ArrayLike, name: str) -> Floats:
    """Counts as (judges, n, n), one judge where none are told apart."""
    array = np.asarray(values, np.float64)
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.shape[1] < 2:
        raise ValueError(
            f"{name} must have shape (n, n) or (judges, n, n) with n of 2 or more, "
            f"not {np.shape(values)}"
        )
    if not np.isfinite(array).all() or (array < 0).any():
        raise ValueError(f"{name} must be finite counts of 0 or more")
    if np.einsum("jii->ji", array).any():
        raise ValueError(f"{name} must be 0 on the diagonal: nothing is compared with itself")
    return array
