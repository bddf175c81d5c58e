"""The site's own words for asking: instructions by strategy, which recipes begin with."""

from __future__ import annotations

from evaluations.inference.engine import Message

DIRECT = "direct"
STEP_BY_STEP = "step-by-step"
STRATEGIES = (DIRECT, STEP_BY_STEP)

# Rises with any change of the wording below; recorded with each run, so that outputs asked in
# different words are never taken for the same recipe.
STRATEGY_VERSION = 1

INSTRUCTIONS = {
    DIRECT: "Answer with the final answer only, without any explanation.",
    STEP_BY_STEP: (
        "Think step by step. Write your reasoning as numbered steps, then end with one line that "
        "starts with “Answer:” and gives the final answer."
    ),
}


def prompt_messages(strategy: str, prompt_text: str) -> tuple[Message, ...]:
    """The conversation that asks `prompt_text` in the site's words: one message of the user.

    The instruction follows the prompt, where small models heed it best, and no system message is
    used, since several chat templates refuse one.

    Raises ValueError for an unknown strategy.
    """
    if strategy not in INSTRUCTIONS:
        raise ValueError(f"unknown strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    return (Message(role="user", content=f"{prompt_text}\n\n{INSTRUCTIONS[strategy]}"),)
