"""Language models: what each is, and the runs that asked it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.visibility import Audience
from evaluations.common.fragments import page_or_fragment
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.inference.abilities import IN_WORDS
from evaluations.runs.actions import RunRefused, try_model
from evaluations.runs.engines import template_at_hand
from evaluations.runs.models import LanguageModel, Output, Purpose, Run
from evaluations.runs.progress import RunProgress, trial_of, worker_is_alive
from evaluations.runs.querysets import LanguageModelQuerySet
from evaluations.runs.records import MODEL_COLUMNS, model_record
from evaluations.runs.views import may_run, refused

PAGE_SIZE = 25


def counted(
    rows: LanguageModelQuerySet,
) -> tuple[QuerySet[LanguageModel], dict[int, int]]:
    """Some models with `run_count`, the number of its public runs; and model to that of its outputs
    that can be read. Joins the endpoint."""
    asked = Count("runs", filter=Q(runs__purpose=Purpose.ANSWERS, runs__visibility=Audience.PUBLIC))
    outputs = dict(
        Output.objects.finished()
        .order_by()
        .values("run__model")
        .annotate(n=Count("pk"))
        .values_list("run__model", "n")
    )
    shown = rows.with_trial().select_related("endpoint")
    return shown.annotate(run_count=asked), outputs


def listed() -> list[dict[str, Any]]:
    """Every model with the number of its runs and of its outputs that can be read."""
    shown, outputs = counted(LanguageModel.objects.listed())
    return [
        {
            "model": model,
            "runs": vars(model)["run_count"],
            "outputs": outputs.get(model.pk, 0),
            "trial": trial_of(model),
        }
        for model in shown.order_by("position", "name")
    ]


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Every language model that can be asked."""
    return render(request, "runs/models.html", {"rows": listed(), "may_run": may_run(request)})


def models_table(request: HttpRequest) -> Table:
    rows = [model_record(row["model"], row["runs"], row["outputs"]) for row in listed()]
    return Table("models", MODEL_COLUMNS, rows, lambda rows: {"models": rows})


@require_safe
@never_cache
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """One language model: its record, its trial and its runs."""
    shown = model_or_404(request, slug)
    page = Paginator(
        Run.objects.listed_for(request.user).for_list().filter(model=shown), PAGE_SIZE
    ).get_page(request.GET.get("page"))
    context = {
        "model": shown,
        "page": page,
        "rows": [{"run": run, "progress": RunProgress.of(run)} for run in page],
        "may_run": may_run(request),
        "trial": trial_of(shown),
        "can_be_tried": bool(shown.backend) and not shown.is_archived,
        "worker": worker_is_alive(),
        "template": template_at_hand(shown),
        "abilities": [words for name, words in IN_WORDS.items() if shown.abilities.has(name)],
    }
    return page_or_fragment(request, "runs/model.html", context, fragment="trial")


def model_or_404(request: HttpRequest, slug: str) -> LanguageModel:
    models = LanguageModel.objects.readable_by(request.user).with_trial()
    return found_or_404(
        models.select_related("endpoint"), f"There is no model “{slug}”.", slug=slug
    )


@require_POST
def model_try(request: HttpRequest, slug: str) -> HttpResponse:
    """Have a worker load a model and write one short reply."""
    if not may_run(request):
        return refused(request)
    shown = model_or_404(request, slug)
    try:
        try_model(model=shown, actor=request.user)
    except RunRefused as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("model", args=[shown.slug]), status=303)
