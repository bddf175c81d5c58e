"""What a model behind an endpoint does not take is refused where a run is launched."""

import re

import pytest
from django.test import Client
from model_bakery import baker

from evaluations.prompts.models import PromptSet
from evaluations.runs.actions import RunRefused, launch_run, try_model
from evaluations.runs.endpoints.tests.worlds import a_model, a_run, an_endpoint
from evaluations.runs.models import LanguageModel, Recipe
from evaluations.runs.tests.test_new_run_view import form_with
from tests.cast import make_recipe, make_researcher, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def choosy() -> LanguageModel:
    return a_model(an_endpoint(capabilities={"choosy": {"temperature": False}}), "choosy")


def test_a_recipe_with_a_temperature_is_refused_for_the_model_that_takes_none(
    choosy: LanguageModel,
) -> None:
    with pytest.raises(RunRefused, match="“Far away” cannot be asked by .* both are 1"):
        a_run(choosy)
    assert choosy.endpoint is not None
    other = a_model(choosy.endpoint, "another", slug="another")
    prompt_set = PromptSet.objects.get()
    assert launch_run(model=other, recipe=Recipe.objects.get(), prompt_set=prompt_set)
    plain = baker.make(Recipe, slug="plain", temperature=1, top_p=1)
    assert launch_run(model=choosy, recipe=plain, prompt_set=prompt_set)


def test_the_form_says_so_and_keeps_what_was_chosen(client: Client, choosy: LanguageModel) -> None:
    warm = make_recipe("warm", temperature=0.7)
    client.force_login(make_researcher())
    response = client.post("/runs/new/", form_with(model=choosy.pk, recipe=warm.pk))
    page = response.content.decode()
    assert (response.status_code, "both are 1" in page) == (422, True)
    assert re.search(rf'value="{warm.pk}"[^>]*checked', page)


def test_it_can_be_tried_all_the_same(choosy: LanguageModel) -> None:
    assert try_model(model=choosy, actor=make_staff()).recipe.temperature == 1
    assert choosy.endpoint is not None
    other = a_model(choosy.endpoint, "another", slug="another")
    assert try_model(model=other, actor=make_staff("second")).recipe.is_greedy
    assert not Recipe.objects.listed().exists(), "nobody chooses them"


def test_only_a_models_own_record_makes_it_another(choosy: LanguageModel) -> None:
    assert choosy.endpoint is not None
    before = choosy.loaded_as
    choosy.endpoint.capabilities["another"] = {"temperature": False}
    assert choosy.loaded_as == before
    choosy.endpoint.capabilities["choosy"] = {}
    assert choosy.loaded_as != before
