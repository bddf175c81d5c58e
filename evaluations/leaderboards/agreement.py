"""Raw agreement between judges on one criterion: how many pairs of them answered the same.

Chance-corrected agreement (Krippendorff's alpha, Gwet's AC1) is a different thing: it asks how
much of this would be expected from guessing, and may be low where raw agreement is high.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.rules.answers import UNKNOWN, YES, Codes, count_codes


@dataclass(frozen=True)
class Agreement:
    """Of `pairs` pairs of judges of one subject each, `same` gave the same known answer."""

    same: int = 0
    pairs: int = 0

    @property
    def share(self) -> float | None:
        """Share of the pairs that agree, 0 to 1; None without a pair."""
        return self.same / self.pairs if self.pairs else None

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(self.same + other.same, self.pairs + other.pairs)


def raw_agreement(subject: npt.NDArray[np.int64], value: Codes) -> Agreement:
    """Pairs of judges who answered about the same subject, and those that agree.

    A judge who could not tell makes pairs and agrees in none of them, not even with another
    who could not tell: an unknown is no answer that two people share.

    Args:
        subject: what each answer is about, shape (rows,); one row a judge and subject.
        value: the answers as codes, shape (rows,).

    Raises:
        ValueError: for unequal shapes.
    """
    if subject.shape != value.shape:
        raise ValueError(f"subject and value must have one shape, not {subject.shape} and "
                         f"{value.shape}")  # fmt: skip
    subjects, index = np.unique(subject, return_inverse=True)
    counts = count_codes(value, index, len(subjects))
    known = counts[: YES + 1]
    judges = known.sum(axis=0) + counts[UNKNOWN]
    return Agreement(
        same=int((known * (known - 1) // 2).sum()), pairs=int((judges * (judges - 1) // 2).sum())
    )
