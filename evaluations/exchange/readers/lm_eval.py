"""Samples of lm-evaluation-harness, with the results file beside them. Pure.

The samples name neither the model nor how it was asked: that stands in the results file. A
document stands there once for each filter of its task; the replies are the same ones.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from evaluations.exchange.readers.checks import (
    Unfit,
    fault_in,
    list_of,
    mapping_of,
    name_of,
    said_number,
    said_score,
    said_text,
    settings_of,
    text_of,
    written,
)
from evaluations.exchange.readers.documents import document_in
from evaluations.exchange.readers.lines import json_in, objects_of
from evaluations.exchange.readers.messages import question_in
from evaluations.exchange.readers.records import Origin, Read, Record, Refused, Skipped
from evaluations.exchange.readers.replies import reply_of
from evaluations.exchange.readers.samples import Samples

FORMAT = "lm-eval"
_TAKE_FIRST = "take_first"
_LOG_LIKELIHOOD = "It is a log-likelihood request: “resps” holds numbers, and nothing was written."


class _Run(NamedTuple):
    """What the results file says of the samples."""

    model: str
    revision: str
    task: str
    log: str
    cuts_thoughts: bool
    filters: Mapping[str, tuple[str, ...]]


def read_lm_eval(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One record a repeat of a document; its further lines, one a filter, are skipped."""
    if companion is None:
        yield Refused(
            0,
            "These samples do not name their model. Give the file results_….json beside them too.",
        )
        return
    try:
        run = _run_in(document_in(companion), name)
    except Unfit as error:
        yield Refused(0, f"The results file cannot be read: {error}")
        return
    first: dict[str, int] = {}
    samples = Samples()
    for found in objects_of(file, not_numbers=True):
        if isinstance(found, Refused):
            yield found
            continue
        line, row = found
        try:
            document = _document_in(row)
            if document in first:
                why = f"The same document as in line {first[document]}, through another filter."
                yield Skipped(line, why)
                continue
            records = _records_in(row, document, line, run, samples)
        except Unfit as error:
            yield Refused(line, str(error))
            continue
        first[document] = line
        yield from records


def _run_in(results: Mapping[str, Any], name: str) -> _Run:
    config = mapping_of(results.get("config"))
    arguments = _arguments_in(config.get("model_args"))
    named = results.get("model_name") or arguments.get("model") or arguments.get("pretrained")
    tasks = mapping_of(results.get("configs"))
    stem = name.rsplit("/", 1)[-1].removeprefix("samples_")
    fitting = [task for task in tasks if stem.startswith(task + "_")]
    task = max(fitting, key=len) if fitting else next(iter(tasks), "")
    model = name_of(named, "model_name")
    date = said_number(results.get("date"))
    return _Run(
        model=model,
        revision=said_text(config.get("model_sha")) or said_text(config.get("model_revision")),
        task=said_text(task),
        log=" ".join([model, said_text(task), str(date or "")]),
        cuts_thoughts=bool(arguments.get("think_end_token")),
        filters={
            str(each.get("name")): tuple(
                str(step.get("function")) for step in map(mapping_of, list_of(each.get("filter")))
            )
            for each in map(mapping_of, list_of(mapping_of(tasks.get(task)).get("filter_list")))
        },
    )


def _arguments_in(value: object) -> Mapping[str, Any]:
    """The arguments of the model, which older versions wrote as one text."""
    if isinstance(value, str):
        pairs = (part.partition("=") for part in value.split(","))
        return {key.strip(): said.strip() for key, _, said in pairs}
    return mapping_of(value)


def _document_in(row: Mapping[str, Any]) -> str:
    document = row.get("doc_id")
    if isinstance(document, bool) or not isinstance(document, int | str):
        raise Unfit("It has no “doc_id”.")
    return text_of(str(document), "doc_id")


def _records_in(
    row: Mapping[str, Any], document: str, line: int, run: _Run, samples: Samples
) -> list[Record]:
    texts = _texts_in(row.get("resps"))
    asked, told = _request_in(row.get("arguments"))
    # A request to write has settings; one that weighs a text alone has none, and gives a number.
    if not isinstance(told, dict) and all(map(_is_number, texts)):
        raise Unfit(_LOG_LIKELIHOOD)
    system, prompt = _question_in(asked)
    settings = settings_of(told)
    chosen = said_text(row.get("filter"))
    metric = next((said_text(each) for each in list_of(row.get("metrics"))), "")
    score = said_score(row.get(metric)) if metric else None
    # Of several repeats the score belongs to the first, if the filter takes that one.
    takes_first = _TAKE_FIRST in run.filters.get(chosen, (_TAKE_FIRST,))
    target = row.get("target")
    reference = str(target) if isinstance(target, str | int) else ""
    records = []
    for repeat, text in enumerate(texts):
        scored = score is not None and (len(texts) == 1 or (repeat == 0 and takes_first))
        reply = reply_of(text, hidden=run.cuts_thoughts)
        records.append(
            Record(
                line=line,
                prompt=prompt,
                system=system,
                model=run.model,
                model_revision=run.revision,
                **reply._asdict(),
                origin=Origin(format=FORMAT, log=run.log, sample=document, epoch=repeat),
                settings=settings,
                sample=samples.placed((system, prompt), repeat),
                reference="" if fault_in(reference) else reference,
                score=score if scored else None,
                scorer=f"{metric}, {chosen}" if scored else "",
                task=run.task,
            )
        )
    return records


def _request_in(value: object) -> tuple[object, object]:
    """What was asked, and with which settings; versions before 0.4.3 wrote lists without names."""
    if isinstance(value, list) and value:
        asked, told, *_ = [*list_of(value[0]), None, None]
        return asked, told
    request = mapping_of(mapping_of(value).get("gen_args_0"))
    return request.get("arg_0"), request.get("arg_1")


def _texts_in(value: object) -> list[str]:
    """The replies to a document: one request, asked once or several times."""
    requests = list_of(value)
    if not requests or not list_of(requests[0]):
        raise Unfit("It has no reply in “resps”.")
    if any(isinstance(reply, list) for request in requests for reply in list_of(request)):
        raise Unfit(_LOG_LIKELIHOOD)
    if len(requests) > 1:
        raise Unfit("It has several requests for one document.")
    replies = list_of(requests[0])
    if all(isinstance(reply, float) for reply in replies):
        raise Unfit(_LOG_LIKELIHOOD)
    return [text_of(reply, "resps") for reply in replies]


def _is_number(text: str) -> bool:
    try:
        return float(text) <= 0
    except ValueError:
        return False


def _question_in(value: object) -> tuple[str, str]:
    """The system message and the prompt, from a text or from messages written as JSON."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return question_in(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str) and value.lstrip().startswith('[{"role"'):
        messages = json_in(value.encode("utf-8", "surrogatepass"))
        if isinstance(messages, list):
            return question_in(messages)
    return "", written(value, "arguments")
