"""What a server takes beyond words and temperature is what its replies show."""

import asyncio
from typing import Any

import pytest

from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.backends.openai_requests import Endpoint, body_of, refusal_of
from evaluations.inference.backends.openai_ways import (
    SHOWN_BY,
    found_by_asking,
    halves,
    later_word,
)
from evaluations.inference.engine import Message, Request, Sampling
from evaluations.inference.thought import joined

WHOLE = "Cat, dog and hen."
ASKED = {"role": "user", "content": "Name three animals."}
NOTHING = {"shown_by": SHOWN_BY, "prefill": "", "stop": False, "top_k": False, "min_p": False}


class Server:
    """Writes WHOLE where nothing is drawn, and heeds the fields that it knows."""

    def __init__(self, *knows: str) -> None:
        self.knows, self.seen = knows, list[dict[str, Any]]()

    async def __call__(self, what: str, sent: dict[str, Any]) -> str | None:
        self.seen.append(sent)
        narrow = sent.get("top_k") == 1 and "top_k" in self.knows
        narrow = narrow or (sent.get("min_p", 0) > 0.9 and "min_p" in self.knows)
        text = "Ox." if sent["temperature"] and not narrow else WHOLE
        if "one text" in self.knows:
            text = WHOLE
        if sent.get("top_k") == -1 and "no -1" in self.knows:
            return None
        last = sent.get("messages", [ASKED])[-1]
        if last["role"] == "assistant":
            flagged = sent.get("continue_final_message") and "flags" in self.knows
            if "last" in self.knows or flagged:
                text = text.removeprefix(last["content"])
            elif "hints" in self.knows:
                text = text.removeprefix(last["content"]).strip()
        if "stop" in self.knows and sent.get("stop"):
            text = text.partition(sent["stop"][0])[0]
        return None if "nothing" in self.knows else text


def found(*knows: str, greedy: str = WHOLE) -> dict[str, Any]:
    return asyncio.run(found_by_asking(Server(*knows), ASKED, greedy, {"seed": 7}))


def test_what_a_server_heeds_is_found_and_what_it_takes_without_a_word_is_not() -> None:
    assert found() == NOTHING
    assert found("last", "stop", "top_k", "min_p") == {
        "shown_by": SHOWN_BY, "prefill": "last", "stop": True, "top_k": True, "min_p": True
    }  # fmt: skip
    assert found("flags")["prefill"] == "flags"
    assert found("min_p")["top_k"] is False
    assert found("nothing") == NOTHING


def test_a_reply_that_takes_the_hint_and_begins_anew_does_not_go_on() -> None:
    """A model that reads “Cat, dog” as what it said before says the rest as its next turn."""
    assert found("hints") == NOTHING
    assert found("last", greedy=f" {WHOLE}")["prefill"] == "", "a blank is no sign there"


def test_what_cannot_be_told_apart_counts_as_missing() -> None:
    assert found("top_k", "min_p", "one text")["top_k"] is False, "it draws the same anyway"
    assert found("last", greedy="Yes.")["prefill"] == "", "nothing to cut in two"
    assert found("stop", "top_k", "min_p", greedy="") == NOTHING, "a thought alone"


def test_a_server_that_refuses_what_is_sent_where_nothing_narrows_is_not_asked_to_narrow() -> None:
    assert found("top_k", "min_p", "no -1")["top_k"] is False


def test_draws_are_so_hot_that_none_is_the_greedy_reply_by_chance() -> None:
    server = Server("top_k", "min_p")
    asyncio.run(found_by_asking(server, ASKED, WHOLE, {}))
    hot = [sent for sent in server.seen if sent["temperature"]]
    assert {sent["temperature"] for sent in hot} == {2}
    assert [sent.get("top_k", sent.get("min_p")) for sent in hot] == [-1, 1, 0.999]


@pytest.mark.parametrize("text", ["", "Yes.", "Wonderful animals", "a b"])
def test_halves_and_words_of_short_replies(text: str) -> None:
    begun, rest = halves(text)
    assert begun + rest in ("", text)
    assert later_word(text) in ("", "animals")
    assert later_word("no no no") == ""


def request(**fields: Any) -> Request:
    sampling = Sampling(temperature=0.7, top_p=1, max_new_tokens=9, **fields.pop("drawn", {}))
    messages = (Message(role="user", content="Hi"),)
    return Request(
        id="1", messages=messages, seed=1, sampling=sampling, strategy="direct", **fields
    )


def test_only_what_was_shown_is_sent_and_the_rest_is_refused_in_words() -> None:
    plain = Endpoint(name="e", address="https://e.test/v1")
    for asked in (
        request(prefix="So"), request(drawn={"stop": (".",)}), request(drawn={"top_k": 3}),
        request(template_arguments={"a": 1}), request(drawn={"repetition_penalty": 1.1}),
        request(logprobs=True),
    ):  # fmt: skip
        assert refusal_of(plain, asked).startswith("Its engine cannot ")
    assert not {"top_k", "logprobs"} & body_of(plain, "m", request()).keys()

    shown = {"prefill": "flags", "stop": True, "top_k": True, "min_p": True}
    assert Capabilities.of(shown) == Capabilities(), "shown by less, before more was asked"
    takes = Capabilities.of({**shown, "shown_by": SHOWN_BY})
    able = Endpoint(name="e", address="https://e.test/v1", capabilities=takes)
    asked = request(prefix="So", drawn={"stop": (".",), "min_p": 0.1})
    assert refusal_of(able, asked) == ""
    body = body_of(able, "m", asked)
    assert body["messages"][-1] == {"role": "assistant", "content": "So"}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert (body["stop"], body["top_k"], body["min_p"]) == (["."], -1, 0.1)
    responses = Endpoint(name="e", address="https://e.test/v1", capabilities=takes,
                         dialect="responses")  # fmt: skip
    assert "given words" in refusal_of(responses, asked)


def test_no_words_are_put_into_a_thought_that_comes_in_a_field_of_its_own() -> None:
    last = {"prefill": "last", "shown_by": SHOWN_BY}
    apart = Capabilities.of({**last, "thought": "reasoning: full"}).abilities()
    assert (apart.can_prefill, apart.can_edit_trace) == (False, False)
    inline = Capabilities.of(last).abilities()
    assert (inline.can_prefill, inline.can_edit_trace) == (True, True)
    odd = {"shown_by": SHOWN_BY, "prefill": ["last"], "stop": "yes"}
    assert Capabilities.of(odd) == Capabilities()


def test_no_reply_goes_on_from_within_a_thought_that_came_apart() -> None:
    takes = Capabilities(prefill="last")
    able = Endpoint(name="e", address="https://e.test/v1", capabilities=takes)
    assert refusal_of(able, request(prefix=joined("Five go.", "7 Wait"))).startswith("Its thought")
