"""95% intervals around the shares of a whole board at once."""

import numpy as np
import numpy.typing as npt

from evaluations.measures.intervals import (
    CANCELLED,
    Interval,
    student_quantile,
    wilson_ends,
)

Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


def intervals_of(
    met: npt.NDArray[np.bool_],
    groups: Numbers,
    count: int,
    prompts: npt.NDArray[np.int64],
    families: npt.NDArray[np.int64],
) -> list[Interval | None]:
    """95% interval around each group's share of outputs that are met; None without an output.

    The same as `measures.intervals.prompt_clustered` of each group by itself: the error is that
    over prompts, clustered by family where prompts have one, by Student's t; Wilson on the number
    of prompts where each has one output, or where that error is 0. Where prompts of a group have
    unequal numbers of judged outputs, the mean over prompts is not the share that the board
    shows, so the error is that of the share itself, clustered the same way (Miller, 2024).

    Args:
        met: of each output, shape (outputs,).
        groups: of each output, 0 to count - 1, shape (outputs,).
        prompts: key of each output's prompt, shape (outputs,).
        families: key of its prompt's family, 0 for none, shape (outputs,).
    """
    if not len(met):
        return [None] * count
    prompt_group, prompt_of, outputs = cells(groups, prompts)
    met_of_prompt = np.bincount(prompt_of, weights=met, minlength=len(outputs))
    means = met_of_prompt / outputs
    # A prompt without a family is a family of its own.
    family_of_output = np.where(families > 0, families, -prompts)
    family = np.empty(len(outputs), np.int64)
    family[prompt_of] = family_of_output
    family_group, family_of, _ = cells(prompt_group, family)

    def per_group(of: Numbers, values: npt.NDArray[np.generic] | None = None) -> Floats:
        return np.bincount(of, weights=values, minlength=count).astype(np.float64)

    n, total = per_group(prompt_group), per_group(groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = per_group(prompt_group, means) / n
        share = per_group(groups, met) / total
        clusters = per_group(family_group)
        one_each = total == n
        small = np.sqrt(clusters / np.maximum(clusters - 1, 1))
        residual = means - mean[prompt_group]
        by_family = np.bincount(family_of, weights=residual, minlength=len(family_group))
        error = small * np.sqrt(per_group(family_group, by_family**2)) / n
        unequal = np.abs(mean - share) > 1e-9
        leftover = met_of_prompt - share[prompt_group] * outputs
        by_family = np.bincount(family_of, weights=leftover, minlength=len(family_group))
        around = small * np.sqrt(per_group(family_group, by_family**2)) / total
        error, centre = np.where(unequal, around, error), np.where(unequal, share, mean)

        wilson = (error < CANCELLED) | (clusters <= 1) | ((clusters == n) & one_each)
        t = student_quantile(0.95, np.maximum(clusters - 1, 1))
        wilson_low, wilson_high = wilson_ends(centre, n)
        low = np.where(wilson, wilson_low, centre - t * error)
        high = np.where(wilson, wilson_high, centre + t * error)
    ends = zip(
        centre.tolist(), np.maximum(low, 0).tolist(), np.minimum(high, 1).tolist(), strict=True
    )
    return [
        Interval(*row) if there else None for row, there in zip(ends, total.tolist(), strict=True)
    ]


def cells(groups: Numbers, keys: npt.NDArray[np.int64]) -> tuple[Numbers, Numbers, Numbers]:
    """Pairs of group and key that occur.

    Returns the group of each pair, the number of the pair of each row, and the rows of each pair.
    """
    low = int(keys.min())
    width = int(keys.max()) - low + 1
    rows = groups * width + (keys - low)
    size = (int(groups.max()) + 1) * width
    if size > 8 * len(rows) + 100_000:
        pairs, number, sizes = np.unique(rows, return_inverse=True, return_counts=True)
    else:  # counting is many times faster than sorting
        every = np.bincount(rows, minlength=size)
        pairs = np.flatnonzero(every)
        place = np.empty(size, np.intp)
        place[pairs] = np.arange(len(pairs))
        number, sizes = place[rows], every[pairs]
    return pairs // width, number, sizes
