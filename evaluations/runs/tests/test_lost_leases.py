"""What a worker does about rows that it lost sight of, or that it lost."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError

from evaluations.runs import queue
from evaluations.runs.actions import cancel_run
from evaluations.runs.consumer import Consumer
from evaluations.runs.devices import counted, heart
from evaluations.runs.models import Attempt, Output
from evaluations.runs.tests.fake_engine import FakeEngine
from evaluations.runs.tests.test_consumer import a_run, registered, staff, states

__all__ = ["registered", "staff"]

pytestmark = pytest.mark.django_db(transaction=True)


def a_consumer(**options: Any) -> tuple[Consumer, FakeEngine]:
    engine = FakeEngine(**options)
    return Consumer(loader=lambda model: engine), engine


def sleep_beyond_the_lease(consumer: Consumer) -> None:
    """As a machine that was suspended: no lease was renewed, and all clocks went on."""
    Output.objects.filter(state="leased").update(leased_until="2000-01-01T00:00:00Z")
    consumer.looked_at = consumer.flushed_at = time.monotonic() - 1000


def work_off(consumer: Consumer) -> None:
    while consumer.turn():
        pass
    consumer.leave()


def test_a_worker_that_slept_takes_its_own_rows_anew() -> None:
    a_run("a", "b")
    consumer, engine = a_consumer(capacity=4)
    consumer.turn()
    sleep_beyond_the_lease(consumer)
    consumer.turn()
    assert engine.active == 2
    assert {claim.attempt for claim in consumer.claims.values()} == {2}
    work_off(consumer)
    assert states() == {"done"}
    assert sorted(Attempt.objects.values_list("outcome", flat=True)) == ["done"] * 2 + ["lost"] * 2


def test_a_row_that_another_worker_gave_back_meanwhile_is_taken_anew() -> None:
    a_run("a")
    consumer, engine = a_consumer(capacity=4)
    consumer.turn()
    sleep_beyond_the_lease(consumer)
    assert queue.sweep() == 1
    consumer.turn()
    assert engine.active == 1
    work_off(consumer)
    assert states() == {"done"}


def test_what_was_finished_before_a_sleep_is_stored_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_run("a", "endless b")
    consumer, _ = a_consumer(capacity=4)
    with monkeypatch.context() as unhurried:
        unhurried.setattr("evaluations.runs.consumer.FLUSH_SECONDS", 1000.0)
        while not consumer.finished:
            consumer.turn()
    sleep_beyond_the_lease(consumer)
    consumer.turn()
    assert Attempt.objects.filter(outcome="done").count() == 1
    consumer.leave()


def test_the_heart_keeps_what_is_being_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    a_run("a")
    consumer, _ = a_consumer()
    renewed: list[set[int]] = []
    monkeypatch.setattr(queue, "renew", lambda *, owner, ids: renewed.append(set(ids)))
    monkeypatch.setattr(heart, "say_alive", lambda *arguments: None)
    real = consumer.asking.after

    def grade(*arguments: Any) -> Any:
        assert not consumer.ended.is_set()
        waits = iter([False, True])
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(consumer.ended, "wait", lambda interval: next(waits))
            heart.beat(consumer)
        return real(*arguments)

    monkeypatch.setattr(consumer.asking, "after", grade)
    (pk,) = Output.objects.values_list("pk", flat=True)
    work_off(consumer)
    assert [pk in ids for ids in renewed] == [True]
    assert consumer.grading == 0
    assert states() == {"done"}


def test_what_fails_after_its_run_was_cancelled_does_not_wait_again(staff: Any) -> None:
    run = a_run("a")
    consumer, _ = a_consumer()
    consumer.fill()
    (claim,) = consumer.claims.values()
    cancel_run(run=run, actor=staff)
    counted.fail(claim, error="numbers went wrong")
    assert states() == {"cancelled"}


def test_a_row_that_never_reached_the_engine_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    a_run("a")
    consumer, _ = a_consumer()

    def away(claim: queue.Claim) -> Any:
        raise OperationalError("the connection was lost")

    with monkeypatch.context() as broken:
        broken.setattr(consumer.asking, "begin", away)
        with pytest.raises(OperationalError):
            consumer.fill()
    assert not consumer.claims, "its heart would renew what the engine never had"
    sleep_beyond_the_lease(consumer)
    work_off(consumer)
    assert states() == {"done"}


def test_all_that_waits_for_a_model_that_cannot_be_had_fails_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counted, "TOGETHER", 2)
    a_run("a", "b", "c", "d", "e", path="nowhere")
    Output.objects.filter(prompt__text="e").update(alone=True)
    consumer = Consumer()
    consumer.fill()
    consumer.leave()
    assert states() == {"failed"}
    assert Attempt.objects.filter(error__contains="not found at nowhere").count() == 5


def test_a_claim_taken_anew_replaces_the_one_in_the_engine() -> None:
    a_run("endless a")
    consumer, engine = a_consumer()
    consumer.fill()
    (claim,) = consumer.claims.values()
    consumer.submit(replace(claim, attempt=claim.attempt + 1))
    assert (engine.active, list(consumer.claims)) == (1, [claim.id])
    consumer.leave()
