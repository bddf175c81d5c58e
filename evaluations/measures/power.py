"""How many judges an item are needed to know their agreement well enough."""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluations.measures.agreement import (
    Level,
    answer_counts,
    krippendorff_alpha,
    resampled_alphas,
)

_STUDIES: Final = 20
_RESAMPLES: Final = 200
_MAX_ITEMS: Final = 300
"""More items than this are not simulated: widths shrink with the square root of their number."""

_LEAST_ALPHA: Final = 0.01
_GREATEST_ALPHA: Final = 0.99


def judges_for_interval(
    ratings: npt.ArrayLike,
    level: Level,
    width: float,
    confidence: float = 0.95,
    judges: Iterable[int] = range(2, 11),
    items: int | None = None,
    seed: int = 0,
) -> list[tuple[int, float]]:
    """Expected width of alpha's interval for each number of judges an item, up to one that does.

    New studies are simulated from the answers so far, and the widths of their bootstrap
    intervals averaged. A study draws items with replacement, and for each an answer distribution
    from Dirichlet(its counts + s times the shares of all answers), where s = (1 - alpha) / alpha
    is the strength at which such a study is expected to agree as much as the judges so far. The
    same seed gives the same widths.

    Args:
        ratings: as in `krippendorff_alpha`: the answers so far.
        level: as there.
        width: the width wanted, above 0, in units of alpha. The list ends with the first number
            of judges that reaches it; where none does, with the last number, and the last width
            is above it.
        confidence: of the intervals.
        judges: numbers of judges an item to try, each 2 or more; tried in ascending order.
        items: number of items in a study, 2 or more; those with an answer so far, if None.

    Returns:
        Numbers of judges and expected widths, in units of alpha. A width is infinite where all
        answers of every simulated study are the same.

    Raises:
        Undefined: as `krippendorff_alpha`.
        ValueError: as there, and for arguments other than stated.
    """
    wanted = sorted(set(judges))
    if not wanted or wanted[0] < 2:
        raise ValueError(f"judges must be one or more numbers of 2 or more, not {wanted}")
    if not width > 0:
        raise ValueError(f"width must be above 0, not {width}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    values, counts, _ = answer_counts(ratings)
    alpha = min(max(krippendorff_alpha(ratings, level), _LEAST_ALPHA), _GREATEST_ALPHA)
    counts = counts[counts.any(axis=1)]
    number = len(counts) if items is None else items
    if number < 2:
        raise ValueError(f"items must be 2 or more, not {number}")
    simulated = min(number, _MAX_ITEMS)
    prior = (1 - alpha) / alpha * counts.sum(axis=0) / counts.sum()
    rng = np.random.default_rng(seed)
    studies = [_study(counts + prior, simulated, wanted[-1], rng) for _ in range(_STUDIES)]
    found: list[tuple[int, float]] = []
    for each in wanted:
        widths = [
            _width(values, study[:, :each], level, confidence, np.random.default_rng(seed))
            for study in studies
        ]
        defined = [one for one in widths if one is not None]
        mean = sum(defined) / len(defined) if defined else math.inf
        found.append((each, mean * math.sqrt(simulated / number)))
        if found[-1][1] <= width:
            break
    return found


def _study(
    strengths: npt.NDArray[np.float64], items: int, judges: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Numbers of the answers, shape (items, judges).

    All numbers of judges see the same answers, the fewer a part of the more, so that widths
    differ for the number of judges and not by chance.
    """
    gammas = rng.standard_gamma(strengths[rng.integers(len(strengths), size=items)])
    steps = np.cumsum(gammas, axis=1)
    draws = rng.random((items, judges)) * steps[:, -1:]
    numbers: npt.NDArray[np.intp] = (draws[:, :, None] >= steps[:, None, :-1]).sum(axis=2)
    return numbers


def _width(
    values: npt.NDArray[np.float64],
    study: npt.NDArray[np.intp],
    level: Level,
    confidence: float,
    rng: np.random.Generator,
) -> float | None:
    """Width of the bootstrap interval of one study; None if all its answers are the same."""
    cells = np.arange(len(study))[:, None] * values.size + study
    counts = np.bincount(cells.ravel(), minlength=len(study) * values.size)
    found = resampled_alphas(
        values,
        counts.reshape(len(study), values.size).astype(np.float64),
        level,
        _RESAMPLES,
        rng,
    )
    if not found.size:
        return None
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(high - low)
