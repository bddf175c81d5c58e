"""Bringing in outputs from a file: sent, read by a worker, looked at, imported. Its steps, its
sentences and who may take them are those of the pages."""

import datetime as dt
from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Form, Query, Router, Status
from ninja.files import UploadedFile

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.api.problems import Problem, places
from evaluations.api.records import Cursor, Id, Key, Sent, page, page_of, record, several
from evaluations.exchange.loading.files import Unusable
from evaluations.exchange.loading.forms import FileForm, OrderForm
from evaluations.exchange.loading.job_actions import begin_import, check_importer, order_import
from evaluations.exchange.loading.views import own_or_404
from evaluations.exchange.models import ImportJob

router = Router(tags=["Imports"])
MOST_REFUSED: Final = 200
"""Refused lines that are told; its page has files with all of them."""

TEXTS = ("name", "format", "state", "why_not", "licence", "visibility")
TYPES = {"size": int, "progress": int, "skips_refused": bool, "at": dt.datetime}
ALL = ("import", *TEXTS, *TYPES, "companion", "sha256", "url")
Row = record("Import", ALL, **TYPES, **{"import": int})
Line = record("RefusedLine", (), line=int, why=str)
Whole = record(
    "WholeImport", ALL, **TYPES, **{"import": int}, report=dict[str, Any], refused_count=int,
    refused=several(Line), runs=list[int],
)  # fmt: skip


class Order(Sent):
    """Under which licence and for whom a file is imported that was read."""

    licence: str = Field("", max_length=40, description="What the file says, where it is left out")
    visibility: Literal["public", "unlisted", "private"] = "private"
    skips_refused: bool = Field(False, description="Leave out the refused lines")


def row_of(request: HttpRequest, job: ImportJob) -> dict[str, Any]:
    return {
        "import": job.pk,
        **{name: getattr(job, name) or None for name in TEXTS},
        **{name: getattr(job, name) for name in TYPES},
        "companion": job.companion_name or None,
        "sha256": job.file_sha256 or None,
        "url": request.build_absolute_uri(job.get_absolute_url()),
    }


def whole_of(request: HttpRequest, job: ImportJob) -> dict[str, Any]:
    """What its page says of a file: `report` is what was read in it, then what was stored."""
    return {
        **row_of(request, job),
        "report": job.report,
        "refused_count": job.report.get("refused_count", 0),
        "refused": job.refused[:MOST_REFUSED],
        "runs": list(job.runs.order_by("pk").values_list("pk", flat=True)),
    }


@router.post("/imports", response={201: Whole}, auth=Key("write"),
             summary="Send a file of outputs, to be read (researchers)")  # fmt: skip
def import_begin(
    request: AuthenticatedHttpRequest, file: File[UploadedFile],
    companion: File[UploadedFile | None] = None, format: Form[str] = "",
) -> Any:  # fmt: skip
    check_importer(request.user)
    form = FileForm({"format": format}, {"file": file, "companion": companion})
    if not form.is_valid():
        raise Problem(422, "This file cannot be taken.", errors=places(form.errors))
    try:
        job = begin_import(actor=request.user, **form.cleaned_data)
    except Unusable as error:
        raise Problem(422, str(error), errors=places({"file": str(error)})) from error
    return Status(201, whole_of(request, job))


@router.get("/imports", response=page_of(Row), auth=Key("read"),
            summary="The files that you brought in (researchers)")  # fmt: skip
def imports(
    request: AuthenticatedHttpRequest, response: HttpResponse, cursor: Query[Cursor]
) -> Any:
    check_importer(request.user)
    rows = ImportJob.objects.of(request.user)
    return page(request, response, rows, cursor, lambda job: row_of(request, job))


@router.get("/imports/{import_id}", response=Whole, auth=Key("read"),
            summary="How far a file is, and what is in it (researchers)")  # fmt: skip
def import_job(request: AuthenticatedHttpRequest, import_id: Id) -> Any:
    check_importer(request.user)
    return whole_of(request, own_or_404(request, import_id))


@router.post("/imports/{import_id}/confirm", response=Whole, auth=Key("write"),
             summary="Have a file imported that was read (researchers)")  # fmt: skip
def import_confirm(request: AuthenticatedHttpRequest, import_id: Id, sent: Order) -> Any:
    check_importer(request.user)
    job = own_or_404(request, import_id)
    said = {**sent.dict(), "licence": sent.licence or job.licence}
    form = OrderForm(said, refused=job.report.get("refused_count", 0))
    if not form.is_valid():
        raise Problem(422, "This file is not imported yet.", errors=places(form.errors))
    order_import(job=job, actor=request.user, **form.cleaned_data)
    job.refresh_from_db()
    return whole_of(request, job)
