"""Several samples a prompt: chances of success when k of them are drawn without replacement."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from evaluations.measures.agreement import Undefined
from evaluations.measures.intervals import Interval

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


def over_prompts(
    measure: Callable[[int, int, int], float],
    n: npt.ArrayLike,
    c: npt.ArrayLike,
    k: int,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Mean of a measure over prompts, with a percentile interval from drawing prompts again.

    Bootstrap over prompts (Efron and Tibshirani, 1993, chapter 13), the same for the same seed.
    One prompt alone gives an interval without width, which says nothing about other prompts.

    Args:
        measure: `pass_at_k`, `pass_hat_k` or `majority_at_k`.
        n, c: samples and right ones of each prompt, shape (prompts,).

    Raises:
        Undefined: where a prompt has fewer than k samples, or there is no prompt.
        ValueError: for unequal shapes, or impossible counts.
    """
    samples, right = np.asarray(n, np.int64), np.asarray(c, np.int64)
    if samples.ndim != 1 or samples.shape != right.shape:
        raise ValueError(
            f"n and c must both have shape (prompts,), not {samples.shape} and {right.shape}"
        )
    if not samples.size:
        raise Undefined("there is no prompt")
    values = np.array(
        [measure(int(a), int(b), k) for a, b in zip(samples, right, strict=True)], np.float64
    )
    drawn = np.random.default_rng(seed).integers(values.size, size=(RESAMPLES, values.size))
    tail = (1 - confidence) / 2 * 100
    low, high = np.percentile(values[drawn].mean(axis=1), [tail, 100 - tail])
    return Interval(float(values.mean()), float(low), float(high))


def over_kinds_of_prompts(
    values: npt.ArrayLike, prompts: npt.ArrayLike, *, confidence: float = 0.95, seed: int = 0
) -> list[Interval]:
    """Means of several measures over the same prompts, as `over_prompts` of each by itself.

    Prompts with the same samples and right ones are of one kind: to draw prompts again is to draw
    how many there are of each kind, which is as quick for a thousand prompts as for ten.

    Args:
        values: of each measure on a prompt of each kind, shape (measures, kinds).
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
    ends = np.stack([means, means])
    if counts.size > 1:
        drawn = np.random.default_rng(seed).multinomial(total, counts / total, size=RESAMPLES)
        tail = (1 - confidence) / 2 * 100
        ends = np.percentile(drawn @ array.T / total, [tail, 100 - tail], axis=0)
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
