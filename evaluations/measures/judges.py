"""How good each judge is, from their overlap alone, and people's corrections of model judges."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.measures.agreement import Undefined
from evaluations.measures.intervals import Interval, normal_quantile

Floats = npt.NDArray[np.float64]
MOST_ROUNDS = 5000


@dataclass(frozen=True)
class Judges:
    """What Dawid and Skene's model makes of the ratings.

    `classes` are the answers that occur, shape (classes,). `items` has shape (items, classes):
    the chance of each class, NaN for an item that nobody rated. `confusion` has shape
    (judges, classes, classes): the chance that a judge gives the column where the row is true,
    NaN for a judge without overlap, who is listed in `alone`. `prevalence` has shape (classes,).
    `log_likelihood` per rating never falls from one round to the next.
    """

    classes: Floats
    items: Floats
    confusion: Floats
    prevalence: Floats
    log_likelihood: float
    rounds: int
    alone: tuple[int, ...]


def dawid_skene(
    ratings: npt.ArrayLike, *, tolerance: float = 1e-9, smoothing: float = 0.0
) -> Judges:
    """Maximum likelihood of judges' confusion by EM (Dawid and Skene, 1979).

    Starts from each item's shares of answers and stops when the log likelihood per rating rises
    by less than *tolerance*, not after a number of rounds. A judge is estimable only with an
    item that somebody else rated too.

    Args:
        ratings: answers as numbers, shape (judges, items), NaN missing.
        smoothing: counts added to each cell of a confusion; with more than 0 the likelihood is
            a posterior.

    Raises:
        Undefined: where no item was rated twice, or all ratings are the same.
        ValueError: for another shape, infinite ratings, or a tolerance not above 0.
        RuntimeError: where it did not converge in 5,000 rounds.
    """
    table = np.asarray(ratings, np.float64)
    if table.ndim != 2:
        raise ValueError(f"ratings must have shape (judges, items), not {table.shape}")
    if np.isinf(table).any():
        raise ValueError("ratings must be finite, or NaN where missing")
    if tolerance <= 0 or smoothing < 0:
        raise ValueError("tolerance must be above 0, smoothing 0 or more")
    given = ~np.isnan(table)
    overlap = given & (given.sum(axis=0) > 1)
    if not overlap.any():
        raise Undefined("no item was rated by two judges")
    classes = np.unique(table[given])
    if classes.size < 2:
        raise Undefined("every judge gave the same answer")
    alone = np.flatnonzero(~overlap.any(axis=1))
    used = given.copy()
    used[alone] = False
    # one[j, i, c]: judge j gave item i the class c
    one = np.zeros((*table.shape, classes.size))
    judge, item = np.nonzero(used)
    one[judge, item, np.searchsorted(classes, table[judge, item])] = 1.0
    rated = used.any(axis=0)
    share = one.sum(axis=0)[rated]
    share /= share.sum(axis=1, keepdims=True)
    seen = one[:, rated]
    before, rounds = -math.inf, 0
    while rounds < MOST_ROUNDS:
        rounds += 1
        prevalence = share.mean(axis=0)
        confusion = np.einsum("ic,jid->jcd", share, seen) + smoothing
        total = confusion.sum(axis=2, keepdims=True)
        # A class that no item of this judge may have says nothing about the judge.
        confusion = np.where(total > 0, confusion / np.where(total > 0, total, 1), 1 / classes.size)
        with np.errstate(divide="ignore"):
            log_chance = np.log(prevalence)[None, :] + np.einsum(
                "jid,jcd->ic", seen, np.maximum(np.log(confusion), -1e6)
            )
        top = log_chance.max(axis=1, keepdims=True)
        weight = np.exp(log_chance - top)
        likelihood = float(np.sum(np.log(weight.sum(axis=1)) + top[:, 0]))
        share = weight / weight.sum(axis=1, keepdims=True)
        if (likelihood - before) / used.sum() < tolerance:
            break
        before = likelihood
    else:
        raise RuntimeError(f"no convergence in {MOST_ROUNDS} rounds")
    confusion[alone] = np.nan
    items = np.full((table.shape[1], classes.size), np.nan)
    items[rated] = share
    return Judges(
        classes=classes,
        items=items,
        confusion=confusion,
        prevalence=prevalence,
        log_likelihood=likelihood,
        rounds=rounds,
        alone=tuple(int(number) for number in alone),
    )


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
