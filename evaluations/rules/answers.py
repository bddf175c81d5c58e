"""The four answers, their codes in arrays, and the verdicts that they stand for."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Answer: TypeAlias = Literal["yes", "partly", "no", "cannot-tell"]
Verdict: TypeAlias = Literal["reasoning", "partly", "not-reasoning", "undetermined"]
Codes: TypeAlias = npt.NDArray[np.int8]

ANSWERS: Final[tuple[Answer, ...]] = ("yes", "partly", "no", "cannot-tell")
CODES: Final[Mapping[str, int]] = {"no": 0, "partly": 1, "yes": 2, "cannot-tell": -1}
VERDICTS: Final[Mapping[str, Verdict]] = {
    "yes": "reasoning",
    "partly": "partly",
    "no": "not-reasoning",
    "cannot-tell": "undetermined",
}
PARTLY_POLICIES: Final = ("met", "not-met")

NO: Final = 0
PARTLY: Final = 1
YES: Final = 2
UNKNOWN: Final = -1

_ANSWER_OF_CODE: Final[Mapping[int, Answer]] = {
    NO: "no",
    PARTLY: "partly",
    YES: "yes",
    UNKNOWN: "cannot-tell",
}


def one_of(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ValueError, naming the argument and its choices, unless value is one of them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")


def code(answer: str) -> int:
    """Code of an answer: no 0, partly 1, yes 2, cannot-tell -1. ValueError for another word."""
    one_of("an answer", answer, ANSWERS)
    return CODES[answer]


def answer(code: int) -> Answer:
    """Answer of a code, the inverse of `code`. ValueError for another number."""
    if code not in _ANSWER_OF_CODE:
        raise ValueError(f"a code must be -1, 0, 1 or 2, not {code!r}")
    return _ANSWER_OF_CODE[code]


def as_codes(values: npt.ArrayLike, name: str = "codes") -> Codes:
    """Values as an int8 array, without a copy where they are one already.

    ValueError unless all are whole numbers from -1 to 2.
    """
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int8)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers, not of type {array.dtype}")
    if array.min() < UNKNOWN or array.max() > YES:
        raise ValueError(f"{name} must lie between -1 and 2")
    return array.astype(np.int8, copy=False)


def count_codes(codes: Codes, groups: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.intp]:
    """How often each code stands in each group: shape (4, count), rows no, partly, yes, unknown.

    `codes` and `groups` have shape (rows,), groups numbered from 0 to count - 1; the last row
    may be addressed as -1, so that the table is indexed by code. ValueError otherwise.
    """
    if codes.ndim != 1 or codes.shape != groups.shape:
        raise ValueError(
            f"codes and groups must have one shape (rows,), not {codes.shape} and {groups.shape}"
        )
    if groups.size and (groups.min() < 0 or groups.max() >= count):
        raise ValueError(f"groups must be numbers from 0 to {count - 1}")
    # One pass over pairs of group and code; as two bits, -1 is 3.
    pairs = 4 * groups + (codes & 3)
    return np.bincount(pairs, minlength=4 * count).reshape(count, 4).T


def met(answer: str, partly_policy: str) -> bool:
    """Whether a verdict's answer counts as met; `cannot-tell` never does.

    `partly_policy` is "met" or "not-met" and decides only about `partly`. ValueError for
    another answer or policy.
    """
    one_of("partly_policy", partly_policy, PARTLY_POLICIES)
    one_of("an answer", answer, ANSWERS)
    return answer == "yes" or (answer == "partly" and partly_policy == "met")
