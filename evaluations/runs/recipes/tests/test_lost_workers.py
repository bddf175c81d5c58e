"""Workers that are lost or hindered between two stages, with the real loop and a fake engine."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError
from model_bakery import baker

from evaluations.inference.engine import Request, Result, Try
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import launch_run
from evaluations.runs.consumer import Consumer
from evaluations.runs.models import Attempt, LanguageModel, Output, Recipe, Stage
from evaluations.runs.recipes import asking
from evaluations.runs.tests.fake_engine import FakeEngine

pytestmark = pytest.mark.django_db

FAKE = "evaluations.runs.tests.fake_engine.FakeEngine"


@pytest.fixture(autouse=True)
def registered(settings: Any) -> None:
    settings.INFERENCE_BACKENDS = [FAKE]


def launch(plan: str = "majority", number: int = 3, **recipe: Any) -> None:
    prompt_set = baker.make(PromptSet, slug="s")
    for place in range(3):
        baker.make(Prompt, prompt_set=prompt_set, slug=f"p{place}", text=f"{place}?")
    launch_run(
        model=baker.make(LanguageModel, slug="m", backend=FAKE, path="fake"),
        recipe=Recipe.objects.create(
            slug="r", name="R", strategy="step-by-step", plan=plan, plan_number=number, **recipe
        ),
        prompt_set=prompt_set,
    )


class PaidEngine(FakeEngine):
    """One whose replies came from a server."""

    def result(self, request: Request, stop_reason: Any) -> Result:
        return replace(super().result(request, stop_reason), tries=(Try(status=200, seconds=1),))


def a_worker(engine: type[FakeEngine] = FakeEngine) -> Consumer:
    return Consumer(loader=lambda model: engine())


def work(consumer: Consumer, until: Any) -> None:
    for _ in range(200):
        if until():
            return
        consumer.turn()
    raise AssertionError("it does not come to an end")


def test_stages_that_a_lost_worker_stored_are_not_asked_again() -> None:
    launch()
    lost = a_worker()
    work(lost, lambda: Stage.objects.filter(number=1).count() == 3)
    assert not Output.objects.filter(state="done").exists()
    kept = set(Stage.objects.values_list("pk", flat=True))
    assert len(kept) == 6
    Output.objects.update(leased_until="2000-01-01T00:00:00Z")
    heir = a_worker()
    work(heir, lambda: Output.objects.filter(state="done").count() == 3)
    assert heir.engine is not None
    assert heir.engine.progress == 9, "three steps for the one stage of each that was open"
    assert kept < set(Stage.objects.values_list("pk", flat=True))
    assert Stage.objects.count() == 9
    for output in Output.objects.all():
        seeds = list(output.stages.order_by("number").values_list("seed", flat=True))
        assert len(set(seeds)) == 3
        assert output.text == f"1. Seed {seeds[0]}.\n2. So it is.\nAnswer: yes"
        assert output.tokens_out == 27
        assert output.choice["found"] == ["yes"] * 3
    assert sorted(Attempt.objects.values_list("outcome", flat=True)) == ["done"] * 3 + ["lost"] * 3


def test_a_database_that_is_away_between_stages_loses_no_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    launch()
    worker, real = a_worker(), asking.store_stage

    def away(*arguments: Any) -> bool:
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(asking, "store_stage", away)
    with pytest.raises(OperationalError):
        work(worker, lambda: False)
    monkeypatch.setattr(asking, "store_stage", real)
    work(worker, lambda: Output.objects.filter(state="done").count() == 3)
    assert worker.engine is not None
    assert worker.engine.progress == 27, "three steps for each stage, none of them twice"
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["done"] * 3


def test_a_reply_that_cannot_be_stored_stands_with_its_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    launch(number=2)

    def breaks(*arguments: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(asking, "whole", breaks)
    work(a_worker(PaidEngine), lambda: Output.objects.filter(state="failed").count() == 3)
    assert {len(calls or ()) for calls in Attempt.objects.values_list("calls", flat=True)} == {1}


def test_a_stage_that_does_not_fit_leaves_what_was_written_before_it() -> None:
    launch("revise", 2, plan_words="This is too long.")
    work(a_worker(), lambda: Output.objects.filter(state="done").count() == 3)
    for output in Output.objects.all():
        assert output.text == f"1. Seed {output.seed}.\n2. So it is.\nAnswer: yes"
        assert (output.stop_reason, output.tokens_out, output.failures) == ("length", 9, 0)
        assert output.prompt_digest == "abc"
        assert output.environment is not None
        assert "at most 8,192" in output.environment.data["plan_refused"]
        assert output.environment.data["device"] == "fake"
        assert output.stages.count() == 1


def test_a_first_stage_that_does_not_fit_fails() -> None:
    launch("revise", 2, system="", instruction="This is too long.")
    work(a_worker(), lambda: Output.objects.filter(state="failed").count() == 3)
    assert "at most 8,192" in Output.objects.all()[0].error
