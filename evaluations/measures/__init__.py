"""Measures over judged outputs. Pure: numpy, scipy.special and the standard library."""

from evaluations.measures.intervals import (
    Interval,
    clopper_pearson,
    clustered_mean,
    clustered_standard_error,
    prompt_clustered,
    wilson,
)

__all__ = [
    "Interval",
    "clopper_pearson",
    "clustered_mean",
    "clustered_standard_error",
    "prompt_clustered",
    "wilson",
]
