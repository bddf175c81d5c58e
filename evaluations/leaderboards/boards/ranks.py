"""Ranks on a board: which rows can be told apart on the prompts that both answered."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Ruled,
    met_under,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.paired import clustered_p, holm, mcnemar_exact

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


def prompt_means(version: Ruled, matrix: Matrix, question: Question, groups: Groups) -> PromptMeans:
    """Each row's mean of met on each prompt that any row was judged on."""
    ruling = rule_on_outputs(version, matrix, question)
    met = met_under(version, ruling.verdicts)
    asked = ruling.asked[groups.places]
    places, row = groups.places[asked], groups.number[asked]
    used, prompt = np.unique(matrix.prompt_index[places], return_inverse=True)
    shape = (len(groups.model), len(used))
    cell = row * shape[1] + prompt
    size = shape[0] * shape[1]
    outputs = np.bincount(cell, minlength=size).reshape(shape)
    total = np.bincount(cell, weights=met[places], minlength=size).reshape(shape)
    with np.errstate(invalid="ignore"):
        means = total / outputs
    families = np.zeros(shape[1], np.int64)
    families[prompt] = np.where(
        matrix.family[places] > 0, matrix.family[places], -matrix.prompt[places]
    )
    return PromptMeans(means, outputs, families, matrix.prompts[used])


@dataclass(frozen=True)
class PairTest:
    """One row minus another on the prompts that both answered.

    `difference` is the mean over prompts, `error` its standard error, clustered by family (None
    with one family), `p` two-sided: McNemar's exact test where `exact`, else `clustered_p`.
    `more` and `less` count the prompts on which the one has the higher and the lower mean.
    """

    prompts: int
    difference: float
    error: float | None
    p: float | None
    exact: bool
    more: int
    less: int


def ranks_of_rows(
    version: Ruled, matrix: Matrix, question: Question, groups: Groups
) -> list[int | None]:
    """The rank of each row: 1 + the rows that are above it by a paired test, Holm over all pairs.

    None for rows on which the rule was not asked. Rows that share a rank cannot all be told
    apart from those above them; a rank is no estimate of the true order.
    """
    found = prompt_means(version, matrix, question, groups)
    judged = found.outputs.sum(axis=1) > 0
    above = significantly_above(found)
    return [
        1 + int(above[:, row].sum()) if there else None for row, there in enumerate(judged.tolist())
    ]


def significantly_above(found: PromptMeans) -> npt.NDArray[np.bool_]:
    """True at [i, j] where row i is above row j after Holm's correction; shape (rows, rows)."""
    rows = len(found.means)
    above = np.zeros((rows, rows), np.bool_)
    pairs, differences, p = [], [], []
    for one in range(rows):
        for other, test in enumerate(tests_against(found, one), start=one + 1):
            if test.p is not None:
                pairs.append((one, other))
                differences.append(test.difference)
                p.append(test.p)
    for (one, other), difference, adjusted in zip(pairs, differences, holm(p), strict=True):
        if adjusted < LEVEL:
            above[(one, other) if difference > 0 else (other, one)] = True
    return above


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
        return PairTest(n, mean, known, mcnemar_exact(more, less), True, more, less)
    return PairTest(n, mean, known, None if known is None else p, False, more, less)


def family_starts(
    families: npt.NDArray[np.int64],
) -> tuple[int, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """How many families, the order that puts each together, and where each begins in it."""
    order = np.argsort(families, kind="stable")
    _, starts = np.unique(families[order], return_index=True)
    return len(starts), order, starts
