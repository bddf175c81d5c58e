"""An output as a page shows it: its steps, its answer, and how much of a long one; and who was
shown what was written to a prompt that people may answer by hand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evaluations.prompts.models import Prompt
from evaluations.runs.identity import masked_text
from evaluations.runs.models import Output, SeenAnswered

FIRST_PART = 20_000
BARE_NUMBER = re.compile(r"[\W_]*(?:step\s+)?\d{1,3}[\W_]*", re.IGNORECASE)
OWN_NUMBER = re.compile(r"\s*(?:[*_#]*\s*)?(?:step\s+)?(\d{1,3})[.):]", re.IGNORECASE)


@dataclass(frozen=True)
class ShownStep:
    """A step's text, as written. `numbered`: it begins with the very number of the step, or holds
    nothing but a number (`bare`), and so needs none beside it.

    `start` is its first code point in the trace, `index` its number under the segmentation.
    """

    text: str
    numbered: bool
    start: int
    index: int
    bare: bool = False


@dataclass(frozen=True)
class ShownOutput:
    """What of an output is shown. `long`: it was cut to its first part; `masked`: names were."""

    steps: list[ShownStep]
    answer: str
    long: bool
    masked: bool = False


def reading(output: Output, *, whole: bool = False, masked: bool = False) -> ShownOutput:
    """Steps and answer of a finished output, cut after `FIRST_PART` characters unless *whole*.

    Args:
        masked: blot out names that give the model away; makes two queries where there are any.

    Reads the output's steps, which may be prefetched.
    """
    trace, answer = output.trace, output.answer
    masked = masked and output.names_model
    if masked:
        model = output.run.model
        trace, answer = (
            masked_text(text, name=model.name, maker=model.maker) for text in (trace, answer)
        )
    budget = len(trace) + len(answer) if whole else FIRST_PART
    steps: list[ShownStep] = []
    used = 0
    spans = sorted(output.steps.all(), key=lambda step: step.index)
    for number, step in enumerate(spans, start=1):
        if used >= budget:
            break
        text = trace[step.start : step.end][: budget - used]
        own = OWN_NUMBER.match(text)
        bare = BARE_NUMBER.fullmatch(text) is not None
        numbered = bare or (own is not None and int(own[1]) == number)
        steps.append(ShownStep(text, numbered, step.start, step.index, bare))
        used += step.end - step.start
    if not whole:
        answer = answer[: max(budget - used, 0)]
    shown = sum(len(step.text) for step in steps) + len(answer)
    complete = sum(step.end - step.start for step in spans) + len(output.answer)
    return ShownOutput(steps, answer, shown < complete, masked)


def note_seen(user: Any, prompts: Iterable[Prompt]) -> None:
    """Remember that *user* was shown outputs to these, where they could be given them to answer.

    Nothing is noted of visitors, and of prompts of sets that are not open to people: those make no
    query but for their set, which may be joined.
    """
    if not user.is_authenticated:
        return
    opened = {prompt.pk for prompt in prompts if prompt.prompt_set.for_people}
    if opened:
        rows = [SeenAnswered(user=user, prompt_id=key) for key in sorted(opened)]
        SeenAnswered.objects.bulk_create(rows, ignore_conflicts=True)
