"""Two models on the same prompts: differences, exact tests, corrections, prompts needed."""

import math
from functools import lru_cache
from itertools import count

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, ndtri, stdtr

from evaluations.measures.intervals import (
    CANCELLED,
    Interval,
    clopper_pearson,
    clustered_standard_error,
    normal_quantile,
    student_quantile,
)

Floats = npt.NDArray[np.float64]


def difference_of_shares(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Mean of a − b over prompts that both answered, with an interval (Miller, 2024).

    `a` and `b` have shape (prompts,), shares from 0 to 1; `clusters`, of the same shape, are
    labels of any kind, one cluster a prompt when left out. The error is that of
    `clustered_standard_error` on the differences, which is smaller than that of two independent
    means where a and b go together; Student's t with one degree of freedom less than there are
    clusters, which may be few; clipped to −1 and 1. Where all clusters differ by the same amount
    their spread says nothing: the interval allows for the share of unlike clusters, at the
    extremes, that so many may have missed (the upper end of `clopper_pearson` of 0).

    Raises:
        ValueError: for unequal shapes, no prompt, values outside 0 to 1 or not finite, and a
            single cluster.
    """
    one, other = (np.asarray(values, np.float64) for values in (a, b))
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(
            f"a and b must both have shape (prompts,), not {one.shape} and {other.shape}"
        )
    if min(one.min(), other.min()) < 0 or max(one.max(), other.max()) > 1:
        raise ValueError("shares lie between 0 and 1")
    apart = one - other
    labels = np.arange(one.size) if clusters is None else np.asarray(clusters)
    error = clustered_standard_error(apart, labels, small_sample=True)
    count, mean = len(np.unique(labels)), float(apart.mean())
    if error < CANCELLED:
        missed = clopper_pearson(0, count, confidence).high
        return Interval(mean, mean - missed * (1 + mean), mean + missed * (1 - mean))
    half = float(student_quantile(confidence, count - 1)) * error
    return Interval(mean, max(-1.0, mean - half), min(1.0, mean + half))


def clustered_p(mean: npt.ArrayLike, error: npt.ArrayLike, clusters: npt.ArrayLike) -> Floats:
    """Two-sided p-values of mean differences from errors clustered with √(C / (C − 1)).

    Student's t with C − 1 degrees of freedom, and never below 2^(1 − C): swapping the sides of
    each of C clusters, which is all that chance can do to them, gives no result less likely.

    Args:
        mean, error, clusters: of each difference, of one shape.

    Returns:
        p of that shape; NaN below two clusters, 1 for a difference of 0.
    """
    mean, error, clusters = (np.asarray(each, np.float64) for each in (mean, error, clusters))
    least = np.minimum(1.0, 2.0 ** (1 - clusters))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > CANCELLED, np.abs(mean) / error, np.inf)
    t = np.where(np.abs(mean) < CANCELLED, 0.0, t)
    # Below one degree of freedom it is the NaN promised.
    bounded: Floats = np.maximum(2 * stdtr(clusters - 1, -t), least)
    return bounded


@lru_cache(maxsize=4096)
def mcnemar_exact(b: int, c: int) -> float:
    """Two-sided exact p-value of b against c discordant pairs (McNemar, 1947): binomial, half.

    1 where there is no discordant pair. ValueError for a negative count.
    """
    if b < 0 or c < 0:
        raise ValueError(f"discordant pairs are counts of 0 or more, not {b} and {c}")
    return min(1.0, 2 * float(bdtr(min(b, c), b + c, 0.5)))


def holm(p: npt.ArrayLike) -> list[float]:
    """p-values adjusted for all comparisons of a family, in the given order (Holm, 1979).

    ValueError for another shape than (comparisons,), or values outside 0 to 1.
    """
    values = np.asarray(p, np.float64)
    if values.ndim != 1:
        raise ValueError(f"p must have shape (comparisons,), not {values.shape}")
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError("p-values lie between 0 and 1")
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(values.size, 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]


def fewest_clusters(comparisons: int, level: float = 0.05) -> int:
    """The fewest clusters with which one of so many comparisons can pass Holm's correction.

    The smallest C with comparisons · 2^(1 − C) below the level: no p-value of C clusters is
    lower than 2^(1 − C) (`clustered_p`). 1 without a comparison.
    """
    return next(c for c in count(1) if comparisons * 2.0 ** (1 - c) < level)


def prompts_needed(
    mean: float, spread: float, *, power: float = 0.8, confidence: float = 0.95
) -> int:
    """Prompts on which a paired difference this large would be told from 0.

    ((z of the confidence + z of the power) × spread / mean)², the usual sample size of a paired
    test (Miller, 2024, section 5), rounded up.

    Args:
        mean: the difference, not 0.
        spread: standard deviation of the differences of single prompts; above 0 or 0.

    Raises:
        ValueError: for a difference of 0, which no number of prompts separates from 0, for a
            negative spread, or a power outside 0 to 1.
    """
    if not math.isfinite(mean) or mean == 0:
        raise ValueError("a difference of 0 is told from 0 by no number of prompts")
    if not spread >= 0:
        raise ValueError(f"spread must be 0 or more, not {spread}")
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, not {power}")
    z = normal_quantile(confidence) + float(ndtri(power))
    return max(1, math.ceil((z * spread / mean) ** 2))
