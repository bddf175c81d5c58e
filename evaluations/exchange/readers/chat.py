"""Chat completions: requests with their responses, one pair a line. Pure.

A line holds `request` and `response` (OpenAI, vLLM, DeepSeek, llama.cpp, Ollama's /api/chat), or a
conversation that ends with the model's message, with `model` beside it, or a line of a batch's
output, whose request stands in the batch's input file. Thoughts are read as this site reads those
of the servers that it asks.
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
    said_text,
    seed_of,
    settings_of,
    text_or_none,
)
from evaluations.exchange.readers.lines import BOM, LONGEST_LINE, json_in, objects_of
from evaluations.exchange.readers.messages import TOOLS, has_tools, question_in, words_in
from evaluations.exchange.readers.records import Origin, Read, Record, Refused
from evaluations.exchange.readers.replies import Reply, reply_apart, reply_of, stop_reason_of
from evaluations.exchange.readers.samples import Samples, digest
from evaluations.inference.backends.openai_replies import Usage
from evaluations.inference.backends.openai_thoughts import PARTS, Thoughts, thought_apart

FORMAT = "chat"
_NO_SETTINGS = frozenset(
    {"messages", "model", "stream", "stream_options", "seed", "n", "tools", "tool_choice", "user"}
    | {"metadata", "store", "options", "keep_alive"}
)
_NANOSECONDS = 1e9


class _Pair(NamedTuple):
    request: Mapping[str, Any]
    response: Mapping[str, Any]


class _Requests:
    """The requests of a batch, found by `custom_id`; only where they stand is kept."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._stand: dict[str, int] = {}
        start = file.tell()
        if file.read(len(BOM)) != BOM:
            file.seek(start)
        end = file.tell()
        while raw := file.readline(LONGEST_LINE + 1):
            start, end = end, file.tell()
            value = json_in(raw) if len(raw) <= LONGEST_LINE else None
            if isinstance(value, dict) and isinstance(value.get("custom_id"), str):
                self._stand[digest_of(value["custom_id"])] = start

    def request(self, custom_id: str) -> Mapping[str, Any]:
        """The body of a request; empty where there is none."""
        start = self._stand.get(digest_of(custom_id))
        if start is None:
            return {}
        self._file.seek(start)
        return mapping_of(json_in(self._file.readline(LONGEST_LINE)).get("body"))


def digest_of(custom_id: str) -> str:
    return digest(custom_id.encode("utf-8", "replace").decode())


def read_chat(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One record a choice. Samples of one prompt and model are numbered in the file's order."""
    requests = None if companion is None else _Requests(companion)
    samples = Samples()
    for found in objects_of(file):
        if isinstance(found, Refused):
            yield found
            continue
        line, row = found
        try:
            records = _records_in(_pair_in(row, requests), line, samples)
        except Unfit as error:
            yield Refused(line, str(error))
        else:
            yield from records


def _pair_in(row: Mapping[str, Any], requests: _Requests | None) -> _Pair:
    if "custom_id" in row and "body" not in row:
        return _batched(row, requests)
    if "response" in row:
        if not mapping_of(row.get("request")):
            raise Unfit("It is a response without its request: it has no prompt.")
        return _Pair(mapping_of(row["request"]), _answered(row["response"]))
    if "choices" in row or "done" in row:
        raise Unfit("It is a response without its request: it has no prompt.")
    messages = list_of(row.get("messages"))
    if messages and mapping_of(messages[-1]).get("role") == "assistant":
        model = row.get("model")
        asked = {"messages": messages[:-1], "model": model}
        return _Pair(asked, {"choices": [{"message": messages[-1]}], "model": model})
    raise Unfit("It is a request without a response.")


def _batched(row: Mapping[str, Any], requests: _Requests | None) -> _Pair:
    if error := mapping_of(row.get("error")):
        what = said_text(error.get("code")) or "no code"
        raise Unfit(f"It holds an error instead of a response: {what}.")
    response = mapping_of(row.get("response"))
    body = _answered(response.get("body"))
    if requests is None:
        raise Unfit("It has no prompt: the prompts are in the input file of the batch. Give both.")
    request = requests.request(row["custom_id"]) if isinstance(row["custom_id"], str) else {}
    if not request:
        raise Unfit("It has no prompt: the input file of the batch has no such “custom_id”.")
    return _Pair(request, body)


def _answered(value: object) -> Mapping[str, Any]:
    response = mapping_of(value)
    if error := response.get("error"):
        what = said_text(mapping_of(error).get("code")) or said_text(error) or "no code"
        raise Unfit(f"It holds an error instead of a response: {what}.")
    if not response:
        raise Unfit("It has no response.")
    return response


def _records_in(pair: _Pair, line: int, samples: Samples) -> list[Record]:
    request, response = pair
    system, prompt = question_in(request.get("messages"))
    named = response.get("model") or request.get("model")
    if not named:
        raise Unfit("It names no model.")
    model = name_of(named, "model")
    choices = list_of(response.get("choices"))
    if isinstance(response.get("message"), dict):
        choices = [{**response, "finish_reason": response.get("done_reason")}]
    if not choices:
        raise Unfit("The response has no choice.")
    usage = _usage_in(response)
    read = [_reply_in(choice, usage.reasoning) for choice in choices]
    options = mapping_of(request.get("options"))
    asked = {name: value for name, value in request.items() if name not in _NO_SETTINGS}
    settings = settings_of(asked | {n: v for n, v in options.items() if n not in _NO_SETTINGS})
    seconds = said_number(response.get("total_duration"))
    known = said_text(response.get("id"))
    # A server counts the tokens of all choices together.
    alone = len(read) == 1
    records = []
    for index, (reply, stop_reason) in enumerate(read):
        sample = samples.following((system, prompt, model))
        told = known or str(sample)
        records.append(
            Record(
                line=line,
                prompt=prompt,
                system=system,
                model=model,
                **reply._asdict(),
                origin=Origin(
                    format=FORMAT,
                    sample=digest(told, system, prompt, model, reply.text),
                    epoch=index,
                ),
                settings=settings,
                sample=sample,
                seed=seed_of(request.get("seed", options.get("seed")), "seed"),
                stop_reason=stop_reason,
                tokens_in=said_count(usage.tokens_in),
                tokens_out=said_count(usage.tokens_out) if alone else None,
                tokens_thought=said_count(usage.reasoning) or None if alone else None,
                seconds=None if seconds is None else round(seconds / _NANOSECONDS, 3),
            )
        )
    return records


def _usage_in(response: Mapping[str, Any]) -> Usage:
    if "usage" in response:
        return Usage.of(dict(mapping_of(response["usage"])))
    return Usage(
        said_count(response.get("prompt_eval_count")), said_count(response.get("eval_count"))
    )


def _reply_in(choice: object, reasoning_tokens: int) -> tuple[Reply, str]:
    """The reply of a choice, and why it ended."""
    said = mapping_of(choice)
    message = said.get("message")
    if not isinstance(message, dict):
        raise Unfit("The response has a choice without a message.")
    if has_tools(message):
        raise Unfit(TOOLS)
    stop_reason = stop_reason_of(said_text(said.get("finish_reason")))
    thoughts = Thoughts()
    thoughts.read(message)
    thoughts.add("reasoning", message.get("thinking"))
    content = _without_thoughts(message.get("content"), thoughts)
    for text in thoughts.said():
        if fault := fault_in(text):
            raise Unfit(f"The reasoning {fault}.")
    words = "" if content is None else words_in(content, "content")
    words = words or text_or_none(message.get("refusal"), "refusal")
    apart = thought_apart(thoughts, 0)
    if apart.field and apart.text:
        return reply_apart(apart.text, words, apart.visibility), stop_reason
    if apart.field:
        return Reply(words, "", words.strip(), apart.visibility), stop_reason
    finished, hidden = stop_reason != "length", reasoning_tokens > 0
    return reply_of(words, finished=finished, hidden=hidden), stop_reason


def _without_thoughts(content: Any, thoughts: Thoughts) -> Any:
    """The parts of a content that are no thought; thoughts among them are added to the others."""
    if not isinstance(content, list):
        return content
    rest = []
    for part in content:
        if isinstance(part, dict) and part.get("type") == "thinking":
            inner = part.get("thinking")
            for piece in inner if isinstance(inner, list) else [{"text": inner}]:
                thoughts.add(PARTS, mapping_of(piece).get("text"))
        else:
            rest.append(part)
    return rest
