"""Rows of recipes: what the catalogue writes into them, what the database refuses."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evaluations.inference.strategies import INSTRUCTIONS
from evaluations.runs.loading import load_models
from evaluations.runs.models import Recipe
from tests.cast import make_recipe

pytestmark = pytest.mark.django_db


def test_the_catalogue_s_recipes_ask_in_the_site_s_words() -> None:
    load_models()
    for strategy, words in INSTRUCTIONS.items():
        assert Recipe.objects.get(slug=strategy).instruction == words


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"plan": "budget"}, "recipe_plan_number"),
        ({"plan_number": 3}, "recipe_plan_number"),
        ({"plan": "vote", "plan_number": 3}, "recipe_plan_known"),
        ({"plan": "majority", "plan_number": 3, "temperature": 0}, "recipe_choice_is_drawn"),
        ({"logprobs": True, "plan": "revise", "plan_number": 1}, "recipe_logprobs_of_one"),
        ({"effort": "utmost"}, "recipe_effort_known"),
        ({"summary": "long"}, "recipe_summary_known"),
        ({"min_p": 1}, "recipe_min_p_range"),
        ({"repetition_penalty": 0}, "recipe_penalty_range"),
        ({"version": 2}, "recipe_version_of_its_first"),
    ],
)
def test_the_database_refuses_what_cannot_be(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(IntegrityError, match=named), transaction.atomic():
        make_recipe("wrong", **wrong)


def test_a_version_is_there_once() -> None:
    first = make_recipe("first")
    make_recipe("second", first=first, version=2)
    with pytest.raises(IntegrityError, match="recipe_version_once"), transaction.atomic():
        make_recipe("again", first=first, version=2)


@pytest.mark.parametrize(
    ("plan", "number", "most"),
    [("single", 0, 100), ("budget", 30, 130), ("extend", 2, 100), ("majority", 5, 500),
     ("best-of", 4, 400), ("revise", 2, 300)],
)  # fmt: skip
def test_the_most_tokens_of_an_output_are_those_of_all_stages(
    plan: str, number: int, most: int
) -> None:
    assert Recipe(plan=plan, plan_number=number, max_new_tokens=100).most_tokens == most
