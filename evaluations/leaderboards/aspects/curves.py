"""Compute curves: verdicts and grades against tokens, and what several samples of a prompt give."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.rows import RIGHT
from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Ruled,
    means_of,
    met_under,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.intervals import Interval
from evaluations.measures.sampling import majority_at_k, over_kinds_of_prompts, pass_at_k
from evaluations.measures.shares import intervals_of

EVERY_K = 8
"""Up to so many samples every k is shown, beyond them powers of two and the most there are."""

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class CurvePoint:
    """A share of some outputs of a row, and the tokens that they took on average.

    `tokens` is None where no output's tokens are known, `share` without an output.
    """

    outputs: int
    tokens: float | None
    share: Interval | None


@dataclass(frozen=True)
class AtK:
    """What k samples of a prompt give, over the prompts that have as many.

    `prompts` have k graded samples or more; `fewer` have some, but fewer. The measures are None
    where no prompt has k.
    """

    k: int
    prompts: int
    fewer: int
    passed: Interval | None
    majority: Interval | None


@dataclass(frozen=True)
class Samples:
    """The graded samples of a row: how many prompts have some, the least and the most of one."""

    prompts: int
    least: int
    most: int
    at: tuple[AtK, ...]


@dataclass(frozen=True)
class Curves:
    """One row: its share of verdicts, its share of right answers, and its samples."""

    verdicts: CurvePoint
    right: CurvePoint
    samples: Samples


def curves_of(version: Ruled, matrix: Matrix, question: Question, groups: Groups) -> list[Curves]:
    """The curves of each group of a board, in their order."""
    ruling = rule_on_outputs(version, matrix, question)
    verdicts = points_of(matrix, groups, ruling.asked, met_under(version, ruling.verdicts))
    # Grades do not depend on judgments: only the outputs in scope count.
    right, samples = matrix.rulings.once(
        ("samples", question.scope),
        lambda: (
            points_of(matrix, groups, ~np.isnan(matrix.grade), matrix.grade == RIGHT),
            samples_of(matrix, groups),
        ),
    )
    return [Curves(*row) for row in zip(verdicts, right, samples, strict=True)]


def points_of(matrix: Matrix, groups: Groups, counted: Flags, met: Flags) -> list[CurvePoint]:
    """Each group's share of the counted outputs that are met, beside their mean tokens."""
    here = counted[groups.places]
    places, number, count = groups.places[here], groups.number[here], len(groups.model)
    sizes = np.bincount(number, minlength=count).tolist()
    tokens = means_of(matrix.tokens[places], number, count)
    shares = intervals_of(met[places], number, count, matrix.prompt[places], matrix.family[places])
    return [
        CurvePoint(size, mean, share)
        for size, (mean, _), share in zip(sizes, tokens, shares, strict=True)
    ]


def ks_up_to(most: int) -> list[int]:
    """The numbers of samples that are shown where a prompt has at most so many."""
    if most <= EVERY_K:
        return list(range(1, most + 1))
    powers = [2**power for power in range(most.bit_length()) if 2**power < most]
    return [*powers, most]


def samples_of(matrix: Matrix, groups: Groups) -> list[Samples]:
    """pass@k and majority@k of each group over its prompts, with intervals."""
    graded = ~np.isnan(matrix.grade[groups.places])
    places, number = groups.places[graded], groups.number[graded]
    width = max(len(matrix.prompts), 1)
    cell, of_cell = np.unique(number * width + matrix.prompt_index[places], return_inverse=True)
    n = np.bincount(of_cell, minlength=len(cell))
    c = np.bincount(of_cell, weights=matrix.grade[places] == RIGHT, minlength=len(cell))
    row, ks = cell // width, ks_up_to(int(n.max()) if len(n) else 0)
    return [
        samples_of_row(n[row == group], c[row == group].astype(np.int64), ks)
        for group in range(len(groups.model))
    ]


def samples_of_row(n: Places, c: npt.NDArray[np.int64], ks: list[int]) -> Samples:
    """The samples of one row, from the graded and the right ones of each of its prompts."""
    if not len(n):
        return Samples(0, 0, 0, tuple(AtK(k, 0, 0, None, None) for k in ks))
    kinds, prompts = np.unique(np.stack([n, c], axis=1), axis=0, return_counts=True)
    found: dict[int, AtK] = {}
    left = list(ks)
    while left:
        # All k that the same prompts have samples for are reckoned from the same draws.
        enough = kinds[:, 0] >= left[0]
        together = [k for k in left if np.array_equal(kinds[:, 0] >= k, enough)]
        left = left[len(together) :]
        count = int(prompts[enough].sum())
        if not count:
            found |= {k: AtK(k, 0, len(n), None, None) for k in together}
            continue
        intervals = over_kinds_of_prompts(
            [
                [measure(int(samples), int(right), k) for samples, right in kinds[enough]]
                for k in together
                for measure in (pass_at_k, majority_at_k)
            ],
            prompts[enough],
        )
        for k, passed, majority in zip(together, intervals[::2], intervals[1::2], strict=True):
            found[k] = AtK(k, count, len(n) - count, passed, majority)
    return Samples(len(n), int(n.min()), int(n.max()), tuple(found[k] for k in ks))
