"""Taking a study home: its page, its files at once or by a worker, an output, a run's replies."""

import datetime as dt
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.accounts.models import User
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment, sent_by_htmx
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Row, Table
from evaluations.common.throttle import HOUR, address_of_the_day, take
from evaluations.curation.lookups import collection_or_404
from evaluations.definitions.models import DefinitionVersion
from evaluations.exchange.models import ExportState, StudyExport, StudyExportPart
from evaluations.exchange.studies.archive import InZip, zip_in_memory
from evaluations.exchange.studies.export_actions import (
    begin_export,
    is_large,
    note_taken,
    study_in,
)
from evaluations.exchange.studies.figures import figures_of
from evaluations.exchange.studies.files import FILES
from evaluations.exchange.studies.freezing import write_frozen
from evaluations.exchange.studies.inspect_scores import came_from_inspect, score_lines
from evaluations.exchange.studies.left_out import left_out, withheld_models, withheld_prompts
from evaluations.exchange.studies.records import (
    lines_of,
    output_line,
    prompt_line,
    steps_of,
)
from evaluations.exchange.studies.replies import reply_lines
from evaluations.exchange.studies.study import Study, StudyRefused, may_freeze, study_of
from evaluations.exchange.studies.writing import write_study
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import Reveal
from evaluations.judgments.outputs.views import is_withdrawn
from evaluations.judgments.protocols.views import protocol_or_404
from evaluations.runs.models import Output, Run
from evaluations.runs.record.likely import tokens_of
from evaluations.runs.views import run_or_404

ZIPS_AN_HOUR: Final = 30
TOO_MANY: Final = f"At most {ZIPS_AN_HOUR} studies an hour can be written for you. Please wait."
REPLIES: Final = "application/jsonlines; charset=utf-8"
CHUNK: Final = 64_000
"""Characters that are sent at once."""

Page = Callable[..., HttpResponse]
either = require_http_methods(["GET", "HEAD", "POST"])


def study_or_404(request: HttpRequest, of: Any) -> Study:
    try:
        return study_of(of, request.user, visitor(request).judge)
    except StudyRefused as refusal:
        raise Http404(str(refusal)) from refusal


def of_each(view: Callable[[HttpRequest, Study], HttpResponse]) -> tuple[Page, Page, Page]:
    """The view for a protocol, a run and a collection, by what an address says of them."""

    @wraps(view)
    def of_protocol(request: HttpRequest, slug: str) -> HttpResponse:
        return view(request, study_or_404(request, protocol_or_404(request, slug)))

    @wraps(view)
    def of_run(request: HttpRequest, run_id: int) -> HttpResponse:
        return view(request, study_or_404(request, run_or_404(request, run_id)))

    @wraps(view)
    def of_collection(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
        return view(request, study_or_404(request, collection_or_404(request, owner, slug)))

    return of_protocol, of_run, of_collection


def site_of(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


# The page ----------------------------------------------------------------------------------------


def files(request: HttpRequest, study: Study) -> HttpResponse:
    """What a study's files hold and what stays out; a large one is written by a worker."""
    problem, status = "", 200
    if request.method == "POST":
        if not isinstance(request.user, User):
            return redirect(f"/accounts/login/?next={request.path}")
        try:
            export = begin_export(
                study=study,
                actor=request.user,
                site=site_of(request),
                frozen=request.POST.get("press") == "freeze",
            )
        except (StudyRefused, PermissionError) as refusal:
            problem, status = str(refusal), 409
        else:
            return redirect(export)
    large = is_large(study)
    mine = study.asker if isinstance(study.asker, User) else None
    context = {
        "study": study,
        "large": large,
        "may_freeze": may_freeze(study),
        "problem": problem,
        "base": study.path.rstrip("/"),
        "files": [(name, file.pieces) for name, file in FILES.items() if belongs(name, study)],
        "left_out": None if large else left_out(study),
        "figures": figures_of(study),
        "scored_by": scored_by(study),
        "exports": StudyExport.objects.of(mine).filter(**{study.kind: study.of}) if mine else (),
    }
    return render(request, "exchange/study.html", context, status=status)


def scored_by(study: Study) -> list[DefinitionVersion]:
    """The definitions by which a run that came from Inspect can be scored there; else none."""
    if not isinstance(study.of, Run) or not came_from_inspect(study.of):
        return []
    return list(DefinitionVersion.objects.curated())


ONLY_OF = {
    "protocol": "protocol", "items": "protocol", "gold": "protocol", "adjudications": "protocol",
    "collection": "collection",
}  # fmt: skip


def belongs(name: str, study: Study) -> bool:
    """Whether a study of this kind can have such a file."""
    return ONLY_OF.get(name, study.kind) == study.kind


protocol_files, run_files, collection_files = map(never_cache, map(either, of_each(files)))


# The files ---------------------------------------------------------------------------------------


def zipped(request: HttpRequest, study: Study, *, frozen: bool = False) -> HttpResponse:
    """A small study as a zip; of a large one its page says how to have it written."""
    if is_large(study):
        return redirect(f"{study.path}files/")
    if request.method == "HEAD":
        return HttpResponse(content_type="application/zip")
    who = request.user.pk if request.user.is_authenticated else address_of_the_day(request)
    if not take(f"studies:{who}", capacity=ZIPS_AN_HOUR, refill_seconds=HOUR):
        return HttpResponse(TOO_MANY, content_type="text/plain; charset=utf-8", status=429)
    writes = write_frozen if frozen else write_study
    note_sight(request, study)

    def write(place: InZip) -> None:
        writes(study, place, site=site_of(request))

    name = f"{study.name}-frozen" if frozen else study.name
    response = HttpResponse(zip_in_memory(name, write), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


def note_sight(request: HttpRequest, study: Study, until: dt.datetime | None = None) -> None:
    """Record that a judge takes others' answers along, as where an output's page shows them;
    those *until* a moment, where what they take was written then."""
    judge = judge_for(request) if request.user.is_authenticated else visitor(request).judge
    if judge is not None:
        note_taken(study=study, judge=judge, until=until)


def frozen_zip(request: HttpRequest, study: Study) -> HttpResponse:
    """The frozen study, for its owner and staff."""
    if not may_freeze(study):
        said = "Only its owner and staff may freeze a study."
        return HttpResponse(said, content_type="text/plain; charset=utf-8", status=403)
    return zipped(request, study, frozen=True)


protocol_zip, run_zip, collection_zip = map(never_cache, map(require_safe, of_each(zipped)))
protocol_frozen, run_frozen, collection_frozen = map(
    never_cache, map(require_safe, of_each(frozen_zip))
)


@require_safe
@never_cache
def run_replies(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    """What a run wrote in the site's own columns, a reply a line, as it can be brought in again."""
    study = study_or_404(request, run_or_404(request, run_id))
    response = StreamingHttpResponse(pulled(in_chunks(reply_lines(study))), content_type=REPLIES)
    response["Content-Disposition"] = f'attachment; filename="run-{run_id}.jsonl"'
    return response


@require_safe
@never_cache
def run_scores(request: HttpRequest, run_id: int, slug: str) -> HttpResponse:
    """What a definition says of a run that came from Inspect, as Inspect reads scores back."""
    study = study_or_404(request, run_or_404(request, run_id))
    if is_large(study) or not scored_by(study):
        raise Http404("Only what came from Inspect, and is not too large, has scores for it.")
    version = found_or_404(
        DefinitionVersion.objects.in_force().with_pins(),
        f"There is no definition “{slug}”.",
        definition__slug=slug,
    )
    body = b"".join(in_chunks(score_lines(study, version)))
    response = HttpResponse(body, content_type=REPLIES)
    response["Content-Disposition"] = f'attachment; filename="scores-{slug}.jsonl"'
    return response


def in_chunks(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Rows as JSON Lines, some kilobytes at a time."""
    held, size = [], 0
    for row in rows:
        held.append(json.dumps(row, ensure_ascii=False) + "\n")
        size += len(held[-1])
        if size > CHUNK:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


async def pulled(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Parts one by one, in the thread of the request: nothing is held but the one that is sent."""

    def following() -> bytes:
        return next(parts, b"")

    while part := await sync_to_async(following)():
        yield part


def output_table(request: HttpRequest, output_id: int) -> Table | HttpResponse:
    """One output; as JSON with its prompt and steps, how likely its tokens were where its recipe
    asked, and with answers to whom its page showed them."""
    shown = found_or_404(
        Output.objects.to_judge()
        .readable_by(request.user)
        .for_reading()
        .with_first()
        .select_related("response")
        .prefetch_related("grades"),
        f"There is no output {output_id}.",
        pk=output_id,
    )
    if is_withdrawn(shown):
        return JsonResponse({"output": shown.pk, "withdrawn": True}, status=410)
    study = study_or_404(request, shown.run)
    row = output_line(shown, withheld_models(study))

    def data(rows: list[Row]) -> dict[str, Any]:
        return {
            "output": row,
            "prompt": prompt_line(study, shown.prompt, withheld_prompts(study)),
            "likelihood": None if row["withheld"] else tokens_of(shown),
            "steps": list(steps_of(Output.objects.filter(pk=shown.pk))),
            "answers": answers_shown(request, study, shown),
        }

    return Table(f"output-{output_id}", tuple(row), [row], data, public=False)


def answers_shown(request: HttpRequest, study: Study, shown: Output) -> list[dict[str, Any]] | None:
    """Others' answers, where the visitor was shown them on the output's page; else None."""
    judge = visitor(request).judge
    if judge is None or not Reveal.objects.filter(judge=judge, output=shown).exists():
        return None
    return list(lines_of(study, study.answers.filter(output=shown)))


# What a worker writes ----------------------------------------------------------------------------


def own_export(request: AuthenticatedHttpRequest, pk: int) -> tuple[StudyExport, Study]:
    """One's own export, of what one may still read."""
    rows = StudyExport.objects.of(request.user)
    found = found_or_404(rows, f"Nothing was written for you as {pk}: it is kept for a day.", pk=pk)
    try:
        study = study_in(found)
    except StudyRefused as refusal:
        raise Http404(str(refusal)) from refusal
    if found.frozen and not may_freeze(study):
        raise Http404("Only its owner and staff may freeze a study.")
    return found, study


@require_safe
@never_cache
@login_required
def export(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """How far a large study is written, and where it can be fetched then."""
    shown, study = own_export(request, pk)
    said = f"{shown.pk} {shown.state} {shown.progress}"
    tag = hashlib.sha256(said.encode()).hexdigest()[:16]
    if sent_by_htmx(request) and request.headers.get("HX-PTag") == tag:
        return HttpResponseNotModified()
    context = {"export": shown, "study": study, "tag": tag}
    response = page_or_fragment(request, "exchange/export.html", context, fragment="live")
    response["HX-PTag"] = tag
    return response


@require_safe
@never_cache
@login_required
def export_zip(request: AuthenticatedHttpRequest, pk: int) -> StreamingHttpResponse:
    """The file that a worker wrote, part by part."""
    shown, study = own_export(request, pk)
    if shown.state != ExportState.DONE:
        raise Http404("It is not written yet.")
    if request.method == "GET":
        note_sight(request, study)
    response = StreamingHttpResponse(pulled(parts_of(shown)), content_type="application/zip")
    response["Content-Length"] = str(shown.size)
    name = f"{study.name}-frozen" if shown.frozen else study.name
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


def parts_of(export: StudyExport) -> Iterator[bytes]:
    rows = StudyExportPart.objects.filter(export=export)
    for number in rows.values_list("number", flat=True):
        yield bytes(rows.get(number=number).data)
