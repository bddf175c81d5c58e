"""The protocol's own values."""

from __future__ import annotations

import pytest

from evaluations.inference.engine import Message, Sampling
from evaluations.inference.strategies import STRATEGIES, prompt_messages


@pytest.mark.parametrize(
    ("temperature", "top_p", "max_new_tokens", "named"),
    [
        (-0.1, 1.0, 1, "temperature"),
        (float("nan"), 1.0, 1, "temperature"),
        (1.0, 0.0, 1, "top_p"),
        (1.0, 1.1, 1, "top_p"),
        (1.0, 1.0, 0, "max_new_tokens"),
    ],
)
def test_sampling_refuses_nonsense(
    temperature: float, top_p: float, max_new_tokens: int, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        Sampling(temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens)


def test_each_strategy_puts_the_prompt_first_and_asks_in_its_own_words() -> None:
    asked = {strategy: prompt_messages(strategy, "How many?") for strategy in STRATEGIES}
    for messages in asked.values():
        assert [message.role for message in messages] == ["user"]
        assert messages[0].content.startswith("How many?\n\n")
    assert "final answer only" in asked["direct"][0].content
    assert "step by step" in asked["step-by-step"][0].content
    assert "Answer:" in asked["step-by-step"][0].content


def test_an_unknown_strategy_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="direct, step-by-step"):
        prompt_messages("guess", "How many?")


def test_messages_cannot_be_changed() -> None:
    message = Message(role="user", content="x")
    with pytest.raises(AttributeError):
        message.content = "y"  # type: ignore[misc]
