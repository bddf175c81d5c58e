"""Runs: the list, one run with its live progress, cancelling, queueing again."""

import hashlib
from typing import Any, TypeGuard

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.accounts.visibility_views import visibility_page
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.runs.actions import RunRefused, cancel_run, may_steer, resume_run
from evaluations.runs.building.first_words import first_words_of
from evaluations.runs.building.grids import ceiling_of
from evaluations.runs.endpoints.costs import cost_of, with_cost
from evaluations.runs.grades.moved import moves_in
from evaluations.runs.models import Environment, Output, OutputState, Run, SentPrompt
from evaluations.runs.openings import with_opening
from evaluations.runs.progress import RunProgress, in_words, pace_of, progress_tag, worker_is_alive
from evaluations.runs.record.promises import promises_under
from evaluations.runs.records import (
    OUTPUT_COLUMNS,
    RUN_COLUMNS,
    cost_record,
    environment_facts,
    output_record,
    run_record,
    settings_record,
)

PAGE_SIZE = 25
FAILURES_SHOWN = 20
RUN = "runs/run.html"


def may_run(request: HttpRequest) -> TypeGuard[AuthenticatedHttpRequest]:
    """Whether the visitor may start runs."""
    return request.user.is_authenticated and request.user.may_run_models


def refused(request: HttpRequest, run: Run | None = None) -> HttpResponse:
    """403 with a sentence that says who may: start runs, or cancel and resume *run*."""
    return render(request, "runs/refused.html", {"run": run}, status=403)


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Every run that the visitor finds in lists, newest first, with its state and progress."""
    page = Paginator(Run.objects.listed_for(request.user).for_list(), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [{"run": run, "progress": RunProgress.of(run)} for run in page],
        "may_run": may_run(request),
    }
    return render(request, "runs/runs.html", context)


def runs_table(request: HttpRequest) -> Table:
    rows = [run_record(run) for run in Run.objects.public().for_list()]
    return Table("runs", RUN_COLUMNS, rows, lambda rows: {"runs": rows})


def run_or_404(request: HttpRequest, run_id: int) -> Run:
    """A run that the visitor may read, with its counts, model, recipe and prompt set."""
    return found_or_404(
        Run.objects.readable_by(request.user).for_list().select_related("launched_by", "grid"),
        f"There is no run {run_id}.",
        pk=run_id,
    )


def live_context(request: HttpRequest, run: Run, progress: RunProgress) -> dict[str, Any]:
    """What the part of the page shows that changes while a run is written."""
    worker = worker_is_alive()
    number = request.GET.get("page", "")
    context: dict[str, Any] = {
        "run": run,
        "progress": progress,
        "may_run": may_run(request),
        "may_steer": may_steer(run, request.user),
        "worker": worker,
        "page_number": number,
    }
    context["first_words"] = list(first_words_of(run)) if context["may_steer"] else []
    said = [(words.pk, words.written_at) for words in context["first_words"]]
    ceilings = run.grid and (run.grid.ceiling_dollars, run.grid.ceiling_tokens)
    parts = (worker, number, context["may_steer"], run.model.is_paused, said, ceilings)
    context["tag"] = progress_tag(run, progress, *parts)
    return context


def fill(context: dict[str, Any]) -> dict[str, Any]:
    """Add to the live context what takes queries of its own: pace, outputs and failures."""
    run: Run = context["run"]
    progress: RunProgress = context["progress"]
    current = pace_of(run)
    steered = run.grid if context["may_steer"] else None
    written = (
        with_opening(Output.objects.written().with_first().filter(run=run))
        .select_related("prompt")
        .order_by("finished_at", "pk")
    )
    failed = run.outputs.filter(state=OutputState.FAILED).select_related("prompt")
    left = current.seconds_for(progress.unfinished) if current and progress.can_cancel else None
    return {
        **context,
        "pace": current,
        "left": in_words(left) if left else "",
        "page": Paginator(written, PAGE_SIZE).get_page(context["page_number"]),
        "failures": failed.order_by("pk")[:FAILURES_SHOWN],
        "cost": cost_of(run) if run.model.endpoint_id else None,
        "ceiling": ceiling_of(steered) if steered else None,
        "beside": steered.runs.count() - 1 if steered else 0,
        **beside_it(run, progress),
    }


def beside_it(run: Run, progress: RunProgress) -> dict[str, Any]:
    """What stands beside the live part and changes with it, and a tag of it as `side`.

    The counts under each environment are not in the tag, except at the end: the column would be
    swapped with every output, and who opened an environment there would see it close.
    """
    under = environments(run)
    digests = sorted(row["digest"] for row in under)
    parts = (digests, run.cancelled_at, bool(progress.unfinished))
    return {
        "environments": under,
        "promises": promises_under(row["data"] for row in under),
        "side": hashlib.sha256(repr(parts).encode()).hexdigest()[:12],
    }


@require_safe
@never_cache
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: what it takes to repeat it, how far it is, and what it wrote."""
    shown = run_or_404(request, run_id)
    context = fill(live_context(request, shown, RunProgress.of(shown)))
    context["moves"] = moves_in(shown)
    context["guards"] = shown.guarded_by(request.user)
    return render(request, RUN, context)


def environments(run: Run) -> list[dict[str, Any]]:
    """The environments recorded for a run's outputs, each with the number of outputs."""
    rows = Environment.objects.filter(output__run=run).annotate(outputs=Count("output"))
    return [
        {
            "outputs": row.outputs,
            "digest": row.digest,
            "facts": environment_facts(row),
            "data": row.data,
        }
        for row in rows.order_by("-outputs", "pk")
    ]


@require_safe
@never_cache
def run_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The live part of a run's page, and what stands beside it once that differs from what the
    address says is shown; 304 while it would look the same as last time."""
    shown = run_or_404(request, run_id)
    context = live_context(request, shown, RunProgress.of(shown))
    if request.headers.get("HX-PTag") == context["tag"]:
        return HttpResponseNotModified()
    context = fill(context)
    context["side_moved"] = request.GET.get("side") != context["side"]
    response = render(request, f"{RUN}#live", context)
    response["HX-PTag"] = context["tag"]
    return response


def run_table(request: HttpRequest, run_id: int) -> Table:
    """A run's outputs without their text; as JSON with everything needed to repeat it."""
    shown = run_or_404(request, run_id)
    rows = [output_record(output) for output in outputs_of(shown)]
    under = environments(shown)
    return Table(
        f"run-{shown.pk}",
        OUTPUT_COLUMNS,
        rows,
        lambda rows: {
            **settings_record(shown),
            "cost": cost_record(cost_of(shown)) if shown.model.endpoint_id else None,
            "environments": [
                {"digest": row["digest"], "outputs": row["outputs"], **dict(row["facts"])}
                for row in under
            ],
            "seed_promises": [promise for promise, _ in promises_under(r["data"] for r in under)],
            "prompts_as_sent": sent_in(shown),
            "graded_anew": [move.record() for move in moves_in(shown)],
            "outputs": rows,
        },
    )


def outputs_of(run: Run) -> Any:
    """A run's outputs as records need them; joins the prompt, fetches the grades, adds the cost."""
    return (
        with_cost(Output.objects.filter(run=run))
        .select_related("prompt", "environment", "response")
        .prefetch_related("grades")
        .defer("text", "trace", "answer", "environment__data", "response__body")
        .order_by("pk")
    )


def sent_in(run: Run) -> list[Any]:
    """The prompts of a run as they were sent, with the digest by which outputs name them."""
    digests = run.outputs.exclude(prompt_digest="").values("prompt_digest")
    sent = SentPrompt.objects.filter(digest__in=digests).order_by("pk")
    return list(sent.values("digest", "text"))


def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask whether a run is to be cancelled; a POST cancels it."""
    if not may_run(request):
        return refused(request)
    shown = run_or_404(request, run_id)
    if not may_steer(shown, request.user):
        return refused(request, shown)
    progress = RunProgress.of(shown)
    if request.method != "POST":
        return render(request, "runs/cancel.html", {"run": shown, "progress": progress})
    if progress.can_cancel:
        cancel_run(run=shown, actor=request.user)
        messages.success(request, f"Run {shown.pk} is cancelled. What it wrote stays.")
    else:
        messages.info(request, f"Run {shown.pk} had nothing left to cancel.")
    return HttpResponseRedirect(shown.get_absolute_url(), status=303)


def run_visibility(request: HttpRequest, run_id: int) -> HttpResponse:
    """Say who reads a run and its outputs."""
    shown = run_or_404(request, run_id)
    return visibility_page(request, shown, f"run {shown.pk}")


@require_POST
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    """Queue a run's failed and cancelled outputs again."""
    if not may_run(request):
        return refused(request)
    readable = Run.objects.to_judge().readable_by(request.user)
    shown = found_or_404(readable, f"There is no run {run_id}.", pk=run_id)
    if not may_steer(shown, request.user):
        return refused(request, shown)
    try:
        again = resume_run(run=shown, actor=request.user)
    except RunRefused as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(shown.get_absolute_url(), status=303)
    if again:
        messages.success(request, f"{again} output{'' if again == 1 else 's'} queued again.")
    else:
        messages.info(request, "There was nothing to queue again.")
    return HttpResponseRedirect(shown.get_absolute_url(), status=303)
