"""Which items a version gets from its selection, in which order, and when more join."""

import pytest
from django.utils import timezone

from evaluations.judgments.items.queue import fill_items
from evaluations.judgments.models import Item, ProtocolVersion
from evaluations.judgments.tasks import sweep
from evaluations.judgments.tests.cast import (
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


def outputs_of(version: ProtocolVersion) -> list[int]:
    """Ids of the outputs shown, in the random order."""
    return list(version.items.order_by("random").values_list("output_id", flat=True))


def test_every_finished_output_becomes_one_item_and_new_ones_join() -> None:
    version = make_protocol(judges_per_item=4)
    first = [make_output() for _ in range(3)]
    make_output(state="pending")
    assert fill_items(version) == 3
    assert fill_items(version) == 0
    last = make_output()
    assert fill_items(version) == 1
    assert set(outputs_of(version)) == {output.pk for output in (*first, last)}
    assert set(version.items.values_list("needed", "done", "leased")) == {(4, 0, 0)}
    assert all(0 <= item.random < 1 for item in version.items.all())


def test_withdrawn_outputs_and_runs_that_judge_are_left_out() -> None:
    judging = make_run(make_model("judging"), make_recipe("judging"))
    make_output(run=judging)
    Run.objects.filter(pk=judging.pk).update(purpose="judging")
    gone = make_run(make_model("gone"), make_recipe("gone"))
    make_output(run=gone)
    Run.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    ordinary = make_run(make_model("kept"), make_recipe("kept"))
    kept, withdrawn = make_output(run=ordinary), make_output(run=ordinary)
    Output.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
    version = make_protocol()
    assert fill_items(version) == 1
    assert outputs_of(version) == [kept.pk]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, {"aa", "ab", "ba", "bb"}),
        ({"models": []}, {"aa", "ab", "ba", "bb"}),
        ({"models": ["model-a"]}, {"aa", "ab"}),
        ({"recipes": ["recipe-b"]}, {"ab", "bb"}),
        ({"models": ["model-b"], "recipes": ["recipe-a"]}, {"ba"}),
        ({"stop_reasons": ["length"]}, {"bb"}),
        ({"prompt_sets": ["set"]}, {"aa", "ab", "ba", "bb"}),
        ({"prompt_sets": ["none"]}, set()),
    ],
)
def test_the_selection_filters(selection: dict[str, list[str]], expected: set[str]) -> None:
    models = {name: make_model(f"model-{name}") for name in "ab"}
    recipes = {name: make_recipe(f"recipe-{name}") for name in "ab"}
    names = {}
    for model in "ab":
        for recipe in "ab":
            stop = "length" if model + recipe == "bb" else "stop"
            output = make_output(run=make_run(models[model], recipes[recipe]), stop_reason=stop)
            names[output.pk] = model + recipe
    version = make_protocol(selection=selection)
    assert fill_items(version) == len(expected)
    assert {names[output] for output in outputs_of(version)} == expected


def test_the_same_seed_draws_the_same_sample_and_another_seed_another() -> None:
    for _ in range(40):
        make_output()
    drawn = []
    for slug, seed in (("one", 5), ("two", 5), ("three", 6)):
        version = make_protocol(slug, selection={"sample": 10, "seed": seed})
        assert fill_items(version) == 10
        drawn.append(outputs_of(version))
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    everything = make_protocol("all", selection={"seed": 5})
    fill_items(everything)
    assert outputs_of(everything)[:10] == drawn[0]


def test_a_sample_keeps_its_number_and_is_topped_up_until_it_is_judged() -> None:
    version = make_protocol(selection={"sample": 6, "seed": 1})
    for _ in range(4):
        make_output()
    assert fill_items(version) == 4
    for _ in range(30):
        make_output()
    make_item(version, make_output(), is_gold=True)
    assert fill_items(version) == 2
    assert fill_items(version) == 0
    assert version.items.filter(is_gold=False).count() == 6
    ProtocolVersion.objects.filter(pk=version.pk).update(frozen_at=timezone.now())
    version.items.order_by("pk").first().delete()
    assert fill_items(version) == 0


def test_a_gold_item_is_not_made_again() -> None:
    version, output = make_protocol(), make_output()
    make_item(version, output, is_gold=True)
    assert fill_items(version) == 0


def test_pairs_are_outputs_to_one_prompt_from_different_runs_each_once() -> None:
    prompt, other = make_prompt(), make_prompt()
    recipe = make_recipe()
    runs = [make_run(make_model(name), recipe) for name in ("one", "two", "three")]
    first, again = (make_output(run=runs[0], prompt=prompt) for _ in range(2))
    second, third = (make_output(run=run, prompt=prompt) for run in runs[1:])
    make_output(run=runs[0], prompt=other)
    version = make_protocol(subject="pair")
    assert fill_items(version) == 5
    assert fill_items(version) == 0
    pairs = set(version.items.values_list("left_id", "right_id"))
    assert pairs == {
        (first.pk, second.pk),
        (first.pk, third.pk),
        (again.pk, second.pk),
        (again.pk, third.pk),
        (second.pk, third.pk),
    }
    sampled = make_protocol("sampled", subject="pair", selection={"sample": 2})
    assert fill_items(sampled) == 2


def test_prompts_come_from_listed_sets_alone() -> None:
    prompts = [make_prompt(), make_prompt()]
    hidden = PromptSet.objects.create(slug="hidden", title="Hidden", is_listed=False)
    make_prompt().__class__.objects.filter(slug="prompt-3").update(prompt_set=hidden)
    version = make_protocol(subject="prompt", selection={"models": ["whatever"]})
    assert fill_items(version) == 2
    assert set(version.items.values_list("prompt_id", flat=True)) == {p.pk for p in prompts}
    chosen = make_protocol("chosen", subject="prompt", selection={"prompt_sets": ["hidden"]})
    assert fill_items(chosen) == 0


def test_the_sweep_fills_open_protocols_and_no_others() -> None:
    make_output()
    opened, closed = make_protocol("open"), make_protocol("closed")
    closed.protocol.closed_at = timezone.now()
    closed.protocol.save()
    draft = make_protocol("draft")
    draft.protocol.opened_at = None
    draft.protocol.save()
    earlier = ProtocolVersion.objects.create(
        protocol=opened.protocol, number=2, is_current=False, judges_per_item=1
    )
    sweep()
    assert set(Item.objects.values_list("version", flat=True)) == {opened.pk}
    assert not earlier.items.exists()
