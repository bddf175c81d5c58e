"""Raw agreement between judges on one criterion: how many pairs of them answered the same.

Chance-corrected agreement (Krippendorff's alpha, Gwet's AC1) is a different thing: it asks how
much of this would be expected from guessing, and may be low where raw agreement is high.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluations.measures.agreement import agreeing_pairs
from evaluations.rules.answers import UNKNOWN, YES


@dataclass(frozen=True)
class PairAgreement:
    """Of `pairs` pairs of judges of one subject each, `same` gave the same known answer."""

    same: int = 0
    pairs: int = 0

    @property
    def share(self) -> float | None:
        """Share of the pairs that agree, 0 to 1; None without a pair."""
        return self.same / self.pairs if self.pairs else None

    def __add__(self, other: "PairAgreement") -> "PairAgreement":
        return PairAgreement(self.same + other.same, self.pairs + other.pairs)


@dataclass(frozen=True)
class Pairs:
    """Pairs of judges by what they answered about; both arrays have shape (subjects,)."""

    same: npt.NDArray[np.intp]
    pairs: npt.NDArray[np.intp]

    @property
    def share(self) -> npt.NDArray[np.float64]:
        """Share of the pairs that agree, NaN without a pair; shape (subjects,)."""
        share: npt.NDArray[np.float64] = np.divide(
            self.same, self.pairs, out=np.full(len(self.pairs), np.nan), where=self.pairs > 0
        )
        return share

    def over(self, subjects: npt.NDArray[np.bool_] | None = None) -> PairAgreement:
        """The agreement on these subjects together; on all of them when left out."""
        here = slice(None) if subjects is None else subjects
        return PairAgreement(int(self.same[here].sum()), int(self.pairs[here].sum()))


def pairs_of_counts(answers: npt.NDArray[Any]) -> Pairs:
    """Pairs of judges who answered about the same subject, and those that agree.

    Args:
        answers: how often each code was given; shape (subjects, 4), unsigned or not.
    """
    counts = answers.astype(np.intp)
    return Pairs(*agreeing_pairs(counts[:, : YES + 1], counts[:, UNKNOWN]))
