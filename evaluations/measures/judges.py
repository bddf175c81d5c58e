"""Model judges, corrected by people."""

import math

import numpy as np
import numpy.typing as npt

from evaluations.measures.intervals import Interval, normal_quantile


def prediction_powered_mean(
    model: npt.ArrayLike,
    model_beside: npt.ArrayLike,
    people_beside: npt.ArrayLike,
    confidence: float = 0.95,
) -> Interval:
    """A mean by model judges, corrected by the items that people judged too.

    Mean of the model's answers plus the mean of people's minus the model's where both are, with
    the error of the two independent parts (Angelopoulos et al., 2023, prediction-powered
    inference). Not clipped.

    Args:
        model: the model's answers where people gave none, shape (n,).
        model_beside, people_beside: both answers where both are, shape (m,).

    Raises:
        ValueError: for unequal shapes, numbers that are not finite, or fewer than two of either.
    """
    alone, beside, people = (
        np.asarray(values, np.float64) for values in (model, model_beside, people_beside)
    )
    if alone.ndim != 1 or beside.ndim != 1 or beside.shape != people.shape:
        raise ValueError(
            "model must have shape (n,), model_beside and people_beside (m,), "
            f"not {alone.shape}, {beside.shape} and {people.shape}"
        )
    if min(alone.size, beside.size) < 2:
        raise ValueError("at least two answers of either kind are needed")
    if not all(np.isfinite(values).all() for values in (alone, beside, people)):
        raise ValueError("answers must be finite numbers")
    correction = people - beside
    estimate = float(alone.mean() + correction.mean())
    error = math.sqrt(alone.var(ddof=1) / alone.size + correction.var(ddof=1) / correction.size)
    z = normal_quantile(confidence)
    return Interval(estimate, estimate - z * error, estimate + z * error)
