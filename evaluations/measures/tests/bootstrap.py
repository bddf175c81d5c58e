"""The plain bootstrap over prompts, one by one, as an oracle."""

from collections.abc import Callable, Sequence

import numpy as np

from evaluations.measures.intervals import Interval
from evaluations.measures.sampling import RESAMPLES


def drawn_again(
    measure: Callable[[int, int, int], float],
    n: Sequence[int],
    c: Sequence[int],
    k: int,
    seed: int = 0,
) -> Interval:
    """Mean of a measure over prompts with n samples, c right, and its percentile interval."""
    values = np.array([measure(a, b, k) for a, b in zip(n, c, strict=True)])
    draws = np.random.default_rng(seed).choice(values, size=(RESAMPLES, len(values)))
    low, high = np.percentile(draws.mean(axis=1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))
