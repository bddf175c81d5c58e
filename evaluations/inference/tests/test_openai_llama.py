"""The engine for endpoints against a real server: llama.cpp's own, with SmolLM2."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.backends.openai_compatible import OpenAICompatibleEngine
from evaluations.inference.backends.openai_probe import probe
from evaluations.inference.backends.openai_requests import Endpoint
from evaluations.inference.backends.openai_ways import SHOWN_BY
from evaluations.inference.engine import Message, ModelPaused, ModelSpec, Request, Result, Sampling
from evaluations.inference.strategies import prompt_messages
from evaluations.inference.tests.endpoint_asking import drained
from evaluations.inference.tests.llama_server import ALIAS, THINKING, llama_server

pytestmark = pytest.mark.xdist_group("llama")  # one server for most of them
KEY = "sesame"
LONG = "Write a long story about a lighthouse."


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with llama_server(key=KEY) as found:
        yield found


def endpoint(address: str, **fields: object) -> Endpoint:
    return Endpoint(**{"name": "llama", "address": address, "key": KEY, "private": True, **fields})  # type: ignore[arg-type]


def asked(at: Endpoint, *requests: Request) -> dict[str, Result]:
    engine = OpenAICompatibleEngine(ModelSpec(name="SmolLM2", path=ALIAS), at)
    try:
        for one in requests:
            engine.submit(one)
        return {one.id: one for one in drained(engine, len(requests), timeout=90)}
    finally:
        engine.close()


def sample(id: str, seed: int = 3, most: int = 24, text: str = "Name an animal.") -> Request:
    return Request(
        id=id,
        messages=prompt_messages("direct", text),
        seed=seed,
        sampling=Sampling(temperature=0.7, top_p=0.95, max_new_tokens=most),
        strategy="direct",
    )


def test_a_real_server_writes_counts_and_repeats_by_seed_in_company(address: str) -> None:
    at = endpoint(address)
    alone = asked(at, sample("alone"))["alone"]
    company = asked(at, sample("same"), sample("other", 4), sample("third", 5))
    assert alone.text.strip()
    assert alone.error == ""
    assert (alone.tokens_in or 0) > 10
    assert 0 < (alone.tokens_out or 0) <= 24
    assert alone.environment["model_reported"] == ALIAS
    assert company["same"].text == alone.text
    assert company["other"].text != alone.text
    assert asked(at, sample("cut", most=4, text=LONG))["cut"].stop_reason == "length"


def test_a_real_server_streams_the_same_dialect_responses(address: str) -> None:
    result = asked(endpoint(address, dialect="responses"), sample("1", most=4, text=LONG))["1"]
    assert result.text.strip()
    assert (result.stop_reason, result.tokens_out) == ("length", 4)


def test_a_real_server_refuses_a_wrong_key_and_too_long_a_prompt(address: str) -> None:
    with pytest.raises(ModelPaused, match="key"):
        asked(endpoint(address, key="wrong"), sample("1"))
    long = asked(endpoint(address), sample("1", text="word " * 3000))["1"]
    assert (long.stop_reason, long.final) == ("error", True)
    assert "HTTP 400" in long.error


def test_a_thought_that_a_real_server_sends_apart_is_read_in_both_dialects() -> None:
    with llama_server(template=THINKING, slots=1) as address:
        for dialect in ("chat", "responses"):
            at = endpoint(address, key="", dialect=dialect)
            request = Request(
                id="1",
                messages=(Message(role="user", content="How many are 12 less 5?"),),
                seed=1,
                sampling=Sampling(temperature=0.0, top_p=1.0, max_new_tokens=24),
                strategy="direct",
            )
            result = asked(at, request)["1"]
            assert result.environment["thought_field"] == "reasoning_content"
            assert (result.trace_visibility, result.answer) == ("full", "")
            assert result.trace
        off = replace(request, template_arguments={"enable_thinking": False})
        able = endpoint(address, key="", capabilities=Capabilities(template=True))
        assert "thought_field" not in asked(able, off)["1"].environment


def test_a_probe_of_a_real_server_finds_what_it_takes(address: str) -> None:
    calls, found, why = probe(endpoint(address), ALIAS)
    assert why == ""
    refused = [call for call in calls if call.status != 200]
    assert [(call.status, call.what) for call in refused] == [
        (400, "A reply with wrong arguments of the chat template")
    ], [call.said for call in refused]
    assert found == {
        "models": [ALIAS],
        "token_field": "max_completion_tokens",
        "stream_options": True,
        "usage_in_stream": True,
        "seed": "repeats",
        "responses": True,
        "model_reported": ALIAS,
        "shown_by": SHOWN_BY,
        "prefill": "last",
        "stop": True,
        "top_k": True,
        "min_p": True,
        "logprobs": True,
        "efforts": [],
        "template": True,
    }
    assert KEY not in repr([call.record() for call in calls])
    shown = Capabilities(prefill="last", stop=True, narrows=True, logprobs=True, template=True)
    assert Capabilities.of(found) == shown


def test_a_probe_of_a_real_server_in_the_dialect_responses(address: str) -> None:
    calls, found, why = probe(endpoint(address, dialect="responses"), ALIAS)
    assert why == "", [call.said for call in calls]
    assert found == {
        "models": [ALIAS],
        "responses": True,
        "token_field": "max_output_tokens",
        "usage_in_stream": True,
        "model_reported": ALIAS,
        "efforts": [],
        "summaries": [],
    }, "it answers to any effort"


def test_a_real_server_says_how_likely_the_tokens_of_its_reply_were(address: str) -> None:
    at = endpoint(address, capabilities=Capabilities(logprobs=True))
    told = asked(at, replace(sample("1"), logprobs=True), sample("2"))
    tokens = told["1"].logprobs
    assert "".join(token.text for token in tokens).strip() == told["1"].text.strip()
    assert all(token.logprob <= 0 for token in tokens)
    assert len({token.logprob for token in tokens}) > 1
    assert told["2"].logprobs == ()


def test_a_real_server_goes_on_from_given_words_and_ends_at_a_stop_string(address: str) -> None:
    able = Capabilities(prefill="last", stop=True, narrows=True)
    at = endpoint(address, capabilities=able)
    counting = sample("1", text="Count from one to nine in words.")
    greedy = replace(counting.sampling, temperature=0.0, stop=("six",))
    asked_for = replace(counting, prefix="One, two, three,", sampling=greedy)
    result = asked(at, asked_for)["1"]
    assert result.text.startswith("One, two, three, four"), result.text
    assert "six" not in result.text
    assert result.stop_reason == "stop"
