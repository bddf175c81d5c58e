"""The consumer with a fake engine: what it stores, gives back, and survives."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection
from model_bakery import baker

from evaluations.accounts.models import User
from evaluations.grading import GRADERS
from evaluations.inference.answer import ANSWER_VERSION
from evaluations.inference.engine import (
    ModelPaused,
    ModelUnavailable,
    Request,
    Result,
    Sampling,
    Try,
)
from evaluations.inference.split import SPLIT_VERSION
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs import consumer as consumers
from evaluations.runs import queue
from evaluations.runs.actions import cancel_run, launch_run, resume_run
from evaluations.runs.consumer import Consumer
from evaluations.runs.devices import heart
from evaluations.runs.models import Attempt, LanguageModel, Output, Recipe, Run
from evaluations.runs.recipes import asking
from evaluations.runs.tests.fake_engine import FakeEngine
from evaluations.runs.workers import alive

pytestmark = pytest.mark.django_db(transaction=True)

FAKE = "evaluations.runs.tests.fake_engine.FakeEngine"


@pytest.fixture(autouse=True)
def registered(settings: Any) -> None:
    settings.INFERENCE_BACKENDS = [FAKE]


@pytest.fixture
def staff() -> User:
    user: User = baker.make(User, is_staff=True)
    return user


def a_run(*texts: str, samples: int = 1, path: str = "fake", **prompt: Any) -> Run:
    prompt_set = baker.make(PromptSet, slug="s")
    for n, text in enumerate(texts):
        baker.make(Prompt, prompt_set=prompt_set, slug=f"p{n}", text=text, **prompt)
    return launch_run(
        model=baker.make(LanguageModel, slug="m", name="Fake", backend=FAKE, path=path),
        recipe=baker.make(Recipe, slug="r", strategy="step-by-step", samples=1, max_new_tokens=8),
        prompt_set=prompt_set,
        samples=samples,
    )


@pytest.fixture
def worker() -> Any:
    """Starts a consumer in a thread of its own and stops it at the end."""
    consumers: list[Consumer] = []

    def start(**engine: Any) -> Consumer:
        consumer = Consumer(loader=lambda model: FakeEngine(**engine)) if engine else Consumer()
        consumers.append(consumer)
        threading.Thread(target=run_and_close, args=(consumer,), daemon=True).start()
        return consumer

    yield start
    for consumer in consumers:
        consumer.stop()


def run_and_close(consumer: Consumer) -> None:
    consumer.run()
    connection.close()


def until(condition: Callable[[], bool], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, list(
            Output.objects.values_list("state", "error", "failures", "alone")
        )
        time.sleep(0.02)


def states() -> set[str]:
    return set(Output.objects.values_list("state", flat=True))


def test_everything_that_waits_is_written_with_steps_grade_and_environment(worker: Any) -> None:
    run = a_run("one?", "two?", samples=3, grader="exact", reference="Yes")
    worker()
    until(lambda: states() == {"done"})
    output = Output.objects.filter(run=run).first()
    assert output is not None
    assert Output.objects.count() == Attempt.objects.count() == 6
    assert len(set(Output.objects.values_list("text", flat=True))) == 6, "a seed each"
    assert [output.trace[s.start : s.end] for s in output.steps.all()] == [
        f"1. Seed {output.seed}.",
        "2. So it is.",
    ]
    assert (output.answer, output.prompt_digest) == ("yes", "abc")
    assert output.grade is not None
    assert (output.grade.score, output.grade.grader_version) == (1.0, GRADERS["exact"].version)
    assert output.environment is not None
    assert output.environment.data == {
        "device": "fake",
        "strategy_version": 1,
        "split_version": SPLIT_VERSION,
        "answer_version": ANSWER_VERSION,
    }


def test_a_refused_request_fails_at_once_with_its_reason_and_spares_the_others(
    worker: Any,
) -> None:
    a_run("fine", "much too long")
    worker()
    until(lambda: states() == {"done", "failed"})
    failed = Output.objects.get(state="failed")
    assert "at most 8,192" in failed.error
    assert failed.attempt == 1


def test_a_poisonous_prompt_is_found_without_charging_its_neighbours(worker: Any) -> None:
    a_run("a", "poison", "b", "c")
    worker()
    until(
        lambda: sorted(Output.objects.values_list("state", flat=True)) == ["done"] * 3 + ["failed"]
    )
    failed = Output.objects.get(state="failed")
    assert failed.prompt.text == "poison"
    assert failed.error == "a kernel failed"
    assert set(Output.objects.filter(state="done").values_list("failures", flat=True)) == {0}


def test_an_error_of_one_sample_is_tried_to_the_limit_and_then_shown(worker: Any) -> None:
    a_run("broken", "fine")
    worker()
    until(lambda: states() == {"done", "failed"})
    assert Output.objects.get(state="failed").failures == queue.MAX_FAILURES


def test_a_model_that_cannot_be_loaded_fails_its_outputs_with_the_reason_and_can_be_resumed(
    worker: Any, staff: User
) -> None:
    run = a_run("a", "b", path="nowhere")
    consumer = worker()
    until(lambda: states() == {"failed"})
    assert "not found at nowhere" in Output.objects.all()[0].error
    LanguageModel.objects.update(path="here")
    assert resume_run(run=run, actor=staff) == 2
    consumer.bell.set()
    until(lambda: states() == {"done"})


def test_cancelling_a_run_frees_the_engine_within_seconds(worker: Any, staff: User) -> None:
    run = a_run("endless", "endless too", "endless three")
    consumer = worker(capacity=2, seconds_a_step=0.01)
    until(lambda: Output.objects.filter(state="leased").count() == 2)
    cancel_run(run=run, actor=staff)
    until(lambda: states() == {"cancelled"})
    until(lambda: consumer.engine is not None and consumer.engine.active == 0)


def test_stopping_finishes_what_it_can_and_releases_the_rest(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.runs.consumer.GRACE_SECONDS", 0.5)
    a_run("quick", "endless")
    consumer = worker(capacity=2, seconds_a_step=0.05)
    until(lambda: "leased" in states() and consumer.engine is not None)
    consumer.stop()
    assert sorted(Output.objects.values_list("state", flat=True)) == ["done", "pending"]
    assert Output.objects.get(state="pending").failures == 0
    assert consumer.engine is None


def test_one_device_has_one_worker_and_the_next_takes_over(worker: Any) -> None:
    a_run("a")
    first = worker()
    until(lambda: states() == {"done"})
    second = worker()
    until(lambda: second.waits_for_device)
    first.stop()
    second.bell.set()
    until(lambda: second.lock.connection is not None)


def test_the_heart_renews_leases_only_while_the_engine_moves(worker: Any, settings: Any) -> None:
    settings.LEASE_SECONDS = 1.0
    a_run("endless")
    consumer = worker(capacity=1, seconds_a_step=0.01)
    threading.Thread(target=heart.beat, args=(consumer,), daemon=True).start()
    until(lambda: states() == {"leased"})
    first = Output.objects.get().leased_until
    until(lambda: Output.objects.get().leased_until > first)
    assert alive().filter(name=consumer.owner, kind="inference").exists()
    assert consumer.engine is not None
    consumer.engine.seconds_a_step = 4.0  # the device hangs
    until(lambda: queue.sweep() == 1, timeout=10)
    consumer.engine.seconds_a_step = 0.01
    consumer.stop()


def test_a_heartbeat_tells_tokens_and_no_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "tokens", 12)
    consumer, engine = Consumer(), FakeEngine()
    consumer.engine, engine.progress = engine, 500
    beats = iter([False, True])
    monkeypatch.setattr(consumer.ended, "wait", lambda seconds: next(beats))
    heart.beat(consumer)
    assert alive().get(name=consumer.owner).tokens == 12


def test_an_engine_is_loaded_only_if_it_is_registered(settings: Any) -> None:
    model = baker.make(LanguageModel, slug="m", name="Fake", backend=FAKE, path="fake")
    assert isinstance(consumers.load(model), FakeEngine)
    settings.INFERENCE_BACKENDS = []
    with pytest.raises(ModelUnavailable, match="does not know"):
        consumers.load(model)


def test_an_unexpected_error_does_not_end_the_loop(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_run("a")
    real, calls = queue.claim, []

    def flaky(**arguments: Any) -> list[queue.Claim]:
        calls.append(arguments)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        return real(**arguments)

    monkeypatch.setattr(queue, "claim", flaky)
    worker().bell.set()
    until(lambda: states() == {"done"})


def test_a_result_that_cannot_be_stored_fails_alone_and_is_not_held_for_ever(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_run("odd", "fine")
    odd = Output.objects.get(prompt__text="odd").pk
    real = asking.written

    def picky(claim: queue.Claim, result: Any) -> queue.Written:
        if claim.id == odd:
            raise RecursionError("too deep")
        return real(claim, result)

    monkeypatch.setattr(asking, "written", picky)
    worker()
    until(lambda: states() == {"done", "failed"})
    assert Output.objects.get(pk=odd).error == "RecursionError: too deep"


def test_a_database_that_is_away_for_a_moment_costs_no_row(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_run("broken", "fine", "fine too")
    real, calls = queue.fail, []

    def away_once(claim: queue.Claim, **arguments: Any) -> bool:
        calls.append(claim.id)
        if len(calls) == 1:
            raise OperationalError("the connection was lost")
        return real(claim, **arguments)

    monkeypatch.setattr(queue, "fail", away_once)
    worker()
    until(lambda: Output.objects.filter(state="done").count() == 2)
    lost = Output.objects.get(pk=calls[0])
    assert lost.state == "leased", "nobody renews it, so its lease runs out"
    Output.objects.filter(pk=lost.pk).update(leased_until="2000-01-01T00:00:00Z")
    until(lambda: states() == {"done", "failed"})


def test_a_reply_that_was_paid_for_outlives_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_run("a")
    consumer = Consumer(loader=lambda model: FakeEngine(capacity=1))
    consumer.fill()
    (id,) = consumer.claims
    call = Try(status=200, seconds=1)
    consumer.results.append(replace(FakeEngine().result(a_request(id), "stop"), tries=(call,)))
    real = consumers.spent_on

    def away(*arguments: Any) -> Any:
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(consumers, "spent_on", away)
    with pytest.raises(OperationalError):
        consumer.take_results()
    monkeypatch.setattr(consumers, "spent_on", real)
    consumer.take_results()
    consumer.leave()
    assert states() == {"done"}
    assert len(Attempt.objects.get().calls or ()) == 1


def test_what_is_given_back_while_the_database_is_away_is_held_by_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_run("a", "b")
    engine = FakeEngine(capacity=2)
    consumer = Consumer(loader=lambda model: engine)
    consumer.fill()

    def paused() -> list[Any]:
        raise ModelPaused("The server is away.", 60)

    def away(**arguments: Any) -> Any:
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(engine, "step", paused)
    with monkeypatch.context() as broken:
        broken.setattr(queue, "release", away)
        with pytest.raises(OperationalError):
            consumer.turn()
    assert engine.active == 0
    assert not consumer.claims, "its heart would renew what the engine has forgotten"
    Output.objects.update(leased_until="2000-01-01T00:00:00Z")
    assert queue.sweep() == 2
    consumer.leave()


def a_request(id: int) -> Request:
    return Request(id=str(id), messages=(), seed=1, strategy="direct",
                   sampling=Sampling(temperature=1, top_p=1, max_new_tokens=8))  # fmt: skip


def test_an_engine_that_takes_no_more_and_holds_nothing_is_loaded_anew() -> None:
    a_run("a")
    engines = [FakeEngine(capacity=0), FakeEngine(capacity=2)]
    waiting = list(engines)
    consumer = Consumer(loader=lambda model: waiting.pop(0))
    consumer.fill()
    assert consumer.engine is engines[0]
    assert not consumer.claims
    consumer.fill()
    assert (engines[0].closed, len(consumer.claims)) == (True, 1)
    consumer.leave()


def test_a_model_that_pauses_gives_everything_back_uncharged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_run("a", "b")
    engine = FakeEngine(capacity=2)
    consumer = Consumer(loader=lambda model: engine)
    consumer.fill()

    called = (Try(status=503, seconds=1, error="busy"), Try(status=200, seconds=2, tokens_out=9))
    in_vain = Result(id=str(min(consumer.claims)), text="So far", trace="", answer="",
                     trace_visibility="not-written", tokens_in=None, tokens_out=None,
                     stop_reason="error", seconds=3, tries=called)  # fmt: skip

    def paused() -> list[Any]:
        raise ModelPaused("The server is away.", 60)

    monkeypatch.setattr(engine, "step", paused)
    monkeypatch.setattr(engine, "cancel", lambda ids: [in_vain])
    assert consumer.turn()
    assert (engine.closed, consumer.engine, consumer.claims) == (True, None, {})
    assert set(Output.objects.values_list("state", "failures", "alone")) == {("pending", 0, False)}
    assert set(Attempt.objects.values_list("outcome", "error")) == {
        ("released", "The server is away.")
    }
    first, second = Attempt.objects.order_by("output")
    assert (first.text, first.tokens_out, second.text, second.calls) == ("So far", 9, "", None)
    assert first.calls is not None
    assert [call["status"] for call in first.calls] == [503, 200]
    model = LanguageModel.objects.get()
    assert (model.is_paused, model.pause_reason) == (True, "The server is away.")
    assert model.paused_until is not None
    consumer.leave()
