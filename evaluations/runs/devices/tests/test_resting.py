"""What an idle worker gives up, and what one that has no memory left does."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery.worker import state
from django.db import connection

from evaluations.inference import memory
from evaluations.runs import consumer as consumers
from evaluations.runs.actions import launch_run
from evaluations.runs.consumer import Consumer
from evaluations.runs.endpoints.tests import worlds
from evaluations.runs.management.commands.worker import Life
from evaluations.runs.models import LanguageModel, Output
from evaluations.runs.tests.fake_engine import FakeEngine
from evaluations.runs.tests.test_consumer import FAKE, a_run, states, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def replaced(settings: Any) -> Iterator[threading.Event]:
    """A worker that is at rest at once; the event is set when it asks to be replaced."""
    settings.INFERENCE_BACKENDS = [FAKE]
    settings.INFERENCE_IDLE_SECONDS = 0.01
    asked = threading.Event()
    consumer = Consumer(loader=lambda model: FakeEngine(), replace=asked.set)

    def work() -> None:
        consumer.run()
        connection.close()

    thread = threading.Thread(target=work, daemon=True)
    asked.worker = consumer  # type: ignore[attr-defined]
    thread.start()
    yield asked
    consumer.stop()
    thread.join(20)


def test_an_idle_worker_gives_its_model_up_and_takes_it_again(replaced: Any) -> None:
    run = a_run("one?")
    replaced.worker.bell.set()
    until(lambda: states() == {"done"})
    until(lambda: replaced.worker.engine is None)
    launch_run(model=run.model, recipe=run.recipe, prompt_set=run.prompt_set, seed=5)
    replaced.worker.bell.set()
    until(lambda: Output.objects.filter(state="done").count() == 2)


def test_one_that_still_holds_much_asks_to_begin_again(
    replaced: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = replaced.worker
    monkeypatch.setattr(memory, "resident", lambda: consumers.RESTING_BYTES - 1)
    consumer.began_with = 100_000_000
    a_run("one?")
    consumer.bell.set()
    until(lambda: states() == {"done"})
    until(lambda: consumer.engine is None)
    assert not replaced.wait(0.3)
    monkeypatch.setattr(memory, "resident", lambda: consumers.RESTING_BYTES + 1)
    consumer.bell.set()
    assert replaced.wait(10)


def test_a_machine_without_memory_pauses_the_model_and_charges_nothing(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INFERENCE_BACKENDS = [FAKE]
    engine = FakeEngine()
    consumer = Consumer(loader=lambda model: engine)
    a_run("one?", "two?")
    monkeypatch.setattr(memory, "free_memory", lambda: 90_000_000)
    assert consumer.turn()
    model = LanguageModel.objects.get()
    assert model.pause_reason == (
        "The worker's machine has 0.09 GB of memory free, and 0.13 GB must stay free; the model "
        "was unloaded."
    )
    assert (engine.closed, consumer.engine, model.is_paused) == (True, None, True)
    assert set(Output.objects.values_list("state", "failures")) == {("pending", 0)}


def test_a_model_at_an_endpoint_is_asked_on_whatever_memory_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = worlds.a_run(worlds.a_model(worlds.an_endpoint()))
    consumer = Consumer(loader=lambda model: FakeEngine())
    monkeypatch.setattr(memory, "free_memory", lambda: 90_000_000)
    while consumer.turn():
        pass
    assert not LanguageModel.objects.get().is_paused
    assert set(run.outputs.values_list("state", "attempt")) == {("done", 1)}


def test_a_signal_to_stop_comes_before_beginning_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "should_stop", None)
    life = Life()
    assert not life.is_to_begin_again
    life.end()
    assert life.is_to_begin_again
    assert state.should_stop == 0
    life.was_told_to_stop(sig="SIGTERM")
    assert not life.is_to_begin_again
