"""A reply in this site's own columns, whether from JSON Lines or CSV. Pure.

`prompt`, `model` and `output` are needed. What else is known: `reasoning` and `answer`, the two
parts of a reply; `visibility`, where the reasoning is not there or is a summary; `sample`, `seed`,
`stop_reason`, `reference`, `grader`, `score`, `scorer`, `system`, `maker`, `model_revision`,
`settings`, `tokens_in`, `tokens_out`, `tokens_thought`, `seconds`, `task`, `licence`. Other names
are passed over.
"""

import json
from collections.abc import Mapping
from typing import Any, get_args

from evaluations.exchange.readers.checks import (
    Unfit,
    count_of,
    name_of,
    said_number,
    seed_of,
    settings_of,
    text_of,
    text_or_none,
    written,
)
from evaluations.exchange.readers.records import Origin, Record
from evaluations.exchange.readers.replies import (
    Reply,
    reply_apart,
    reply_of,
    stop_reason_of,
)
from evaluations.exchange.readers.samples import Samples, digest
from evaluations.inference.engine import TraceVisibility
from evaluations.inference.thought import joined, split_thought

NEEDED = ("prompt", "model", "output")
COUNTS = ("tokens_in", "tokens_out", "tokens_thought")
FIGURES = ("seconds", "score")
TEXTS = (
    "system",
    "maker",
    "model_revision",
    "stop_reason",
    "reference",
    "grader",
    "scorer",
    "task",
    "licence",
)
NAMES = frozenset(
    {*NEEDED, *COUNTS, *FIGURES, *TEXTS, "reasoning", "answer", "visibility", "sample"}
    | {"seed", "settings"}
)
FORMAT = "own"
"""In origins: the same reply is the same one in JSON Lines and in CSV."""
_WITHOUT = ("redacted", "hidden", "not-written")


def record_in(row: Mapping[str, Any], line: int, samples: Samples) -> Record:
    """The record of a row. Raises Unfit where it is none."""
    for name in NEEDED:
        if name not in row:
            raise Unfit(f"It has no “{name}”.")
    prompt, model = written(row["prompt"], "prompt"), name_of(row["model"], "model")
    more: dict[str, Any] = {name: text_or_none(row.get(name), name) for name in TEXTS}
    more |= {name: count_of(row.get(name), name) for name in COUNTS}
    more |= {name: _figure(row.get(name), name) for name in FIGURES}
    if more["score"] is not None and more["score"] > 1:
        raise Unfit("“score” is above 1.")
    stop_reason = more["stop_reason"] = stop_reason_of(more["stop_reason"].strip())
    reply = _reply_in(row, finished=stop_reason != "length")
    settings = settings_of(row.get("settings"))
    asked = (more["system"], prompt, model, json.dumps(settings, sort_keys=True))
    # What else sets replies apart that have the same number, for whoever stores them too.
    beside = tuple(more[name] for name in ("maker", "model_revision", "task"))
    numbered = (*asked, *beside) if any(beside) else asked
    said = json.dumps([reply.text, reply.trace, reply.answer, reply.visibility])
    seed = seed_of(row.get("seed"), "seed")
    sample = count_of(row.get("sample"), "sample")
    if sample is None:
        sample = samples.numbered(numbered, said, line)
    else:
        samples.given(numbered, sample, said, line)
    return Record(
        line=line,
        prompt=prompt,
        model=model,
        **reply._asdict(),
        origin=Origin(format=FORMAT, sample=digest(*asked, str(sample), said), epoch=sample),
        settings=settings,
        sample=sample,
        seed=seed,
        **more,
    )


def row_of(record: Record) -> dict[str, Any]:
    """What a row of this site's own holds of a record; read again it gives the same one.

    What is empty is left out, but for an answer: with reasoning alone nothing was answered.
    """
    row: dict[str, Any] = {"prompt": record.prompt, "model": record.model, "output": record.text}
    row |= {"reasoning": record.trace, "answer": record.answer, "visibility": record.visibility}
    row |= {"sample": record.sample, "seed": record.seed, "settings": dict(record.settings)}
    row |= {name: getattr(record, name) for name in (*TEXTS, *COUNTS, *FIGURES)}
    return {
        name: value
        for name, value in row.items()
        if name == "answer" or value not in ("", None, {})
    } | {"output": record.text}


def _figure(value: object, name: str) -> float | None:
    if value is None:
        return None
    number = said_number(value)
    if number is None:
        raise Unfit(f"“{name}” is not a number from 0.")
    return number


def _reply_in(row: Mapping[str, Any], *, finished: bool) -> Reply:
    """The reply and its parts, by the columns that are filled.

    The output is the whole reply where it holds the reasoning, else what came behind it. A blank
    answer beside reasoning says that nothing was answered; without reasoning it says nothing, and
    the output is divided as if the column were not there: else nobody could read it.
    """
    output = text_of(row["output"], "output")
    reasoning = text_or_none(row.get("reasoning"), "reasoning")
    reasoning = reasoning if reasoning.strip() else ""
    answer = None if row.get("answer") is None else text_of(row["answer"], "answer")
    visibility = _visibility_in(row, reasoning)
    if not reasoning:
        answer = answer if answer and answer.strip() else None
        reply = reply_of(output, finished=finished, hidden=visibility == "hidden")
        if answer is None and visibility in (None, reply.visibility):
            return reply
        thought = split_thought(output, finished=finished)
        if visibility is None:
            trace = thought.text.strip()
            visibility = "full" if trace else "not-written"
            return Reply(output, trace, reply.answer if answer is None else answer, visibility)
        if visibility not in _WITHOUT:
            raise Unfit(f"“visibility” is {visibility}, but there is no “reasoning”.")
        return Reply(output, "", output.strip() if answer is None else answer, visibility)
    if answer is None:
        reply = reply_of(output, finished=finished)
        if reply.trace.strip() != reasoning.strip():
            reply = reply_apart(reasoning, output, "full")
        return reply._replace(trace=reasoning, visibility=visibility or "full")
    at = output.find(reasoning)
    is_whole = at >= 0 and output.find(answer, at + len(reasoning)) >= 0
    text = output if is_whole else joined(reasoning, output)
    return Reply(text, reasoning, answer, visibility or "full")


def _visibility_in(row: Mapping[str, Any], reasoning: str) -> TraceVisibility | None:
    said = text_or_none(row.get("visibility"), "visibility").strip()
    for visibility in get_args(TraceVisibility):
        if said == visibility:
            if reasoning and visibility in _WITHOUT:
                raise Unfit(f"“visibility” is {said}, but there is “reasoning”.")
            return visibility  # type: ignore[no-any-return]
    if said:
        raise Unfit(f"“visibility” is none of {', '.join(get_args(TraceVisibility))}.")
    return None
