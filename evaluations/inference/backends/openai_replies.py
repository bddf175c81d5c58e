"""A reply as it is put together from what a server sends, in either dialect."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from evaluations.inference.backends.openai_thoughts import PARTS, Thoughts, sound
from evaluations.inference.engine import Likely, StopReason

_STOPS: dict[str, StopReason] = {
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "incomplete": "length",
    "content_filter": "filtered",
}


MOST_RAW = 200_000
"""Characters of an answer that are kept as they came."""
MOST_COUNTS = 40


class BadAnswer(Exception):
    """An answer that is no reply, such as a stream that was cut; the message is for a reader.

    `said` is what the server put in its place, for staff; `hopeless` that it would do so again.
    """

    def __init__(self, why: str, said: str = "", *, hopeless: bool = False) -> None:
        super().__init__(why)
        self.said, self.hopeless = said, hopeless


class Usage(NamedTuple):
    """Tokens as the server counted them; those out include the thought."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    reasoning: int = 0

    @classmethod
    def of(cls, usage: dict[str, Any]) -> Usage:
        """From the words of either dialect."""
        details: Any = usage.get("completion_tokens_details") or usage.get("output_tokens_details")
        reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
        return cls(
            _count(usage.get("prompt_tokens", usage.get("input_tokens"))),
            _count(usage.get("completion_tokens", usage.get("output_tokens"))),
            _count(reasoning) or 0,
        )


class Reply(ABC):
    """What was read so far. `finish` is the server's word for why it ended, empty until then."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.thoughts = Thoughts()
        self.finish = ""
        self.usage = Usage()
        self.model = ""
        self.fingerprint = ""
        self.counted: dict[str, Any] = {}
        self.logprobs: list[Likely] = []
        self._raw: list[str] = []
        self._kept = 0
        self._written = 0

    @property
    def text(self) -> str:
        return sound("".join(self.pieces))

    @property
    def raw(self) -> str:
        """What came, piece by piece, as far as it is kept."""
        return sound("\n".join(self._raw))

    def keep(self, came: str) -> None:
        """Keep a piece of the answer as it came, up to a bound in all."""
        if self._kept < MOST_RAW:
            self._raw.append(came[: MOST_RAW - self._kept])
            self._kept += len(came)
            if self._kept >= MOST_RAW:
                self._raw.append("(the rest was not kept)")

    @property
    def size(self) -> int:
        """Characters of text and thought so far."""
        return self._written + self.thoughts.size

    @property
    def has_ended(self) -> bool:
        return bool(self.finish)

    @property
    def has_usage(self) -> bool:
        return self.usage.tokens_out is not None

    @property
    def stop_reason(self) -> StopReason:
        return _STOPS.get(self.finish, "stop")

    def check_ended(self) -> None:
        """Raises BadAnswer for a reply that was cut before its end."""
        if not self.has_ended:
            raise BadAnswer("The endpoint's answer was cut before its end.")

    def write(self, text: object) -> None:
        """Add a piece of the reply itself."""
        if isinstance(text, str) and text:
            self.pieces.append(text)
            self._written += len(text)

    def note(self, data: dict[str, Any]) -> None:
        """Keep which model answered and what it counted."""
        self.model = _text(data.get("model")) or self.model
        self.fingerprint = _text(data.get("system_fingerprint")) or self.fingerprint
        usage = data.get("usage")
        if isinstance(usage, dict) and usage:
            self.usage, self.counted = Usage.of(usage), numbers_in(usage)

    def strike_out(self, without: Callable[[str], str]) -> None:
        """Put every text through `without`, which takes out what must not be stored."""
        tokens = "".join(token.text for token in self.logprobs)
        told = ["".join(self.pieces), self.raw, tokens, *self.thoughts.said()]
        if any(without(text) != text for text in told):
            # Pieces that came one by one may hold it together.
            self._raw, self.logprobs = [], []
        self.pieces = [without("".join(self.pieces))]
        self.thoughts.strike_out(without)
        self.finish, self.model = without(self.finish), without(self.model)
        self.fingerprint = without(self.fingerprint)
        self.counted = json.loads(without(json.dumps(self.counted)))

    @abstractmethod
    def read_event(self, event: dict[str, Any]) -> None:
        """Take one event of a stream. Raises BadAnswer where the server reports an error."""

    @abstractmethod
    def read_whole(self, answer: dict[str, Any]) -> None:
        """Take an answer that came in one piece. Raises BadAnswer as above."""


class ChatReply(Reply):
    """Chat completions: choices with a delta, or with a message where nothing was streamed."""

    def read_event(self, event: dict[str, Any]) -> None:
        _refuse_error(event)
        self.note(event)
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, dict) and not choice.get("index"):
                self._read_choice(choice)

    def read_whole(self, answer: dict[str, Any]) -> None:
        self.read_event(answer)

    def _read_choice(self, choice: dict[str, Any]) -> None:
        self.logprobs += likely_in(choice.get("logprobs"))
        message = choice.get("delta") or choice.get("message")
        if isinstance(message, dict):
            self.thoughts.read(message)
            content = message.get("content")
            self.write(content)
            self.write(message.get("refusal"))
            for part in content if isinstance(content, list) else []:
                self._read_part(part)
        self.finish = _text(choice.get("finish_reason")) or self.finish

    def _read_part(self, part: object) -> None:
        """Mistral sends its thought as a part of the content, which has parts of its own."""
        if not isinstance(part, dict):
            return
        if part.get("type") != "thinking":
            self.write(part.get("text"))
            return
        inner = part.get("thinking")
        for piece in inner if isinstance(inner, list) else [{"text": inner}]:
            if isinstance(piece, dict):
                self.thoughts.add(PARTS, piece.get("text"))


class ResponsesReply(Reply):
    """Responses: typed events, and at the end the whole answer, which then counts alone."""

    FIELD = "reasoning_content"

    def __init__(self, most_tokens: int) -> None:
        super().__init__()
        self.most_tokens = most_tokens

    def read_event(self, event: dict[str, Any]) -> None:
        _refuse_error(event)
        match event.get("type"):
            case "response.output_text.delta" | "response.refusal.delta":
                self.write(event.get("delta"))
            case "response.reasoning_text.delta":
                self.thoughts.add(self.FIELD, event.get("delta"))
            case "response.reasoning_summary_text.delta":
                self.thoughts.add_summary(self.FIELD, event.get("delta"))
            case "response.completed" | "response.incomplete" | "response.failed":
                answer = event.get("response")
                self.read_whole(answer if isinstance(answer, dict) else {})
            case "error":
                raise BadAnswer("The endpoint reported an error.", _said(event))

    def read_whole(self, answer: dict[str, Any]) -> None:
        _refuse_error(answer)
        if answer.get("status") == "failed":
            raise BadAnswer("The endpoint reported an error.", _said(answer))
        self.pieces, self._written, self.thoughts = [], 0, Thoughts()
        self.note(answer)
        output = answer.get("output")
        for item in output if isinstance(output, list) else []:
            if isinstance(item, dict):
                self._read_item(item)
        self._end(answer)

    def _read_item(self, item: dict[str, Any]) -> None:
        content, summary = (
            value if isinstance(value := item.get(name), list) else []
            for name in ("content", "summary")
        )
        if item.get("type") == "reasoning":
            for part in content:
                self.thoughts.add(self.FIELD, isinstance(part, dict) and part.get("text"))
            texts = [part.get("text") for part in summary if isinstance(part, dict)]
            told = "\n\n".join(text for text in texts if isinstance(text, str) and text)
            self.thoughts.add_summary(self.FIELD, told)
            self.thoughts.withheld = "encrypted_content"
        elif item.get("type") == "message":
            for part in content:
                if isinstance(part, dict):
                    self.write(part.get("text") or part.get("refusal"))

    def _end(self, answer: dict[str, Any]) -> None:
        """Why it ended; a server may call complete what its limit cut off."""
        details = answer.get("incomplete_details")
        reason = _text(details.get("reason")) if isinstance(details, dict) else ""
        if answer.get("status") == "incomplete":
            self.finish = reason or "incomplete"
        elif answer.get("status") == "completed":
            full = (self.usage.tokens_out or 0) >= self.most_tokens
            self.finish = "max_output_tokens" if full else "completed"


def likely_in(told: object) -> Iterator[Likely]:
    """What a choice says of how likely its tokens were."""
    content = told.get("content") if isinstance(told, dict) else None
    for each in content if isinstance(content, list) else []:
        token = each if isinstance(each, dict) else {}
        value = token.get("logprob")
        if isinstance(value, int | float) and abs(value) < 1e15:
            yield Likely(_text(token.get("token")), min(float(value), 0.0))


def numbers_in(usage: dict[str, Any], level: int = 0) -> dict[str, Any]:
    """What a server counted, as it calls it: the numbers, and those within."""
    found: dict[str, Any] = {}
    for name, value in list(usage.items())[:MOST_COUNTS]:
        if isinstance(value, dict) and level < 2:
            if inner := numbers_in(value, level + 1):
                found[_text(name)] = inner
        elif isinstance(value, int | float) and abs(value) < 1e15:
            found[_text(name)] = value
    return found


def reply_in(dialect: str, most_tokens: int) -> Reply:
    """An empty reply of a dialect."""
    return ChatReply() if dialect == "chat" else ResponsesReply(most_tokens)


def _refuse_error(data: dict[str, Any]) -> None:
    if data.get("error"):
        raise BadAnswer("The endpoint reported an error.", _said(data))


def _said(data: dict[str, Any]) -> str:
    return sound(str(data.get("error") or data.get("message") or data))


def _text(value: object) -> str:
    return sound(value[:200]) if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31:
        return value
    return None
