"""From verdicts on many outputs to a share, with what it leaves open."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.rules.answers import (
    NO,
    PARTLY,
    PARTLY_POLICIES,
    UNKNOWN,
    YES,
    as_codes,
    count_codes,
    one_of,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of verdicts over the outputs of one model, and the share they give.

    `outputs`: all of them. `n`: those on which every criterion of the rule was asked; the
    counts below are over these, and met + not_met + undetermined = n. `partly`: verdicts
    "partly", which are also in `met` or in `not_met`, as the partly policy says.
    """

    outputs: int
    n: int
    met: int
    partly: int
    not_met: int
    undetermined: int

    @property
    def share(self) -> float | None:
        """met / n; None where nothing was asked."""
        return self.met / self.n if self.n else None

    @property
    def undetermined_share(self) -> float | None:
        """undetermined / n; None where nothing was asked."""
        return self.undetermined / self.n if self.n else None

    @property
    def coverage(self) -> float | None:
        """n / outputs; None where there is no output."""
        return self.n / self.outputs if self.outputs else None

    @property
    def low(self) -> float | None:
        """The share if no undetermined output turned out to be met; None for n = 0."""
        return self.share

    @property
    def high(self) -> float | None:
        """The share if all undetermined outputs turned out to be met; None for n = 0."""
        return (self.met + self.undetermined) / self.n if self.n else None


def tally(
    verdicts: npt.ArrayLike, asked: npt.NDArray[np.bool_], *, partly_policy: str = "not-met"
) -> Tally:
    """Tally of one model's outputs.

    `verdicts`: codes of shape (outputs,); `asked`: of the same shape, true where every
    criterion of the rule was asked. ValueError for unequal shapes, other codes or policies.
    """
    codes = as_codes(verdicts)
    return tally_groups(codes, asked, np.zeros(codes.shape, np.intp), 1, partly_policy)[0]


def tally_groups(
    verdicts: npt.ArrayLike,
    asked: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.intp],
    count: int,
    partly_policy: str = "not-met",
) -> list[Tally]:
    """One tally per group (a model, or a model and recipe), in the order of their numbers.

    `groups`, of shape (outputs,), numbers each output's group from 0 to count - 1; a group
    without an output gets a tally of zeros. Otherwise as `tally`.
    """
    one_of("partly_policy", partly_policy, PARTLY_POLICIES)
    codes = as_codes(verdicts)
    if asked.shape != codes.shape:
        raise ValueError(f"verdicts {codes.shape} and asked {asked.shape} must have one shape")
    everything = count_codes(codes, groups, count)
    where = everything if asked.all() else count_codes(codes[asked], groups[asked], count)
    outputs = everything.sum(axis=0)
    partly = where[PARTLY]
    met, not_met = where[YES], where[NO]
    if partly_policy == "met":
        met = met + partly
    else:
        not_met = not_met + partly
    n = met + not_met + where[UNKNOWN]
    columns = (outputs, n, met, partly, not_met, where[UNKNOWN])
    return [Tally(*row) for row in np.stack(columns, axis=1).tolist()]
