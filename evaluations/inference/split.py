"""Telling the trace (what was written on the way) from the answer in a model's reply."""

from __future__ import annotations

import re
from typing import NamedTuple

from evaluations.inference.engine import TraceVisibility
from evaluations.inference.strategies import DIRECT

# Rises with any change that could split a reply differently.
SPLIT_VERSION = 2
SHORT_WORDS = 3

_OPEN, _CLOSE = "<think>", "</think>"
_THINK_TAG = re.compile(r"</?think>")

_LEAD = r"(?:(?:so|thus|hence|therefore|then|finally|overall|in\ conclusion|in\ short),?[ \t]+)?"
# Every repetition is bounded, or a reply of nothing but blanks or asterisks would take for ever.
_MARKER = re.compile(
    rf"""
    (?:
        # "Answer:", "**Final answer:**", "Correct answer :", at a line's start or within one
        (?<!\w) [*_\#>]{{0,8}} [ \t]{{0,8}} (?:the[ \t]{{1,8}})?
        (?:(?:final|correct)[ \t]{{1,8}})? answer [ \t]{{0,8}} [*_]{{0,3}} [ \t]{{0,8}} [:：]
      |
        # "So the final answer is", "The answer to the riddle is:"
        (?<!\w) [*_\#>]{{0,8}} [ \t]{{0,8}} {_LEAD} the[ \t]{{1,8}}
        (?:(?:final|correct)[ \t]{{1,8}})? answer (?:[ \t]{{1,8}}to[ \t][^.:!?\n]{{1,80}}?)?
        [ \t]{{1,8}} is \b [ \t]{{0,8}} [:：,]?
      |
        # a heading of its own
        ^[ \t]{{0,8}} (?:\#{{1,6}}[ \t]{{0,8}}[*_]{{0,3}} | [*_]{{1,3}}) (?:final[ \t]{{1,8}})?
        answer [ \t]{{0,8}} [*_]{{0,3}} [ \t]{{0,8}} $
    )
    [*_]{{0,3}}
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_SENTENCE_END = re.compile(r"[.!?;]\s+\S")
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})")


class Split(NamedTuple):
    """`visibility` is `full` exactly when there is a trace; neither part has outer whitespace."""

    trace: str
    answer: str
    visibility: TraceVisibility


def split_output(
    text: str, strategy: str, *, thinking: bool = False, finished: bool = True
) -> Split:
    """Split a reply. Apart from whitespace, tags and one marker, every character is in a part.

    `thinking` says that the prompt had opened a `<think>` already; `finished` is False for a
    reply that was cut off. In this order:

    - What stands before the last `</think>` is trace, and so is an unclosed `<think>`.
    - In the rest the last answer marker ("Answer:", "Final answer", "The answer is") that
      something follows divides trace from answer, whichever strategy was asked for: a model asked
      for the answer alone may write its working nevertheless.
    - Without a marker a direct reply is all answer. Of a step-by-step reply with at least two
      lines the last line is the answer; a single line of a few words ("Yes.") is all answer; of a
      longer one, or a reply that was cut off, all is trace.
    """
    thought, rest = _split_thought(_OPEN + text if thinking else text)
    if rest is None:
        return _split(thought, "")
    found = find_answer_marker(rest)
    if found is not None:
        start, end = found
        emphasis = _EMPHASIS.search(rest, start, end)
        answer = rest[end:].strip()
        # "**Answer: 5**" opened its emphasis within the marker.
        if emphasis and answer.count(emphasis[0]) % 2:
            answer = answer.removesuffix(emphasis[0])
        return _split(_join(thought, rest[:start]), answer)
    if strategy == DIRECT or thought:
        return _split(thought, rest)
    before, _, last = rest.strip().rpartition("\n")
    if finished and not before and is_short(last):
        return _split("", last)
    if not before or not finished:
        return _split(rest, "")
    return _split(before, last)


def is_short(line: str) -> bool:
    """Whether a line is too short to hold working: a few words of one sentence."""
    return len(line.split()) <= SHORT_WORDS and not _SENTENCE_END.search(line)


def find_answer_marker(text: str) -> tuple[int, int] | None:
    """Where the last answer marker begins and ends that something follows, else the last one."""
    spans = [match.span() for match in _MARKER.finditer(text)]
    for span in reversed(spans):
        if text[span[1] :].strip(" \t\r\n*_."):
            return span
    return spans[-1] if spans else None


def _split_thought(text: str) -> tuple[str, str | None]:
    """The text up to the last closed thought without its tags, and the rest.

    The rest is None when a thought is still open at the end.
    """
    tags = list(_THINK_TAG.finditer(text))
    if not tags:
        return "", text
    if tags[-1][0] == _OPEN:
        return _THINK_TAG.sub("", text), None
    return _THINK_TAG.sub("", text[: tags[-1].end()]), text[tags[-1].end() :]


def _join(first: str, second: str) -> str:
    return "\n\n".join(part.strip() for part in (first, second) if part.strip())


def _split(trace: str, answer: str) -> Split:
    trace = trace.strip()
    return Split(trace, answer.strip(), "full" if trace else "not-written")
