"""Recipes: the list, the page that shows what one sends, and the form that writes it."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.visibility import Audience
from evaluations.common.fragments import page_or_fragment
from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.inference.abilities import IN_WORDS
from evaluations.runs.actions import RunRefused
from evaluations.runs.engines import template_at_hand
from evaluations.runs.models import LanguageModel, Purpose, Recipe, Run
from evaluations.runs.recipes import actions
from evaluations.runs.recipes.defaults import copied
from evaluations.runs.recipes.forms import ChangeForm, ExampleForm, RecipeForm
from evaluations.runs.recipes.sent import sent
from evaluations.runs.recipes.twin_actions import launch_twin
from evaluations.runs.recipes.written import arguments_as, stops_as
from evaluations.runs.records import RECIPE_COLUMNS, recipe_record
from evaluations.runs.views import may_run, refused

FORM = "runs/recipe_form.html"


def listed() -> QuerySet[Recipe]:
    """Recipes that people choose, archived ones at the end, with the number of their runs."""
    asked = Q(runs__purpose=Purpose.ANSWERS, runs__visibility=Audience.PUBLIC)
    rows = Recipe.objects.written_by_people().select_related("first")
    rows = rows.annotate(run_count=Count("runs", filter=asked))
    return rows.order_by("is_archived", "position", "name", "version", "pk")


@require_safe
def recipes(request: HttpRequest) -> HttpResponse:
    """Every recipe that runs can be launched with."""
    context = {"rows": listed(), "may_run": may_run(request)}
    return render(request, "runs/recipes.html", context)


def recipes_table(request: HttpRequest) -> Table:
    rows = [{**recipe_record(row), "runs": vars(row)["run_count"]} for row in listed()]
    return Table("recipes", RECIPE_COLUMNS, rows, lambda rows: {"recipes": rows})


def recipe_or_404(slug: str) -> Recipe:
    rows = Recipe.objects.select_related("first", "twin_of", "written_by")
    return found_or_404(rows, f"There is no recipe “{slug}”.", slug=slug)


@require_safe
@never_cache
def recipe(request: HttpRequest, slug: str) -> HttpResponse:
    """One recipe: exactly what is sent, its versions, its twin."""
    shown = recipe_or_404(slug)
    example = ExampleForm(request.user, request.GET or None)
    prompt, model = example.chosen()
    context: dict[str, Any] = {
        "recipe": shown,
        "stops": stops_as(shown.stop).splitlines(),
        "arguments": arguments_as(shown.template_arguments).splitlines(),
        "versions": versions_of(shown),
        "twins": shown.twins.filter(is_archived=False),
        "example": example,
        "prompt": prompt,
        "model": model,
        "sent": sent(shown, prompt, model),
        "needs": [IN_WORDS[name] for name in shown.way.needs()],
        "runs": shown.runs.filter(purpose=Purpose.ANSWERS).public().count(),
        "may_run": may_run(request),
        "may_change": actions.may_change(shown, request.user),
        "is_used": actions.is_used(shown),
    }
    return page_or_fragment(request, "runs/recipe.html", context, fragment="sent")


def versions_of(recipe: Recipe) -> QuerySet[Recipe]:
    """All versions of a recipe, the newest first."""
    first = recipe.first_id or recipe.pk
    return Recipe.objects.filter(Q(pk=first) | Q(first=first)).order_by("-version")


def recipe_new(request: HttpRequest) -> HttpResponse:
    """Write a recipe, from nothing, like another one, or by a model's own way of sampling."""
    if not may_run(request):
        return refused(request)
    like = Recipe.objects.filter(slug=named(request.GET, "like")).first()
    initial = RecipeForm.of(like) | {"name": ""} if like else {}
    model = LanguageModel.objects.filter(slug=named(request.GET, "defaults")).first()
    template = template_at_hand(model) if model else None
    if template:
        initial |= copied(template.defaults)
    return written(request, RecipeForm, None, initial)


def recipe_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a recipe that no run used, or write the next version of one that runs used."""
    if not may_run(request):
        return refused(request)
    shown = recipe_or_404(slug)
    if not actions.may_change(shown, request.user):
        return refused(request)
    return written(request, ChangeForm, shown, RecipeForm.of(shown))


def written(
    request: HttpRequest, kind: type[RecipeForm], of: Recipe | None, initial: dict[str, Any]
) -> HttpResponse:
    """The form, its example, and what becomes of it: shown, stored, or back with what was typed."""
    assert request.user.is_authenticated
    sending = request.method == "POST"
    form = kind(request.POST if sending else None, initial=initial)
    valid = form.is_valid()
    looking = "show" in request.POST
    if valid and not looking:
        try:
            stored = (
                actions.change_recipe(recipe=of, fields=form.said(), actor=request.user)
                if of
                else actions.write_recipe(
                    name=form.cleaned_data["name"], fields=form.said(), actor=request.user
                )
            )
        except actions.RecipeRefused as error:
            form.add_error(None if of else "name", str(error))
            valid = False
        else:
            return redirect(stored)
    example = ExampleForm(request.user, request.POST if sending else None)
    prompt, model = example.chosen()
    context = {
        "form": form,
        "recipe": of,
        "is_used": of is not None and actions.is_used(of),
        "example": example,
        "prompt": prompt,
        "sent": sent(Recipe(**form.said()), prompt, model) if valid else None,
    }
    return render(request, FORM, context, status=422 if sending and not valid else 200)


@require_POST
def recipe_twin(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the recipe that asks the same for the answer alone, and go to it."""
    if not may_run(request):
        return refused(request)
    shown = recipe_or_404(slug)
    try:
        return redirect(actions.write_twin(recipe=shown, actor=request.user))
    except actions.RecipeRefused as error:
        messages.error(request, str(error))
        return redirect(shown)


@require_POST
def recipe_archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a recipe out of every choice, or put it back."""
    shown = recipe_or_404(slug)
    if not may_run(request) or not actions.may_change(shown, request.user):
        return refused(request)
    actions.archive_recipe(recipe=shown, actor=request.user, archived=not shown.is_archived)
    return redirect(shown)


@require_POST
def run_twin(request: HttpRequest, run_id: int) -> HttpResponse:
    """Launch the direct twin of a run: the same prompts, samples and seed."""
    if not may_run(request):
        return refused(request)
    readable = Run.objects.to_judge().readable_by(request.user).select_related("recipe", "model")
    shown = found_or_404(readable, f"There is no run {run_id}.", pk=run_id)
    try:
        return redirect(launch_twin(run=shown, actor=request.user))
    except (actions.RecipeRefused, RunRefused) as error:
        messages.error(request, str(error))
        return redirect(shown)
