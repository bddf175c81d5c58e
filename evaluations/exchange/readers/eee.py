"""Samples of Every Eval Ever 0.3, with the aggregate file that they belong to. Pure.

A row stands for a sample under one metric, so that the same outputs may stand there several times.
Without the aggregate file the settings and the maker of the model are not known.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from evaluations.exchange.readers.checks import (
    Unfit,
    fault_in,
    list_of,
    mapping_of,
    name_of,
    said_count,
    said_number,
    said_score,
    said_text,
    settings_of,
    text_of,
    text_or_none,
    written,
)
from evaluations.exchange.readers.documents import document_in
from evaluations.exchange.readers.lines import objects_of
from evaluations.exchange.readers.records import Origin, Read, Record, Refused, Skipped
from evaluations.exchange.readers.replies import Reply, reply_apart, reply_of
from evaluations.exchange.readers.samples import Samples, digest
from evaluations.inference.engine import TraceVisibility

FORMAT = "eee"
_LEVELS = "levels"
_UNREADABLE: Mapping[str, TraceVisibility] = {
    "redacted": "redacted", "hidden": "hidden", "not-written": "not-written",
}  # fmt: skip


class _Result(NamedTuple):
    """What the aggregate says of the rows of one result."""

    settings: Mapping[str, Any]
    is_levels: bool
    metric: str


class _Aggregate(NamedTuple):
    maker: str
    results: Mapping[str, _Result]


def read_eee(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One record an output of a sample; rows that repeat outputs for another metric are skipped."""
    try:
        aggregate = _aggregate_in({} if companion is None else document_in(companion))
    except Unfit as error:
        yield Refused(0, f"The aggregate file cannot be read: {error}")
        return
    seen: dict[str, int] = {}
    samples = Samples()
    for found in objects_of(file):
        if isinstance(found, Refused):
            yield found
            continue
        line, row = found
        try:
            texts = _texts_in(row)
            log, sample = text_of(row.get("evaluation_id"), "evaluation_id"), _sample_in(row)
            model = name_of(row.get("model_id"), "model_id")
            same = digest(log, model, sample, *texts)
            if same in seen:
                yield Skipped(line, f"The outputs of line {seen[same]} under another metric.")
                continue
            replies = _replies_in(row, texts)
            prompt = written(mapping_of(row.get("input")).get("raw"), "input.raw")
        except Unfit as error:
            yield Refused(line, str(error))
            continue
        seen[same] = line
        result = aggregate.results.get(said_text(row.get("evaluation_result_id")))
        for reply in replies:
            number = samples.following((log, model, sample))
            yield Record(
                line=line,
                prompt=prompt,
                model=model,
                maker=aggregate.maker,
                **reply._asdict(),
                origin=Origin(format=FORMAT, log=f"{log} {model}", sample=sample, epoch=number),
                settings=result.settings if result else {},
                sample=samples.placed((prompt, model), number),
                reference=_reference_in(row),
                **_figures_in(row, result, alone=len(replies) == 1),
                task=said_text(row.get("evaluation_name")),
            )


def _aggregate_in(value: Mapping[str, Any]) -> _Aggregate:
    results: dict[str, _Result] = {}
    for each in map(mapping_of, list_of(value.get("evaluation_results"))):
        metric = mapping_of(each.get("metric_config"))
        arguments = mapping_of(each.get("generation_config")).get("generation_args")
        results[said_text(each.get("evaluation_result_id"))] = _Result(
            settings=settings_of(arguments),
            is_levels=metric.get("score_type") == _LEVELS,
            metric=said_text(metric.get("metric_id")) or said_text(metric.get("metric_name")),
        )
    maker = said_text(mapping_of(value.get("model_info")).get("developer"))
    return _Aggregate(maker, results)


def _sample_in(row: Mapping[str, Any]) -> str:
    sample = row.get("sample_id")
    return text_of(str(sample) if isinstance(sample, int) else sample, "sample_id")


def _texts_in(row: Mapping[str, Any]) -> list[str]:
    kind = row.get("interaction_type")
    if kind != "single_turn":
        raise Unfit(f"It is {said_text(kind) or 'of no known type'}: only single_turn is read.")
    if error := row.get("error"):
        raise Unfit(f"The sample has an error: {said_text(error) or 'too long to repeat'}")
    texts = list_of(mapping_of(row.get("output")).get("raw"))
    if not texts:
        raise Unfit("It has no “output.raw”.")
    return [text_of(text, "output.raw") for text in texts]


def _replies_in(row: Mapping[str, Any], texts: list[str]) -> list[Reply]:
    """Each output with the thought at the same place. How visible that is stands in the metadata
    of this site's own files; those of others say nothing of it."""
    thoughts = list_of(mapping_of(row.get("output")).get("reasoning_trace"))
    if thoughts and len(thoughts) != len(texts):
        raise Unfit("“output.reasoning_trace” has not as many texts as “output.raw”.")
    counted = mapping_of(row.get("token_usage")).get("reasoning_tokens")
    hidden = bool(said_count(counted))
    said = said_text(mapping_of(row.get("metadata")).get("trace_visibility"))
    replies = []
    for text, thought in zip(texts, thoughts or [None] * len(texts), strict=True):
        trace = text_or_none(thought, "output.reasoning_trace")
        if trace.strip():
            replies.append(reply_apart(trace, text, "summary" if said == "summary" else "full"))
        elif visibility := _UNREADABLE.get(said):
            replies.append(Reply(text, "", text.strip(), visibility))
        else:
            replies.append(reply_of(text, hidden=hidden))
    return replies


def _reference_in(row: Mapping[str, Any]) -> str:
    """The one right answer; none where several are right, since a grader here is told of one."""
    references = list_of(mapping_of(row.get("input")).get("reference"))
    if len(references) == 1 and isinstance(references[0], str) and not fault_in(references[0]):
        return references[0]
    return ""


def _figures_in(row: Mapping[str, Any], result: _Result | None, *, alone: bool) -> dict[str, Any]:
    """What was counted, which says nothing of one output where a row holds several."""
    if not alone:
        return {}
    usage, times = mapping_of(row.get("token_usage")), mapping_of(row.get("performance"))
    latency = said_number(times.get("latency_ms"))
    score = (
        None
        if result and result.is_levels
        else said_score(mapping_of(row.get("evaluation")).get("score"))
    )
    return {
        "tokens_in": said_count(usage.get("input_tokens")),
        "tokens_out": said_count(usage.get("output_tokens")),
        "tokens_thought": said_count(usage.get("reasoning_tokens")),
        "seconds": None if latency is None else latency / 1000,
        "score": score,
        "scorer": result.metric if result and score is not None else "",
    }
