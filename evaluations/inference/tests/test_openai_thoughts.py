"""Thoughts that a server sends apart, in every field and in both dialects."""

from dataclasses import replace
from typing import Any

import pytest

from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.engine import Result
from evaluations.inference.tests.endpoint_asking import asked, drained, engine_of, request
from evaluations.inference.tests.fake_endpoint import (
    MODEL,
    Answer,
    delta,
    end,
    fake_endpoint,
    usage,
)


@pytest.mark.parametrize(
    ("pieces", "field", "trace", "visibility"),
    [
        ([{"reasoning": "Five "}, {"reasoning": "go."}], "reasoning", "Five go.", "full"),
        ([{"reasoning_content": "Five go."}], "reasoning_content", "Five go.", "full"),
        (
            [{"reasoning": "Five go.", "reasoning_details": [
                {"type": "reasoning.text", "text": "Five go."}]}],
            "reasoning_details", "Five go.", "full",
        ),
        (
            [{"reasoning": "It counts.", "reasoning_details": [
                {"type": "reasoning.summary", "summary": "It counts."}]}],
            "reasoning_details", "It counts.", "summary",
        ),
        (
            [{"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}],
            "reasoning_details", "", "redacted",
        ),
        (
            [{"content": [{"type": "thinking",
                           "thinking": [{"type": "text", "text": "Five go."}]}]}],
            "content", "Five go.", "full",
        ),
        ([{"content": "<think>Five go.</think>\n"}], None, "Five go.", "full"),
        ([{"content": "Five go.\n</think>\n"}], None, "Five go.", "full"),
        ([], None, "", "not-written"),
    ],
)  # fmt: skip
def test_a_thought_is_read_from_every_field_and_its_visibility_from_what_came(
    pieces: list[dict[str, Any]], field: str | None, trace: str, visibility: str
) -> None:
    events = [*(delta(**piece) for piece in pieces), delta(content="7"), end(), usage()]
    result = asked(Answer(events))
    assert (result.trace, result.trace_visibility) == (trace, visibility)
    assert result.answer == "7"
    assert result.environment.get("thought_field") == field
    assert trace in result.text, "what is searched and frozen holds the thought"


def test_a_thought_that_talks_of_tags_ends_where_the_server_ended_it() -> None:
    talk = "A <think> opens and an [/THINK] ends, `so it"
    result = asked(Answer([delta(reasoning=talk), delta(content="7"), end(), usage()]))
    assert (result.trace, result.answer) == (talk, "7")


def test_a_thought_of_which_only_the_tokens_are_counted_is_hidden() -> None:
    counted = usage(completion_tokens_details={"reasoning_tokens": 40})
    result = asked(Answer([delta(content="7"), end(), counted]))
    assert (result.trace_visibility, result.trace, result.answer) == ("hidden", "", "7")
    working = asked(Answer([delta(content="1. Count.\nAnswer: 7"), end(), counted]))
    assert (working.trace_visibility, working.trace) == ("hidden", "1. Count.")


@pytest.mark.parametrize(
    ("said", "reason", "answer"),
    [
        ("<think>Five go.</think>\n7", "stop", "7"),
        ("Five go.\n</think>\n7", "stop", "7"),
        ("<think>Five go.", "length", ""),
    ],
)
def test_a_thought_between_tags_is_seen_though_its_tokens_are_counted_too(
    said: str, reason: str, answer: str
) -> None:
    counted = usage(completion_tokens_details={"reasoning_tokens": 4})
    result = asked(Answer([delta(content=said), end(reason), counted]))
    assert (result.trace_visibility, result.trace) == ("full", "Five go.")
    assert (result.answer, "thought_field" in result.environment) == (answer, False)


def going_on(prefix: str, answer: Answer) -> Result:
    """The result of a request whose reply goes on from given words."""
    able = Capabilities(prefill="last")
    with fake_endpoint(answer) as server, engine_of(server, capabilities=able) as engine:
        engine.submit(replace(request(), prefix=prefix))
        return drained(engine, 1)[0]


@pytest.mark.parametrize(
    ("prefix", "said", "reason", "trace", "answer"),
    [
        ("<think>Five go.\n\nWait", ", six.", "length", "Five go.\n\nWait, six.", ""),
        ("<think>Five go.</think>\nFinal answer:", " 7", "stop", "Five go.", "7"),
    ],
)
def test_a_reply_that_goes_on_from_within_a_thought_is_no_hidden_one(
    prefix: str, said: str, reason: str, trace: str, answer: str
) -> None:
    counted = usage(completion_tokens_details={"reasoning_tokens": 4})
    result = going_on(prefix, Answer([delta(content=said), end(reason), counted]))
    assert (result.trace_visibility, result.trace, result.answer) == ("full", trace, answer)
    assert result.text == prefix + said


def test_a_thought_sent_apart_from_a_reply_that_was_to_go_on_is_no_reply() -> None:
    thinking = Answer([delta(reasoning="Anew."), delta(content="7"), end(), usage()])
    result = going_on("So", thinking)
    assert (result.stop_reason, result.final) == ("error", True)
    assert "go on from given words" in result.error


def test_an_answer_behind_a_thought_that_came_apart_is_found_as_behind_one_in_tags() -> None:
    said = "Twelve less five\nleaves seven."
    apart = asked(Answer([delta(reasoning="Count."), delta(content=said), end(), usage()]))
    tagged = asked(Answer([delta(content=f"<think>Count.</think>\n{said}"), end(), usage()]))
    assert (apart.trace, apart.answer) == (tagged.trace, tagged.answer)


def responses(*output: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "status": "completed", "output": list(output),
            "usage": {"input_tokens": 7, "output_tokens": 5}, **fields}  # fmt: skip


def said(text: str) -> dict[str, Any]:
    return {"type": "message", "content": [{"type": "output_text", "text": text}]}


def thought(**fields: Any) -> dict[str, Any]:
    return {"type": "reasoning", "summary": [], "content": [], **fields}


@pytest.mark.parametrize(
    ("item", "trace", "visibility"),
    [
        (thought(content=[{"type": "reasoning_text", "text": "Five go."}]), "Five go.", "full"),
        (
            thought(summary=[{"type": "summary_text", "text": "It counts."}]),
            "It counts.", "summary",
        ),
        (thought(encrypted_content="gAAA"), "", "redacted"),
    ],
)  # fmt: skip
def test_responses_are_read_with_their_thoughts(
    item: dict[str, Any], trace: str, visibility: str
) -> None:
    events = [
        {"type": "response.created", "response": responses(status="in_progress")},
        {"type": "response.output_text.delta", "delta": "Answer: "},
        {"type": "response.output_text.delta", "delta": "7"},
        {"type": "response.completed", "response": responses(item, said("Answer: 7"))},
    ]
    with (
        fake_endpoint(Answer(events)) as server,
        engine_of(server, dialect="responses") as engine,
    ):
        engine.submit(request())
        (result,) = drained(engine, 1)
        sent = server.seen[0]
    assert sent["path"] == "/v1/responses"
    assert (sent["body"]["max_output_tokens"], sent["body"]["store"]) == (64, False)
    assert result.text.endswith("Answer: 7")
    assert (result.answer, result.tokens_out) == ("7", 5)
    assert (result.trace, result.trace_visibility) == (trace, visibility)


def test_responses_that_were_cut_failed_or_came_whole() -> None:
    cut = responses(said("So"), status="incomplete",
                    incomplete_details={"reason": "max_output_tokens"})  # fmt: skip
    events = [{"type": "response.incomplete", "response": cut}]
    assert asked(Answer(events), dialect="responses").stop_reason == "length"
    full = responses(said("So"), usage={"input_tokens": 7, "output_tokens": 64})
    assert asked(Answer(body=full), dialect="responses").stop_reason == "length"
    failed = [{"type": "response.failed", "response": responses(status="failed")}]
    assert "reported" in asked(Answer(failed), dialect="responses").error
    unfinished = [{"type": "response.output_text.delta", "delta": "So"}]
    assert "cut" in asked(Answer(unfinished), dialect="responses").error
