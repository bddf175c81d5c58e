"""Model judges beside people: a share by people, sharpened by what models say of many more."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from evaluations.measures.intervals import CANCELLED, Interval, normal_quantile, student_quantile

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEAST_BOTH: Final = 30
"""With fewer items that both judged, how far the model is wrong is not known well enough."""
LEAST_CLUSTERS: Final = 5
"""With fewer clusters that both judged, two of their degrees of freedom are too many to give."""


class Sharpened(NamedTuple):
    """A share by people and model judges together, and what the model judges were worth.

    `interval` is the sharpened share with its ends, `weight` how much of the model's correction
    it takes, 0 to 1. `people`, `model` and `both` count items. `effective` is how many items
    people alone would have had to judge, drawn the same way, for an error as small; it is never
    below `people`.
    """

    interval: Interval
    weight: float
    people: int
    model: int
    both: int
    effective: float

    @property
    def worth(self) -> float:
        """How many items judged by people the model stood for."""
        return self.effective - self.people


def prediction_powered_mean(
    people: npt.ArrayLike,
    model: npt.ArrayLike,
    clusters: npt.ArrayLike,
    confidence: float = 0.95,
) -> Sharpened:
    """A share of items by people, sharpened by a model that judged more of them.

    Prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan, Zrnic, Science 382,
    2023) with the weight that makes the error least (Angelopoulos, Duchi, Zrnic, PPI++,
    arXiv:2311.01453). The estimate is the share by people plus the weight times the difference
    of two shares by the model: of all items that it judged, and of those that both judged. Where
    people's items are a random part of all, both expect the same however wrong the model is, so
    that only what varies with people is taken from it. The weight there is this one times
    N / (n + N) for n items with both and N with the model alone, as the first of the two shares
    counts the n too.

    Errors are sums of residuals within clusters (as in `intervals.clustered_standard_error`)
    times √(C / (C - 2)) for the C clusters that have both: one degree of freedom for the share,
    one for the weight. How much the model takes from people's error is worked out with half a
    cluster more of each pair of a yes or no by people and by the model (Agresti and Min, 2005,
    for paired shares): that a model was never wrong on thirty items does not say that it never
    is. The ends are those of Wilson (1927) for as many items as give this error, with the normal
    quantile where each item is a cluster of its own, else Student's with C - 2 degrees of freedom
    (as Dean and Pagano, 2015, advise for shares from clusters).

    Args:
        people: 0 to 1 of each item, NaN where no person judged it, shape (items,).
        model: the same by the model.
        clusters: labels of what items are alike within, as their prompts, shape (items,).

    Raises:
        ValueError: for unequal shapes, values outside 0 to 1, a confidence outside 0 to 1, and
            where both judged fewer than `LEAST_BOTH` items or in fewer than `LEAST_CLUSTERS`
            clusters.
    """
    theirs, its, labels = _checked(people, model, clusters)
    judged, said = ~np.isnan(theirs), ~np.isnan(its)
    both = judged & said
    _, cluster = np.unique(labels, return_inverse=True)
    shared = len(np.unique(cluster[both]))
    if both.sum() < LEAST_BOTH or shared < LEAST_CLUSTERS:
        raise ValueError(
            f"{LEAST_BOTH} items in {LEAST_CLUSTERS} clusters must have been judged by both, "
            f"not {both.sum()} in {shared}"
        )
    n, groups = int(judged.sum()), len(np.unique(cluster[judged]))
    mean, beside = float(theirs[judged].mean()), float(its[both].mean())
    of_people = _residuals(theirs, judged, cluster)
    of_model = _residuals(its, said, cluster) - _residuals(its, both, cluster)
    # Half a cluster of each of four pairs of answers, each answer half away from an even share.
    more = 4 * 0.5 * 0.5**2 / groups**2
    alike = float(of_people @ of_model)
    before, noise = float(of_people @ of_people) + more, float(of_model @ of_model) + more
    weight = min(max(-alike / noise, 0.0), 1.0)
    left = (before + 2 * weight * alike + weight**2 * noise) / before

    share = mean + weight * float(its[said].mean() - beside)
    share = min(max(share, 0.0), 1.0)
    alone = float(of_people @ of_people)
    if groups == n and len(np.unique(cluster)) == len(cluster):
        quantile, counted = normal_quantile(confidence), n / left
    else:
        quantile = float(student_quantile(confidence, shared - 2))
        # People who all say the same leave no error: then a cluster counts as one item.
        counted = mean * (1 - mean) / alone / left if alone > CANCELLED**2 else groups / left
    return Sharpened(
        interval=_score_interval(share, counted * (shared - 2) / shared, quantile),
        weight=weight,
        people=n,
        model=int(said.sum()),
        both=int(both.sum()),
        effective=n / left,
    )


def _checked(
    people: npt.ArrayLike, model: npt.ArrayLike, clusters: npt.ArrayLike
) -> tuple[Floats, Floats, npt.NDArray[np.generic]]:
    """The three as arrays, only the items that somebody judged; ValueError as above."""
    theirs, its = np.asarray(people, np.float64), np.asarray(model, np.float64)
    labels = np.asarray(clusters)
    if theirs.ndim != 1 or its.shape != theirs.shape or labels.shape != theirs.shape:
        raise ValueError(
            "people, model and clusters must have one shape (items,), "
            f"not {theirs.shape}, {its.shape} and {labels.shape}"
        )
    if any((values < 0).any() or (values > 1).any() for values in (theirs, its)):
        raise ValueError("values must lie between 0 and 1, or be NaN")
    here = ~(np.isnan(theirs) & np.isnan(its))
    return theirs[here], its[here], labels[here]


def _residuals(values: Floats, here: Flags, cluster: npt.NDArray[np.intp]) -> Floats:
    """What each cluster adds to the error of the mean of the values *here*."""
    apart = np.where(here, values - values[here].mean(), 0.0)
    return np.asarray(np.bincount(cluster, weights=apart) / here.sum(), np.float64)


def _score_interval(share: float, n: float, quantile: float) -> Interval:
    """Wilson's interval of a share of *n* items with any quantile."""
    spread = quantile**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = quantile * float(np.sqrt(share * (1 - share) / n + spread / (4 * n))) / (1 + spread)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))
