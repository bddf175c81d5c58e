"""What servers send that could not be stored as it is, or is no reply."""

import pytest

from evaluations.inference.backends.openai_replies import BadAnswer, ChatReply, Usage
from evaluations.inference.backends.openai_thoughts import Thoughts, sound, thought_apart


def test_halves_of_a_character_are_joined_and_what_no_database_takes_is_replaced() -> None:
    reply = ChatReply()
    for piece in ("so \ud83d", "\ude00", " \ud83d \x00"):
        reply.read_event({"choices": [{"index": 0, "delta": {"content": piece}}]})
    assert reply.text == "so 😀 � �"
    assert sound("plain") == "plain"
    thoughts = Thoughts()
    thoughts.add("reasoning", "\ud83d")
    thoughts.add("reasoning", "\ude00")
    assert thought_apart(thoughts, 0).text == "😀"


def test_the_size_of_a_thought_is_counted_as_it_comes() -> None:
    thoughts = Thoughts()
    thoughts.read({"reasoning": "Hm.", "reasoning_content": "Well", "reasoning_details": [
        {"type": "reasoning.summary", "summary": "It is unsure."}]})  # fmt: skip
    assert thoughts.size == 20
    thoughts.texts["reasoning"].clear()
    assert thoughts.size == 20, "no piece is looked at again"


@pytest.mark.parametrize("tokens", [True, -1, 10**12, "9", 1.5, None])
def test_counts_that_are_none_are_not_believed(tokens: object) -> None:
    assert Usage.of({"completion_tokens": tokens, "prompt_tokens": 3}) == Usage(3, None, 0)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": ["x", {"index": 1, "delta": {"content": "another sample"}}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 0, "delta": {"content": 5, "reasoning": [], "tool_calls": [1]}}]},
        {"choices": [{"index": 0, "delta": {"reasoning_details": ["x", {"type": "new"}]}}]},
        {"model": 3, "usage": "none", "system_fingerprint": None},
    ],
)
def test_odd_events_are_passed_over(event: dict[str, object]) -> None:
    reply = ChatReply()
    reply.read_event(event)
    assert (reply.text, reply.size, reply.has_ended) == ("", 0, False)
    with pytest.raises(BadAnswer):
        reply.check_ended()
