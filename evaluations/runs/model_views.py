"""Language models: what each is, and the runs that asked it."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.accounts.visibility import Audience
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.runs.models import LanguageModel, Output, Purpose, Run
from evaluations.runs.progress import RunProgress
from evaluations.runs.records import MODEL_COLUMNS, model_record
from evaluations.runs.views import may_run

PAGE_SIZE = 25


def listed() -> list[dict[str, Any]]:
    """Every model with the number of its runs and of its outputs that can be read."""
    asked = Count("runs", filter=Q(runs__purpose=Purpose.ANSWERS, runs__visibility=Audience.PUBLIC))
    outputs = dict(
        Output.objects.finished()
        .order_by()
        .values("run__model")
        .annotate(n=Count("pk"))
        .values_list("run__model", "n")
    )
    return [
        {"model": model, "runs": vars(model)["run_count"], "outputs": outputs.get(model.pk, 0)}
        for model in LanguageModel.objects.annotate(run_count=asked).order_by("position", "name")
    ]


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Every language model that can be asked."""
    return render(request, "runs/models.html", {"rows": listed(), "may_run": may_run(request)})


def models_table(request: HttpRequest) -> Table:
    rows = [model_record(row["model"], row["runs"], row["outputs"]) for row in listed()]
    return Table("models", MODEL_COLUMNS, rows, lambda rows: {"models": rows})


@require_safe
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """One language model: its record and its runs."""
    shown = found_or_404(LanguageModel.objects.all(), f"There is no model “{slug}”.", slug=slug)
    page = Paginator(
        Run.objects.listed_for(request.user).for_list().filter(model=shown), PAGE_SIZE
    ).get_page(request.GET.get("page"))
    context = {
        "model": shown,
        "page": page,
        "rows": [{"run": run, "progress": RunProgress.of(run)} for run in page],
        "may_run": may_run(request),
    }
    return render(request, "runs/model.html", context)
