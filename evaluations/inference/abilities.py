"""What engines can do beyond asking and drawing: declared by each, needed by recipes.

Loads no engine, so that a run can be refused where it is submitted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """Everything beyond messages, temperature, top-p and a limit of tokens is off by default.

    `can_prefill`: the reply goes on from given words. `can_edit_trace`: also from within a
    thought. `can_seed`: a seed gives the same text again, alone and in company. `can_logprobs`:
    says how likely each token was. `can_narrow`: top-k and min-p. `can_penalize`: the repetition
    penalty. `can_stop`: stop strings. `can_set_template`: arguments of the chat template.
    `can_set_effort`: how much to think. `can_summarize`: tells a summary of its thought.
    """

    can_prefill: bool = False
    can_edit_trace: bool = False
    can_seed: bool = False
    can_logprobs: bool = False
    can_narrow: bool = False
    can_penalize: bool = False
    can_stop: bool = False
    can_set_template: bool = False
    can_set_effort: bool = False
    can_summarize: bool = False

    def refusal(self, needs: Collection[str]) -> str:
        """Why what is needed cannot be had, in words; empty where it can."""
        lacking = [
            words for name, words in IN_WORDS.items() if name in needs and not self.has(name)
        ]
        return " ".join(f"Its engine cannot {words}." for words in lacking)

    def has(self, name: str) -> bool:
        return bool(getattr(self, name))


IN_WORDS = {
    "can_prefill": "begin a reply with given words, or go on with one",
    "can_edit_trace": "go on from within a thought",
    "can_seed": "repeat a text by its seed",
    "can_logprobs": "say how likely each token was",
    "can_narrow": "use top-k or min-p",
    "can_penalize": "use a repetition penalty",
    "can_stop": "use stop strings",
    "can_set_template": "hand arguments to the chat template",
    "can_set_effort": "be told how much to think",
    "can_summarize": "be asked for a summary of its thought",
}
"""Each ability as a page says it, behind “can” or “cannot”."""
