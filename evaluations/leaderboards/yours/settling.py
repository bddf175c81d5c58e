"""What would settle which of two definitions is somebody's: outputs that they did not call yet.

Where the two say different things of an output, a call of it speaks for one and against the
other. On outputs that one judged, the verdicts are those of one's own answers; on others those
of the board. Neither is told: whoever follows the link judges blind.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge
from evaluations.leaderboards.boards.standings import Question, rule_on_outputs
from evaluations.leaderboards.comparisons.parting import DISTANCE
from evaluations.leaderboards.definition_pages.fidelity import NOTHING_SAID, VALUES
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.yours.calls import UNKNOWN, Calls, Closeness
from evaluations.rules import CODES

MOST: Final = 6
CODE_AT = np.array([CODES[value] for value in VALUES], np.int8)


@dataclass(frozen=True)
class Settling:
    """Two definitions that one's calls cannot tell apart, and the outputs that would.

    `judged` are outputs whose criteria one answered, so that the call alone is left; `others`
    have to be judged first. `left` counts all there are, beyond those listed.
    """

    one: DefinitionVersion
    other: DefinitionVersion
    judged: Sequence[int]
    others: Sequence[int]
    left: int


def spoilt_for(judge: Judge | None) -> set[int]:
    """Outputs whose call would settle nothing: called already, or their answers were shown."""
    if judge is None:
        return set()
    called = judge.answers.current().filter(is_holistic=True).values_list("output", flat=True)
    return {*called, *judge.reveals.values_list("output", flat=True)}


def settling(
    one: DefinitionVersion, other: DefinitionVersion, calls: Calls, spoilt: Collection[int] = ()
) -> Settling:
    """The outputs not called yet on which two definitions part, those wide apart first.

    Args:
        spoilt: outputs to leave out, from `spoilt_for`.
    """
    here = calls.verdicts(one), calls.verdicts(other)
    open_here = (calls.said == NOTHING_SAID) & (here[0] != UNKNOWN) & (here[1] != UNKNOWN)
    apart = DISTANCE[CODE_AT[here[0]], CODE_AT[here[1]]] * open_here
    out = np.array(sorted(spoilt), np.int64)
    judged = in_order(calls.outputs, apart * ~np.isin(calls.outputs, out))
    matrix = current_matrix()
    first, second = (rule_on_outputs(each, matrix, Question()) for each in (one, other))
    known = first.asked & second.asked & (first.verdicts >= 0) & (second.verdicts >= 0)
    known &= ~np.isin(matrix.output, np.concatenate([calls.outputs, out]))
    others = in_order(matrix.output, DISTANCE[first.verdicts, second.verdicts] * known)
    left = len(judged) + len(others)
    judged = judged[:MOST]
    return Settling(one, other, judged, others[: MOST - len(judged)], left)


def in_order(outputs: npt.NDArray[np.int64], apart: npt.NDArray[np.int8]) -> list[int]:
    """The outputs on which two verdicts lie apart at all, the widest apart first."""
    chosen = np.flatnonzero(apart > 0)
    order = np.argsort(-apart[chosen], kind="stable")
    return [int(key) for key in outputs[chosen[order]]]


def tied_pair(rows: Sequence[Closeness]) -> tuple[DefinitionVersion, DefinitionVersion] | None:
    """The two closest of those that one's calls cannot tell apart."""
    tied = [row.version for row in rows if row.tied]
    return (tied[0], tied[1]) if len(tied) > 1 else None
