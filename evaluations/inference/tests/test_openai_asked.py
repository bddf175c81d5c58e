"""What a server can tell one request by, and what stands with one that was given up."""

import threading
import time
from dataclasses import replace

import pytest

from evaluations.inference.tests.endpoint_asking import drained, engine_of, request
from evaluations.inference.tests.fake_endpoint import Answer, fake_endpoint, streamed


def test_stages_of_an_output_have_keys_of_their_own() -> None:
    with fake_endpoint(streamed("Answer: 7")) as server, engine_of(server) as engine:
        for seed in (1, 2):
            engine.submit(replace(request(), seed=seed))
            drained(engine, 1)
        assert len({one["headers"]["Idempotency-Key"] for one in server.seen}) == 2


def test_a_question_between_the_calls_stands_with_them_also_where_it_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evaluations.inference.backends.openai_failures.MOST_TRIES", 1)
    gate = threading.Event()
    answers = (Answer(drop=True), streamed("Yes.", hold=gate))
    with fake_endpoint(*answers) as server, engine_of(server) as engine:
        engine.submit(request())
        while len(server.seen) < 2:
            time.sleep(0.01)
        (cut,) = engine.cancel(["1"])
        gate.set()
    assert [one.error for one in cut.tries][1:] == ["It was given up before its answer."]
