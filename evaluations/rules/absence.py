"""What the lack of a visible trace says about process criteria."""

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluations.rules.answers import ANSWERS, NO, UNKNOWN, Codes, as_codes, one_of

ABSENCE_POLICIES: Final = ("must-be-shown", "may-be-latent")
VISIBILITIES: Final = ("full", "summary", "redacted", "hidden", "not-written")
WITHHELD: Final = frozenset({"summary", "redacted", "hidden"})
"""Visibilities under which a trace was written and is not shown as it was written."""


def apply_absence_policy(
    answers: Mapping[str, str], *, policy: str, visibility: str, process: Collection[str]
) -> dict[str, str]:
    """Answers as a rule should see them, in a new dict.

    `policy` is "must-be-shown" or "may-be-latent", `visibility` one of VISIBILITIES, `process`
    the keys of the process criteria. Under must-be-shown, where the trace is summarised,
    redacted or hidden, each process criterion with no answer or with cannot-tell becomes no;
    yes, partly and no stand. Otherwise nothing changes. ValueError for other words.
    """
    one_of("policy", policy, ABSENCE_POLICIES)
    one_of("visibility", visibility, VISIBILITIES)
    for answer in answers.values():
        one_of("an answer", answer, ANSWERS)
    seen = dict(answers)
    if policy == "must-be-shown" and visibility in WITHHELD:
        for key in process:
            if seen.get(key, "cannot-tell") == "cannot-tell":
                seen[key] = "no"
    return seen


def apply_absence_policy_arrays(
    columns: Mapping[str, Codes],
    *,
    policy: str,
    withheld: npt.NDArray[np.bool_],
    process: Collection[str],
) -> dict[str, Codes]:
    """The same on columns of int8 codes of shape (rows,), in a new dict.

    `withheld`, of shape (rows,), is true where the row's visibility is in WITHHELD. Columns
    that do not change are passed on, not copied; a process criterion without a column gets one
    where the policy answers it. ValueError for another policy or unequal shapes.
    """
    one_of("policy", policy, ABSENCE_POLICIES)
    seen = dict(columns)
    if policy == "may-be-latent" or not withheld.any():
        return seen
    for key in process:
        if key in seen:
            column = as_codes(seen[key], f"column {key}")
            if column.shape != withheld.shape:
                raise ValueError(
                    f"column {key} has shape {column.shape}, withheld has {withheld.shape}"
                )
            seen[key] = np.where(withheld & (column == UNKNOWN), np.int8(NO), column)
        else:
            seen[key] = np.where(withheld, np.int8(NO), np.int8(UNKNOWN))
    return seen
