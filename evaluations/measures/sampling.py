"""Several samples a prompt: chances of success when k of them are drawn without replacement."""

import math

import numpy as np
import numpy.typing as npt

from evaluations.measures.agreement import Undefined
from evaluations.measures.intervals import CANCELLED, Interval, wilson_of_share

RESAMPLES = 2000


def pass_at_k(n: int, c: int, k: int) -> float:
    """Chance that at least one of k samples is right: 1 − C(n−c, k) / C(n, k) (Chen, 2021).

    Args:
        n: samples of the prompt.
        c: how many of them are right.
        k: how many are drawn without replacement.

    Raises:
        Undefined: for n < k.
        ValueError: for counts that are not 0 ≤ c ≤ n, or k < 1.
    """
    _check(n, c, k)
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def pass_hat_k(n: int, c: int, k: int) -> float:
    """Chance that all of k samples are right: C(c, k) / C(n, k) (Yao, 2024). As `pass_at_k`."""
    _check(n, c, k)
    return math.comb(c, k) / math.comb(n, k)


def majority_at_k(n: int, c: int, k: int) -> float:
    """Chance that most of k samples are right, of answers right or wrong.

    Hypergeometric: an even split counts half. Otherwise as `pass_at_k`.
    """
    _check(n, c, k)
    chance = 0.0
    for right in range(max(0, k - (n - c)), min(k, c) + 1):
        weight = math.comb(c, right) * math.comb(n - c, k - right)
        chance += weight * (1.0 if 2 * right > k else 0.5 if 2 * right == k else 0.0)
    return chance / math.comb(n, k)


def over_kinds_of_prompts(
    values: npt.ArrayLike, prompts: npt.ArrayLike, *, confidence: float = 0.95, seed: int = 0
) -> list[Interval]:
    """Means of several measures over the same prompts, with intervals from drawing these again.

    Percentiles of the bootstrap over prompts (Efron and Tibshirani, 1993, chapter 13), the same
    for the same seed. Drawing again shows no spread where all prompts have the same value: there
    it is the Wilson interval on the number of prompts. Prompts with the same samples and right
    ones are of one kind: to draw prompts again is to draw how many there are of each kind, which
    is as quick for a thousand prompts as for ten.

    Args:
        values: of each measure on a prompt of each kind, 0 to 1, shape (measures, kinds).
        prompts: how many there are of each kind, 1 or more, shape (kinds,).

    Raises:
        Undefined: without a kind.
        ValueError: for unequal shapes, or a kind without a prompt.
    """
    array, counts = np.asarray(values, np.float64), np.asarray(prompts, np.int64)
    if array.ndim != 2 or counts.shape != array.shape[1:]:
        raise ValueError(
            "values and prompts must have shapes (measures, kinds) and (kinds,), "
            f"not {array.shape} and {counts.shape}"
        )
    if not counts.size:
        raise Undefined("there is no prompt")
    if counts.min() < 1:
        raise ValueError("each kind must have a prompt")
    total = int(counts.sum())
    means = array @ counts / total
    ends = np.empty((2, len(array)))
    alike = np.ptp(array, axis=1) < CANCELLED
    if not alike.all():
        drawn = np.random.default_rng(seed).multinomial(total, counts / total, size=RESAMPLES)
        tail = (1 - confidence) / 2 * 100
        spread = drawn @ array[~alike].T / total
        ends[:, ~alike] = np.percentile(spread, [tail, 100 - tail], axis=0)
    for measure in np.flatnonzero(alike):
        ends[:, measure] = wilson_of_share(float(means[measure]), total, confidence)[1:]
    return [
        Interval(mean, low, high)
        for mean, low, high in zip(means.tolist(), *ends.tolist(), strict=True)
    ]


def _check(n: int, c: int, k: int) -> None:
    if not 0 <= c <= n:
        raise ValueError(f"right samples must be 0 to n, not {c} of {n}")
    if k < 1:
        raise ValueError(f"k must be 1 or more, not {k}")
    if n < k:
        raise Undefined(f"{n} samples do not tell what {k} would do")
