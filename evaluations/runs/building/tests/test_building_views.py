"""Putting a grid together in the form, trying it, and its page."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.inference.tests.test_counting import save_tokenizer
from evaluations.runs import queue
from evaluations.runs.building.tests.worlds import a_grid, write, write_all
from evaluations.runs.endpoints.tests.worlds import a_model, an_endpoint
from evaluations.runs.models import Grid, LanguageModel, Output, Plan, Price, Recipe, Run
from tests.cast import make_model, make_prompt_set, make_recipe, make_researcher, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> User:
    person = make_researcher()
    client.force_login(person)
    return person


def form_with(**fields: Any) -> dict[str, Any]:
    """Two models by two recipes on one set of four prompts, three samples each."""
    if not LanguageModel.objects.exists():
        for n in (1, 2):
            make_model(f"m{n}")
            make_recipe(f"r{n}")
        make_prompt_set("riddles", prompts=4)
    return {
        "form_token": uuid.uuid4(),
        "model": list(LanguageModel.objects.values_list("pk", flat=True)),
        "recipe": list(Recipe.objects.values_list("pk", flat=True)),
        "prompt_set": make_prompt_set_key(),
        "samples": 3,
        "seed": 5,
        **fields,
    }


def make_prompt_set_key() -> list[int]:
    from evaluations.prompts.models import PromptSet

    return list(PromptSet.objects.values_list("pk", flat=True))


def text(response: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_grid_is_launched_once_from_one_form(client: Client, researcher: User) -> None:
    fields = form_with(ceiling_tokens=9000, press="launch")
    first, second = client.post("/runs/new/", fields), client.post("/runs/new/", fields)
    grid = Grid.objects.get()
    assert first["Location"] == second["Location"] == f"/runs/grids/{grid.pk}/"
    assert (Run.objects.count(), Output.objects.count()) == (4, 48)
    assert (grid.ceiling_tokens, grid.launched_by) == (9000, researcher)
    page = text(client.get(first["Location"]))
    assert "4 runs, launched together" in page
    assert "0 of 9,000 tokens used. At the ceiling it pauses." in page
    rows = client.get(f"/runs/grids/{grid.pk}.csv").content.decode().splitlines()
    assert len(rows) == 5


def test_back_changed_and_launched_loses_nothing_that_was_typed(
    client: Client, researcher: User
) -> None:
    fields = form_with()
    client.post("/runs/new/", {**fields, "press": "try"})
    tried = Grid.objects.get()
    changed = {**fields, "samples": 2, "seed": 8, "press": "launch"}
    refused = client.post("/runs/new/", changed)
    assert refused.status_code == 422
    assert f"which is grid {tried.pk} and was tried" in text(refused)
    form = refused.context["form"]
    assert (form["samples"].value(), form["seed"].value()) == ("2", "8")
    assert set(Run.objects.values_list("samples", "seed")) == {(3, 5)}
    again = {name: form[name].value() for name in ("form_token", "instead_of")}
    for _ in range(2):
        client.post("/runs/new/", {**changed, **again})
    tried.refresh_from_db()
    assert tried.dropped_at is not None
    launched = Grid.objects.exclude(pk=tried.pk).get()
    assert launched.launched_at is not None
    assert set(launched.runs.values_list("samples", "seed")) == {(2, 8)}


def test_back_and_launched_as_it_was_launches_the_rest(client: Client, researcher: User) -> None:
    fields = form_with()
    client.post("/runs/new/", {**fields, "press": "try"})
    client.post("/runs/new/", {**fields, "press": "launch"})
    assert Grid.objects.get().launched_at is not None
    assert Output.objects.count() == 48


def test_the_plan_says_what_is_known_and_what_is_an_upper_bound(
    client: Client, researcher: User
) -> None:
    fields = form_with()
    first = LanguageModel.objects.get(slug="m1")
    recipe = Recipe.objects.get(slug="r1")
    run = a_grid(researcher, seed=1).runs.get()
    assert (run.model, run.recipe) == (first, recipe)
    write_all(run, tokens=50)
    plan = client.get("/runs/new/size.json", fields).json()["cells"]
    known = next(row for row in plan if (row["model"], row["recipe"]) == ("m1", "r1"))
    assert (known["outputs"], known["prompt_tokens"], known["prompt_tokens_by"]) == (
        12, 36, "counted before"
    )  # fmt: skip
    assert (known["output_tokens"], known["upper_bound"]) == (600, False)
    assert known["seconds"] > 0
    other = next(row for row in plan if (row["model"], row["recipe"]) == ("m2", "r1"))
    assert (other["output_tokens"], other["upper_bound"]) == (12 * 256, True)
    assert (other["prompt_tokens_by"], other["seconds"]) == ("estimated", None)
    page = text(client.post("/runs/new/", {**fields, "press": "plan"}))
    assert "This will make 48 outputs in 4 runs" in page
    assert "about 600 by earlier outputs" in page
    assert "at most 3,072 by the budget" in page
    assert "$0" not in page, "what runs here costs nothing, in each row and all together"
    assert page.partition("Cost")[2].count("none") == 5
    assert Grid.objects.count() == 1, "working out the plan launches nothing"


def test_the_plan_costs_by_the_price_of_today(client: Client, researcher: User) -> None:
    fields = form_with(samples=1)
    endpoint = an_endpoint()
    far = a_model(endpoint)
    Price.objects.create(
        endpoint=endpoint, since=dt.date(2026, 1, 1), tokens_in=Decimal(1), tokens_out=Decimal(1000)
    )
    Price.objects.create(
        endpoint=endpoint, since=timezone.localdate() + dt.timedelta(days=1),
        tokens_in=Decimal(9), tokens_out=Decimal(9000),
    )  # fmt: skip
    fields |= {"model": [far.pk], "recipe": [Recipe.objects.get(slug="r1").pk]}
    (row,) = client.get("/runs/new/size.json", fields).json()["cells"]
    assert row["dollars"] == pytest.approx(4 * 256 / 1000 + row["prompt_tokens"] / 1e6)
    Price.objects.all().delete()
    (row,) = client.get("/runs/new/size.json", fields).json()["cells"]
    assert row["dollars"] is None
    refused = client.post("/runs/new/", {**fields, "ceiling_dollars": "5"})
    assert refused.status_code == 422
    assert "Nobody knows what “Far away” costs" in text(refused)
    local = form_with(ceiling_dollars="5", model=[LanguageModel.objects.get(slug="m1").pk])
    assert "None of these models costs money" in text(client.post("/runs/new/", local))


def test_the_plan_counts_by_a_tokenizer_that_is_at_hand(
    client: Client, researcher: User, tmp_path: Path
) -> None:
    save_tokenizer(tmp_path)
    fields = form_with(samples=1)
    LanguageModel.objects.filter(slug="m1").update(path=str(tmp_path))
    Recipe.objects.filter(slug="r1").update(
        system="Be brief.", examples=[["One and one?", "Two"]], instruction="Say why.", prefill="So"
    )
    Recipe.objects.filter(slug="r2").update(
        plan=Plan.REVISE, plan_number=2, plan_words="Look again"
    )
    plan = client.get("/runs/new/size.json", fields).json()["cells"]
    by = {
        (row["model"], row["recipe"]): (row["prompt_tokens_by"], row["prompt_tokens"])
        for row in plan
    }
    words = 4 * 13  # Be brief. One and one? Say why. Two Riddle 1? Say why. So
    assert by["m1", "r1"] == ("tokenized", words)
    assert by["m1", "r2"] == ("tokenized", 4 * (3 * 4 + 2 * 256)), "and two replies of its own"
    assert by["m2", "r1"][0] == "estimated"
    assert by["m2", "r1"][1] > words


def test_a_model_that_read_much_by_a_plan_is_not_taken_to_have_short_tokens(
    client: Client, researcher: User
) -> None:
    fields = form_with(samples=1)
    before = client.get("/runs/new/size.json", fields).json()["cells"]
    make_recipe("chosen", plan=Plan.MAJORITY, plan_number=64, position=1)
    write_all(a_grid(researcher).runs.get(), tokens_in=640)
    after = client.get("/runs/new/size.json", fields).json()["cells"]
    assert [row["prompt_tokens"] for row in after] == [row["prompt_tokens"] for row in before]


def test_the_plan_names_what_is_taken_over(client: Client, researcher: User) -> None:
    fields = form_with(samples=2, seed=7)
    LanguageModel.objects.update(
        backend="evaluations.inference.backends.transformers.TransformersEngine"
    )
    write_all(a_grid(researcher, seed=7, samples=2).runs.get())
    plan = client.get("/runs/new/size.json", fields).json()["cells"]
    assert [row["reused"] for row in plan] == [8, 0, 0, 0]
    assert (plan[0]["prompt_tokens"], plan[0]["output_tokens"]) == (0, 0)
    assert "8 of them are taken over" in text(client.get("/runs/new/size/", fields))
    again = {**fields, "repeat": "on"}
    assert client.get("/runs/new/size.json", again).json()["cells"][0]["reused"] == 0
    client.post("/runs/new/", fields)
    copied = Run.objects.get(grid=Grid.objects.latest("pk"), model__slug="m1", recipe__slug="r1")
    page = client.get(copied.get_absolute_url())
    source = copied.outputs.earliest("pk").reused_from
    assert source is not None
    assert f"reused from output {source.pk} , counted once" in text(page)


@pytest.mark.parametrize(
    ("field", "change", "said"),
    [
        ("model", {"is_archived": True}, "“M1 135M” is archived"),
        ("model", {"backend": ""}, "“M1 135M” were imported"),
        ("model", {"paused_at": timezone.now(), "pause_reason": "Its key."}, "is paused: Its key."),
    ],
)
def test_a_closed_model_is_named_at_its_field(
    client: Client, researcher: User, field: str, change: dict[str, Any], said: str
) -> None:
    fields = form_with(seed=77)
    LanguageModel.objects.filter(slug="m1").update(**change)
    response = client.post("/runs/new/", fields)
    assert response.status_code == 422
    assert any(said in error for error in response.context["form"].errors[field])
    assert 'value="77"' in response.content.decode()
    assert not Grid.objects.exists()


def test_an_archived_set_is_named_at_its_field_and_one_of_somebody_else_is_not(
    client: Client, researcher: User
) -> None:
    fields = form_with()
    secret = make_prompt_set("secret", visibility="private", is_archived=True, prompts=1)
    old = make_prompt_set("old", is_archived=True, prompts=1)
    response = client.post("/runs/new/", {**fields, "prompt_set": [old.pk]})
    assert "“Old” is archived: no new run asks it." in text(response)
    response = client.post("/runs/new/", {**fields, "prompt_set": [secret.pk]})
    assert response.status_code == 422
    assert "Secret" not in text(response)


def test_trying_shows_prompt_thought_answer_and_tokens_and_comes_back_as_typed(
    client: Client, researcher: User
) -> None:
    fields = form_with(ceiling_tokens=4321, visibility="unlisted")
    response = client.post("/runs/new/", {**fields, "press": "try"})
    grid = Grid.objects.get()
    assert response["Location"] == f"/runs/grids/{grid.pk}/"
    assert Output.objects.count() == 12, "three prompts in each of four cells"
    (claim,) = queue.claim(model=Run.objects.earliest("pk").model_id, owner="w", count=1)
    write(claim, tokens=31, prompt_text="<|user|>Riddle 1?<|end|>")
    page = text(client.get(grid.get_absolute_url()))
    for said in ("<|user|>Riddle 1?", "1. Seed", "yes", "3 tokens read, 31 written",
                 "0.5 seconds", "no grader", "Launch the rest"):  # fmt: skip
        assert said in page or said.replace("<", "&lt;").replace(">", "&gt;") in page, said
    back = client.get(f"/runs/new/?grid={grid.pk}")
    form = back.content.decode()
    assert 'value="4321"' in form
    assert re.search(r'value="unlisted"[^>]*checked', form)
    assert len(re.findall(r'name="(?:model|recipe|prompt_set)"[^>]*checked', form)) == 5
    assert f'name="instead_of" value="{grid.pk}"' in form
    client.post("/runs/new/", form_with(instead_of=grid.pk))
    grid.refresh_from_db()
    assert grid.dropped_at is not None
    client.force_login(make_researcher("other"))
    assert client.get(grid.get_absolute_url()).status_code == 404
    assert (
        f'name="instead_of" value="{grid.pk}"'
        not in client.get(f"/runs/new/?grid={grid.pk}").content.decode()
    )


def test_the_rest_is_launched_paused_and_cancelled_from_its_page(
    client: Client, researcher: User
) -> None:
    client.post("/runs/new/", {**form_with(samples=1), "press": "try"})
    grid = Grid.objects.get()
    steer = f"/runs/grids/{grid.pk}/steer/"
    for _ in range(2):
        assert client.post(steer, {"press": "launch"}).status_code == 303
    assert Output.objects.count() == 16
    assert set(Run.objects.values_list("visibility", flat=True)) == {"public"}
    client.post(steer, {"press": "pause"})
    assert set(Run.objects.values_list("paused_for", flat=True)) == {"by-hand"}
    page = client.get(grid.get_absolute_url()).content.decode()
    assert ('id="go-on"' in page, 'id="pause"' in page) == (True, False)
    client.post(steer, {"press": "go-on"})
    client.post(steer, {"press": "cancel"})
    assert set(Output.objects.values_list("state", flat=True)) == {"cancelled"}
    page = client.get(grid.get_absolute_url()).content.decode()
    assert 'id="queue-again"' in page
    client.post(steer, {"press": "again"})
    assert set(Output.objects.values_list("state", flat=True)) == {"pending"}
    client.force_login(make_researcher("other"))
    assert client.post(steer, {"press": "launch"}).status_code == 403
    assert 'id="again"' not in client.get(grid.get_absolute_url()).content.decode()


def test_a_cell_that_is_not_queued_again_stops_no_other(client: Client, researcher: User) -> None:
    grid = a_grid(researcher, models=2)
    first, second = grid.runs.order_by("pk")
    Output.objects.update(state="failed", finished_at=timezone.now())
    LanguageModel.objects.filter(pk=first.model_id).update(is_archived=True)
    steer = f"{grid.get_absolute_url()}steer/"
    page = text(client.post(steer, {"press": "again"}, follow=True))
    assert f"Run {first.pk}: “{first.model.name}” is archived" in page
    assert "4 outputs queued again." in page
    assert set(second.outputs.values_list("state", flat=True)) == {"pending"}


@pytest.mark.parametrize(
    ("ceiling", "said"),
    [
        (None, "12 tokens used so far, together with 1 other run launched with it."),
        (900, "12 of 900 tokens used. One other run launched with it counts too."),
    ],
)
def test_a_run_says_that_its_tokens_are_those_of_all_launched_with_it(
    client: Client, researcher: User, ceiling: int | None, said: str
) -> None:
    grid = a_grid(researcher, recipes=2, ceiling_tokens=ceiling)
    (claim,) = queue.claim(model=grid.runs.earliest("pk").model_id, owner="w", count=1)
    write(claim)
    for run in grid.runs.all():
        assert said in text(client.get(run.get_absolute_url()))
    assert "launched with it" not in text(client.get(grid.get_absolute_url()))


def test_a_run_says_why_it_is_paused_and_goes_on_with_a_higher_ceiling(
    client: Client, researcher: User
) -> None:
    run = a_grid(researcher, ceiling_tokens=10).runs.get()
    (claim,) = queue.claim(model=run.model_id, owner="w", count=1)
    write(claim, tokens=40)
    queue.claim(model=run.model_id, owner="w", count=1)
    page = text(client.get(run.get_absolute_url()))
    assert "it reached its ceiling in tokens" in page
    assert "43 of 10 tokens used" in page
    ceiling = f"/runs/grids/{run.grid_id}/ceiling/"
    refused = client.post(ceiling, {"ceiling_tokens": 43})
    assert refused.status_code == 422
    assert "43 tokens are spent already" in text(refused)
    assert client.post(ceiling, {"ceiling_tokens": 500})["Location"] == run.get_absolute_url()
    assert len(queue.claim(model=run.model_id, owner="w", count=9)) == 3
    page = text(client.get(run.get_absolute_url()))
    assert "may pass it by 3 outputs: at most 768 written tokens" in page


def test_more_samples_from_the_page_of_a_run(client: Client, researcher: User) -> None:
    run = a_grid(researcher).runs.get()
    more = f"/runs/{run.pk}/more/"
    assert 'value="2"' in client.get(more).content.decode()
    assert client.post(more, {"samples": 0}).status_code == 422
    for _ in range(2):
        assert client.post(more, {"samples": 3})["Location"] == run.get_absolute_url()
    assert run.outputs.count() == 12
    client.force_login(make_user())
    assert client.post(more, {"samples": 9}).status_code == 403


def test_a_run_is_repeated_with_a_new_seed_or_its_own(client: Client, researcher: User) -> None:
    run = a_grid(researcher, samples=2, seed=99).runs.get()
    fresh = client.get(f"/runs/new/?repeat={run.pk}").content.decode()
    assert 'value="99"' not in fresh
    assert re.search(r'id="id_samples"', fresh)
    assert re.search(r'name="samples" value="2"', fresh)
    same = client.get(f"/runs/new/?repeat={run.pk}&seed=99").content.decode()
    assert 'value="99"' in same
    assert re.search(r'name="repeat"[^>]*checked', same)


def test_queries_of_a_grid_do_not_grow_with_its_outputs(
    client: Client, researcher: User, django_assert_max_num_queries: Any
) -> None:
    grid = a_grid(researcher, models=2, recipes=2, prompts=4)
    client.get(grid.get_absolute_url())
    with django_assert_max_num_queries(40) as few:
        client.get(grid.get_absolute_url())
    for run in grid.runs.all():
        write_all(run)
    with django_assert_max_num_queries(len(few)):
        client.get(grid.get_absolute_url())
