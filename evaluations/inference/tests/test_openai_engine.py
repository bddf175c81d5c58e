"""The engine for endpoints against a fake server on loopback that misbehaves in every way."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.engine import (
    Engine,
    EngineFatal,
    Message,
    ModelPaused,
    RequestRefused,
    Sampling,
)
from evaluations.inference.tests.endpoint_asking import SHORT, asked, drained, engine_of, request
from evaluations.inference.tests.fake_endpoint import (
    MODEL,
    USAGE,
    Answer,
    delta,
    end,
    fake_endpoint,
    refused,
    streamed,
    usage,
)

WAITS = replace(SHORT, silence=10, total=60)


def test_a_stream_becomes_text_trace_answer_tokens_and_what_repeats_it() -> None:
    with (
        fake_endpoint(streamed("1. Twelve", " less five.\n", "Answer: 7")) as server,
        engine_of(server, key="sesame") as engine,
    ):
        assert isinstance(engine, Engine)
        engine.submit(request())
        (result,) = drained(engine, 1)
        sent = server.seen[0]
    assert (result.text, result.trace, result.answer) == (
        "1. Twelve less five.\nAnswer: 7", "1. Twelve less five.", "7",
    )  # fmt: skip
    assert (result.tokens_in, result.tokens_out) == (7, 5)
    assert (result.stop_reason, result.trace_visibility) == ("stop", "full")
    assert [(one.status, one.error) for one in result.tries] == [(200, "")]
    assert result.environment["model_reported"] == MODEL
    assert result.environment["finish_reason"] == "stop"
    assert result.environment["seed_promise"] == "asked for, not promised"
    assert len(result.environment["prompt_messages_sha256"]) == 64
    assert sent["path"] == "/v1/chat/completions"
    assert sent["headers"]["Authorization"] == "Bearer sesame"
    assert sent["headers"]["Idempotency-Key"] == f"1-2-{(5 << 40) + 7}"
    assert sent["body"] == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "How many are left?"}],
        "temperature": 0.7,
        "top_p": 0.9,
        "max_completion_tokens": 64,
        "seed": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert "sesame" not in repr(result)
    assert json.loads(result.prompt_text) == [["user", "How many are left?"]]
    digest = hashlib.sha256(result.prompt_text.encode()).hexdigest()
    assert result.environment["prompt_messages_sha256"] == digest
    assert result.usage == USAGE
    came = [json.loads(line) for line in result.raw.splitlines()]
    assert [each["choices"][0]["delta"].get("content") for each in came[1:-2]] == [
        "1. Twelve", " less five.\n", "Answer: 7",
    ]  # fmt: skip


plain = Sampling(temperature=1.0, top_p=1.0, max_new_tokens=64)


def test_what_a_probe_found_an_endpoint_not_to_take_is_not_sent() -> None:
    record = {"token_field": "max_tokens", "stream_options": False, "seed": "refused"}
    with (
        fake_endpoint(streamed("Yes.")) as server,
        engine_of(server, capabilities=Capabilities.of(record)) as engine,
    ):
        engine.submit(request())
        (result,) = drained(engine, 1)
        sent = server.seen[0]["body"]
    assert "stream_options" not in sent
    assert "seed" not in sent
    assert (sent["max_tokens"], "max_completion_tokens" in sent) == (64, False)
    assert result.environment["seed_promise"] == "not sent"


def test_a_server_without_a_temperature_is_asked_by_recipes_that_need_none() -> None:
    takes = Capabilities.of({"temperature": False})
    with fake_endpoint(streamed("Yes.")) as server, engine_of(server, capabilities=takes) as engine:
        with pytest.raises(RequestRefused, match="both are 1"):
            engine.submit(request())
        engine.submit(replace(request(), sampling=plain))
        drained(engine, 1)
        assert not {"temperature", "top_p"} & set(server.seen[0]["body"])


def test_null_content_with_length_is_a_result() -> None:
    whole = {"choices": [{"index": 0, "finish_reason": "length",
                          "message": {"role": "assistant", "content": None}}],
             "usage": {"prompt_tokens": 7, "completion_tokens": 64}}  # fmt: skip
    result = asked(Answer(body=whole))
    assert (result.text, result.stop_reason, result.tokens_out) == ("", "length", 64)
    assert result.error == ""


def test_a_filtered_reply_says_so() -> None:
    assert asked(streamed("I", reason="content_filter")).stop_reason == "filtered"


@pytest.mark.parametrize(
    "answer",
    [
        refused(429, retry_after_ms="5"),
        refused(429, retry_after="0.005"),
        refused(429, Retry_After="Sun, 06 Nov 1994 08:49:37 GMT"),
        refused(408, retry_after_ms="5"),
        refused(409, retry_after_ms="5"),
        refused(500, retry_after_ms="5"),
        refused(503),
        Answer(body=b"busy", status=529, headers={"retry-after": "soon"}),
    ],
)
def test_a_busy_server_is_asked_again_and_each_call_is_kept(answer: Answer) -> None:
    result = asked(answer, streamed("Answer: 7"))
    assert result.answer == "7"
    assert [one.status for one in result.tries] == [answer.status, 200]
    assert result.tries[0].error


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_other_refusals_are_final_and_the_servers_words_stay_with_the_try(status: int) -> None:
    result = asked(refused(status))
    assert (result.stop_reason, result.final) == ("error", True)
    assert f"HTTP {status}" in result.error
    assert "/srv/secret" not in result.error
    assert "/srv/secret" in result.tries[0].said


def test_a_redirect_is_not_followed() -> None:
    with fake_endpoint(streamed("elsewhere")) as other:
        link = {"Location": f"{other.address}/chat/completions"}
        result = asked(Answer(body={}, status=307, headers=link))
        assert other.seen == []
    assert (result.final, "does not follow" in result.error) == (True, True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_pauses_the_model_and_charges_nothing(status: int) -> None:
    with fake_endpoint(refused(status)) as server, engine_of(server) as engine:
        for n in range(8):
            engine.submit(request(str(n)))
        with pytest.raises(ModelPaused, match="key") as raised:
            drained(engine, 1)
        assert raised.value.seconds is None
        assert engine.capacity == 0
        assert len(server.seen) <= 4, "those that waited for a place were not sent"


def test_a_long_wait_pauses_the_model_for_it() -> None:
    with (
        fake_endpoint(refused(429, retry_after="3600")) as server,
        engine_of(server) as engine,
    ):
        engine.submit(request())
        with pytest.raises(ModelPaused) as raised:
            drained(engine, 1)
        (unfinished,) = engine.cancel(["1"])
    assert raised.value.seconds == 3600
    assert (unfinished.id, unfinished.text) == ("1", "")
    assert [(one.status, "/srv/secret" in one.said) for one in unfinished.tries] == [(429, True)]


def test_what_was_finished_is_handed_over_before_the_pause() -> None:
    with (
        fake_endpoint(streamed("Answer: 7"), refused(401)) as server,
        engine_of(server, capacity=1) as engine,
    ):
        engine.submit(request("good"))
        engine.submit(request("bad"))
        assert [one.id for one in drained(engine, 1)] == ["good"]
        with pytest.raises(ModelPaused):
            drained(engine, 1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer([delta(content="So far"), delta(content=" so good")], cut=True), "cut"),
        (Answer([delta(content="So far"), delta(content=" so good")]), "cut"),
        (Answer([delta(content="So far so good")], pause=2), "longer"),
        (Answer([delta(content="So far so good"), {"error": {"message": "at /srv"}}]), "reported"),
        (Answer([delta(content="So far so good"), "{no json"]), "no JSON"),
    ],
)
def test_a_stream_without_its_end_fails_and_its_text_is_for_the_log(
    answer: Answer, why: str
) -> None:
    result = asked(answer)
    assert (result.stop_reason, result.final) == ("error", False)
    assert why in result.error
    assert "/srv" not in result.error
    assert result.text == "So far so good"
    assert (result.trace, result.answer) == ("", "")


def test_neither_done_nor_usage_is_waited_for_once_the_reply_has_ended() -> None:
    began = time.monotonic()
    result = asked(Answer([delta(content="Yes."), end()], pause=4))
    assert time.monotonic() - began < 3
    assert (result.text, result.tokens_in, result.tokens_out) == ("Yes.", None, None)
    assert result.stop_reason == "stop"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"x" * (9 << 20)),
        Answer([delta(content="x" * (2 << 20))]),
        Answer([delta(reasoning="x" * 9000)] * 4),
    ],
)
def test_what_is_far_too_large_is_not_read_to_its_end_and_not_asked_for_again(
    answer: Answer,
) -> None:
    result = asked(answer)
    assert (result.stop_reason, result.final) == ("error", True)
    assert "larger" in result.error or "far more" in result.error


@pytest.mark.parametrize(
    "pieces",
    [
        [{**delta(content="x" * 10), "padding": "x" * 24_000}] * 400,
        [delta(content="x" * 1_200_000)],
    ],
)
def test_how_much_is_read_goes_by_how_much_was_asked_for(pieces: list[dict[str, object]]) -> None:
    answer = Answer([*pieces, end(), usage()])
    assert asked(answer, bounds=WAITS, most=32_768).error == ""
    assert "larger" in asked(answer, bounds=WAITS).error


def test_a_server_that_does_not_heed_the_limit_gives_no_result() -> None:
    result = asked(Answer([delta(content="word"), end(), usage(completion_tokens=900)]))
    assert "900 tokens although at most 64" in result.error
    assert result.tries[0].tokens_out == 900, "it is paid for all the same"


def test_a_server_that_is_away_rests_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluations.inference.backends.openai_failures.MOST_TRIES", 2)
    with fake_endpoint(streamed("Yes.")) as server:
        address = server.address
    with engine_of(server, address=address) as engine:
        engine.submit(request())
        with pytest.raises(ModelPaused, match="could not be reached") as raised:
            drained(engine, 1)
        unfinished = engine.cancel(["1"])
    assert raised.value.seconds == 300
    # Two calls, and a short question between them, which nobody answered either.
    assert [len(one.tries) for one in unfinished] == [3]


def test_a_prompt_on_which_a_server_hangs_up_is_charged_where_others_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evaluations.inference.backends.openai_failures.MOST_TRIES", 3)
    slow = Answer([delta(content="word ")] * 200, beat=0.05)
    with fake_endpoint(slow) as server, engine_of(server, bounds=WAITS) as engine:
        answer = server.next_answer

        def picky(seen: dict[str, object]) -> Answer:
            given = answer(seen)
            return Answer(drop=True) if "poison" in str(seen["body"]) else given

        monkeypatch.setattr(server, "next_answer", picky)
        engine.submit(request("slow"))
        engine.submit(replace(request("bad"), messages=(Message(role="user", content="poison"),)))
        (charged,) = drained(engine, 1)
        assert engine.partial("slow"), "it is being written all the while"
    assert (charged.id, charged.stop_reason, charged.final) == ("bad", "error", False)
    assert [one.status for one in charged.tries] == [0, 0, 0]


def test_a_prompt_on_which_a_server_hangs_up_is_charged_also_where_it_is_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evaluations.inference.backends.openai_failures.MOST_TRIES", 2)
    with fake_endpoint(streamed("Yes.")) as server, engine_of(server) as engine:
        answer = server.next_answer

        def picky(seen: dict[str, object]) -> Answer:
            given = answer(seen)
            return Answer(drop=True) if "left" in str(seen["body"]) else given

        monkeypatch.setattr(server, "next_answer", picky)
        engine.submit(request("bad"))
        (charged,) = drained(engine, 1)
    assert (charged.stop_reason, charged.final) == ("error", False)
    assert [one.status for one in charged.tries] == [0, 200, 0]
    assert (charged.tries[1].tokens_in, charged.tries[1].tokens_out) == (7, 5), "it is paid for"


def test_a_server_that_fails_again_and_again_charges_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evaluations.inference.backends.openai_failures.MOST_TRIES", 3)
    result = asked(refused(500, retry_after_ms="1"))
    assert (result.stop_reason, result.final, len(result.tries)) == ("error", False, 3)


def until(condition: Callable[[], bool], timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_many_are_asked_at_once_but_no_more_than_the_server_bears() -> None:
    gate = threading.Event()
    answer = streamed("Yes.", hold=gate)
    with fake_endpoint(answer) as server, engine_of(server) as engine:
        for n in range(30):
            engine.submit(request(str(n)))
        until(lambda: server.at_once == 4)
        began = time.monotonic()
        assert engine.step() == []
        assert time.monotonic() - began < 1, "a step waits a moment only"
        gate.set()
        assert len(drained(engine, 30)) == 30
        assert server.most_at_once <= 5
        assert engine.capacity == 5, "twenty replies in a row allow one more"


def test_a_refusal_for_asking_too_often_halves_once_for_all_under_way() -> None:
    gate = threading.Event()
    busy = refused(429, retry_after_ms="1")
    busy.hold = gate
    with (
        fake_endpoint(busy, busy, busy, busy, streamed("Yes.")) as server,
        engine_of(server) as engine,
    ):
        for n in range(4):
            engine.submit(request(str(n)))
        until(lambda: server.at_once == 4)
        gate.set()
        drained(engine, 4)
        assert engine.capacity == 2


def test_progress_rises_while_a_request_waits_within_its_bounds() -> None:
    gate = threading.Event()
    with fake_endpoint(streamed("Yes.", hold=gate)) as server, engine_of(server) as engine:
        idle = engine.progress
        engine.submit(request())
        until(lambda: engine.progress > idle)
        assert engine.tokens == 0, "a second is no token"
        gate.set()
        drained(engine, 1)
        assert engine.tokens == 7 + 5


def test_a_cancelled_request_is_forgotten_and_a_closed_engine_takes_none() -> None:
    gate = threading.Event()
    with (
        fake_endpoint(streamed("Yes.", hold=gate)) as server,
        engine_of(server, capacity=1) as engine,
    ):
        engine.submit(request("a"))
        engine.submit(request("waits"))
        with pytest.raises(RequestRefused):
            engine.submit(request("a"))
        until(lambda: server.at_once == 1)
        (called,) = engine.cancel(["a", "waits", "unknown"])
        assert (called.id, [one.status for one in called.tries]) == ("a", [0]), "it may cost"
        assert (engine.active, engine.step()) == (0, [])
        gate.set()
        engine.submit(request("b"))
        assert drained(engine, 1)[0].id == "b"
        assert engine.partial("b") == ""
        engine.close()
        engine.close()
        with pytest.raises(EngineFatal):
            engine.submit(request("c"))
