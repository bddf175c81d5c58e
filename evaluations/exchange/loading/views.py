"""Bringing outputs in from a file: the file, what is in it, and what came of it."""

import hashlib
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evaluations.accounts.gates import only
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment, sent_by_htmx
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.exchange.loading.files import Unusable
from evaluations.exchange.loading.forms import FileForm, FormatForm, OrderForm
from evaluations.exchange.loading.job_actions import (
    begin_import,
    drop,
    order_import,
    read_again,
)
from evaluations.exchange.loading.store_actions import WHO_MAY_IMPORT
from evaluations.exchange.models import ImportJob, ImportState
from evaluations.exchange.readers.formats import FORMATS
from evaluations.runs.models import Output, Visibility

PAGE_SIZE: Final = 25
CAUSES_SHOWN: Final = 3
LINES_SHOWN: Final = 20
EXAMPLE: Final = (
    '{"prompt": "How many rolls are 3 trays of 24?", "model": "brot-7b", "output": '
    '"<think>Three times 24 is 72.</think>72", "reference": "72"}'
)
REFUSED_COLUMNS: Final = ("line", "why")

either = require_http_methods(["GET", "HEAD", "POST"])
importers_only = only(lambda user: user.may_run_models, WHO_MAY_IMPORT)


def own_or_404(request: AuthenticatedHttpRequest, pk: int) -> ImportJob:
    """One's own file; staff see everybody's."""
    mine = ImportJob.objects.of(request.user).defer(None)
    return found_or_404(mine, f"You brought in no file {pk}.", pk=pk)


@either
@importers_only
def new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Choose a file; a worker reads it then, and nothing is stored before somebody says so."""
    sent = request.method == "POST"
    form = FileForm(request.POST if sent else None, request.FILES if sent else None)
    if form.is_valid():
        try:
            job = begin_import(actor=request.user, **form.cleaned_data)
        except Unusable as error:
            form.add_error("file", str(error))
        else:
            return redirect(job)
    page = Paginator(ImportJob.objects.of(request.user).select_related("by"), PAGE_SIZE)
    context = {
        "form": form,
        "page": page.get_page(request.GET.get("page")),
        "formats": FORMATS.values(),
        "example": EXAMPLE,
        "titles": {each.name: each.title for each in FORMATS.values()},
    }
    return render(request, "exchange/import.html", context, status=422 if form.is_bound else 200)


@either
@importers_only
def job(request: AuthenticatedHttpRequest, job_id: int) -> HttpResponse:
    """One file: how far it is read, what is in it, and afterwards what was made of it."""
    shown = own_or_404(request, job_id)
    press = request.POST.get("press", "")
    order = order_form(shown, request if press == "import" else None)
    again = FormatForm(request.POST if press == "format" else {"format": shown.format})
    try:
        if press == "drop":
            drop(job=shown, actor=request.user)
            messages.success(request, "The file is gone. Nothing of it was stored.")
            return redirect("import-new")
        if press == "format" and again.is_valid():
            read_again(job=shown, actor=request.user, **again.cleaned_data)
            return redirect(shown)
        if press == "import" and order.is_valid():
            order_import(job=shown, actor=request.user, **order.cleaned_data)
            return redirect(shown)
    except PermissionError as error:
        raise Http404 from error
    except Unusable as error:
        if press != "import":
            messages.error(request, str(error))
            return redirect(shown)
        order.add_error(None, str(error))
    return page_of(request, shown, order, again)


def order_form(shown: ImportJob, request: AuthenticatedHttpRequest | None) -> OrderForm:
    return OrderForm(
        request.POST if request else None,
        refused=shown.report.get("refused_count", 0),
        initial={"licence": shown.licence, "visibility": shown.visibility},
    )


def page_of(
    request: AuthenticatedHttpRequest, shown: ImportJob, order: OrderForm, again: FormatForm
) -> HttpResponse:
    """The page of a file. While a worker has it, htmx asks for the part that moves."""
    tag = hashlib.sha256(f"{shown.pk} {shown.state} {shown.progress}".encode()).hexdigest()[:16]
    if sent_by_htmx(request) and request.headers.get("HX-PTag") == tag:
        return HttpResponseNotModified()
    report = shown.report
    runs = list(shown.runs.select_related("model", "recipe", "prompt_set").order_by("pk"))
    context: dict[str, Any] = {
        "job": shown,
        "report": report,
        "tag": tag,
        "format": FORMATS.get(shown.format),
        "visibilities": [
            (label, report["visibility"][value])
            for value, label in Visibility.choices
            if value in report.get("visibility", {})
        ],
        "examples": [
            {**one, "visibility": Visibility(one["visibility"]).label}
            for one in report.get("examples", [])
        ],
        "causes": causes_of(shown)[:CAUSES_SHOWN],
        "lines": shown.refused[:LINES_SHOWN],
        "order": order,
        "again": again,
        "runs": runs,
        "sets": list({run.prompt_set_id: run.prompt_set for run in runs}.values()),
        "first": first_of(runs),
        "can_import": shown.state == ImportState.PREVIEWED and report.get("new"),
    }
    status = 422 if order.is_bound and order.errors else 200
    response = page_or_fragment(
        request, "exchange/job.html", context, fragment="live", status=status
    )
    response["HX-PTag"] = tag
    return response


def causes_of(shown: ImportJob) -> list[tuple[str, int, int]]:
    """The most frequent causes of refusals: the sentence, how many lines, and the first."""
    found: dict[str, list[int]] = {}
    for each in shown.refused:
        found.setdefault(each["why"], []).append(each["line"])
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[1][0]))
    return [(why, len(lines), lines[0]) for why, lines in ordered]


def first_of(runs: list[Any]) -> Output | None:
    """An output to begin judging with."""
    return Output.objects.written().filter(run__in=runs).order_by("pk").first() if runs else None


def refused_lines(request: AuthenticatedHttpRequest, job_id: int) -> Table:
    """Every refused line with its number and the cause."""
    if not request.user.is_authenticated or not request.user.may_run_models:
        raise PermissionDenied(WHO_MAY_IMPORT)
    shown = own_or_404(request, job_id)
    return Table(
        f"import-{job_id}-refused",
        REFUSED_COLUMNS,
        shown.refused,
        lambda rows: {"file": shown.name, "refused": rows},
        public=False,
    )
