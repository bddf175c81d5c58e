"""The page on how an output was written, the twin of a run, and what a model's page says."""

import json
from pathlib import Path

import pytest
from django.test import Client

from evaluations.inference.backends import TRANSFORMERS
from evaluations.prompts.models import Prompt
from evaluations.runs.actions import launch_run
from evaluations.runs.models import LanguageModel, Output, Recipe, Run, Stage
from tests.cast import (
    HOSTILE,
    make_model,
    make_output,
    make_prompt_set,
    make_recipe,
    make_researcher,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db


def stage(output: Output, number: int, kind: str, text: str, **fields: object) -> Stage:
    return Stage.objects.create(
        output=output, number=number, attempt=1, kind=kind, seed=number, text=text, tokens_out=4,
        trace_visibility="full", seconds=1, **{"stop_reason": "stop", **fields},
    )  # fmt: skip


def test_stages_are_shown_in_order_with_the_words_of_the_site_apart(client: Client) -> None:
    recipe = make_recipe("cut", plan="budget", plan_number=16)
    output = make_output(run=make_run(recipe=recipe))
    stage(output, 0, "thought", f"1. {HOSTILE}")
    stage(output, 1, "answer", " 7", prefix="1.\n\nFinal answer:", added="\n\nFinal answer:")
    page = client.get(f"/outputs/{output.pk}/stages/").content.decode()
    assert page.index("1. Thought") < page.index("2. Answer")
    assert "<script>alert" not in page
    assert "\n\nFinal answer:</pre>" in page
    assert f"/outputs/{output.pk}/stages/" in client.get(output.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("stop", "ended by itself"),
        ("length", "cut at its limit"),
        ("filtered", "cut off by the server’s filter"),
    ],
)
def test_it_is_said_how_a_stage_ended(client: Client, reason: str, said: str) -> None:
    output = make_output(run=make_run(recipe=make_recipe("cut", plan="budget", plan_number=16)))
    stage(output, 0, "thought", "1. So", stop_reason=reason)
    assert said in client.get(f"/outputs/{output.pk}/stages/").content.decode()


def test_what_was_chosen_and_what_is_tied_are_said(client: Client) -> None:
    recipe = make_recipe("most", plan="majority", plan_number=3)
    choice = {"kept": 0, "found": ["6", "7", None], "tied": [1], "note": ""}
    output = make_output(run=make_run(recipe=recipe), choice=choice)
    for number, text in enumerate(("Answer: 6", "Answer: 7", "Hm.")):
        stage(output, number, "candidate", text)
    page = client.get(f"/outputs/{output.pk}/stages/").content.decode()
    assert "2 would have done as well" in page
    assert page.count(">kept<") == page.count(">tied<") == 1
    assert "counted as 6" in page
    assert "no answer found" in page


def test_what_a_grader_said_is_shown_to_whoever_is_shown_the_reference(client: Client) -> None:
    owner = make_user("owner")
    hidden = make_prompt_set("hidden", visibility="unlisted", owner=owner)
    prompt = Prompt.objects.create(
        prompt_set=hidden, slug="h", text="Whose?", grader="numeric", reference="xyzzy"
    )
    recipe = make_recipe("best", plan="best-of", plan_number=2)
    run = make_run(recipe=recipe, prompt_set=hidden, visibility="unlisted", launched_by=owner)
    why = "the reference 'xyzzy' holds no number"
    choice = {"kept": 0, "found": [None, None], "tied": [], "note": f"Not graded: {why}."}
    output = make_output(run=run, prompt=prompt, choice=choice, grade_note=f"not graded: {why}")
    for number in range(2):
        stage(output, number, "candidate", "Mine.")
    stages, page = f"/outputs/{output.pk}/stages/", output.get_absolute_url()
    for address, said in (
        (stages, "The replies could not be graded. The first is kept."),
        (page, "not graded: the reference cannot be used"),
    ):
        text = client.get(address).content.decode()
        assert said in text
        assert "xyzzy" not in text
    client.force_login(owner)
    for address in (stages, page):
        assert "xyzzy&#x27; holds no number" in client.get(address).content.decode()


def test_stages_of_what_is_private_or_withdrawn_are_not_shown(client: Client) -> None:
    output = make_output(run=make_run(recipe=make_recipe("cut", plan="budget", plan_number=2)))
    stage(output, 0, "thought", "secret")
    Run.objects.update(visibility="private")
    client.force_login(make_user("reader"))
    assert client.get(f"/outputs/{output.pk}/stages/").status_code == 404
    Run.objects.update(visibility="public", withdrawn_at="2026-01-01T00:00:00Z")
    assert client.get(f"/outputs/{output.pk}/stages/").status_code == 404


def test_the_twin_of_a_run_has_its_prompts_samples_and_seed(client: Client) -> None:
    client.force_login(make_researcher())
    prompts = make_prompt_set("riddles", prompts=3)
    recipe = make_recipe("long")
    Recipe.objects.filter(pk=recipe.pk).update(strategy="step-by-step")
    recipe.refresh_from_db()
    run = launch_run(model=make_model(), recipe=recipe, prompt_set=prompts, samples=2, seed=9)
    assert "Run its direct twin" in client.get(run.get_absolute_url()).content.decode()
    address = f"/runs/{run.pk}/twin/"
    made = client.post(address)
    twin = Run.objects.exclude(pk=run.pk).get()
    assert made["Location"] == twin.get_absolute_url()
    assert twin.recipe.twin_of == recipe
    rows = [sorted(each.outputs.values_list("prompt", "sample", "seed")) for each in (run, twin)]
    assert rows[0] == rows[1]
    assert client.post(address)["Location"] == made["Location"], "a second press makes no other"
    twin.delete() if not twin.outputs.exists() else Output.objects.filter(run=twin).delete()
    Run.objects.filter(pk=twin.pk).delete()
    prompts.prompts.filter(slug="riddles-1").update(is_archived=True)
    said = client.post(address, follow=True).content.decode()
    assert "asks other prompts by now" in said


def test_defaults_of_a_model_are_shown_and_copied_only_on_request(
    client: Client, tmp_path: Path
) -> None:
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    (tmp_path / "generation_config.json").write_text(
        json.dumps({"temperature": 0.6, "top_k": 20, "do_sample": True, "eos_token_id": 2})
    )
    LanguageModel.objects.create(slug="own", name="Own", backend=TRANSFORMERS, path=str(tmp_path))
    client.force_login(make_researcher())
    page = client.get("/models/own/").content.decode()
    assert "No run applies them by itself" in page
    assert "/recipes/new/?defaults=own" in page
    form = client.get("/recipes/new/?defaults=own").context["form"]
    assert (form["temperature"].value(), form["top_k"].value(), form["top_p"].value()) == (
        0.6,
        20,
        1.0,
    )
    untouched = client.get("/recipes/new/").context["form"]
    assert untouched["temperature"].value() == 0.7
