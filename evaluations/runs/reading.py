"""An output as a page shows it: its steps, its answer, and how much of a long one."""

import re
from dataclasses import dataclass

from evaluations.runs.models import Output

FIRST_PART = 20_000
OWN_NUMBER = re.compile(r"\s*(?:[*_#]*\s*)?(?:step\s+)?(\d{1,3})[.):]", re.IGNORECASE)


@dataclass(frozen=True)
class ShownStep:
    """A step's text, as written. `numbered`: it begins with the very number of the step."""

    text: str
    numbered: bool


@dataclass(frozen=True)
class Reading:
    """What of an output is shown. `long`: it was cut to its first part."""

    steps: list[ShownStep]
    answer: str
    long: bool


def reading(output: Output, *, whole: bool = False) -> Reading:
    """Steps and answer of a finished output, cut after `FIRST_PART` characters unless *whole*.

    Reads the output's steps, which may be prefetched.
    """
    budget = len(output.text) if whole else FIRST_PART
    steps: list[ShownStep] = []
    used = 0
    spans = sorted(output.steps.all(), key=lambda step: step.index)
    for number, step in enumerate(spans, start=1):
        if used >= budget:
            break
        text = output.trace[step.start : step.end][: budget - used]
        own = OWN_NUMBER.match(text)
        steps.append(ShownStep(text, own is not None and int(own[1]) == number))
        used += step.end - step.start
    answer = output.answer[: max(budget - used, 0)] if not whole else output.answer
    shown = sum(len(step.text) for step in steps) + len(answer)
    complete = sum(step.end - step.start for step in spans) + len(output.answer)
    return Reading(steps, answer, shown < complete)
