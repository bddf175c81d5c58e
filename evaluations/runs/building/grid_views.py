"""The page of a grid, and what is done to it; a run's pause and its further samples."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.runs.actions import RunRefused, cancel_run, may_steer, resume_run
from evaluations.runs.building.actions import drop_grid, launch_rest, may_steer_grid
from evaluations.runs.building.forms import GridCeilingForm, MoreForm
from evaluations.runs.building.grids import (
    GRID_COLUMNS,
    CellRow,
    ceiling_of,
    grid_records,
    rows_of,
    tried_outputs,
    whole,
)
from evaluations.runs.building.steering_actions import (
    go_on,
    more_samples,
    pause_run,
    set_ceiling,
)
from evaluations.runs.models import Grid
from evaluations.runs.progress import worker_is_alive
from evaluations.runs.reading import note_seen
from evaluations.runs.views import may_run, refused, run_or_404

GRID = "runs/grid.html"


def grid_or_404(request: HttpRequest, grid_id: int) -> tuple[Grid, list[CellRow]]:
    """A grid with the cells that the visitor may read; without any there is no grid for them."""
    said = f"There is no grid {grid_id}."
    grid = found_or_404(Grid.objects.all(), said, pk=grid_id)
    rows = rows_of(grid, request.user)
    if not rows:
        raise Http404(said)
    return grid, rows


def live_context(request: HttpRequest, grid: Grid, rows: list[CellRow]) -> dict[str, Any]:
    """What the page shows of a grid; `tag` changes whenever it would look otherwise."""
    progress = whole(rows)
    context: dict[str, Any] = {
        "grid": grid,
        "rows": rows,
        "progress": progress,
        "worker": worker_is_alive(),
        "may_steer": may_steer_grid(grid, request.user),
    }
    parts = [(row.run.pk, row.progress, row.run.paused_for) for row in rows]
    said = (parts, context["worker"], context["may_steer"], grid.launched_at, grid.dropped_at)
    context["tag"] = hashlib.sha256(repr(said).encode()).hexdigest()[:20]
    return context


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what takes queries of its own."""
    grid = context["grid"]
    steers = context["may_steer"]
    tried = tried_outputs(grid, request.user) if grid.is_tried else []
    note_seen(request.user, [each.output.prompt for each in tried])
    return {
        **context,
        "ceiling": ceiling_of(grid) if steers else None,
        "tried": tried,
    }


@require_safe
@never_cache
def grid(request: HttpRequest, grid_id: int) -> HttpResponse:
    """Runs that were put together, their progress, and what was tried of them."""
    context = live_context(request, *grid_or_404(request, grid_id))
    return render(request, GRID, fill(request, context))


@require_safe
@never_cache
def grid_progress(request: HttpRequest, grid_id: int) -> HttpResponse:
    """The live part of a grid's page; 304 while it would look the same as last time."""
    context = live_context(request, *grid_or_404(request, grid_id))
    if request.headers.get("HX-PTag") == context["tag"]:
        return HttpResponseNotModified()
    response = render(request, f"{GRID}#live", fill(request, context))
    response["HX-PTag"] = context["tag"]
    return response


def grid_table(request: HttpRequest, grid_id: int) -> Table:
    """The cells of a grid that the visitor may read."""
    grid, rows = grid_or_404(request, grid_id)
    return Table(
        f"grid-{grid.pk}", GRID_COLUMNS, grid_records(rows), lambda rows: {"runs": rows},
        public=all(row.run.is_public for row in rows),
    )  # fmt: skip


@require_POST
def grid_steer(request: HttpRequest, grid_id: int) -> HttpResponse:
    """Launch or drop what was tried; pause, go on with or cancel what was launched."""
    if not may_run(request):
        return refused(request)
    grid, rows = grid_or_404(request, grid_id)
    if not may_steer_grid(grid, request.user):
        return refused(request, rows[0].run)
    said = ""
    try:
        match request.POST.get("press"):
            case "launch":
                launch_rest(grid=grid, actor=request.user)
                said = "Launched. What was tried is part of it."
            case "drop":
                drop_grid(grid=grid, actor=request.user)
                said = "Dropped. Nothing more of it is asked, and its outputs are withdrawn."
            case "pause":
                for row in rows:
                    pause_run(run=row.run, actor=request.user)
                said = "Paused. What is being written is written to its end."
            case "go-on":
                for row in rows:
                    go_on(run=row.run, actor=request.user)
                said = "It goes on."
            case "cancel":
                for row in rows:
                    if row.progress.can_cancel:
                        cancel_run(run=row.run, actor=request.user)
                said = "Cancelled. What was written stays."
            case "again":
                again = queued_again(request, rows)
                said = f"{again} output{'' if again == 1 else 's'} queued again."
    except RunRefused as error:
        messages.error(request, str(error))
    else:
        if said:
            messages.success(request, said)
    return HttpResponseRedirect(grid.get_absolute_url(), status=303)


def queued_again(request: AuthenticatedHttpRequest, rows: list[CellRow]) -> int:
    """Queue what failed or was cancelled; a cell that is refused says why and stops no other."""
    again = 0
    for row in rows:
        if not row.progress.can_resume or row.run.withdrawn_at is not None:
            continue
        try:
            again += resume_run(run=row.run, actor=request.user)
        except RunRefused as error:
            messages.error(request, f"Run {row.run.pk}: {error}")
    return again


def grid_ceiling(request: HttpRequest, grid_id: int) -> HttpResponse:
    """Change where a grid pauses by itself; what it had paused goes on."""
    if not may_run(request):
        return refused(request)
    grid, rows = grid_or_404(request, grid_id)
    if not may_steer_grid(grid, request.user):
        return refused(request, rows[0].run)
    form = GridCeilingForm(grid, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            set_ceiling(
                grid=grid,
                dollars=form.cleaned_data["ceiling_dollars"],
                tokens=form.cleaned_data["ceiling_tokens"],
                actor=request.user,
            )
        except RunRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The ceiling is changed.")
            return redirect(rows[0].run if len(rows) == 1 and not grid.is_tried else grid)
    context = {"grid": grid, "form": form, "ceiling": ceiling_of(grid)}
    return render(request, "runs/ceiling.html", context, status=422 if form.is_bound else 200)


@require_POST
def run_steer(request: HttpRequest, run_id: int) -> HttpResponse:
    """Pause a run, or end its pause."""
    if not may_run(request):
        return refused(request)
    run = run_or_404(request, run_id)
    if not may_steer(run, request.user):
        return refused(request, run)
    try:
        if request.POST.get("press") == "pause":
            pause_run(run=run, actor=request.user)
            messages.success(request, "Paused. What is being written is written to its end.")
        elif request.POST.get("press") == "go-on":
            go_on(run=run, actor=request.user)
            messages.success(request, "It goes on.")
    except RunRefused as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(run.get_absolute_url(), status=303)


def run_more(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask each prompt of a run more often."""
    if not may_run(request):
        return refused(request)
    run = run_or_404(request, run_id)
    if not may_steer(run, request.user):
        return refused(request, run)
    form = MoreForm(
        request.POST if request.method == "POST" else None, initial={"samples": run.samples + 1}
    )
    if form.is_valid():
        try:
            new = more_samples(run=run, samples=form.cleaned_data["samples"], actor=request.user)
        except RunRefused as error:
            form.add_error("samples", str(error))
        else:
            messages.success(request, f"{new} more output{'' if new == 1 else 's'} queued.")
            return redirect(run)
    context = {"run": run, "form": form}
    return render(request, "runs/more.html", context, status=422 if form.is_bound else 200)
