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
from evaluations.exchange.releases.release_actions import KEPT
from evaluations.exchange.releases.stored import Stored, stored_of
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
WITHOUT_ANSWERS: Final = {
    f"{name}.jsonl" for name in ("criteria", "definitions", "prompts", "runs", "outputs")
}
FIGURES: Final = ("Prompts", "Outputs", "Answers")
"""What is counted on the page, by the file of that name."""
CODE: Final = "evaluations/"
"""Where the code of the check lies, of which the page names `check_release.py` alone."""
PLAIN: Final = "text/plain; charset=utf-8"
TYPES: Final = {".jsonl": REPLIES, ".json": "application/json"}


def release_or_404(name: Named) -> DataRelease:
    day, digits = name
    return found_or_404(
        DataRelease.objects.all(),
        GONE.format(name=f"{day.isoformat()}-{digits}", kept=KEPT),
        day=day,
        digest__startswith=digits,
    )


def stored_or_404(name: Named) -> tuple[DataRelease, Stored]:
    found = release_or_404(name)
    stored = stored_of(found)
    if stored is None:
        raise Http404(ELSEWHERE)
    return found, stored


@contextmanager
def lies_here() -> Iterator[None]:
    """404 where what is opened within was let go meanwhile."""
    try:
        yield
    except FileNotFoundError as error:
        raise Http404(ELSEWHERE) from error


@require_safe
def release(request: HttpRequest, name: Named) -> HttpResponse:
    """What is in a release, what was left out, how to cite it, and its files."""
    shown = release_or_404(name)
    stored = stored_of(shown)
    lines = {f"{file}.jsonl": count for file, count in shown.counts["lines"].items()}
    sizes = stored.sizes if stored else dict.fromkeys(lines)
    context = {
        "release": shown,
        "card": stored.card if stored else None,
        "files": [
            (file, size, lines.get(file))
            for file, size in sorted(sizes.items())
            if not file.startswith(CODE)
        ],
        "figures": [(word, shown.counts["lines"].get(word.lower(), 0)) for word in FIGURES],
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
    found, stored = stored_or_404(name)
    with lies_here():
        whole = stored.whole()
    return sent(request, whole, found.path, found.size, "application/zip")


@require_safe
@never_cache
def one_file(request: HttpRequest, name: Named, file: str) -> StreamingHttpResponse:
    """One file of a release, so that its description leads to its parts."""
    _, stored = stored_or_404(name)
    size = stored.sizes.get(file)
    if size is None:
        raise Http404(f"There is no “{file}” in this release.")
    with lies_here():
        pieces = stored.pieces(file)
    return sent(request, pieces, file.rpartition("/")[2], size)


def sent(
    request: HttpRequest, pieces: Iterator[bytes], called: str, size: int, kind: str = ""
) -> StreamingHttpResponse:
    """A file piece by piece; that a judge takes others' answers is recorded."""
    ending = f".{called.rpartition('.')[2]}"
    if request.method == "GET" and ending in DOWNLOADED and called not in WITHOUT_ANSWERS:
        note_sight(request, Study(WholeSite()))
    response = StreamingHttpResponse(pulled(pieces), content_type=kind or TYPES.get(ending, PLAIN))
    response["Content-Length"] = str(size)
    if ending in DOWNLOADED:
        response["Content-Disposition"] = f'attachment; filename="{called}"'
    return response
