"""Agreement between judges: alpha, kappa, AC1 and the raw share."""

from typing import Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from evaluations.measures.bootstrap import RESAMPLES, SEED, percentile_interval
from evaluations.measures.intervals import Interval

Level = Literal["nominal", "ordinal", "interval", "ratio"]
Weights = Literal["linear", "quadratic"]

_Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.intp]

_NO_PAIR: Final = "no item has two answers"
_ALL_ALIKE: Final = "every judge gave the same answer"


class Undefined(ValueError):
    """The answers do not determine the measure; the text says why, for readers."""


class AnswerCounts(NamedTuple):
    """How often each answer was given to each item.

    `values` has shape (answers,), ascending; `counts` has shape (items, answers); `times`, shape
    (items,), says how many items each row stands for.
    """

    values: _Floats
    counts: _Floats
    times: _Floats


def krippendorff_alpha(
    ratings: npt.ArrayLike, level: Level, times: npt.ArrayLike | None = None
) -> float:
    """Krippendorff's alpha: 1 minus observed over expected disagreement (Krippendorff, 2011).

    Items may have any number of answers; those with fewer than two have no part in it. At most
    1; 0 is what chance gives; below 0 judges disagree more than by chance.

    Args:
        ratings: shape (judges, items), answers as numbers, NaN where a judge gave none.
        level: how far two answers lie apart. nominal: all alike; ordinal: by the answers ranked
            between them; interval: by their difference; ratio: by difference over sum, for
            which answers must not be negative.
        times: shape (items,), how many items each column stands for; one each, if None.

    Raises:
        Undefined: if no item has two answers, or all answers of those that have are the same.
        ValueError: for another shape, infinite answers, negative ones at level ratio, an
            unknown level, or times that are not whole numbers of 1 or more.
    """
    values, counts, items = pairable_counts(ratings, times)
    alpha = alphas(items[None, :], values, counts, level)[0]
    if np.isnan(alpha):
        raise Undefined(_ALL_ALIKE)
    return float(alpha)


def alpha_interval(
    ratings: npt.ArrayLike,
    level: Level,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    times: npt.ArrayLike | None = None,
) -> Interval:
    """Alpha with a percentile interval by bootstrap over items (Efron, 1979).

    Items with two answers or more are drawn again with replacement, as many as there are; the
    judges are taken as given. Draws in which all answers are the same have no alpha and are left
    out. The interval is widened to its estimate where that lies outside. Where judges agree on
    every item it has no width, which says nothing about items not judged. The same seed gives
    the same interval.

    Raises:
        Undefined: as `krippendorff_alpha`, and if only one item has two answers.
        ValueError: as there, and unless confidence lies between 0 and 1 and resamples is 1 or
            more.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if resamples < 1:
        raise ValueError(f"resamples must be 1 or more, not {resamples}")
    values, counts, items = pairable_counts(ratings, times)
    estimate = krippendorff_alpha(ratings, level, times)
    if items.sum() < 2:
        raise Undefined("only one item has two answers")
    rng = np.random.default_rng(seed)
    found = resampled_alphas(values, counts, level, resamples, rng, items)
    if not found.size:
        raise Undefined(_ALL_ALIKE)
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def agreeing_pairs(known: Counts, unknown: Counts) -> tuple[Counts, Counts]:
    """Each item's pairs of answers that are the same, and all its pairs; both of shape (items,).

    An unknown makes pairs and is the same as nothing, not even as another: it is no answer that
    two people share.

    Args:
        known: how often each answer was given, shape (items, answers).
        unknown: how often none of them was, shape (items,).
    """
    judges = known.sum(axis=1) + unknown
    return (known * (known - 1) // 2).sum(axis=1), judges * (judges - 1) // 2


def raw_agreement(known: Counts, unknown: Counts) -> float:
    """Share of the pairs of answers to one item that are the same, 0 to 1; all pairs weigh alike.

    Not corrected for chance. Arguments as in `agreeing_pairs`. Undefined without a pair.
    """
    same, pairs = agreeing_pairs(known, unknown)
    if not pairs.any():
        raise Undefined(_NO_PAIR)
    return float(same.sum() / pairs.sum())


def gwet_ac1(
    ratings: npt.ArrayLike, categories: int | None = None, times: npt.ArrayLike | None = None
) -> float:
    """Gwet's AC1, which holds up where nearly all answers are the same (Gwet, 2008).

    Each item's share of equal pairs, corrected for chance as if only items that are hard to judge
    were answered at random. The shares of answers are means over all items with an answer.

    Args:
        ratings: as in `krippendorff_alpha`; answers are nominal.
        categories: how many answers judges could choose from; those that were given, if None.
        times: as in `krippendorff_alpha`.

    Raises:
        Undefined: if no item has two answers, or only one answer was given and categories is
            None.
        ValueError: for another shape, infinite answers, or categories below 2 or below the
            number of answers that were given.
    """
    _, counts, items = answer_counts(ratings, times)
    given = counts.shape[1]
    if categories is not None and categories < max(2, given):
        raise ValueError(f"categories must be {max(2, given)} or more, not {categories}")
    answers = counts.sum(axis=1)
    if not (answers >= 2).any():
        raise Undefined(_NO_PAIR)
    number = given if categories is None else categories
    if number < 2:
        raise Undefined(_ALL_ALIKE)
    known, paired = answers >= 1, answers >= 2
    shares = np.average(counts[known] / answers[known, None], axis=0, weights=items[known])
    chance = float((shares * (1 - shares)).sum()) / (number - 1)
    agreement = float(np.average(_agreeing_pairs(counts[paired]), weights=items[paired]))
    return (agreement - chance) / (1 - chance)


def pairable_values(ratings: npt.ArrayLike, times: npt.ArrayLike | None = None) -> int:
    """Answers to items that have at least two: those that alpha rests on; 0 if there are none.

    Arguments as in `krippendorff_alpha`. ValueError for another shape or infinite answers.
    """
    _, counts, items = answer_counts(ratings, times)
    answers = counts.sum(axis=1)
    paired = answers >= 2
    return int(answers[paired] @ items[paired])


def cohen_kappa(table: npt.ArrayLike, weights: Weights | None = None) -> float:
    """Cohen's kappa of two judges (Cohen, 1960), weighted where categories are ordered (1968).

    Args:
        table: shape (categories, categories), how many items got the row's answer from one judge
            and the column's from the other; whole numbers.
        weights: how much a disagreement counts. None: all the same; linear: by the steps
            between the categories; quadratic: by the steps squared.

    Raises:
        Undefined: if the table is empty, or both judges gave one and the same answer throughout.
        ValueError: for another shape, numbers that are not counts, or unknown weights.
    """
    array = np.asarray(table, np.float64)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"table must have shape (categories, categories), not {array.shape}")
    if not np.isfinite(array).all() or (array < 0).any() or (array % 1).any():
        raise ValueError("table must hold whole numbers of 0 or more")
    steps = np.abs(np.subtract.outer(np.arange(len(array)), np.arange(len(array))))
    if weights is None:
        cost = (steps > 0).astype(np.float64)
    elif weights == "linear":
        cost = steps.astype(np.float64)
    elif weights == "quadratic":
        cost = steps.astype(np.float64) ** 2
    else:
        raise ValueError(f"weights must be None, 'linear' or 'quadratic', not {weights!r}")
    total = float(array.sum())
    if total == 0:
        raise Undefined(_NO_PAIR)
    expected = float(array.sum(axis=1) @ cost @ array.sum(axis=0)) / total
    if expected == 0:
        raise Undefined(_ALL_ALIKE)
    return 1 - float((array * cost).sum()) / expected


def cohen_kappas(tables: npt.ArrayLike) -> _Floats:
    """Cohen's kappa without weights of many tables at once, as a bootstrap draws them.

    `tables` has shape (draws, categories, categories). Returns shape (draws,), NaN where
    `cohen_kappa` would be undefined. ValueError for another shape.
    """
    counts = np.asarray(tables, np.float64)
    if counts.ndim != 3 or counts.shape[1] != counts.shape[2]:
        raise ValueError(
            f"tables must have shape (draws, categories, categories), not {counts.shape}"
        )
    total = counts.sum(axis=(1, 2))
    apart = total - np.einsum("dcc->d", counts)
    alike = np.einsum("dc,dc->d", counts.sum(axis=2), counts.sum(axis=1))
    kappas = np.full(len(counts), np.nan)
    expected = np.divide(total**2 - alike, total, out=np.zeros_like(total), where=total > 0)
    np.divide(apart, expected, out=kappas, where=expected > 0)
    return 1 - kappas


def kappa_interval(tables: npt.ArrayLike, times: npt.ArrayLike) -> Interval | None:
    """Cohen's kappa with a 95% percentile interval from drawing items again (Efron, 1979).

    Args:
        tables: shape (kinds, categories, categories), the pairs of answers of one item of each
            kind, as `cohen_kappa` counts them.
        times: how many items are of that kind, whole numbers, shape (kinds,).

    Returns:
        None where `percentile_interval` gives none, as where all draws are alike.

    Raises:
        Undefined, ValueError: as `cohen_kappa` of all items together.
    """
    each = np.asarray(tables, np.float64)
    items = np.asarray(times, np.int64)
    if each.ndim != 3 or items.shape != each.shape[:1]:
        raise ValueError(
            "tables must have shape (kinds, categories, categories) and times (kinds,), "
            f"not {each.shape} and {items.shape}"
        )
    kappa = cohen_kappa(np.einsum("k,kij->ij", items, each))
    count = int(items.sum())
    drawn = np.random.default_rng(SEED).multinomial(count, items / count, RESAMPLES)
    return percentile_interval(kappa, cohen_kappas(np.einsum("dk,kij->dij", drawn, each)))


def answer_counts(ratings: npt.ArrayLike, times: npt.ArrayLike | None = None) -> AnswerCounts:
    """Counts of each answer to each item, from ratings of shape (judges, items).

    Arguments as in `krippendorff_alpha`. ValueError for another shape, infinite answers or times
    that are not whole numbers of 1 or more.
    """
    array = np.asarray(ratings, np.float64)
    if array.ndim != 2:
        raise ValueError(f"ratings must have shape (judges, items), not {array.shape}")
    if np.isinf(array).any():
        raise ValueError("ratings must be finite numbers, or NaN where there is no answer")
    if times is None:
        alike = np.ones(array.shape[1])
    else:
        alike = np.asarray(times, np.float64)
        if alike.shape != array.shape[1:] or not (alike >= 1).all() or (alike % 1).any():
            raise ValueError("times must hold a whole number of 1 or more for each item")
    judges, items = np.nonzero(~np.isnan(array))
    values, numbers = np.unique(array[judges, items], return_inverse=True)
    cells = items * values.size + numbers
    counts = np.bincount(cells, minlength=array.shape[1] * values.size)
    shaped = counts.reshape(array.shape[1], values.size).astype(np.float64)
    return AnswerCounts(values, shaped, alike)


def pairable_counts(ratings: npt.ArrayLike, times: npt.ArrayLike | None = None) -> AnswerCounts:
    """`answer_counts` of the items with two answers or more; Undefined if there are none."""
    values, counts, alike = answer_counts(ratings, times)
    paired = counts.sum(axis=1) >= 2
    if not paired.any():
        raise Undefined(_NO_PAIR)
    used = counts[paired].any(axis=0)
    return AnswerCounts(values[used], counts[paired][:, used], alike[paired])


def alphas(weights: _Floats, values: _Floats, counts: _Floats, level: Level) -> _Floats:
    """Krippendorff's alpha of several weightings of the same items; NaN where undefined.

    `weights` has shape (weightings, items): how often each item counts. `values` and `counts`
    as in `AnswerCounts`, each item with two answers or more. ValueError as in
    `krippendorff_alpha`. The result has shape (weightings,).
    """
    totals = weights @ counts
    answers = counts.sum(axis=1)
    if level == "ordinal":
        # The distance of two answers is the difference of their mean ranks, which depend on the
        # weighting. Ranks are taken from their middle, so that their weighted sum is 0.
        size = totals.sum(axis=1, keepdims=True)
        ranks = np.cumsum(totals, axis=1) - totals / 2 - size / 2
        within = answers[:, None] * (counts @ ranks.T**2) - (counts @ ranks.T) ** 2
        observed = 2 * (weights.T * within / (answers[:, None] - 1)).sum(axis=0)
        expected = 2 * size[:, 0] * (totals * ranks**2).sum(axis=1)
    else:
        distance = _squared_distances(values, level)
        observed = weights @ (((counts @ distance) * counts).sum(axis=1) / (answers - 1))
        expected = ((totals @ distance) * totals).sum(axis=1)
    # A single answer leaves nothing to expect: 0 / 0 is the NaN promised.
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - (totals.sum(axis=1) - 1) * observed / expected
    return np.where(expected > 0, found, np.nan)


def resampled_alphas(
    values: _Floats,
    counts: _Floats,
    level: Level,
    resamples: int,
    rng: np.random.Generator,
    times: _Floats | None = None,
) -> _Floats:
    """Alphas of items drawn with replacement, fewer than `resamples` if some are undefined.

    Arguments as in `alphas`; `times` as in `AnswerCounts`, once each if None.
    """
    # Items with the same counts are interchangeable, which leaves few to draw from.
    patterns, which = np.unique(counts, axis=0, return_inverse=True)
    alike = np.bincount(which.ravel(), times)
    drawn = rng.multinomial(int(alike.sum()), alike / alike.sum(), size=resamples)
    found = alphas(drawn.astype(np.float64), values, patterns, level)
    return found[~np.isnan(found)]


def _squared_distances(values: _Floats, level: Level) -> _Floats:
    if level == "nominal":
        return np.not_equal.outer(values, values).astype(np.float64)
    difference: _Floats = values[:, None] - values
    if level == "interval":
        return np.square(difference)
    if level == "ratio":
        if values.min() < 0:
            raise ValueError(f"at level ratio answers must be 0 or more, not {values.min()}")
        total = values[:, None] + values
        shares: _Floats = difference / np.where(total > 0, total, 1)
        return np.square(shares)
    raise ValueError(f"level must be one of {', '.join(get_args(Level))}, not {level!r}")


def _agreeing_pairs(counts: _Floats) -> _Floats:
    """Share of each item's pairs of answers that are the same."""
    answers = counts.sum(axis=1)
    shares: _Floats = (counts * (counts - 1)).sum(axis=1) / (answers * (answers - 1))
    return shares
