"""How much a model is to think: what a server takes of it, and what it is sent."""

from dataclasses import replace
from typing import Any

import pytest

from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.backends.openai_probe import Probed, probe
from evaluations.inference.backends.openai_requests import (
    Bounds,
    Dialect,
    Endpoint,
    body_of,
    refusal_of,
)
from evaluations.inference.tests.endpoint_asking import drained, engine_of, request
from evaluations.inference.tests.fake_endpoint import (
    MODEL,
    Answer,
    FakeEndpoint,
    Given,
    fake_endpoint,
    refused,
    streamed,
)

SHORT = Bounds(connect=10, first=5, total=8)
PLAIN = Endpoint(name="e", address="https://e.test/v1")


def no(name: str) -> Answer:
    return Answer(body={"error": {"param": name, "message": "at /srv/secret.py"}}, status=400)


def thinks_in_responses(seen: dict[str, Any]) -> Answer:
    """A reasoning model that is served by responses alone and has no temperature."""
    body = seen["body"]
    if not seen["path"].endswith("/responses"):
        return refused(404)
    if "temperature" in body or "top_p" in body:
        return no("temperature")
    told = body.get("reasoning", {})
    if told.get("effort", "low") not in ("none", "low", "high"):
        return no("reasoning.effort")
    if told.get("summary", "auto") not in ("auto", "detailed"):
        return no("reasoning.summary")
    summary = [{"type": "summary_text", "text": "It counts."}] if "summary" in told else []
    whole = {
        "model": MODEL, "status": "completed", "error": None,
        "usage": {"input_tokens": 7, "output_tokens": 5},
        "output": [{"type": "reasoning", "summary": summary, "content": []},
                   {"type": "message", "content": [{"type": "output_text", "text": "7"}]}],
    }  # fmt: skip
    if not body.get("stream"):
        return Answer(body=whole)
    return Answer([{"type": "response.completed", "response": whole}])


def thinks_in_chat(seen: dict[str, Any]) -> Answer:
    """A server that checks efforts, and that arguments of the template are an object."""
    body = seen["body"]
    if seen["path"].endswith(("/responses", "/models")):
        return refused(404)
    if body.get("reasoning_effort", "low") not in ("low", "medium"):
        return no("reasoning_effort")
    if not isinstance(body.get("chat_template_kwargs", {}), dict):
        return no("chat_template_kwargs")
    return streamed("Cat.")


def probed(given: Given, dialect: Dialect = "chat") -> Probed:
    with fake_endpoint(given) as server:
        at = Endpoint(name="fake", address=server.address, private=True, dialect=dialect)
        return probe(at, MODEL, SHORT)


def answered(server: FakeEndpoint, found: dict[str, Any], **asked: str) -> Any:
    takes = Capabilities.of(found)
    with engine_of(server, dialect="responses", capabilities=takes) as engine:
        drawn = replace(request().sampling, temperature=1, top_p=1)
        engine.submit(replace(request(), sampling=drawn, **asked))
        return drained(engine, 1)[0]


def test_a_model_of_responses_alone_is_probed_in_its_dialect_and_then_asked_so() -> None:
    with fake_endpoint(thinks_in_responses) as server:
        at = Endpoint(name="fake", address=server.address, private=True, dialect="responses")
        calls, found, why = probe(at, MODEL, SHORT)
        assert {call.path for call in calls[1:]} == {"/responses"}
        assert (why, calls[2].status) == ("", 400)
        assert found == {
            "models": [],
            "responses": True,
            "token_field": "max_output_tokens",
            "model_reported": MODEL,
            "thought": "encrypted_content: redacted",
            "temperature": False,
            "efforts": ["none", "low", "high"],
            "summaries": ["auto", "detailed"],
        }
        result = answered(server, found, effort="low", summary="auto")
        assert (result.error, result.trace_visibility) == ("", "summary")
        assert result.trace == "It counts."
        sent = server.seen[-1]["body"]
        assert sent["reasoning"] == {"effort": "low", "summary": "auto"}
        assert not {"temperature", "top_p"} & sent.keys()
        answered(server, found)
        assert "reasoning" not in server.seen[-1]["body"], "left to the model"


@pytest.mark.parametrize("status", [404, 429, 503])
def test_what_says_nothing_of_a_model_of_responses_ends_its_probe(status: int) -> None:
    calls, found, why = probed(refused(status), "responses")
    assert (len(calls), found, f"HTTP {status}" in why) == (2, {"models": []}, True)


def test_efforts_and_arguments_of_a_template_are_shown_by_what_is_refused() -> None:
    _, found, why = probed(thinks_in_chat)
    assert (why, found["efforts"], found["template"]) == ("", ["low", "medium"], True)
    takes = Capabilities.of(found)
    able = replace(PLAIN, capabilities=takes)
    asked = replace(request(), effort="low", template_arguments={"enable_thinking": False})
    assert refusal_of(able, asked) == ""
    body = body_of(able, "m", asked)
    assert body["reasoning_effort"] == "low"
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert "does not take the effort “high”; its probe showed “low”, “medium”" in refusal_of(
        able, replace(request(), effort="high")
    )
    assert "a summary of its thought" in refusal_of(able, replace(request(), summary="auto"))


def test_a_server_that_answers_to_anything_shows_nothing() -> None:
    _, found, _ = probed(streamed("Cat."))
    assert (found["efforts"], found["template"]) == ([], False)
    at = replace(PLAIN, capabilities=Capabilities.of(found))
    assert "told how much to think" in refusal_of(at, replace(request(), effort="low"))
    odd = Capabilities.of({"efforts": "low", "summaries": ["new"], "template": "yes"})
    assert odd == Capabilities()


def test_a_server_that_knows_no_effort_refuses_each_and_shows_nothing() -> None:
    def strict(seen: dict[str, Any]) -> Answer:
        known = {"model", "messages", "max_completion_tokens", "stream", "seed", "temperature",
                 "stream_options"}  # fmt: skip
        return streamed("Cat.") if seen["body"].keys() <= known else no("unknown field")

    _, found, _ = probed(strict)
    assert (found["efforts"], found["template"]) == ([], False)


def test_a_server_that_gets_busy_leaves_efforts_open() -> None:
    def busy(seen: dict[str, Any]) -> Answer:
        return refused(429) if "reasoning_effort" in seen["body"] else streamed("Cat.")

    _, found, why = probed(busy)
    assert "HTTP 429" in why
    assert "logprobs" in found
    assert not {"efforts", "template"} & found.keys()
