"""Launching a run from the form."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from evaluations.prompts.models import Prompt
from evaluations.runs.actions import RunRefused, launch_run
from evaluations.runs.models import LanguageModel, Output, Run
from tests.cast import (
    make_model,
    make_prompt_set,
    make_recipe,
    make_researcher,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


def form_with(**fields: Any) -> dict[str, Any]:
    return {
        "form_token": uuid.uuid4(),
        "model": make_model().pk,
        "recipe": make_recipe().pk,
        "prompt_set": make_prompt_set("riddles", prompts=3).pk,
        "samples": 2,
        "seed": 5,
        **fields,
    }


def test_a_researcher_launches_a_run(client: Client) -> None:
    researcher = make_researcher()
    client.force_login(researcher)
    response = client.post("/runs/new/", form_with())
    run = Run.objects.get()
    assert response["Location"] == f"/runs/{run.pk}/"
    assert (run.samples, run.seed, run.launched_by) == (2, 5, researcher)
    assert Output.objects.filter(run=run, state="pending").count() == 6


def test_without_samples_the_recipe_says_how_many(client: Client) -> None:
    client.force_login(make_staff())
    recipe = make_recipe("thrice", samples=3)
    fields = form_with(recipe=recipe.pk, samples="")
    size = client.get("/runs/new/size/", fields).content.decode()
    assert "<strong>9 outputs</strong>" in size
    wrong = client.get("/runs/new/size/", {**fields, "samples": 0}).content.decode()
    assert "Choose models, recipes" in wrong
    client.post("/runs/new/", fields)
    run = Run.objects.get()
    assert (run.samples, run.outputs.count()) == (3, 9)
    assert "<strong>9 outputs</strong>" in client.get("/runs/new/?recipe=thrice").content.decode()


def test_a_double_click_launches_one_run(client: Client) -> None:
    client.force_login(make_staff())
    fields = form_with()
    first, second = client.post("/runs/new/", fields), client.post("/runs/new/", fields)
    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1
    assert Output.objects.count() == 6


def test_a_wrong_form_comes_back_with_what_was_typed(client: Client) -> None:
    client.force_login(make_staff())
    fields = form_with(samples=0, seed=77)
    response = client.post("/runs/new/", fields)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="77"' in page
    assert str(fields["form_token"]) in page
    assert "greater than or equal to 1" in page
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"model": "9" * 30}, {"recipe": "a\0b"}, {"seed": 2**63}, {"form_token": "no"}],
)
def test_nonsense_is_refused(client: Client, wrong: dict[str, Any]) -> None:
    client.force_login(make_staff())
    assert client.post("/runs/new/", form_with(**wrong)).status_code == 422
    assert not Run.objects.exists()


def test_the_actions_own_refusal_is_shown(client: Client) -> None:
    client.force_login(make_staff())
    empty = make_prompt_set("empty")
    response = client.post("/runs/new/", form_with(prompt_set=empty.pk))
    assert response.status_code == 422
    assert "has no prompts yet" in response.content.decode()


def test_a_second_run_gives_new_samples_unless_a_repeat_is_asked_for(client: Client) -> None:
    client.force_login(make_staff())
    fields = form_with(seed="")
    client.post("/runs/new/", fields)
    first = Run.objects.get()
    client.post("/runs/new/", {**fields, "form_token": uuid.uuid4()})
    assert len(set(Run.objects.values_list("seed", flat=True))) == 2
    assert Output.objects.values("seed").distinct().count() == 12
    equal = {**fields, "form_token": uuid.uuid4(), "seed": first.seed}
    response = client.post("/runs/new/", equal)
    assert response.status_code == 422
    page = response.content.decode()
    assert f"Run {first.pk} asked the same with this seed: its 2 samples" in page
    assert "Leave the seed empty for more samples" in page
    assert client.post("/runs/new/", {**equal, "repeat": "on"}).status_code == 302
    assert Run.objects.filter(seed=first.seed).count() == 2


def test_greedy_decoding_has_one_sample(client: Client) -> None:
    client.force_login(make_staff())
    recipe = make_recipe("greedy", temperature=0.0, samples=5)
    fields = form_with(recipe=recipe.pk, seed="")
    refused = client.post("/runs/new/", fields)
    assert refused.status_code == 422
    assert "every sample of a prompt would be the same text" in refused.content.decode()
    fields["samples"] = ""
    assert "<strong>3 outputs</strong>" in client.get("/runs/new/size/", fields).content.decode()
    assert client.post("/runs/new/", fields).status_code == 302
    assert Run.objects.get().outputs.count() == 3
    again = client.post("/runs/new/", {**fields, "form_token": uuid.uuid4()})
    assert "at temperature 0 nothing is drawn" in again.content.decode()


def test_the_form_says_how_many_outputs_it_will_make(client: Client) -> None:
    client.force_login(make_staff())
    fields = form_with()
    page = client.get("/runs/new/").content.decode()
    assert "Riddles (3 prompts)" in page
    assert "<strong>3 outputs</strong>" in page
    size = client.get(
        "/runs/new/size/",
        {name: fields[name] for name in ("model", "recipe", "prompt_set")} | {"samples": 4},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "<strong>12 outputs</strong>" in size
    assert "<html" not in size
    assert "Choose models, recipes" in client.get("/runs/new/size/").content.decode()


def test_the_url_chooses_what_to_run(client: Client) -> None:
    client.force_login(make_staff())
    form_with()
    chosen = make_prompt_set("deduction", prompts=1, title="Deduction", position=9999)
    page = client.get("/runs/new/?prompt_set=deduction&model=unknown").content.decode()
    assert re.search(rf'name="prompt_set" value="{chosen.pk}"[^>]* checked', page)
    assert "<strong>1 output</strong>" in page
    assert client.get("/runs/new/?model=%00").status_code == 404


@pytest.mark.parametrize("signed_in", [False, True])
def test_others_are_told_who_may(client: Client, signed_in: bool) -> None:
    if signed_in:
        client.force_login(make_user())
    for response in (client.get("/runs/new/"), client.post("/runs/new/", form_with())):
        assert response.status_code == 403
        page = response.content.decode()
        assert "Runs are for staff and researchers" in page
        assert ("/accounts/login/?next=/runs/new/" in page) is not signed_in
    assert not Run.objects.exists()


def test_an_archived_model_is_offered_to_nobody_and_an_archived_prompt_is_not_asked(
    client: Client,
) -> None:
    client.force_login(make_researcher())
    form = form_with(samples=1)
    prompt = Prompt.objects.order_by("pk").first()
    assert prompt is not None
    Prompt.objects.filter(pk=prompt.pk).update(is_archived=True)
    client.post("/runs/new/", form)
    asked = set(Output.objects.values_list("prompt", flat=True))
    assert len(asked) == 2
    assert prompt.pk not in asked
    LanguageModel.objects.update(is_archived=True)
    assert client.post("/runs/new/", {**form, "form_token": uuid.uuid4()}).status_code == 422
    assert Run.objects.count() == 1
    with pytest.raises(RunRefused, match="archived"):
        launch_run(
            model=LanguageModel.objects.get(), recipe=Run.objects.get().recipe,
            prompt_set=prompt.prompt_set,
        )  # fmt: skip
