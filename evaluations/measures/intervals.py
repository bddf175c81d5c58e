"""Confidence intervals for shares and means, two-sided."""

import math
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betainccinv, betaincinv, ndtri, stdtrit

Floats = npt.NDArray[np.float64]

CANCELLED: Final = 1e-12
"""Residuals that cancel leave rounding errors of about 1e-17, not 0."""


class Interval(NamedTuple):
    """An estimate with the ends of its interval, in the unit of what was estimated."""

    estimate: float
    low: float
    high: float


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Score interval of a share, without continuity correction (Wilson, 1927).

    ValueError unless n is at least 1, successes lies from 0 to n, and confidence between 0
    and 1.
    """
    _check_counts(successes, n)
    return wilson_of_share(successes / n, n, confidence)


def wilson_of_share(share: float, n: int, confidence: float = 0.95) -> Interval:
    """The same of a share of n that need not be a whole number of successes.

    ValueError for a share outside 0 to 1, n below 1, or a confidence outside 0 to 1.
    """
    if not 0 <= share <= 1 or n < 1:
        raise ValueError(f"a share lies between 0 and 1 and n is 1 or more, not {share} and {n}")
    low, high = wilson_ends(share, n, confidence)
    return Interval(share, float(low), float(high))


def wilson_ends(
    share: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Lower and upper ends of many such intervals at once, of the shape of `share` and `n`.

    NaN where n is 0. ValueError for a confidence outside 0 to 1.
    """
    z = normal_quantile(confidence)
    share, n = np.asarray(share, np.float64), np.asarray(n, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = z * z / n
        middle = (share + spread / 2) / (1 + spread)
        half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # At 0 and 1 an end coincides with the estimate, up to rounding.
    low = np.where(share == 0, 0.0, np.maximum(0.0, middle - half))
    high = np.where(share == 1, 1.0, np.minimum(1.0, middle + half))
    return low, high


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Exact interval of a share: it covers at least as often as stated (Clopper, Pearson, 1934).

    Errors as in `wilson`.
    """
    _check_counts(successes, n)
    _check_confidence(confidence)
    tail, failures = (1 - confidence) / 2, n - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = float(betainccinv(successes + 1, failures, tail)) if failures else 1.0
    return Interval(successes / n, low, high)


def clustered_standard_error(
    values: npt.ArrayLike, clusters: npt.ArrayLike, *, small_sample: bool = False
) -> float:
    """Standard error of a mean whose values are alike within clusters (Miller, 2024).

    `values` and `clusters` have shape (n,); clusters are labels of any kind. The square root of
    the sum over clusters of the squared sum of residuals, over n (arXiv:2411.00640).
    `small_sample` multiplies by the square root of C / (C - 1) for C clusters. ValueError for
    unequal shapes, values that are not finite, or fewer than two clusters.
    """
    array = _values(values)
    numbers, count = _numbered(clusters, array.shape, "clusters")
    if count < 2:
        raise ValueError(f"at least 2 clusters are needed, not {count}")
    return _clustered_error(array, numbers, count, small_sample=small_sample)


def clustered_mean(
    values: npt.ArrayLike,
    clusters: npt.ArrayLike,
    confidence: float = 0.95,
    *,
    small_sample: bool = False,
) -> Interval:
    """Mean with a normal interval from `clustered_standard_error`, not clipped; errors as there."""
    z = normal_quantile(confidence)
    error = clustered_standard_error(values, clusters, small_sample=small_sample)
    mean = float(_values(values).mean())
    return Interval(mean, mean - z * error, mean + z * error)


def prompt_clustered(
    values: npt.ArrayLike,
    prompts: npt.ArrayLike,
    families: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Share of outputs that are met, when a prompt has several outputs (Miller, 2024).

    `values`, `prompts` and `families` have shape (outputs,): values from 0 to 1 (met or not),
    and labels of any kind. Each prompt weighs the same whatever its number of outputs: the
    estimate is the mean of the prompts' means, its error the standard error over prompts,
    clustered by family where a family has several prompts. Ends are clipped to 0 and 1.

    The Wilson interval instead, on the number of prompts, where each prompt has one output and
    no family has several prompts, and where the error is 0 or cannot be estimated (prompts that
    all agree, a single prompt, a single family). Otherwise Student's t with one degree of
    freedom less than there are clusters, and the factor √(C / (C − 1)) on their error: with few
    prompts a normal interval claims far too much. ValueError for no output, unequal shapes,
    other values, or a prompt in two families.
    """
    array = _values(values)
    if array.min() < 0 or array.max() > 1:
        raise ValueError("values must lie between 0 and 1")
    prompt_of, n = _numbered(prompts, array.shape, "prompts")
    outputs = np.bincount(prompt_of, minlength=n)
    means = np.bincount(prompt_of, weights=array, minlength=n) / outputs
    mean = min(max(float(means.mean()), 0.0), 1.0)
    family_of, family_count = _families_of_prompts(families, prompt_of, n)
    grouped = family_count < n
    if n == 1 or (not grouped and outputs.max() == 1):
        return wilson_of_share(mean, n, confidence)
    error = 0.0
    if family_count > 1:
        error = _clustered_error(means, family_of, family_count, small_sample=True)
    if error < CANCELLED:
        return wilson_of_share(mean, n, confidence)
    half = float(student_quantile(confidence, family_count - 1)) * error
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half))


def normal_quantile(confidence: float) -> float:
    """Half-width of a two-sided normal interval in standard errors: 1.96 for 0.95."""
    _check_confidence(confidence)
    return float(ndtri((1 + confidence) / 2))


def student_quantile(confidence: float, degrees: npt.ArrayLike) -> Floats:
    """The same of Student's t (1908): 12.71 for 0.95 and one degree of freedom.

    Of the shape of `degrees`, NaN for 0 or less.
    """
    _check_confidence(confidence)
    return np.asarray(stdtrit(degrees, (1 + confidence) / 2), np.float64)


def _families_of_prompts(
    families: npt.ArrayLike | None, prompt_of: npt.NDArray[np.intp], n: int
) -> tuple[npt.NDArray[np.intp], int]:
    """Family number of each prompt, and how many families; one a prompt where none are given."""
    if families is None:
        return np.arange(n), n
    family_of_output, count = _numbered(families, prompt_of.shape, "families")
    family_of = np.zeros(n, np.intp)
    family_of[prompt_of] = family_of_output
    if (family_of[prompt_of] != family_of_output).any():
        raise ValueError("each prompt must belong to one family")
    return family_of, count


def _clustered_error(
    values: npt.NDArray[np.float64],
    clusters: npt.NDArray[np.intp],
    count: int,
    *,
    small_sample: bool = False,
) -> float:
    sums = np.bincount(clusters, weights=values - values.mean(), minlength=count)
    error = math.sqrt(float(sums @ sums)) / values.size
    return error * math.sqrt(count / (count - 1)) if small_sample else error


def _values(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"values must have shape (n,) with n of 1 or more, not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("values must be finite numbers")
    return array


def _numbered(
    labels: npt.ArrayLike, shape: tuple[int, ...], name: str
) -> tuple[npt.NDArray[np.intp], int]:
    """Labels as numbers from 0 to count - 1, and the count."""
    array = np.asarray(labels)
    if array.shape != shape:
        raise ValueError(f"{name} must have the shape of values, {shape}, not {array.shape}")
    if array.dtype.kind in "iu" and array.size:
        least, greatest = int(array.min()), int(array.max())
        if least >= 0 and greatest < 4 * array.size + 1000:
            # Row numbers and primary keys: counting is many times faster than sorting.
            present = np.bincount(array.astype(np.intp)) > 0
            number = np.cumsum(present) - 1
            return number[array], int(present.sum())
    distinct, numbers = np.unique(array, return_inverse=True)
    return numbers.astype(np.intp, copy=False), distinct.size


def _check_counts(successes: int, n: int) -> None:
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}")
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n = {n}, not {successes}")


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
