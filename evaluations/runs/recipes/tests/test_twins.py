"""The recipe that asks the same for the answer alone stays the same when either is changed."""

import pytest

from evaluations.accounts.models import User
from evaluations.runs.models import Recipe, Strategy
from evaluations.runs.recipes.actions import archive_recipe, change_recipe, write_twin
from tests.cast import make_recipe, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> User:
    return make_staff()


@pytest.fixture
def recipe() -> Recipe:
    made = make_recipe("steps", temperature=0.7, stop=["END"])
    made.strategy = Strategy.STEPS
    made.save()
    return made


def test_a_second_press_finds_the_first_twin(recipe: Recipe, actor: User) -> None:
    twin = write_twin(recipe=recipe, actor=actor)
    assert (twin.slug, twin.twin_of, twin.temperature) == ("steps-direct", recipe, 0.7)
    assert write_twin(recipe=recipe, actor=actor) == twin


@pytest.mark.parametrize("which", ["recipe", "twin"])
def test_a_twin_that_no_longer_draws_the_same_is_none(
    recipe: Recipe, actor: User, which: str
) -> None:
    stale = write_twin(recipe=recipe, actor=actor)
    changed = {"recipe": recipe, "twin": stale}[which]
    change_recipe(recipe=changed, fields={"temperature": 1.0}, actor=actor)
    twin = write_twin(recipe=recipe, actor=actor)
    recipe.refresh_from_db()
    assert (twin.slug, twin.name) == ("steps-direct-2", f"{recipe.name}, asked directly (2)")
    assert twin.temperature == recipe.temperature
    assert write_twin(recipe=recipe, actor=actor) == twin


def test_an_archived_twin_stands_in_nobodys_way(recipe: Recipe, actor: User) -> None:
    first = write_twin(recipe=recipe, actor=actor)
    archive_recipe(recipe=first, actor=actor, archived=True)
    second = write_twin(recipe=recipe, actor=actor)
    assert (second.slug, second.is_archived) == ("steps-direct-2", False)
    archive_recipe(recipe=first, actor=actor, archived=False)
    assert write_twin(recipe=recipe, actor=actor) == first
