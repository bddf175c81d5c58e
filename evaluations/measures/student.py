"""Student's t distribution for whole degrees of freedom, on arrays."""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FEW: Final = 30
"""Up to so many degrees the finite series is summed; beyond, Hill's expansion is as exact."""
_STEPS: Final = 100
_erfc = np.frompyfunc(math.erfc, 1, 1)


def student_two_sided(t: npt.ArrayLike, degrees: npt.ArrayLike) -> Floats:
    """Two-sided p-values: chance of a t (Student, 1908) at least as far from 0.

    `t` and whole `degrees` of freedom, 1 or more, broadcast; the result has their shape,
    and is right to eleven decimals.
    """
    far = np.abs(np.asarray(t, np.float64))
    far, freedom = np.broadcast_arrays(far, np.asarray(degrees, np.float64))
    if (freedom < 1).any():
        raise ValueError("degrees of freedom must be 1 or more")
    found = np.empty(far.shape)
    few = freedom <= _FEW
    found[few] = _by_series(far[few], freedom[few].astype(np.int64))
    found[~few] = _by_expansion(far[~few], freedom[~few])
    return found


@lru_cache(maxsize=4096)
def student_quantile(confidence: float, degrees: int) -> float:
    """Half-width of a two-sided interval in standard errors: 12.71 for 0.95 and one degree.

    ValueError for a confidence outside 0 to 1 or fewer than one degree of freedom.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    # The tail is convex: Newton's method climbs from the normal quantile and never passes.
    found = NormalDist().inv_cdf((1 + confidence) / 2)
    for _ in range(_STEPS):
        tail = float(student_two_sided(found, degrees))
        step = (tail - (1 - confidence)) / (2 * _density(found, degrees))
        found += step
        if abs(step) < 1e-12 * found:
            break
    return found


def _density(t: float, degrees: int) -> float:
    log_scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)
    height = math.exp(log_scale) / math.sqrt(degrees * math.pi)
    return height * math.pow(1 + t * t / degrees, -(degrees + 1) / 2)


def _by_series(t: Floats, degrees: npt.NDArray[np.int64]) -> Floats:
    """Finite sums of powers of a cosine (Abramowitz and Stegun, 1964, 26.7.3 and 26.7.4)."""
    odd = degrees % 2 == 1
    with np.errstate(invalid="ignore"):
        angle = np.arctan(t / np.sqrt(degrees))
    cosine, sine = np.cos(angle), np.sin(angle)
    term = np.where(odd, cosine, 1.0) * (degrees > 1)
    total = term.copy()
    for number in range(1, _FEW // 2):
        factor = np.where(odd, 2 * number / (2 * number + 1), (2 * number - 1) / (2 * number))
        term = term * factor * cosine**2 * (2 * number < degrees - odd)
        total += term
    inside = np.where(odd, 2 / math.pi * (angle + sine * total), sine * total)
    tail: Floats = np.maximum(0.0, 1 - inside)
    return tail


def _by_expansion(t: Floats, degrees: Floats) -> Floats:
    """The normal deviate with the same tail (Hill, 1970, algorithm 395)."""
    a = degrees - 0.5
    b = 48 * a**2
    y = a * np.log1p(t * t / degrees)
    with np.errstate(invalid="ignore"):
        inner = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b)
        deviate = ((inner + y + 3) / b + 1) * np.sqrt(y)
    deviate = np.where(np.isinf(t), np.inf, deviate)
    return np.asarray(_erfc(deviate / math.sqrt(2)), np.float64)
