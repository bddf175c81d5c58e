"""Writing recipes: new ones, versions of used ones, the direct twin, archiving."""

import itertools
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from evaluations.accounts.models import User
from evaluations.common.texts.unseen import hidden_in
from evaluations.inference.strategies import DIRECT, INSTRUCTIONS
from evaluations.runs.models import Plan, Recipe, Strategy

RESERVED = ("new",)
LONGEST_SLUG, LONGEST_NAME = 60, 80


class RecipeRefused(Exception):
    """The recipe cannot be written so; the message says why."""


def may_write(user: User | AnonymousUser) -> bool:
    return isinstance(user, User) and user.may_run_models


def may_change(recipe: Recipe, user: User | AnonymousUser) -> bool:
    """Whoever wrote a recipe and still may, and staff; others write another like it."""
    if not isinstance(user, User) or not user.may_run_models:
        return False
    return user.is_staff or recipe.written_by_id == user.pk


def is_used(recipe: Recipe) -> bool:
    """Whether a run used it, so that a change is a new version. Makes one query."""
    return recipe.runs.exists()


@transaction.atomic
def write_recipe(*, name: str, fields: Mapping[str, Any], actor: User) -> Recipe:
    """A new recipe. Its slug is made once, from its name.

    Raises:
        RecipeRefused: for a name that is taken, gives no address, or holds characters that nobody
            sees.
        PermissionError: when *actor* may not write recipes.
    """
    if not may_write(actor):
        raise PermissionError("Only staff and researchers may write recipes.")
    if why := hidden_in(name):
        raise RecipeRefused(f"The name {why}.")
    slug = slugify(name)[:LONGEST_SLUG].rstrip("-")
    if not slug or slug in RESERVED or slug.startswith("imported-"):
        raise RecipeRefused("Give another name, with letters or digits in it.")
    if Recipe.objects.filter(slug=slug).exists():
        raise RecipeRefused("There is a recipe with a name like this.")
    return checked(Recipe(slug=slug, name=name, written_by=actor, **fields))


@transaction.atomic
def change_recipe(*, recipe: Recipe, fields: Mapping[str, Any], actor: User) -> Recipe:
    """Change a recipe that no run used; of one that runs used, write the next version.

    Returns the row that holds the change: the same one, or the new version.
    """
    recipe = Recipe.objects.select_for_update().get(pk=recipe.pk)
    if not may_change(recipe, actor):
        raise PermissionError("Only who wrote a recipe, and staff, may change it.")
    if not is_used(recipe):
        for field, value in fields.items():
            setattr(recipe, field, value)
        return checked(recipe)
    first = Recipe.objects.select_for_update().get(pk=recipe.first_id or recipe.pk)
    newest = first.later.aggregate(newest=Max("version"))["newest"] or first.version
    number = newest + 1
    ending = f"-v{number}"
    slug = first.slug[: LONGEST_SLUG - len(ending)] + ending
    if Recipe.objects.filter(slug=slug).exists():
        raise RecipeRefused(f"The address of its next version, {slug}, is taken.")
    said = f", version {number}"
    return checked(
        Recipe(
            slug=slug,
            name=first.name[: LONGEST_NAME - len(said)] + said,
            first=first,
            version=number,
            written_by=actor,
            position=first.position,
            twin_of=recipe.twin_of,
            **fields,
        )
    )


@transaction.atomic
def write_twin(*, recipe: Recipe, actor: User) -> Recipe:
    """The recipe that asks the same for the answer alone; the one that does so, where there is one.

    Sampling, samples, system message, template arguments, effort and summary are the same.
    Examples, prefill and plan, which are about the working, are left out.
    """
    if not may_write(actor):
        raise PermissionError("Only staff and researchers may write recipes.")
    recipe = Recipe.objects.select_for_update().get(pk=recipe.pk)
    if recipe.strategy == Strategy.DIRECT and recipe.plan == Plan.SINGLE:
        raise RecipeRefused("This recipe asks for the answer alone already.")
    wanted: dict[str, Any] = {
        name: getattr(recipe, name)
        for name in (
            "system", "template_arguments", "temperature", "top_p", "top_k", "min_p",
            "repetition_penalty", "stop", "max_new_tokens", "logprobs", "effort", "summary",
            "samples",
        )
    }  # fmt: skip
    wanted |= {"strategy": Strategy.DIRECT, "instruction": INSTRUCTIONS[DIRECT]}
    for known in recipe.twins.filter(is_archived=False, plan=Plan.SINGLE).order_by("pk"):
        # Either of the two may have been changed since it was written.
        if all(getattr(known, name) == value for name, value in wanted.items()):
            return known
    for number in itertools.count(1):
        ending, said = "-direct", ", asked directly"
        if number > 1:
            ending, said = f"{ending}-{number}", f"{said} ({number})"
        slug = recipe.slug[: LONGEST_SLUG - len(ending)] + ending
        if not Recipe.objects.filter(slug=slug).exists():
            break
    return checked(
        Recipe(
            slug=slug,
            name=recipe.name[: LONGEST_NAME - len(said)] + said,
            twin_of=recipe,
            written_by=actor,
            position=recipe.position,
            **wanted,
        )
    )


@transaction.atomic
def archive_recipe(*, recipe: Recipe, actor: User, archived: bool) -> Recipe:
    """Take a recipe out of every choice, or put it back; its runs and pages stay."""
    if not may_change(recipe, actor):
        raise PermissionError("Only who wrote a recipe, and staff, may archive it.")
    recipe.is_archived = archived
    recipe.save(update_fields=["is_archived"])
    return recipe


def checked(recipe: Recipe) -> Recipe:
    """Store it, once it is whole in itself. Raises RecipeRefused."""
    try:
        recipe.clean()
    except ValidationError as error:
        raise RecipeRefused(" ".join(error.messages)) from error
    recipe.save()
    return recipe
