"""What is kept of an answer as it came."""

from evaluations.inference.backends.openai_replies import MOST_RAW, ChatReply, numbers_in


def test_of_a_long_answer_only_the_beginning_is_kept_as_it_came() -> None:
    reply = ChatReply()
    for _ in range(3):
        reply.keep("x" * (MOST_RAW // 2))
    assert len(reply.raw) < MOST_RAW + 100
    assert reply.raw.endswith("(the rest was not kept)")


def test_of_what_a_server_counts_the_numbers_are_kept_as_it_calls_them() -> None:
    usage = {"prompt_tokens": 7, "cost": 0.25, "who": "me", "a": {"b": {"c": {"d": 1}}, "e": True}}
    assert numbers_in(usage) == {"prompt_tokens": 7, "cost": 0.25, "a": {"e": True}}
