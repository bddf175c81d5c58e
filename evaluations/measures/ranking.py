"""Orders of models: how alike two are, and which rows cannot be told apart."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from evaluations.measures.agreement import Undefined
from evaluations.measures.paired import holm

FEWEST_ROWS = 3


class RankGroups(NamedTuple):
    """Ranks and groups of rows, each of shape (rows,).

    A rank is 1 + the rows that are above this one beyond doubt; at worst it is the number of rows
    less those that are below. A group is a run of rows in the
    order of their estimates, from 0 for the highest: a new one begins with the first row that is
    below the head of the group beyond doubt.
    """

    ranks: list[int]
    groups: list[int]
    worst: list[int]


def groups(
    estimates: npt.ArrayLike, covariance: npt.ArrayLike, confidence: float = 0.95
) -> RankGroups:
    """Ranks of ratings by two-sided tests of all differences, with Holm's correction.

    The variance of a difference is V_ii + V_jj − 2 V_ij; a difference without variance is
    beyond doubt unless it is 0.

    Args:
        estimates: shape (rows,), larger for better.
        covariance: of the estimates, shape (rows, rows), symmetric.

    Raises:
        ValueError: for other shapes, or numbers that are not finite.
    """
    scores, v = np.asarray(estimates, np.float64), np.asarray(covariance, np.float64)
    if scores.ndim != 1 or v.shape != (scores.size, scores.size):
        raise ValueError(
            "estimates and covariance must have shapes (rows,) and (rows, rows), "
            f"not {scores.shape} and {v.shape}"
        )
    if not (np.isfinite(scores).all() and np.isfinite(v).all()):
        raise ValueError("estimates and covariance must be finite numbers")
    one, other = np.triu_indices(scores.size, 1)
    apart = scores[one] - scores[other]
    error = np.sqrt(np.maximum(0.0, v[one, one] + v[other, other] - 2 * v[one, other]))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * ndtr(-np.where(apart == 0, 0.0, np.abs(apart) / error))
    above = np.zeros((scores.size, scores.size), np.bool_)
    for i, j, d, adjusted in zip(one, other, apart, holm(p), strict=True):
        if adjusted < 1 - confidence:
            above[(i, j) if d > 0 else (j, i)] = True
    return grouped(scores, above)


def grouped(estimates: npt.ArrayLike, above: npt.NDArray[np.bool_]) -> RankGroups:
    """Ranks and groups from who is above whom beyond doubt.

    `estimates` has shape (rows,), `above`, of shape (rows, rows), is true at [i, j] where row i
    is above row j.
    """
    scores = np.asarray(estimates, np.float64)
    order = np.argsort(-scores, kind="stable").tolist()
    numbers, head, number = [0] * scores.size, order[0] if order else 0, 0
    for row in order:
        if above[head, row]:
            head, number = row, number + 1
        numbers[row] = number
    over, under = above.sum(axis=0).tolist(), above.sum(axis=1).tolist()
    return RankGroups([1 + more for more in over], numbers, [scores.size - less for less in under])


def kendall_tau(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Kendall's tau-b between two rankings of the same rows (Kendall, 1945).

    `a` and `b`, of shape (rows,), are scores in the same order of rows, larger for better. Pairs
    tied in one of them count in neither direction; 1 is the same order, −1 the reverse.

    Raises:
        Undefined: below three rows, and where all scores of one side are equal.
        ValueError: for unequal shapes, or scores that are no finite numbers.
    """
    one, other = (np.asarray(scores, np.float64) for scores in (a, b))
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"a and b must both have shape (rows,), not {one.shape} and {other.shape}")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("a and b must be finite numbers")
    if one.size < FEWEST_ROWS:
        raise Undefined(f"an order of fewer than {FEWEST_ROWS} rows says too little")
    signs = [np.sign(scores[:, None] - scores[None, :]) for scores in (one, other)]
    untied = [float(np.sum(sign * sign)) for sign in signs]
    if not all(untied):
        raise Undefined("all rows are equal under one of the two")
    # One root of a product: of two equal orders it is exact, and tau is 1 and no less.
    return float(np.sum(signs[0] * signs[1]) / np.sqrt(untied[0] * untied[1]))


def kendall_taus(a: npt.ArrayLike, b: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Kendall's tau-b of many pairs of rankings at once, as a bootstrap draws them.

    `a` and `b`, of shape (draws, rows), are scores, NaN where a row has none in a draw: it is
    left out of that draw. Returns shape (draws,), NaN where `kendall_tau` would be undefined.

    Raises:
        ValueError: for unequal shapes.
    """
    one, other = (np.asarray(scores, np.float64) for scores in (a, b))
    if one.ndim != 2 or one.shape != other.shape:
        raise ValueError(
            f"a and b must both have shape (draws, rows), not {one.shape} and {other.shape}"
        )
    scored = ~(np.isnan(one) | np.isnan(other))
    first, second = np.triu_indices(one.shape[1], 1)
    both = scored[:, first] & scored[:, second]
    signs = [
        np.where(both, np.sign(scores[:, first] - scores[:, second]), 0.0)
        for scores in (one, other)
    ]
    untied = [np.count_nonzero(sign, axis=1) for sign in signs]
    enough = (scored.sum(axis=1) >= FEWEST_ROWS) & (untied[0] > 0) & (untied[1] > 0)
    taus = np.full(len(one), np.nan)
    np.divide(
        np.einsum("dp,dp->d", *signs),
        np.sqrt(untied[0] * untied[1]),
        out=taus,
        where=enough,
    )
    return taus
