"""PRM800K: solutions in steps that people rated, by Lightman et al., 2023, arXiv:2305.20050. Pure.

MIT. One solution a line, of which the path that was chosen is read: -1, 0, 1 or no rating a step.
A path ends where nothing that the model wrote was chosen. The same solution may come several times,
labelled by others: its records then have the same origin and another labeller.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from evaluations.exchange.readers.checks import (
    Unfit,
    list_of,
    mapping_of,
    said_text,
    text_of,
    text_or_none,
    written,
)
from evaluations.exchange.readers.lines import objects_of
from evaluations.exchange.readers.records import (
    Origin,
    Read,
    Record,
    Refused,
    Skipped,
    StepLabel,
)
from evaluations.exchange.readers.samples import Samples, digest

FORMAT = "prm800k"
MODEL = "PRM800K generator (GPT-4)"
"""The set names no model; the paper fine-tuned a base model of GPT-4."""
MAKER = "OpenAI"
LICENCE = "MIT"
_RATINGS = (-1, 0, 1)
_ANSWER = "# Answer"
_LEFT_OUT = {
    "is_quality_control_question": "A quality control question.",
    "is_initial_screening_question": "An initial screening question.",
}


def read_prm800k(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One record a line."""
    samples = Samples()
    for found in objects_of(file):
        if isinstance(found, Refused):
            yield found
            continue
        line, row = found
        left_out = [why for flag, why in _LEFT_OUT.items() if row.get(flag)]
        if left_out:
            yield Skipped(line, left_out[0])
            continue
        try:
            record = _record_in(row, line, samples)
        except Unfit as error:
            yield Refused(line, str(error))
        else:
            yield record or Skipped(line, "No step that the model wrote was chosen first.")


def _record_in(row: Mapping[str, Any], line: int, samples: Samples) -> Record | None:
    question = mapping_of(row.get("question"))
    prompt = written(question.get("problem"), "problem")
    steps = _path_in(mapping_of(row.get("label")).get("steps"))
    if not steps:
        return None
    labels, start = [], 0
    for text, rating in steps:
        labels.append(StepLabel(start=start, end=start + len(text), rating=rating))
        start += len(text) + 1
    trace = "\n".join(text for text, _ in steps)
    _, _, answer = steps[-1][0].partition(_ANSWER)
    return Record(
        line=line,
        prompt=prompt,
        model=MODEL,
        maker=MAKER,
        text=trace,
        trace=trace,
        answer=answer.strip(),
        visibility="full",
        origin=Origin(format=FORMAT, sample=digest(prompt, *(text for text, _ in steps))),
        sample=samples.numbered((prompt,), trace, line),
        reference=text_or_none(question.get("ground_truth_answer"), "ground_truth_answer"),
        licence=LICENCE,
        steps=tuple(labels),
        labeller=said_text(row.get("labeler")),
    )


def _path_in(value: object) -> list[tuple[str, int | None]]:
    """The model's steps on the chosen path, with their ratings; the last may have no successor."""
    if not list_of(value):
        raise Unfit("It has no steps.")
    path: list[tuple[str, int | None]] = []
    for number, step in enumerate(map(mapping_of, list_of(value)), start=1):
        completions = list_of(step.get("completions"))
        chosen = step.get("chosen_completion")
        if chosen is None:
            # A person's own step is none of the model's; one that alone was written was judged.
            if step.get("human_completion") is not None or len(completions) != 1:
                break
            chosen = 0
        if isinstance(chosen, bool) or not isinstance(chosen, int):
            raise Unfit(f"“chosen_completion” of step {number} is not a whole number.")
        if not 0 <= chosen < len(completions):
            raise Unfit(f"“chosen_completion” of step {number} is {chosen}, which there is not.")
        completion = mapping_of(completions[chosen])
        text = text_of(completion.get("text"), f"step {number}")
        if not text.strip():
            raise Unfit(f"“step {number}” is empty.")
        path.append((text, _rating_in(completion.get("rating"), number)))
    return path


def _rating_in(value: object, number: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or value not in _RATINGS or not isinstance(value, int):
        raise Unfit(f"“rating” of step {number} is none of -1, 0 and 1.")
    return value
