"""How a model is asked: words, sampling and plan of a recipe, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluations.inference.engine import Message, Sampling

SINGLE = "single"
BUDGET = "budget"
EXTEND = "extend"
MAJORITY = "majority"
BEST_OF = "best-of"
REVISE = "revise"
CONTINUING = (BUDGET, EXTEND)
"""Plans that go on with a reply."""
CHOOSING = (MAJORITY, BEST_OF)
"""Plans that draw several replies and keep one."""
EFFORTS = ("none", "minimal", "low", "medium", "high")
"""How much a model may be told to think, in the words of OpenAI's protocol."""
SUMMARIES = ("auto", "concise", "detailed")
"""The summaries of its thought that a model may be asked for."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A recipe as engines and plans need it.

    `examples` are pairs of what is asked and what is replied. `number` and `words` belong to the
    plan: tokens of a budget, extensions, replies to choose from, rounds; what is said between.
    `effort` and `summary` are empty where they are left to the model.
    """

    strategy: str
    sampling: Sampling
    system: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    instruction: str = ""
    prefill: str = ""
    template_arguments: Mapping[str, Any] = field(default_factory=dict)
    plan: str = SINGLE
    number: int = 0
    words: str = ""
    grader: str = ""
    logprobs: bool = False
    effort: str = ""
    summary: str = ""

    def messages(self, prompt: str) -> tuple[Message, ...]:
        """The conversation that asks `prompt`: system, examples, and the prompt at the end.

        The instruction follows each prompt, where small models heed it best, also those of the
        examples, which are then asked as the prompt is.
        """
        turns = [Message(role="system", content=self.system)] if self.system else []
        for asked, replied in self.examples:
            turns.append(Message(role="user", content=self._asked(asked)))
            turns.append(Message(role="assistant", content=replied))
        return (*turns, Message(role="user", content=self._asked(prompt)))

    def _asked(self, text: str) -> str:
        return f"{text}\n\n{self.instruction}" if self.instruction else text

    def needs(self) -> tuple[str, ...]:
        """Names of the abilities (`evaluations.inference.abilities`) without which it is refused.

        A plan that goes on with a reply may have to do so from within a thought.
        """
        sampling, needed = self.sampling, []
        if self.prefill or self.plan in CONTINUING:
            needed.append("can_prefill")
        if self.plan in CONTINUING:
            needed.append("can_edit_trace")
        if sampling.top_k or sampling.min_p:
            needed.append("can_narrow")
        if sampling.repetition_penalty != 1:
            needed.append("can_penalize")
        if sampling.stop:
            needed.append("can_stop")
        if self.template_arguments:
            needed.append("can_set_template")
        if self.logprobs:
            needed.append("can_logprobs")
        if self.effort:
            needed.append("can_set_effort")
        if self.summary:
            needed.append("can_summarize")
        return tuple(needed)
