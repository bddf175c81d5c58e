"""What there is to take from this site and to bring to it, and all that is public as one file."""

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.throttle import HOUR, address_of_the_day, take
from evaluations.curation.models import Collection
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.release_actions import FOLDER, KEPT
from evaluations.exchange.releases.writing import write_release
from evaluations.exchange.studies.archive import InZip, zip_in_memory
from evaluations.exchange.studies.export_actions import is_large
from evaluations.exchange.studies.figures import figures_of
from evaluations.exchange.studies.files import FILES
from evaluations.exchange.studies.study import Study, WholeSite
from evaluations.exchange.studies.views import belongs, note_sight, site_of
from evaluations.judgments.models import Protocol
from evaluations.leaderboards.models import Snapshot
from evaluations.runs.models import Run

RELEASES_AN_HOUR: Final = 4
TOO_MANY: Final = f"At most {RELEASES_AN_HOUR} an hour can be written for you. Please wait."


@require_safe
@never_cache
def data(request: HttpRequest) -> HttpResponse:
    """Everything that can be taken home, where it is, and what can be brought in."""
    study = Study(WholeSite())
    context = {
        "study": study,
        "large": is_large(study),
        "figures": figures_of(study),
        "files": [(name, file.pieces) for name, file in FILES.items() if belongs(name, study)],
        "protocols": Protocol.objects.public().filter(opened_at__isnull=False).count(),
        "runs": Run.objects.listed().count(),
        "collections": Collection.objects.shown().count(),
        "snapshots": Snapshot.objects.count(),
        "releases": Paginator(DataRelease.objects.all(), KEPT).get_page(request.GET.get("page")),
    }
    return render(request, "exchange/data.html", context)


@require_safe
@never_cache
def release_zip(request: HttpRequest) -> HttpResponse:
    """All that is public, while it is small enough to be written while somebody waits."""
    study = Study(WholeSite())
    if is_large(study):
        return redirect("data")
    if request.method == "HEAD":
        return HttpResponse(content_type="application/zip")
    who = request.user.pk if request.user.is_authenticated else address_of_the_day(request)
    if not take(f"releases:{who}", capacity=RELEASES_AN_HOUR, refill_seconds=HOUR):
        return HttpResponse(TOO_MANY, content_type="text/plain; charset=utf-8", status=429)
    note_sight(request, study)

    def write(place: InZip) -> None:
        write_release(place, site=site_of(request))

    response = HttpResponse(zip_in_memory(FOLDER, write))
    response["Content-Type"] = "application/zip"
    response["Content-Disposition"] = f'attachment; filename="{FOLDER}.zip"'
    return response
