"""What a plan asks next, from what was written so far. Pure: who drives it stores the stages.

`budget` cuts the thought after so many tokens, ends it, writes "Final answer:" and has the model
go on (Muennighoff et al. 2025, "s1", arXiv:2501.19393). `extend`, from the same paper, takes back
the end of the thought, writes a word such as "Wait" and has it go on. `majority` is
self-consistency (Wang et al. 2022). `revise` shows the model its own reply and asks again (Madaan
et al. 2023). A stage is a function of the stages before it, so that it can be written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluations.inference import ways
from evaluations.inference.engine import Message
from evaluations.inference.thought import Tags, before_its_end, split_thought
from evaluations.inference.ways import Way

# Rises with any change that could ask a later stage in other words.
PLAN_VERSION = 1

FINAL = "Final answer:"
WAIT = "Wait"
REVISE_WORDS = "Check your answer for mistakes. Then give the corrected answer in the same form."
MOST = {
    ways.BUDGET: 32_768, ways.EXTEND: 8, ways.MAJORITY: 64, ways.BEST_OF: 64, ways.REVISE: 8
}  # fmt: skip
"""The largest number of each plan."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A stage that was written: `text` followed `prefix`; `closer` would end its open thought."""

    prefix: str
    text: str
    stop_reason: str
    tokens_out: int | None
    thinking: bool = False
    own: Tags | None = None
    closer: str = ""

    @property
    def whole(self) -> str:
        return self.prefix + self.text


@dataclass(frozen=True, kw_only=True)
class Next:
    """A stage to be written. The reply goes on from `prefix`, of which the site writes `added`."""

    kind: str
    messages: tuple[Message, ...]
    prefix: str
    added: str
    max_new_tokens: int


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is read for one reply at most: each of so many `stages` reads `text`, and all together
    read so many tokens `again` that stages before them wrote.

    Without what a chat template writes around the words.
    """

    text: str
    stages: int
    again: int

    def tokens(self, text: float) -> float:
        """All tokens that are read, where `text` has so many."""
        return self.stages * text + self.again


def most_read(way: Way, prompt: str) -> Reading:
    """What the stages of a plan read at most, with all that the site writes between them."""
    number, most = way.number, way.sampling.max_new_tokens
    stages, again, added = {
        ways.SINGLE: (1, 0, ""),
        ways.BUDGET: (2, number, FINAL),
        ways.EXTEND: (number + 1, number * most, f"{way.words or WAIT}\n" * number),
        ways.MAJORITY: (number, 0, ""),
        ways.BEST_OF: (number, 0, ""),
        ways.REVISE: (number + 1, number * most, way.words or REVISE_WORDS),
    }[way.plan]
    said = [message.content for message in way.messages(prompt)]
    text = "\n".join(filter(None, [*said, way.prefill, added]))
    return Reading(text=text, stages=stages, again=again)


def stage_seed(seed: int, stage: int) -> int:
    """The seed of a stage: the sample's own for the first, for each later one another."""
    if stage == 0:
        return seed
    digest = hashlib.sha256(f"{seed}:stage:{stage}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def next_stage(way: Way, prompt: str, done: Sequence[Done]) -> Next | None:
    """What to ask next; None once the reply is whole."""
    begun = Next(
        kind=_KINDS[way.plan],
        messages=way.messages(prompt),
        prefix=way.prefill,
        added=way.prefill,
        max_new_tokens=way.number if way.plan == ways.BUDGET else way.sampling.max_new_tokens,
    )
    return _AFTER[way.plan](way, begun, done) if done else begun


def _single(way: Way, begun: Next, done: Sequence[Done]) -> Next | None:
    return None


def _budget(way: Way, begun: Next, done: Sequence[Done]) -> Next | None:
    last = done[-1]
    if len(done) > 1 or last.stop_reason != "length":
        return None
    # A character may be cut in two.
    whole = last.whole.rstrip("\ufffd")
    added = f"\n{last.closer}\n\n{FINAL}" if last.closer else f"\n\n{FINAL}"
    if split_thought(last.whole, thinking=last.thinking, own=last.own).text and not last.closer:
        # The thought had ended by itself, and the answer was being written.
        added = ""
    return Next(
        kind="answer",
        messages=begun.messages,
        prefix=whole + added,
        added=added,
        max_new_tokens=way.sampling.max_new_tokens,
    )


def _extend(way: Way, begun: Next, done: Sequence[Done]) -> Next | None:
    last = done[-1]
    left = way.sampling.max_new_tokens - sum(stage.tokens_out or 0 for stage in done)
    if len(done) > way.number or last.stop_reason != "stop" or left < 1:
        return None
    kept = before_its_end(last.whole, thinking=last.thinking, own=last.own).rstrip()
    added = f"\n\n{way.words or WAIT}"
    return Next(
        kind="extension",
        messages=begun.messages,
        prefix=kept + added,
        added=added,
        max_new_tokens=left,
    )


def _choose(way: Way, begun: Next, done: Sequence[Done]) -> Next | None:
    return begun if len(done) < way.number else None


def _revise(way: Way, begun: Next, done: Sequence[Done]) -> Next | None:
    if len(done) > way.number:
        return None
    last = done[-1]
    thought = split_thought(last.whole, thinking=last.thinking, own=last.own)
    reply = last.whole[thought.start : thought.end].strip() if thought.start is not None else ""
    said = (
        Message(role="assistant", content=reply or last.whole),
        Message(role="user", content=way.words or REVISE_WORDS),
    )
    return Next(
        kind="revision",
        messages=(*begun.messages, *said),
        prefix="",
        added="",
        max_new_tokens=begun.max_new_tokens,
    )


_KINDS = {
    ways.SINGLE: "reply",
    ways.BUDGET: "thought",
    ways.EXTEND: "reply",
    ways.MAJORITY: "candidate",
    ways.BEST_OF: "candidate",
    ways.REVISE: "draft",
}
_AFTER: dict[str, Callable[[Way, Next, Sequence[Done]], Next | None]] = {
    ways.SINGLE: _single,
    ways.BUDGET: _budget,
    ways.EXTEND: _extend,
    ways.MAJORITY: _choose,
    ways.BEST_OF: _choose,
    ways.REVISE: _revise,
}
