"""One sample of an Inspect log, in whichever of its shapes, as a record. Pure.

What was said is read from `output.choices[0].message`; other messages only tell whether there was
more than one turn. Logs of the versions 0.3.62 to 0.3.70 have the thought as a text beside the
content, later ones as blocks within it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

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
from evaluations.exchange.readers.messages import TOOLS, TURNS, question_in, words_in
from evaluations.exchange.readers.records import Origin, Record
from evaluations.exchange.readers.replies import Reply, reply_apart, reply_of, stop_reason_of
from evaluations.exchange.readers.samples import Samples
from evaluations.inference.engine import TraceVisibility

FORMAT = "inspect"
REFERS = "attachment://"
_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_BETWEEN = "\n\n"


class Log(NamedTuple):
    """What the header of a log says of all its samples."""

    log: str
    model: str
    task: str
    settings: Mapping[str, Any]
    seed: int | None


class Sample(NamedTuple):
    """A sample as it stands in a log.

    `attachment` gives the text that a reference stands for, `conversation` every message, which
    is read only where it is needed.
    """

    data: Mapping[str, Any]
    attachment: Callable[[str], str]
    conversation: Callable[[], Iterator[Any]]


def log_in(header: Mapping[str, Any]) -> Log:
    """The header of a log. Raises Unfit where it names no model, or is of another version."""
    version = header.get("version")
    if version not in (1, 2, None):
        raise Unfit(f"It is of version {version} of Inspect's logs, and 2 is the last known here.")
    about = mapping_of(header.get("eval"))
    if not about:
        raise Unfit("It is no log of Inspect: “eval” is missing.")
    settings = settings_of(about.get("model_generate_config"))
    settings = settings or settings_of(mapping_of(header.get("plan")).get("config"))
    seed = settings.get("seed")
    log = said_text(about.get("eval_id")) or said_text(about.get("task_id"))
    return Log(
        log=log or said_text(about.get("run_id")),
        model=name_of(about.get("model"), "model"),
        task=said_text(about.get("task")),
        settings=settings,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
    )


def record_in(sample: Sample, line: int, log: Log, samples: Samples) -> tuple[Record, int]:
    """The record of a sample, and how many choices of the model beside the first it leaves out.

    Raises Unfit for what is not one question with one answer in words.
    """
    data = sample.data
    _check_whole(data)
    known = data.get("id")
    if isinstance(known, bool) or not isinstance(known, str | int):
        raise Unfit("The sample has no “id”.")
    epoch = said_count(data.get("epoch")) or 1
    _check_turns(sample)
    system, prompt = _question_in(sample)
    output = mapping_of(data.get("output"))
    choices = list_of(output.get("choices"))
    if not choices:
        raise Unfit("The model wrote nothing: the sample has no output.")
    choice = mapping_of(choices[0])
    stop_reason = stop_reason_of(said_text(choice.get("stop_reason")))
    usage = mapping_of(output.get("usage"))
    thought = said_count(usage.get("reasoning_tokens"))
    reply = _reply_in(sample, choice, finished=stop_reason != "length", hidden=bool(thought))
    scorer, score = _score_in(data.get("scores"))
    record = Record(
        line=line,
        prompt=prompt,
        system=system,
        model=log.model,
        **reply._asdict(),
        origin=Origin(format=FORMAT, log=log.log, sample=text_of(str(known), "id"), epoch=epoch),
        settings=log.settings,
        sample=samples.placed((system, prompt), max(0, epoch - 1)),
        seed=log.seed,
        stop_reason=stop_reason,
        tokens_in=said_count(usage.get("input_tokens")),
        tokens_out=said_count(usage.get("output_tokens")),
        tokens_thought=thought,
        seconds=said_number(output.get("time")),
        reference=_reference_in(sample),
        score=score,
        scorer=scorer,
        task=log.task,
    )
    return record, len(choices) - 1


def _check_whole(data: Mapping[str, Any]) -> None:
    """Raises Unfit for a sample that failed, or that somebody has taken back."""
    if error := data.get("error"):
        message = mapping_of(error).get("message")
        told = message[:200] if isinstance(message, str) and not fault_in(message) else "no message"
        raise Unfit(f"The sample has an error: {told}")
    if invalidation := data.get("invalidation"):
        about = mapping_of(invalidation)
        author, reason = said_text(about.get("author")), said_text(about.get("reason"))
        by = f" by {author}" if author else ""
        raise Unfit(f"The sample was invalidated{by}{f': {reason}' if reason else '.'}")


def _check_turns(sample: Sample) -> None:
    """Raises Unfit where tools were called, or more was said than a question and an answer."""
    answers = turns = 0
    for message in sample.conversation():
        said = mapping_of(message)
        role = said.get("role")
        if role == "tool" or said.get("tool_calls"):
            raise Unfit(TOOLS)
        answers += role == "assistant"
        turns += role == "user"
    if answers > 1 or turns > 1:
        raise Unfit(TURNS)


def _question_in(sample: Sample) -> tuple[str, str]:
    """The system message and the question, as the data set of the log has them."""
    asked = sample.data.get("input")
    if isinstance(asked, list):
        messages = [
            {**message, "content": _resolved(message.get("content"), sample)}
            for message in map(mapping_of, asked)
        ]
        return question_in(messages)
    return "", written(sample.attachment(text_of(asked, "input")), "input")


def _reference_in(sample: Sample) -> str:
    """The one right answer; none where several are right, since a grader here is told of one."""
    target = sample.data.get("target")
    if isinstance(target, list) and len(target) == 1:
        target = target[0]
    text = sample.attachment(target) if isinstance(target, str) else ""
    return "" if fault_in(text) else text


def _resolved(content: Any, sample: Sample) -> Any:
    """A content with what its texts refer to in their place; of an image nothing is looked up."""
    if isinstance(content, str):
        return sample.attachment(content)
    if not isinstance(content, list):
        return content
    parts = []
    for part in map(mapping_of, content):
        known = {
            name: sample.attachment(value)
            for name, value in part.items()
            if name in ("text", "reasoning", "summary") and isinstance(value, str)
        }
        parts.append({**part, **known})
    return parts


def _reply_in(sample: Sample, choice: Mapping[str, Any], *, finished: bool, hidden: bool) -> Reply:
    message = mapping_of(choice.get("message"))
    if message.get("tool_calls"):
        raise Unfit(TOOLS)
    content = _resolved(message.get("content"), sample)
    beside = sample.attachment(text_or_none(message.get("reasoning"), "reasoning"))
    if beside.strip():
        return reply_apart(written(beside, "reasoning"), words_in(content, "content"), "full")
    blocks = content if isinstance(content, list) else []
    if any(block.get("type") == "reasoning" for block in blocks):
        return _of_blocks(blocks, hidden=hidden)
    words = "" if content is None else words_in(content, "content")
    return reply_of(words, finished=finished, hidden=hidden)


def _of_blocks(blocks: list[Mapping[str, Any]], *, hidden: bool) -> Reply:
    """A reply in blocks: what stands up to the last thought is trace, text between them too.

    Where a part of the thought can be read neither itself nor as a summary, the whole counts as
    redacted, and none of it is shown: half a trace would be judged as a whole one.
    """
    last = max(at for at, block in enumerate(blocks) if block.get("type") == "reasoning")
    said = words_in(blocks[last + 1 :], "content")
    parts: list[str] = []
    between: list[str] = []
    readable = summaries = redacted = 0
    for block in blocks[: last + 1]:
        if block.get("type") != "reasoning":
            between.append(words_in([block], "content"))
            parts.append(between[-1])
            continue
        text = "" if block.get("redacted") else text_or_none(block.get("reasoning"), "reasoning")
        if not text.strip():
            text = text_or_none(block.get("summary"), "summary")
            summaries += bool(text.strip())
            redacted += bool(block.get("redacted")) and not text.strip()
        readable += bool(text.strip())
        parts.append(text_of(text, "reasoning"))
    if redacted or not readable:
        words = _BETWEEN.join(part for part in (*between, said) if part.strip())
        unread: TraceVisibility = "redacted" if redacted else "hidden" if hidden else "not-written"
        return Reply(words, "", words.strip(), unread)
    trace = _BETWEEN.join(part for part in parts if part.strip())
    return reply_apart(trace, said, "summary" if summaries else "full")


def _score_in(value: object) -> tuple[str, float | None]:
    """The name of the first scorer, and its score; none where it is no number from 0 to 1."""
    for scorer, told in mapping_of(value).items():
        score = mapping_of(told).get("value")
        if isinstance(score, str):
            return said_text(scorer), _GRADES.get(score)
        return said_text(scorer), said_score(score)
    return "", None
