"""Telling the trace (what was written on the way) from the answer in a model's reply."""

from __future__ import annotations

import re
from typing import NamedTuple

from evaluations.inference.answer import locate
from evaluations.inference.engine import TraceVisibility
from evaluations.inference.strategies import DIRECT
from evaluations.inference.thought import Tags, split_thought

# Rises with any change that could split a reply differently, the table of thought tags included.
SPLIT_VERSION = 6

_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})")
_LABEL = re.compile(r"(?:\banswer(?:\s+(?:choice|option|letter))?|\A)[\W_]*\Z", re.IGNORECASE)
_ANSWER_TAG = re.compile(r"</?answer[ ]{0,3}>", re.IGNORECASE)


class Split(NamedTuple):
    """`visibility` is `full` exactly when there is a trace; neither part has outer whitespace."""

    trace: str
    answer: str
    visibility: TraceVisibility


def split_output(
    text: str,
    strategy: str,
    *,
    thinking: bool = False,
    finished: bool = True,
    own: Tags | None = None,
) -> Split:
    """Split a reply for its readers. Apart from whitespace, tags and a bare label, nothing is lost.

    `thinking` says that the prompt had opened a thought already; `finished` is False for a
    reply that was cut off; `own` are thought tags of this model beside the table's. In this order:

    - What stands before the last closed thought's end is trace, and so is an unclosed thought.
    - In the rest the answer that `evaluations.inference.answer` finds divides trace from answer,
      whichever strategy was asked for: a model asked for the answer alone may write its working
      nevertheless. The answer begins with its marker where that is a sentence ("The answer is 12.")
      and not a bare label ("Answer: 12"), and goes on to the end of the reply.
    - Without box, marker or heading a direct reply is all answer. Of a step-by-step reply with at
      least two lines the last line is the answer; a single line of a few words ("Yes.") is all
      answer; of a longer one, or a reply that was cut off, all is trace.
    """
    thought = split_thought(text, thinking=thinking, finished=finished, own=own)
    if thought.start is None:
        return _split(thought.text, "")
    rest = text[thought.start : thought.end]
    direct = strategy == DIRECT or bool(thought.text)
    found = locate(rest, direct=direct, finished=finished)
    if found.span.start == found.span.end:  # a marker that nothing follows gives no answer
        return _split(_join(thought.text, rest), "")
    cut = found.cut
    answer = rest[cut:]
    if found.span.how in ("marker", "heading"):
        label = rest[cut : found.span.start]
        if _LABEL.search(label):
            answer = rest[found.span.start :]
            # "**Answer: 5**" opened its emphasis within the label.
            opened = _EMPHASIS.search(label)
            if opened and answer.count(opened[0]) % 2:
                answer = answer.rstrip().removesuffix(opened[0])
        answer = _ANSWER_TAG.sub("", answer)
    return _split(_join(thought.text, rest[:cut]), answer)


def _join(first: str, second: str) -> str:
    return "\n\n".join(part.strip() for part in (first, second) if part.strip())


def _split(trace: str, answer: str) -> Split:
    trace = trace.strip()
    return Split(trace, answer.strip(), "full" if trace else "not-written")
