"""Recipes on pages: the list, what one sends, the form, versions, twins, the archive."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.inference.backends import OPENAI_COMPATIBLE, TRANSFORMERS
from evaluations.inference.strategies import INSTRUCTIONS
from evaluations.prompts.models import Prompt
from evaluations.runs.endpoints.tests.worlds import an_endpoint
from evaluations.runs.loading import load_models
from evaluations.runs.models import LanguageModel, Recipe, Run
from evaluations.runs.recipes.actions import RecipeRefused, write_recipe
from tests.cast import (
    make_prompt_set,
    make_recipe,
    make_researcher,
    make_run,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

SAID: dict[str, Any] = {
    "name": "Two examples",
    "strategy": "step-by-step",
    "system": "You are terse.",
    "examples": "1 + 1?\n=>\nAnswer: 2\n---\n2 + 2?\n=>\nAnswer: 4",
    "instruction": "End with a line “Answer:”.",
    "prefill": "Let me see: ",
    "template_arguments": "",
    "temperature": "0.5",
    "top_p": "0.9",
    "top_k": "40",
    "min_p": "0.05",
    "repetition_penalty": "1.1",
    "max_new_tokens": "64",
    "stop": "\\n\\n\nQ:",
    "samples": "2",
    "plan": "single",
}
PLAIN = {"prefill": "", "top_k": "0", "min_p": "0", "repetition_penalty": "1", "stop": ""}
"""What every endpoint takes."""


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_researcher())
    load_models()
    make_prompt_set("riddles", prompts=2)
    return client


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_recipe_is_written_listed_and_shown_as_the_model_reads_it(researcher: Client) -> None:
    made = researcher.post("/recipes/new/", SAID)
    assert made["Location"] == "/recipes/two-examples/"
    recipe = Recipe.objects.get(slug="two-examples")
    assert recipe.examples == [["1 + 1?", "Answer: 2"], ["2 + 2?", "Answer: 4"]]
    assert recipe.stop == ["\n\n", "Q:"]
    assert (recipe.top_k, recipe.min_p, recipe.repetition_penalty) == (40, 0.05, 1.1)
    assert recipe.prefill == "Let me see: "
    text = page(researcher, "/recipes/two-examples/")
    assert "&lt;|im_start|&gt;system\nYou are terse.&lt;|im_end|&gt;" in text
    assert "1 + 1?\n\nEnd with a line “Answer:”." in text
    assert "&lt;|im_start|&gt;assistant\nLet me see: </pre>" in text
    assert "<code>\\n\\n</code> <code>Q:</code>" in text
    assert "two-examples" in page(researcher, "/recipes/")
    assert "two-examples,Two examples,1" in page(researcher, "/recipes.csv")


def test_the_page_shows_the_prompt_that_is_chosen_and_messages_where_no_template_is(
    researcher: Client,
) -> None:
    LanguageModel.objects.create(
        slug="far", name="Far", backend=OPENAI_COMPATIBLE, endpoint=an_endpoint(), path="far"
    )
    prompt = "riddles-1"
    text = page(researcher, f"/recipes/direct/?model=far&prompt={prompt}")
    assert "is at its endpoint, so this is shown as messages" in text
    assert "im_start" not in text
    assert f'value="{prompt}" selected' in text
    fragment = researcher.get(
        f"/recipes/direct/?model=smollm2-135m-instruct&prompt={prompt}",
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "im_start" in fragment
    assert "<html" not in fragment


def test_the_example_offers_no_prompt_of_a_set_that_others_may_not_read(
    researcher: Client, client: Client
) -> None:
    owner = make_user("owner")
    kept_back = {"visibility": "private", "title": "Kept back", "owner": owner}
    mine = make_prompt_set("riddles-of-mine", **kept_back)
    Prompt.objects.create(
        prompt_set=mine, slug="riddles-of-mine-1", title="Mine", text="What nobody else may read?"
    )
    by_address = {"visibility": "unlisted", "title": "By address", "owner": owner}
    make_prompt_set("by-address", prompts=1, **by_address)
    client.logout()
    for address in ("/recipes/direct/", "/recipes/direct/?prompt=riddles-of-mine-1"):
        text = page(client, address)
        assert "Kept back" not in text
        assert "What nobody else may read?" not in text
        assert "By address" not in text
        assert "riddles-1" in text
    assert "By address" in page(client, "/recipes/direct/?prompt=by-address-1")
    client.force_login(make_user("another", role="researcher"))
    assert "Kept back" not in page(client, "/recipes/new/")
    client.force_login(owner)
    assert "Kept back" in page(client, "/recipes/direct/")
    mine_sent = page(client, "/recipes/direct/?prompt=riddles-of-mine-1")
    assert "What nobody else may read?" in mine_sent


def test_the_form_shows_what_is_sent_and_stores_nothing(researcher: Client) -> None:
    shown = researcher.post("/recipes/new/", {**SAID, "show": "1"})
    assert shown.status_code == 200
    assert "You are terse.&lt;|im_end|&gt;" in shown.content.decode()
    assert not Recipe.objects.filter(slug="two-examples").exists()


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "Two \u202eexamples", "a character that nobody sees (U+202E): take it out"),
        ("examples", "only a question", "Example 1 needs what is asked"),
        ("template_arguments", "thinking", "Line 1 is not of the form"),
        (
            "template_arguments",
            "a = 1\nx = " + "[" * 19_900,
            "The value in line 2 has more than 50 levels",
        ),
        (
            "template_arguments",
            "x = " + "[" * 90 + "]" * 90,
            "The value in line 1 has more than 50 levels",
        ),
        ("template_arguments", 'x = "\\u0000"', "The value in line 1 holds the character NUL"),
        ("template_arguments", 'x = ["\\ud800"]', "line 1 holds half of a surrogate pair"),
        ("template_arguments", "x = 1e999", "The value in line 1 holds NaN, Infinity or"),
        ("temperature", "3", "less than or equal to 2"),
        ("name", "Direct", "There is a recipe with a name like this"),
        ("name", "new", "Give another name"),
        ("top_p", "0", "greater than or equal to"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(
    researcher: Client, field: str, value: str, why: str
) -> None:
    refused = researcher.post("/recipes/new/", {**SAID, field: value})
    text = refused.content.decode()
    assert refused.status_code == 422
    assert why in text
    assert "You are terse." in text
    assert not Recipe.objects.filter(system="You are terse.").exists()


@pytest.mark.parametrize("name", ["\u3164", "Two \u202eexamples"], ids=ascii)
def test_a_name_that_hides_something_is_written_by_nobody(name: str) -> None:
    with pytest.raises(RecipeRefused, match="The name holds"):
        write_recipe(name=name, fields={}, actor=make_researcher())


def test_a_used_recipe_is_frozen_and_its_change_is_a_version(researcher: Client) -> None:
    researcher.post("/recipes/new/", SAID)
    address = "/recipes/two-examples/edit/"
    changed = {**SAID, "temperature": "0"}
    assert researcher.post(address, changed)["Location"] == "/recipes/two-examples/"
    recipe = Recipe.objects.get(slug="two-examples")
    assert recipe.temperature == 0
    make_run(recipe=recipe)
    assert "Next version of Two examples" in page(researcher, address)
    made = researcher.post(address, {**changed, "system": "Be kind."})
    assert made["Location"] == "/recipes/two-examples-v2/"
    again = researcher.post("/recipes/two-examples-v2/edit/", {**changed, "system": "Be bold."})
    assert again["Location"] == "/recipes/two-examples-v2/", "no run used the second version"
    second = Recipe.objects.get(slug="two-examples-v2")
    assert (second.version, second.first, second.system) == (2, recipe, "Be bold.")
    assert second.name == "Two examples, version 2"
    recipe.refresh_from_db()
    assert recipe.system == "You are terse."
    assert "/recipes/two-examples-v2/" in page(researcher, "/recipes/two-examples/")
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Recipe.objects.filter(pk=recipe.pk).update(system="Other words.")
    Recipe.objects.filter(pk=recipe.pk).update(name="Another name", is_archived=True)


def test_the_direct_twin_draws_the_same_and_asks_for_the_answer_alone(researcher: Client) -> None:
    made = researcher.post("/recipes/step-by-step/twin/")
    assert made["Location"] == "/recipes/step-by-step-direct/"
    twin = Recipe.objects.get(slug="step-by-step-direct")
    of = twin.twin_of
    assert of is not None
    assert twin.instruction == INSTRUCTIONS["direct"]
    assert twin.strategy == "direct"
    same = ("temperature", "top_p", "max_new_tokens", "samples")
    assert [getattr(twin, name) for name in same] == [getattr(of, name) for name in same]
    assert researcher.post("/recipes/step-by-step/twin/")["Location"] == made["Location"]
    assert "/recipes/step-by-step-direct/" in page(researcher, "/recipes/step-by-step/")
    refused = researcher.post("/recipes/direct/twin/", follow=True).content.decode()
    assert "asks for the answer alone already" in refused


def test_an_archived_recipe_is_in_no_choice_and_comes_back(researcher: Client) -> None:
    researcher.post("/recipes/new/", SAID)
    researcher.post("/recipes/two-examples/archive/")
    assert "Two examples" not in page(researcher, "/runs/new/")
    assert "archived" in page(researcher, "/recipes/")
    researcher.post("/recipes/two-examples/archive/")
    assert "Two examples" in page(researcher, "/runs/new/")


def test_who_may_write_and_change(client: Client, researcher: Client) -> None:
    researcher.post("/recipes/new/", SAID)
    other = make_researcher("other")
    client.force_login(other)
    assert client.post("/recipes/two-examples/edit/", SAID).status_code == 403
    assert client.post("/recipes/two-examples/archive/").status_code == 403
    assert client.get("/recipes/new/?like=two-examples").status_code == 200
    client.force_login(make_user("reader"))
    assert client.get("/recipes/new/").status_code == 403
    assert client.post("/recipes/new/", SAID).status_code == 403
    client.logout()
    assert client.get("/recipes/two-examples/").status_code == 200
    assert Recipe.objects.filter(name="Two examples").count() == 1


def test_a_run_is_refused_at_the_field_for_what_the_engine_lacks(researcher: Client) -> None:
    recipe = make_recipe("kth", top_k=20, prefill="So")
    model = LanguageModel.objects.create(
        slug="far", name="Far", backend=OPENAI_COMPATIBLE, endpoint=an_endpoint(), path="far"
    )
    sent = {"form_token": "b0d5b0a0-0000-4000-8000-000000000000", "model": model.pk,
            "recipe": recipe.pk, "prompt_set": make_prompt_set("ten", prompts=1).pk}  # fmt: skip
    refused = researcher.post("/runs/new/", sent)
    assert refused.status_code == 422
    errors = refused.context["form"].errors["recipe"]
    assert "cannot begin a reply with given words" in errors[0]
    assert "cannot use top-k or min-p" in errors[0]
    assert not Run.objects.exists()


def test_log_probabilities_are_a_way_of_asking_that_a_recipe_names(researcher: Client) -> None:
    researcher.post("/recipes/new/", {**SAID, "logprobs": "on"})
    recipe = Recipe.objects.get(slug="two-examples")
    assert recipe.logprobs
    assert "<dt>Log-probabilities</dt><dd>kept</dd>" in page(researcher, "/recipes/two-examples/")
    assert "checked" in page(researcher, "/recipes/two-examples/edit/")
    told = researcher.get("/recipes.json").json()["recipes"]
    assert {row["slug"]: row["logprobs"] for row in told}["two-examples"] is True
    twin = researcher.post("/recipes/two-examples/twin/")["Location"].split("/")[2]
    assert Recipe.objects.get(slug=twin).logprobs
    model = LanguageModel.objects.get(backend=TRANSFORMERS)
    assert model.refusal(recipe) == ""
    far = LanguageModel(slug="far", name="Far", backend=OPENAI_COMPATIBLE, path="far",
                        endpoint=an_endpoint())  # fmt: skip
    assert "cannot say how likely each token was" in far.refusal(recipe)
    many = {**SAID, "logprobs": "on", "plan": "majority", "plan_number": "3", "name": "Many"}
    refused = researcher.post("/recipes/new/", many)
    assert refused.status_code == 422
    assert "Of a plan with several replies none are kept" in refused.content.decode()


def test_an_effort_is_shown_as_each_endpoint_is_told_it_and_refused_where_none_is(
    researcher: Client,
) -> None:
    here = LanguageModel.objects.get(backend=TRANSFORMERS)
    able = {"efforts": ["low"], "summaries": ["auto"], "template": True}
    for dialect in ("chat", "responses"):
        at = an_endpoint(slug=dialect, dialect=dialect, capabilities={"far": able})
        LanguageModel.objects.create(
            slug=dialect, name=dialect, backend=OPENAI_COMPATIBLE, endpoint=at, path="far"
        )
    researcher.post("/recipes/new/", {**SAID, **PLAIN, "effort": "low"})
    recipe = Recipe.objects.get(slug="two-examples")
    address = "/recipes/two-examples/"
    assert "&quot;reasoning_effort&quot;: &quot;low&quot;" in page(
        researcher, f"{address}?model=chat"
    )
    refusals = {m.slug: m.refusal(recipe) for m in LanguageModel.objects.all()}
    assert refusals == {
        "chat": "", "responses": "", here.slug: "Its engine cannot be told how much to think."
    }  # fmt: skip
    changed = {**SAID, **PLAIN, "effort": "low", "summary": "auto"}
    researcher.post(f"{address}edit/", changed)
    shown = page(researcher, f"{address}?model=responses")
    assert "&quot;summary&quot;: &quot;auto&quot;" in shown
    assert "<dt>Effort of thought</dt><dd>low</dd>" in shown
    recipe.refresh_from_db()
    assert "a summary of its thought" in LanguageModel.objects.get(slug="chat").refusal(recipe)
    twin = researcher.post(f"{address}twin/")["Location"].split("/")[2]
    assert Recipe.objects.filter(slug=twin, effort="low", summary="auto").exists()
    researcher.post(f"{address}edit/", {**changed, "effort": "high"})
    recipe.refresh_from_db()
    far = LanguageModel.objects.get(slug="responses")
    assert "does not take the effort “high”; its probe showed “low”" in far.refusal(recipe)
    arguments = {**SAID, **PLAIN, "template_arguments": "enable_thinking = false"}
    researcher.post(f"{address}edit/", arguments)
    assert "&quot;chat_template_kwargs&quot;: {" in page(researcher, f"{address}?model=chat")


def test_arguments_that_a_template_does_not_know_are_refused_before_the_run(
    researcher: Client,
) -> None:
    model = LanguageModel.objects.get(backend=TRANSFORMERS)
    recipe = make_recipe("thinking", template_arguments={"enable_thinking": True})
    sent = {"form_token": "b0d5b0a0-0000-4000-8000-000000000001", "model": model.pk,
            "recipe": recipe.pk, "prompt_set": make_prompt_set("ten", prompts=1).pk}  # fmt: skip
    errors = researcher.post("/runs/new/", sent).context["form"].errors["recipe"]
    assert "does not know the argument “enable_thinking”" in errors[0]


def test_the_list_and_a_page_ask_the_same_whatever_their_number(client: Client) -> None:
    client.force_login(make_staff())
    make_prompt_set("riddles", prompts=2)

    def queries(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    make_recipe("first")
    before = queries("/recipes/"), queries("/recipes/first/")
    for number in range(4):
        make_recipe(f"more-{number}", version=2 + number, first=Recipe.objects.get(slug="first"))
    make_prompt_set("more", prompts=5)
    assert (queries("/recipes/"), queries("/recipes/first/")) == before
