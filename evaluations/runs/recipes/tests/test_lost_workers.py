"""A worker that is lost between two stages, with the real loop and a fake engine."""

from typing import Any

import pytest
from model_bakery import baker

from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import launch_run
from evaluations.runs.consumer import Consumer
from evaluations.runs.models import Attempt, LanguageModel, Output, Recipe, Stage
from evaluations.runs.tests.fake_engine import FakeEngine

pytestmark = pytest.mark.django_db

FAKE = "evaluations.runs.tests.fake_engine.FakeEngine"


@pytest.fixture(autouse=True)
def plans(settings: Any) -> None:
    settings.INFERENCE_BACKENDS = [FAKE]
    prompt_set = baker.make(PromptSet, slug="s")
    for number in range(3):
        baker.make(Prompt, prompt_set=prompt_set, slug=f"p{number}", text=f"{number}?")
    launch_run(
        model=baker.make(LanguageModel, slug="m", backend=FAKE, path="fake"),
        recipe=Recipe.objects.create(
            slug="r", name="R", strategy="step-by-step", plan="majority", plan_number=3
        ),
        prompt_set=prompt_set,
    )


def a_worker() -> Consumer:
    return Consumer(loader=lambda model: FakeEngine())


def work(consumer: Consumer, until: Any) -> None:
    for _ in range(200):
        if until():
            return
        consumer.turn()
    raise AssertionError("it does not come to an end")


def test_stages_that_a_lost_worker_stored_are_not_asked_again() -> None:
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
