"""A reply's two parts, by what the log has set apart. Pure.

One rule for all formats: where a log sets the thought apart, in a field or between tags, the rest
is the answer as it stands. Where nothing is set apart, the reply is divided as this site divides
its own direct replies: what stands before a marker such as “Answer:” is its trace. A reply that
was cut off may not have come to its answer, so it is left as it is.
"""

from typing import NamedTuple

from evaluations.inference.engine import TraceVisibility
from evaluations.inference.split import split_output
from evaluations.inference.strategies import DIRECT
from evaluations.inference.thought import joined, split_thought

CUT = frozenset({"length", "max_tokens", "model_length"})
"""What logs say of a reply that was cut off."""


class Reply(NamedTuple):
    """`text` is the whole reply; there is a trace exactly where it is `full` or a `summary`."""

    text: str
    trace: str
    answer: str
    visibility: TraceVisibility


def stop_reason_of(said: str) -> str:
    """The log's own word, but `length` for every way to be cut off."""
    return "length" if said in CUT else said


def reply_of(text: str, *, finished: bool = True, hidden: bool = False) -> Reply:
    """A reply in one text. `hidden` says that a thought came before it that the log lacks."""
    thought = split_thought(text, finished=finished)
    rest = "" if thought.start is None else text[thought.start : thought.end].strip()
    if thought.text:
        return Reply(text, thought.text.strip(), rest, "full")
    if hidden or not finished:
        return Reply(text, "", rest, "hidden" if hidden else "not-written")
    return Reply(text, *split_output(text, DIRECT))


def reply_apart(thought: str, said: str, visibility: TraceVisibility) -> Reply:
    """A reply whose thought the log sets apart; `thought` is what can be read of it."""
    return Reply(joined(thought, said), thought, said.strip(), visibility)
