"""Probes as a worker makes them."""

import threading
from typing import Any

import pytest
from django.db import OperationalError

from evaluations.inference.backends.openai_probe import Probed
from evaluations.inference.backends.openai_ways import SHOWN_BY
from evaluations.inference.tests.fake_endpoint import Answer, fake_endpoint, refused, streamed
from evaluations.runs import tasks
from evaluations.runs.endpoints import probing_actions
from evaluations.runs.endpoints.actions import ask_for_probe
from evaluations.runs.endpoints.prober import Prober
from evaluations.runs.endpoints.probing_actions import make_next_probe
from evaluations.runs.endpoints.tests.worlds import an_endpoint
from evaluations.runs.models import Endpoint, Probe
from tests.cast import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private(settings: Any) -> None:
    settings.INFERENCE_PRIVATE_ENDPOINTS = True


def test_a_probe_becomes_the_record_of_its_model() -> None:
    assert make_next_probe() is None
    with fake_endpoint(streamed("Cat, dog.")) as server:
        other = {"temperature": False}
        endpoint = an_endpoint(server.address, capabilities={"another": other})
        ask_for_probe(endpoint=endpoint, model="m", actor=make_staff())
        made = make_next_probe()
        assert len(server.seen) == 14
    assert made is not None
    assert made.finished_at is not None
    assert [call["status"] for call in made.calls] == [200] * 14
    assert "Cat, dog." in made.calls[2]["said"]
    endpoint.refresh_from_db()
    assert endpoint.capabilities == {"m": made.found, "another": other}
    assert endpoint.record_of("m")["seed"] == "repeats"
    assert endpoint.record_of("unknown") == {}
    assert make_next_probe() is None


def test_a_probe_that_got_no_reply_leaves_the_record_as_it_was() -> None:
    known = {"m": {"token_field": "max_tokens"}}
    with fake_endpoint(refused(503)) as server:
        endpoint = an_endpoint(server.address, capabilities=known)
        ask_for_probe(endpoint=endpoint, model="m", actor=make_staff())
        make_next_probe()
    assert Endpoint.objects.get().capabilities == known
    made = Probe.objects.get()
    assert (made.calls[0]["status"], len(made.calls)) == (503, 2)
    assert "HTTP 503" in made.error


@pytest.mark.parametrize(("last", "prefill"), [(refused(429), "last"), (refused(400), "")])
def test_what_a_server_that_got_busy_did_not_show_stays_as_it_was_known(
    last: Answer, prefill: str
) -> None:
    known = {
        "shown_by": SHOWN_BY,
        "prefill": "last",
        "thought": "reasoning: full",
        "logprobs": True,
        "efforts": ["low"],
    }
    said = streamed("Cat, dog.")
    with fake_endpoint(refused(404), *[said] * 4, refused(404), last) as server:
        endpoint = an_endpoint(server.address, capabilities={"m": known})
        ask_for_probe(endpoint=endpoint, model="m", actor=make_staff())
        made = make_next_probe()
    endpoint.refresh_from_db()
    record = endpoint.record_of("m")
    assert (record["shown_by"], record["prefill"]) == (SHOWN_BY, prefill)
    assert record.get("logprobs", False) is bool(prefill)
    assert record["efforts"] == (["low"] if prefill else [])
    assert "thought" not in record, "none came apart this time"
    assert made is not None
    assert ("could not tell stays" in made.error) == bool(prefill)


@pytest.mark.parametrize(
    "changed", [{"address": "https://other.example.org/v1"}, {"dialect": "responses"}]
)
def test_what_was_found_before_an_endpoint_was_changed_is_not_its_record(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    ask_for_probe(endpoint=an_endpoint(), model="m", actor=make_staff())

    def probe(endpoint: Any, model: str) -> Probed:
        Endpoint.objects.update(**changed)
        return Probed([], {"token_field": "max_tokens"})

    monkeypatch.setattr(probing_actions, "probe", probe)
    assert make_next_probe() is not None
    assert Endpoint.objects.get().capabilities == {}


def test_a_probe_without_its_key_says_so() -> None:
    endpoint = an_endpoint(key_variable="ENDPOINT_KEY_LAB")
    ask_for_probe(endpoint=endpoint, model="m", actor=make_staff())
    make_next_probe()
    made = Probe.objects.get()
    assert "lacks the key" in made.error
    assert (made.calls, made.finished_at is not None) == ([], True)


def test_another_model_there_has_a_probe_of_its_own() -> None:
    endpoint, staff = an_endpoint(), make_staff()
    first, second, again = (
        ask_for_probe(endpoint=endpoint, model=model, actor=staff) for model in ("m", "n", "m")
    )
    assert (first, second.model) == (again, "n")
    assert Probe.objects.count() == 2


def test_a_probe_that_nobody_foresaw_is_over_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unforeseen(*_: object) -> None:
        raise KeyError("secret words")

    monkeypatch.setattr("evaluations.runs.endpoints.probing_actions.probe", unforeseen)
    known = {"m": {"token_field": "max_tokens"}}
    endpoint = an_endpoint(capabilities=known)
    ask_for_probe(endpoint=endpoint, model="m", actor=make_staff())
    make_next_probe()
    made = Probe.objects.get()
    assert made.finished_at is not None
    assert made.error.endswith("This site failed while probing: KeyError.")
    assert Endpoint.objects.get().capabilities == known
    assert make_next_probe() is None


def test_a_probe_is_made_by_one_worker_and_again_when_that_was_lost() -> None:
    endpoint = an_endpoint("http://127.0.0.1:1/v1")
    ask_for_probe(endpoint=endpoint, model="m", actor=make_staff())
    Probe.objects.update(started_at="2999-01-01T00:00:00Z")
    assert make_next_probe() is None
    Probe.objects.update(started_at="2026-01-01T00:00:00Z")
    assert make_next_probe() is not None


@pytest.mark.parametrize("trouble", [OperationalError("away"), KeyError("nobody foresaw this")])
def test_the_prober_outlives_what_goes_wrong_and_ends_when_told(trouble: Exception) -> None:
    made = threading.Event()
    answers = iter([trouble, None])

    def make() -> None:
        answer = next(answers, None)
        if answer is not None:
            raise answer
        made.set()

    prober = Prober(make)
    thread = threading.Thread(target=prober.run)
    thread.start()
    while not made.wait(0.01):
        prober.bell.set()
    prober.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_the_doorbell_rings_for_probes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    prober = Prober()
    monkeypatch.setattr(tasks, "_prober", prober)
    tasks.doorbell()
    assert prober.bell.is_set()
