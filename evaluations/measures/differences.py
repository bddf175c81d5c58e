"""The difference between two arms of an experiment, with observations alike within clusters."""

import math

import numpy as np
import numpy.typing as npt

from evaluations.measures.intervals import Interval, normal_quantile


def clustered_difference(
    values: npt.ArrayLike,
    treated: npt.ArrayLike,
    clusters: npt.ArrayLike,
    confidence: float = 0.95,
) -> Interval:
    """Mean where treated minus mean elsewhere, with a normal interval robust to clusters.

    The difference is the slope of a regression on the treatment, and its error the
    cluster-robust one of Liang and Zeger (1986): each cluster adds the square of its sum of
    residuals, each over the size of its arm, with the sign of the arm; times the square root of
    C / (C - 1) for C clusters. A cluster may lie in both arms. Not clipped.

    Args:
        values: shape (n,), finite.
        treated: shape (n,), true or false.
        clusters: shape (n,), labels of any kind.

    Raises:
        ValueError: for unequal shapes, values that are not finite, an empty arm, or fewer than
            two clusters.
    """
    z = normal_quantile(confidence)
    array = np.asarray(values, np.float64)
    arm = np.asarray(treated, np.bool_)
    labels = np.asarray(clusters)
    if array.ndim != 1 or not array.shape == arm.shape == labels.shape:
        raise ValueError("values, treated and clusters must have the same shape (n,)")
    if not np.isfinite(array).all():
        raise ValueError("values must be finite numbers")
    if not arm.any() or arm.all():
        raise ValueError("both arms need at least one value")
    distinct, number = np.unique(labels, return_inverse=True)
    count = distinct.size
    if count < 2:
        raise ValueError(f"at least 2 clusters are needed, not {count}")
    with_it, without = float(array[arm].mean()), float(array[~arm].mean())
    parts = np.where(arm, (array - with_it) / arm.sum(), -(array - without) / (~arm).sum())
    sums = np.bincount(number, weights=parts, minlength=count)
    error = math.sqrt(float(sums @ sums) * count / (count - 1))
    difference = with_it - without
    return Interval(difference, difference - z * error, difference + z * error)


def difference_of(one: Interval, other: Interval) -> Interval:
    """One estimate minus an independent other, with an interval from the two intervals.

    Each end joins the distances of both estimates from their ends that lie that way, as the
    sides of a right angle (Newcombe, 1998; in general Zou and Donner, 2008). From Wilson
    intervals it has a width also where all agree.
    """
    difference = one.estimate - other.estimate
    return Interval(
        difference,
        difference - math.hypot(one.estimate - one.low, other.high - other.estimate),
        difference + math.hypot(one.high - one.estimate, other.estimate - other.low),
    )
