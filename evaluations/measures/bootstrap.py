"""Drawing prompts again, with replacement (Efron and Tibshirani, 1993, chapter 13)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from evaluations.measures.intervals import CANCELLED, Interval

RESAMPLES: Final = 1000
SEED: Final = 20241210
"""Every page draws the same, so that a number does not change while nothing else does."""


def drawn_prompts(count: int) -> npt.NDArray[np.int64]:
    """How often each prompt is in each draw; shape (draws, prompts), *count* prompts a draw."""
    weights: npt.NDArray[np.int64] = np.random.default_rng(SEED).multinomial(
        count, np.full(count, 1 / count), RESAMPLES
    )
    return weights


def percentile_interval(estimate: float, draws: npt.ArrayLike) -> Interval | None:
    """95% percentile interval around an estimate from its values in the draws, shape (draws,).

    NaN where it is undefined in a draw: that one is left out. None where that is half of them,
    and where all draws give one value: drawing again shows no spread, which is not to know it
    exactly.
    """
    values = np.asarray(draws, np.float64)
    known = values[~np.isnan(values)]
    if len(known) < len(values) / 2:
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return None if high - low < CANCELLED else Interval(estimate, float(low), float(high))
