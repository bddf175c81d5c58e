"""BIG-Bench Mistake: chains of thought whose first mistake people have marked. Pure.

Tyen, Mansoor, Cărbune, Chen and Mak, 2023, arXiv:2311.08516; Apache-2.0. One file a task, one
trace a line: `input`, `steps`, `answer`, `target`, and `mistake_index`, counted from 0, null for a
trace without a mistake.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from evaluations.exchange.readers.checks import Unfit, said_text, text_or_none, written
from evaluations.exchange.readers.lines import objects_of
from evaluations.exchange.readers.records import Origin, Read, Record, Refused, StepLabel
from evaluations.exchange.readers.samples import digest

FORMAT = "bigbench-mistake"
MODEL = "PaLM 2-L (Unicorn)"
MAKER = "Google"
LICENCE = "Apache-2.0"
LABELLER = "BIG-Bench Mistake"
"""The set names none of those who marked: together they are one."""
_GRADERS = {
    "dyck_languages": "exact",
    "logical_deduction": "choice",
    "multistep_arithmetic": "numeric",
    "tracking_shuffled_objects": "choice",
    "word_sorting": "exact",
}
_KEYS = ("input", "steps", "answer", "target", "mistake_index")


def read_bigbench_mistake(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One record a line; the name of the file is the name of its task.

    Each question stands in it once, so the question is what is known of a trace when it comes
    again.
    """
    task = said_text(name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1].removesuffix(".jsonl"))
    first: dict[str, int] = {}
    for found in objects_of(file):
        if isinstance(found, Refused):
            yield found
            continue
        line, row = found
        try:
            record = _record_in(row, line, task)
            if (before := first.setdefault(digest(record.prompt), line)) != line:
                raise Unfit(f"The same question stands in line {before}.")
        except Unfit as error:
            yield Refused(line, str(error))
        else:
            yield record


def _record_in(row: Mapping[str, Any], line: int, task: str) -> Record:
    for key in _KEYS:
        if key not in row:
            raise Unfit(f"It has no “{key}”.")
    if not isinstance(row["steps"], list) or not row["steps"]:
        raise Unfit("“steps” is not a list with at least one step.")
    prompt, reference = written(row["input"], "input"), written(row["target"], "target")
    steps, start = [], 0
    for number, step in enumerate(row["steps"], start=1):
        length = len(written(step, f"step {number}"))
        steps.append(StepLabel(start=start, end=start + length))
        start += length + 1
    trace = "\n".join(row["steps"])
    answer = text_or_none(row["answer"], "answer")
    return Record(
        line=line,
        prompt=prompt,
        model=MODEL,
        maker=MAKER,
        text=trace,
        trace=trace,
        answer=answer,
        visibility="full",
        origin=Origin(format=FORMAT, log=task, sample=digest(prompt)),
        settings={"temperature": 0},
        reference=reference,
        grader=_GRADERS.get(task, ""),
        task=task,
        licence=LICENCE,
        steps=tuple(steps),
        first_error=_mistake_in(row["mistake_index"], len(steps)),
        labeller=LABELLER,
    )


def _mistake_in(value: object, steps: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit("“mistake_index” is neither a whole number nor null.")
    if not 0 <= value < steps:
        raise Unfit(f"“mistake_index” is {value}, but there are {steps} steps.")
    return value
