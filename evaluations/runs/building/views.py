"""Putting a grid together: the form, its plan, launching or trying it first."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from evaluations.common.fragments import page_or_fragment
from evaluations.common.parameters import named, whole_number
from evaluations.common.tables import Table
from evaluations.prompts.models import PromptSet
from evaluations.runs.actions import RunRefused
from evaluations.runs.building.actions import AskedBefore, launch_grid, may_steer_grid
from evaluations.runs.building.forms import MANY, RunForm, Several
from evaluations.runs.building.plan import PLAN_COLUMNS, plan_of, plan_record, totals
from evaluations.runs.models import Grid, LanguageModel, Recipe, Run
from evaluations.runs.views import may_run, refused

NEW = "runs/new.html"


def new(request: HttpRequest) -> HttpResponse:
    """Launch a grid, or ask its first prompts; what is refused comes back with what was typed."""
    if not may_run(request):
        return refused(request)
    if request.method != "POST":
        form = RunForm(request.user, initial=RunForm.opening(chosen(request)))
        return render(request, NEW, {"form": form, **planned(form)})
    form = RunForm(request.user, request.POST)
    press = request.POST.get("press")
    if not form.is_valid():
        return render(request, NEW, {"form": form, **planned(form)}, status=422)
    if press == "plan":
        return render(request, NEW, {"form": form, **planned(form)})
    said = form.cleaned_data
    try:
        grid = launch_grid(
            models=said["model"],
            recipes=said["recipe"],
            prompt_sets=said["prompt_set"],
            samples=said["samples"],
            seed=said["seed"],
            visibility=said["visibility"],
            publish_on=said["publish_on"],
            reuses=not said["repeat"],
            ceiling_dollars=said["ceiling_dollars"],
            ceiling_tokens=said["ceiling_tokens"],
            form_token=said["form_token"],
            asked=form.typed,
            tries=press == "try",
            instead_of=said["instead_of"],
            launched_by=request.user,
        )
    except RunRefused as error:
        if isinstance(error, AskedBefore):
            form = form.afresh(error.grid)
        form.add_error(None, str(error))
        return render(request, NEW, {"form": form, **planned(form)}, status=422)
    if not grid.is_tried and grid.runs.count() == 1:
        return redirect(grid.runs.get())
    return redirect(grid)


def planned(form: RunForm) -> dict[str, Any]:
    """The plan of what a form asks for, with its totals; empty while it does not say."""
    cells = form.cells() if not form.is_bound or hasattr(form, "cleaned_data") else []
    said = form.said
    plan = plan_of(
        cells,
        reader=form.user,
        seed=said.get("seed"),
        reuses=not said.get("repeat"),
        visibility=said.get("visibility") or "",
        publish_on=said.get("publish_on"),
    )
    return {"plan": plan, "totals": totals(plan), "plan_query": query_of(form, cells)}


def query_of(form: RunForm, cells: list[Any]) -> str:
    """The part of an address that asks for the same plan."""
    query = QueryDict(mutable=True)
    for name in MANY:
        keys = {getattr(cell, name).pk: None for cell in cells}
        query.setlist(name, [str(key) for key in keys])
    said = form.said
    for name in ("samples", "seed", "visibility", "publish_on", "repeat"):
        if said.get(name) not in (None, "", False):
            query[name] = str(said[name])
    return f"?{query.urlencode()}"


def chosen(request: HttpRequest) -> dict[str, Any]:
    """What the address names: models, recipes and sets by slug, a run to repeat, a grid to change.

    A run is repeated with a fresh seed, or with the one in the address. A grid comes back as it
    was typed, and is dropped once another takes its place.
    """
    rows = {
        "model": LanguageModel.objects.all(),
        "recipe": Recipe.objects.listed(),
        "prompt_set": PromptSet.objects.to_answer().readable_by(request.user),
    }
    if (key := whole_number(named(request.GET, "grid"))) is not None:
        grid = Grid.objects.filter(pk=key).first()
        if grid is not None and may_steer_grid(grid, request.user):
            return typed_before(request, grid)
    found: dict[str, Any] = {}
    for name in MANY:
        slugs = [each for each in request.GET.getlist(name) if named(request.GET, name)]
        found[name] = list(rows[name].filter(slug__in=slugs))
    if (key := whole_number(named(request.GET, "repeat"))) is not None:
        run = Run.objects.to_judge().readable_by(request.user).filter(pk=key).first()
        if run is not None:
            found = {name: [getattr(run, name)] for name in MANY}
            found |= {"samples": run.samples, "visibility": run.visibility}
            if (seed := whole_number(named(request.GET, "seed"))) is not None:
                found |= {"seed": seed, "repeat": True}
    return found


def typed_before(request: HttpRequest, grid: Grid) -> dict[str, Any]:
    """What was typed for a grid, as a form opens with it."""
    form = RunForm(request.user)
    found: dict[str, Any] = {"instead_of": grid.pk if grid.is_tried else None}
    for name, values in grid.asked.items():
        field = form.fields.get(name)
        if isinstance(field, Several):
            found[name] = [row for row in field.rows if str(row.pk) in values]
        elif field is not None and values:
            found[name] = field.to_python(values[0])
    return found


def plan_form(request: HttpRequest) -> RunForm:
    """The form as an address gives it; whoever is not allowed to launch it may still be told."""
    form = RunForm(request.user, request.GET)
    form.is_valid()
    return form


@require_safe
def new_size(request: HttpRequest) -> HttpResponse:
    """What the runs will ask, write, last and cost that are being put together."""
    if not may_run(request):
        return refused(request)
    form = plan_form(request)
    return page_or_fragment(request, NEW, {"form": form, **planned(form)}, fragment="size")


def plan_table(request: HttpRequest) -> Table | HttpResponse:
    """The plan as a file."""
    if not may_run(request):
        return refused(request)
    rows = [plan_record(each) for each in planned(plan_form(request))["plan"]]
    return Table("plan", PLAN_COLUMNS, rows, lambda rows: {"cells": rows}, public=False)
