"""What people call reasoning outright, without any definition, beside what a version says.

It weighs a counterexample, and tells on which side of a version somebody stands.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.querysets import is_guarded, set_apart
from evaluations.leaderboards.boards.standings import rule_on_outputs
from evaluations.leaderboards.matrix.answers import Integers
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.fill import columns_of
from evaluations.measures.intervals import Interval, wilson, wilson_ends
from evaluations.rules import CODES

Floats = npt.NDArray[np.float64]

HALVES: Final = {"no": 0, "partly": 1, "yes": 2}
"""Calls and verdicts in halves: not, partly, reasoning."""

# As boards count answers by default: in force, blind, by signed-in people, not set apart.
CALLED = f"""
FROM judgments_answer a JOIN judgments_judgment m ON m.id = a.judgment_id
    JOIN judgments_judge j ON j.id = a.judge_id
WHERE a.is_holistic AND a.is_current AND a.value <> 'cannot-tell' AND m.withdrawn_at IS NULL
    AND m.blind AND m.suggestion_shown IS NOT TRUE AND j.kind = 'person'
    AND NOT {set_apart("m")} AND NOT {is_guarded("m")}
"""
COLUMNS = (
    "a.judge_id",
    "a.output_id",
    "CASE a.value WHEN 'no' THEN 0 WHEN 'partly' THEN 1 ELSE 2 END",
)


@dataclass(frozen=True)
class Calls:
    """Who called what reasoning; arrays of shape (calls,), each judge once an output.

    `place` is the output's place in the matrix, `value` 0, ½ or 1.
    """

    judge: Integers
    place: npt.NDArray[np.intp]
    value: Floats


@dataclass(frozen=True)
class Weight:
    """How many of those who called an output blind contradict what a version says of it."""

    against: int
    callers: int

    @property
    def interval(self) -> Interval | None:
        """The share with its interval; None where nobody called it."""
        return wilson(self.against, self.callers) if self.callers else None

    @property
    def low(self) -> float:
        """The lower bound of the share, by which counterexamples are ordered."""
        return lower_bound(self.against, self.callers)


NOBODY: Final = Weight(0, 0)


@lru_cache(maxsize=10_000)
def lower_bound(part: int, of: int) -> float:
    """The lower end of the interval of a share, 0 of nobody: what lists are ordered by."""
    return wilson(part, of).low if of else 0.0


def calls_in(held: Matrix) -> Calls:
    """All that count, kept with the matrix, which is another one after each answer. One query."""

    def read() -> Calls:
        judge, output, halves = columns_of(COLUMNS, CALLED)
        place = np.searchsorted(held.output, output)
        here = place < held.size
        here[here] = held.output[place[here]] == output[here]
        return Calls(judge[here], place[here], halves[here] / 2)

    return held.rulings.once(("calls",), read)


def verdicts_of(version: DefinitionVersion, held: Matrix) -> Floats:
    """What a version says of each output: 0, ½ or 1, NaN where it is not settled; (outputs,)."""
    ruling = rule_on_outputs(version, held)
    found = np.full(held.size, np.nan)
    for word, halves in HALVES.items():
        found[ruling.asked & (ruling.verdicts == CODES[word])] = halves / 2
    return found


def weights_of(version: DefinitionVersion, held: Matrix) -> tuple[Integers, Integers]:
    """Of each output how many callers contradict the version, and how many there are; (outputs,).

    One contradicts it who says the opposite: *partly* is counted, and contradicts nothing.
    """

    def count() -> tuple[Integers, Integers]:
        calls = calls_in(held)
        apart = np.abs(calls.value - verdicts_of(version, held)[calls.place])
        settled = ~np.isnan(apart)
        against = np.bincount(calls.place[settled & (apart == 1)], minlength=held.size)
        callers = np.bincount(calls.place[settled], minlength=held.size)
        return against, callers

    return held.rulings.once(("calls against", version.pk), count)


def weight_at(version: DefinitionVersion, held: Matrix, place: int) -> Weight:
    against, callers = weights_of(version, held)
    return Weight(int(against[place]), int(callers[place]))


def most_contradicted(version: DefinitionVersion, held: Matrix) -> list[int]:
    """Places of the outputs on which callers and a version part: the surest first."""
    against, callers = weights_of(version, held)
    places = np.flatnonzero(against > 0)
    low, _ = wilson_ends(against[places] / callers[places], callers[places])
    found: list[int] = places[np.lexsort((held.output[places], -low))].tolist()
    return found
