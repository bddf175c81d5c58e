"""Releases that are kept: each on its page, whole, and file by file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.lookups import found_or_404
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.records import file_records
from evaluations.exchange.releases.release_actions import KEPT
from evaluations.exchange.releases.stored import Stored, stored_of
from evaluations.exchange.studies.archive import DAMAGED
from evaluations.exchange.studies.figures import OF_THE_SITE
from evaluations.exchange.studies.files import FILES
from evaluations.exchange.studies.study import Study, WholeSite
from evaluations.exchange.studies.views import REPLIES, note_sight, pulled, site_of
from evaluations.leaderboards.snapshots.citations import SITE
from evaluations.leaderboards.snapshots.names import Named

GONE: Final = (
    "There is no release “{name}”. The last {kept} are kept, and those that a frozen board is "
    "cited with."
)
ELSEWHERE: Final = "The files of this release do not lie on this machine."
DOWNLOADED: Final = (".jsonl", ".csv", ".zip")
WITH_ANSWERS: Final = {f"{name}.jsonl" for name, file in FILES.items() if file.has_answers}
"""Files with what single judges said; the zip has them all."""
CODE: Final = "evaluations/"
"""Where the code of the check lies, of which the page names `check_release.py` alone."""
PLAIN: Final = "text/plain; charset=utf-8"
TYPES: Final = {".jsonl": REPLIES, ".json": "application/json", ".zip": "application/zip"}


def release_or_404(name: Named) -> DataRelease:
    day, digits = name
    return found_or_404(
        DataRelease.objects.all(),
        GONE.format(name=f"{day.isoformat()}-{digits}", kept=KEPT),
        day=day,
        digest__startswith=digits,
    )


@contextmanager
def stored_or_404(release: DataRelease) -> Iterator[Stored]:
    """What lies in a release; 404 where that, or what is opened within, cannot be read here."""
    try:
        with stored_of(release) as stored:
            if stored is None:
                raise Http404(ELSEWHERE)
            yield stored
    except DAMAGED as error:
        raise Http404(ELSEWHERE) from error


@require_safe
def release(request: HttpRequest, name: Named) -> HttpResponse:
    """What is in a release, what was left out, how to cite it, and its files."""
    shown = release_or_404(name)
    with stored_of(shown) as stored:
        card = stored.card if stored else None
        files = file_records(shown, stored)
    figures = shown.counts.get("figures", {})
    context = {
        "release": shown,
        "figures": [(word, figures[word]) for word in OF_THE_SITE if word in figures],
        "card": card,
        "files": [file for file in files if not file["name"].startswith(CODE)],
        "snapshots": shown.snapshots.listed(),
        "kept": KEPT,
        "citation": f"{SITE} ({shown.day.year}). All public data, release {shown.name}. "
        f"{site_of(request)}{shown.get_absolute_url()}",
    }
    return render(request, "exchange/release.html", context)


@require_safe
@never_cache
def zipped(request: HttpRequest, name: Named) -> StreamingHttpResponse:
    """The whole release, as it was written."""
    found = release_or_404(name)
    with stored_or_404(found) as stored:
        pieces, size = stored.whole()
    return sent(request, found, found.path, pieces, size)


@require_safe
@never_cache
def one_file(request: HttpRequest, name: Named, file: str) -> StreamingHttpResponse:
    """One file of a release, so that its description leads to its parts."""
    found = release_or_404(name)
    with stored_or_404(found) as stored:
        size = stored.sizes.get(file)
        if size is None:
            raise Http404(f"There is no “{file}” in this release.")
        pieces = stored.pieces(file)
    return sent(request, found, file.rpartition("/")[2], pieces, size)


def sent(
    request: HttpRequest, release: DataRelease, called: str, pieces: Iterator[bytes], size: int
) -> StreamingHttpResponse:
    """A file piece by piece; that a judge takes others' answers is recorded."""
    ending = f".{called.rpartition('.')[2]}"
    if request.method == "GET" and (called in WITH_ANSWERS or called == release.path):
        note_sight(request, Study(WholeSite()), until=release.made_at)
    response = StreamingHttpResponse(pulled(pieces), content_type=TYPES.get(ending, PLAIN))
    response["Content-Length"] = str(size)
    if ending in DOWNLOADED:
        response["Content-Disposition"] = f'attachment; filename="{called}"'
    return response
