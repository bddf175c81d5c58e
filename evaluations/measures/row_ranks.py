"""Ranks of rows: which can be told apart on the prompts that both answered."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluations.measures.paired import clustered_p, fewest_clusters, holm, mcnemar_exact

Floats = npt.NDArray[np.float64]
LEVEL = 0.05
"""Rows are told apart where a paired test stays below this after Holm's correction."""


@dataclass(frozen=True)
class PromptMeans:
    """Share of met outputs by row and prompt.

    `means` has shape (rows, prompts), NaN where a row has no output to the prompt on which the
    rule was asked; `outputs` of the same shape counts those it has. `families` has shape
    (prompts,): prompts of one family share a number, others have their own.
    """

    means: Floats
    outputs: npt.NDArray[np.int64]
    families: npt.NDArray[np.int64]
    prompts: npt.NDArray[np.int64]


def prompt_means_of(
    met: npt.NDArray[np.bool_],
    row: npt.NDArray[np.intp],
    rows: int,
    prompts: npt.NDArray[np.int64],
    families: npt.NDArray[np.int64],
) -> PromptMeans:
    """Each row's mean of met on each prompt that any row was judged on.

    Args:
        met: of each judged output, shape (outputs,).
        row: the row of each, 0 to rows - 1, shape (outputs,).
        prompts: key of each output's prompt, shape (outputs,).
        families: key of its prompt's family, 0 for none, shape (outputs,).
    """
    used, prompt = np.unique(prompts, return_inverse=True)
    shape = (rows, len(used))
    cell = row * shape[1] + prompt
    size = shape[0] * shape[1]
    outputs = np.bincount(cell, minlength=size).reshape(shape)
    total = np.bincount(cell, weights=met, minlength=size).reshape(shape)
    with np.errstate(invalid="ignore"):
        means = total / outputs
    clusters = np.zeros(shape[1], np.int64)
    clusters[prompt] = np.where(families > 0, families, -prompts)
    return PromptMeans(means, outputs, clusters, used)


@dataclass(frozen=True)
class PairTest:
    """One row minus another on the prompts that both answered.

    `difference` is the mean over prompts, `error` its standard error, clustered by family (None
    with one family), `p` two-sided: McNemar's exact test where `exact`, else `clustered_p`.
    `more` and `less` count the prompts on which the one has the higher and the lower mean,
    `clusters` the prompts, those of one family once.
    """

    prompts: int
    difference: float
    error: float | None
    p: float | None
    exact: bool
    more: int
    less: int
    clusters: int = 0


class Rank(NamedTuple):
    """The ranks that a row may have: 95% confidence in those of all rows at once.

    The best is 1 plus the rows significantly above it, the worst the number of rows less those
    significantly below it (Mogstad, Romano, Shaikh and Wilhelm, 2024).
    """

    best: int
    worst: int


@dataclass(frozen=True)
class Ranking:
    """Which rows of a board can be told apart, and whether that many prompts could at all.

    `above` of shape (rows, rows) is true at [i, j] where row i is above row j by a paired test
    after Holm's correction over all `comparisons`, the pairs that can be tested; `judged` of
    shape (rows,) where the rule was asked. `prompts` is the most that any two rows share, those
    of one family counted once.
    """

    above: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.bool_]
    comparisons: int
    prompts: int

    @property
    def rows(self) -> int:
        """How many rows were judged."""
        return int(self.judged.sum())

    @property
    def tells(self) -> bool:
        """Some row is told apart from another."""
        return bool(self.above.any())

    @property
    def needed(self) -> int:
        """The fewest prompts with which a test could tell two of these rows apart."""
        return fewest_clusters(self.comparisons or math.comb(self.rows, 2))

    @property
    def too_few(self) -> bool:
        """No test could tell two rows apart on so few prompts, whatever their outputs say."""
        return self.rows > 1 and self.prompts < self.needed

    def ranks(self) -> list[Rank | None]:
        """The rank of each row; None for rows on which the rule was not asked."""
        over, under = self.above.sum(axis=0).tolist(), self.above.sum(axis=1).tolist()
        return [
            Rank(1 + more, self.rows - less) if there else None
            for there, more, less in zip(self.judged.tolist(), over, under, strict=True)
        ]


def ranking_of(found: PromptMeans) -> Ranking:
    """The same from the means on each prompt."""
    rows = len(found.means)
    above = np.zeros((rows, rows), np.bool_)
    pairs, differences, p, prompts = [], [], [], 0
    for one in range(rows):
        for other, test in enumerate(tests_against(found, one), start=one + 1):
            prompts = max(prompts, test.clusters)
            if test.p is not None:
                pairs.append((one, other))
                differences.append(test.difference)
                p.append(test.p)
    for (one, other), difference, adjusted in zip(pairs, differences, holm(p), strict=True):
        if adjusted < LEVEL:
            above[(one, other) if difference > 0 else (other, one)] = True
    return Ranking(above, found.outputs.sum(axis=1) > 0, len(pairs), prompts)


def tests_against(found: PromptMeans, one: int) -> list[PairTest]:
    """Row *one* against each row after it."""
    families, order, starts = family_starts(found.families)
    difference = found.means[one] - found.means[one + 1 :]
    shared = ~np.isnan(difference)
    single = np.where(shared, (found.outputs[one] == 1) & (found.outputs[one + 1 :] == 1), True)
    values = np.where(shared, difference, 0.0)
    n = shared.sum(axis=1)
    more, less = (values > 0).sum(axis=1), (values < 0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = values.sum(axis=1) / n
        residual = np.where(shared, values - mean[:, None], 0.0)
        if families < len(found.families):
            residual = np.add.reduceat(residual[:, order], starts, axis=1)
            present = np.add.reduceat(shared[:, order].astype(np.intp), starts, axis=1) > 0
        else:
            present = shared
        clusters = present.sum(axis=1)
        error = np.sqrt((residual**2).sum(axis=1) * clusters / np.maximum(clusters - 1, 1)) / n
    alone = clusters == n
    return [
        pair_test(*row)
        for row in zip(
            n.tolist(), mean.tolist(), error.tolist(), clusters.tolist(),
            clustered_p(mean, error, clusters).tolist(),
            (alone & single.all(axis=1)).tolist(), more.tolist(), less.tolist(), strict=True,
        )
    ]  # fmt: skip


def pair_test(
    n: int, mean: float, error: float, clusters: int, p: float, exact: bool, more: int, less: int
) -> PairTest:
    """The test of one pair from what was summed over its prompts."""
    if n == 0:
        return PairTest(0, math.nan, None, None, exact, 0, 0)
    known = error if clusters > 1 else None
    if exact:
        return PairTest(n, mean, known, mcnemar_exact(more, less), True, more, less, clusters)
    return PairTest(n, mean, known, None if known is None else p, False, more, less, clusters)


def family_starts(
    families: npt.NDArray[np.int64],
) -> tuple[int, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """How many families, the order that puts each together, and where each begins in it."""
    order = np.argsort(families, kind="stable")
    _, starts = np.unique(families[order], return_index=True)
    return len(starts), order, starts
