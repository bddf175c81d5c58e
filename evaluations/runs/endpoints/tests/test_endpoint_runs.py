"""Runs on models behind endpoints, through the real queue and a real consumer."""

import datetime as dt
import hashlib
import json
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from evaluations.inference.tests.fake_endpoint import (
    Answer,
    delta,
    end,
    fake_endpoint,
    refused,
    streamed,
    usage,
)
from evaluations.inference.tests.llama_server import ALIAS, llama_server
from evaluations.runs import queue
from evaluations.runs.actions import cancel_run, regrade, sample_seed, try_model
from evaluations.runs.endpoints.tests.worlds import (
    a_model,
    a_run,
    a_worker,
    an_endpoint,
    states,
    until,
)
from evaluations.runs.models import Attempt, LanguageModel, Output, Price, SentPrompt
from tests.cast import make_staff

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "ENDPOINT_KEY_LAB"


@pytest.fixture(autouse=True)
def private(settings: Any) -> None:
    settings.INFERENCE_PRIVATE_ENDPOINTS = True


def a_price(model: LanguageModel, tokens_in: int = 3, tokens_out: int = 15) -> Price:
    return Price.objects.create(
        endpoint=model.endpoint, model=model.path, since=dt.date(2026, 1, 1),
        tokens_in=tokens_in, tokens_out=tokens_out,
    )  # fmt: skip


def test_a_run_at_a_real_server_gives_text_trace_tokens_seed_reason_and_cost(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setenv(KEY, "sesame")
    with llama_server(key="sesame") as address:
        model = a_model(an_endpoint(address, key_variable=KEY), ALIAS)
        a_price(model)
        run = a_run(model, "What is 12 less 5?", "Name a colour.", "Who are you?")
        with a_worker():
            until(lambda: states() == ["done"] * 3)
    for output in Output.objects.select_related("prompt", "environment").all():
        assert output.text.strip()
        assert output.trace or output.answer
        assert output.trace_visibility in ("full", "not-written")
        assert (output.tokens_in or 0) > 10
        assert 0 < (output.tokens_out or 0) <= 64
        assert output.stop_reason in ("stop", "length")
        assert output.seed == sample_seed(1, output.prompt.slug, 0)
        assert len(output.prompt_digest) == 64
        assert output.environment is not None
        recorded = output.environment.data
        assert (recorded["endpoint"], recorded["model_reported"]) == ("lab", ALIAS)
        assert "asked for, not promised" in recorded["seed_promise"]
        (attempt,) = output.attempts.all()
        assert attempt.calls is not None
        assert [call["status"] for call in attempt.calls] == [200]
        paid = Decimal(3 * (output.tokens_in or 0) + 15 * (output.tokens_out or 0)) / 1_000_000
        assert attempt.cost == paid
        sent = SentPrompt.objects.get(digest=output.prompt_digest).text
        assert hashlib.sha256(sent.encode()).hexdigest() == output.prompt_digest
        assert output.prompt.text in json.loads(sent)[0][1]
        assert output.response.usage["completion_tokens"] == output.tokens_out
        assert output.response.body.startswith("{")
        assert "sesame" not in output.response.body
    page = client.get(run.get_absolute_url()).content.decode()
    assert "<em>asked for, not promised</em>" in page
    assert "Cost so far: $0.00" in page
    assert "sesame" not in page


def test_a_thought_that_came_apart_is_stored_graded_and_graded_anew_alike() -> None:
    answer = Answer(
        [delta(reasoning="Twelve less 5."), delta(content="So 7\nit is."), end(), usage()]
    )
    with fake_endpoint(answer) as server:
        model = a_model(an_endpoint(server.address))
        a_run(model, grader="numeric", reference="7")
        with a_worker():
            until(lambda: states() == ["done"])
    output = Output.objects.get()
    assert (output.trace, output.trace_visibility) == ("Twelve less 5.", "full")
    assert output.grade is not None
    assert output.grade.score == 1.0
    assert output.grade.found in output.answer
    assert regrade().total() == 0


def test_a_cut_stream_is_a_failed_attempt_whose_text_stays_in_the_log() -> None:
    cut = Answer([delta(content="So far so good")], cut=True)
    with fake_endpoint(cut, streamed("Answer: 7")) as server:
        a_run(a_model(an_endpoint(server.address)))
        with a_worker():
            until(lambda: states() == ["done"])
        keys = [one["headers"]["Idempotency-Key"].split("-") for one in server.seen]
        assert [attempt for _, attempt, *_ in keys] == ["1", "2"]
    output = Output.objects.get()
    assert (output.text, output.failures) == ("Answer: 7", 1)
    first, second = Attempt.objects.order_by("number")
    assert (first.outcome, first.text, first.cost) == ("error", "So far so good", None)
    assert (second.outcome, second.text, second.tokens_out) == ("done", "", 5)


def test_tokens_of_calls_that_gave_no_result_are_paid_for(client: Client) -> None:
    much = Answer([delta(content="word"), end(), usage(completion_tokens=900)])
    with fake_endpoint(much) as server:
        model = a_model(an_endpoint(server.address))
        a_price(model, tokens_in=1, tokens_out=1)
        run = a_run(model)
        with a_worker():
            until(lambda: states() == ["failed"])
    output = Output.objects.get()
    assert "900 tokens although at most 64" in output.error
    assert output.attempts.get().cost == Decimal("0.000907")
    assert "Cost so far: $0.000907" in client.get(run.get_absolute_url()).content.decode()
    told = client.get(f"/runs/{run.pk}.json").json()
    assert told["cost"] == {
        "dollars": 0.000907, "attempts_unknown": 0, "attempts_lost": 0, "lost_dollars_at_most": 0,
    }  # fmt: skip
    assert told["model"]["endpoint"] == "lab"


def test_a_run_that_is_cancelled_during_a_call_says_that_its_cost_is_not_known(
    client: Client,
) -> None:
    gate = threading.Event()
    with fake_endpoint(streamed("Answer: 7", hold=gate)) as server:
        run = a_run(a_model(an_endpoint(server.address)))
        with a_worker():
            until(lambda: server.at_once == 1)
            cancel_run(run=run, actor=make_staff())
            until(lambda: states() == ["cancelled"])
            gate.set()
    attempt = Attempt.objects.get()
    assert [call["status"] for call in attempt.calls or ()] == [0]
    assert "Cost so far: not known" in client.get(run.get_absolute_url()).content.decode()


def test_a_call_that_is_under_way_when_the_engine_breaks_stands_with_its_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = threading.Event()

    def broken() -> list[Any]:
        raise RuntimeError("The tests break it.")

    with fake_endpoint(streamed("Answer: 7", hold=gate)) as server:
        a_run(a_model(an_endpoint(server.address)))
        with a_worker() as consumer:
            until(lambda: server.at_once == 1)
            monkeypatch.setattr(consumer.engine, "step", broken)
            until(lambda: Attempt.objects.filter(calls__isnull=False).exists())
            gate.set()
    assert [call["status"] for call in Attempt.objects.earliest("pk").calls or ()] == [0]


def test_a_refusal_is_shown_in_words_of_this_site(client: Client) -> None:
    with fake_endpoint(refused(400)) as server:
        run = a_run(a_model(an_endpoint(server.address)))
        with a_worker():
            until(lambda: states() == ["failed"])
    output = Output.objects.get()
    assert (output.attempt, "HTTP 400" in output.error) == (1, True)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "HTTP 400" in page
    assert "/srv/secret" not in page
    assert "/srv/secret" in str(Attempt.objects.get().calls)


def test_a_refused_key_pauses_the_model_charges_nothing_and_trying_it_ends_the_pause(
    client: Client,
) -> None:
    staff = make_staff()
    with fake_endpoint(refused(401), refused(401), streamed("Answer: 7")) as server:
        model = a_model(an_endpoint(server.address))
        run = a_run(model, "One?", "Two?")
        with a_worker() as consumer:
            until(lambda: LanguageModel.objects.get().paused_at is not None)
            until(lambda: states() == ["pending"] * 2)
            assert set(Output.objects.values_list("failures", flat=True)) == {0}
            assert queue.next_model(None) is None
            kept = Attempt.objects.filter(outcome="released", calls__isnull=False)
            assert {call["status"] for one in kept for call in one.calls or ()} == {401}
            for address in (run.get_absolute_url(), "/models/far/"):
                page = client.get(address).content.decode()
                assert "until somebody tries it again" in page
                assert "refused the key (HTTP 401)" in page
            assert ">paused</span>" in client.get("/models/").content.decode()
            try_model(model=model, actor=staff)
            consumer.bell.set()
            until(lambda: states() == ["done"] * 3)
        assert len(server.seen) >= 4
    assert not LanguageModel.objects.get().is_paused


def test_a_worker_without_the_key_pauses_the_model_and_tells_staff_the_variable(
    client: Client,
) -> None:
    run = a_run(a_model(an_endpoint(key_variable=KEY)))
    with a_worker():
        until(lambda: LanguageModel.objects.get().paused_at is not None)
    assert states() == ["pending"]
    for address in (run.get_absolute_url(), "/models/far/"):
        page = client.get(address).content.decode()
        assert "lacks the key of the endpoint “The lab”" in page
        assert KEY not in page
    client.force_login(make_staff())
    for address in (run.get_absolute_url(), "/models/far/"):
        assert KEY in client.get(address).content.decode()


def test_a_pause_with_an_end_is_over_by_itself() -> None:
    with fake_endpoint(refused(429, retry_after="3600"), streamed("Answer: 7")) as server:
        a_run(a_model(an_endpoint(server.address)))
        with a_worker() as consumer:
            until(lambda: LanguageModel.objects.get().is_paused)
            until(lambda: states() == ["pending"])
            LanguageModel.objects.update(paused_until="2026-01-01T00:00:00Z")
            consumer.bell.set()
            until(lambda: states() == ["done"])
    assert LanguageModel.objects.get().paused_at is None


def test_an_endpoint_that_is_changed_is_asked_anew_where_it_is_now() -> None:
    with fake_endpoint(streamed("Answer: 7")) as first, fake_endpoint(streamed("8")) as second:
        model = a_model(an_endpoint(first.address))
        a_run(model)
        with a_worker() as consumer:
            until(lambda: states() == ["done"])
            assert model.endpoint is not None
            model.endpoint.address = second.address
            model.endpoint.save()
            try_model(model=model, actor=make_staff())
            consumer.bell.set()
            until(lambda: states() == ["done"] * 2)
        assert (len(first.seen), len(second.seen)) == (1, 1)
