"""The thought that a server sends apart from the reply: by which field, and how much of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evaluations.inference.engine import TraceVisibility

FIELDS = ("reasoning", "reasoning_content")
DETAILS = "reasoning_details"
PARTS = "content"


def sound(text: str) -> str:
    """A text that can be stored: halves of characters are joined, or replaced where one is alone.

    Servers that stream may part a character between two pieces; NUL no database takes.
    """
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return joined.replace("\x00", "�")


@dataclass
class Thoughts:
    """Pieces of thoughts as they come in, by field; OpenRouter sends the same in two of them."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    summaries: dict[str, list[str]] = field(default_factory=dict)
    withheld: str = ""
    """The field in which a thought came encrypted, or as nothing but its place."""
    size: int = 0
    """Characters so far."""

    def add(self, name: str, text: object) -> None:
        if isinstance(text, str) and text:
            self.texts.setdefault(name, []).append(text)
            self.size += len(text)

    def add_summary(self, name: str, text: object) -> None:
        if isinstance(text, str) and text:
            self.summaries.setdefault(name, []).append(text)
            self.size += len(text)

    def read(self, message: dict[str, Any]) -> None:
        """Take what a message, or a piece of one, holds of a thought."""
        for name in FIELDS:
            self.add(name, message.get(name))
        details = message.get(DETAILS)
        for detail in details if isinstance(details, list) else []:
            if isinstance(detail, dict):
                self._read_detail(detail)

    def _read_detail(self, detail: dict[str, Any]) -> None:
        match detail.get("type"):
            case "reasoning.text":
                self.add(DETAILS, detail.get("text"))
            case "reasoning.summary":
                self.add_summary(DETAILS, detail.get("summary"))
            case "reasoning.encrypted":
                self.withheld = self.withheld or DETAILS

    def said(self) -> list[str]:
        """Every text, each in one piece."""
        return ["".join(text) for each in (self.texts, self.summaries) for text in each.values()]

    def strike_out(self, without: Callable[[str], str]) -> None:
        """Put the text of every field through `without`."""
        for each in (self.texts, self.summaries):
            for name, pieces in each.items():
                each[name] = [without("".join(pieces))]


@dataclass(frozen=True)
class Apart:
    """A thought that came apart from the reply; no `field` where none did."""

    text: str
    field: str
    visibility: TraceVisibility


def thought_apart(thoughts: Thoughts, reasoning_tokens: int) -> Apart:
    """What can be read of a thought, by what came back and never by what was asked for.

    A summary in the details is repeated in `reasoning`, and does not become the thought by it.
    """
    for name in (DETAILS, PARTS, *FIELDS):
        if text := sound("".join(thoughts.texts.get(name, []))).strip():
            return Apart(text, name, "full")
        if text := sound("".join(thoughts.summaries.get(name, []))).strip():
            return Apart(text, name, "summary")
    if thoughts.withheld:
        return Apart("", thoughts.withheld, "redacted")
    if reasoning_tokens > 0:
        return Apart("", "usage", "hidden")
    return Apart("", "", "not-written")
