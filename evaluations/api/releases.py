"""Data releases: all that was public on a day, with the addresses of its files."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from evaluations.api.records import Cursor, Number, page, page_of, record, several
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.records import COLUMNS, file_records, release_record
from evaluations.exchange.releases.stored import stored_of
from evaluations.exchange.releases.stored_views import release_or_404
from evaluations.leaderboards.snapshots.names import SnapshotName

router = Router(tags=["Data releases"])
counted = dict.fromkeys(("figures", "lines", "left_out"), dict[str, int])
told: dict[str, Any] = {"name": str, "day": dt.date, "digest": str, "size": int, "url": str}
ReleaseRow = record("Release", COLUMNS, **told, **counted)
ReleaseFile = record("ReleaseFile", ("name", "url"), name=str, lines=Number, bytes=Number)
WholeRelease = record(
    "WholeRelease", (*COLUMNS, "zip"), **told, **counted, files=several(ReleaseFile)
)


@router.get("/releases", response=page_of(ReleaseRow), summary="Data releases that are kept")
def releases(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    rows = DataRelease.objects.all()
    return page(request, response, rows, cursor, lambda row: shown(request, row))


def shown(request: HttpRequest, row: DataRelease) -> dict[str, Any]:
    return {**release_record(row), "url": request.build_absolute_uri(row.get_absolute_url())}


@router.get("/releases/{name}", response=WholeRelease,
            summary="A data release with the addresses of its files")  # fmt: skip
def release(request: HttpRequest, name: str) -> Any:
    try:
        found = release_or_404(SnapshotName().to_python(name))
    except ValueError:
        raise Http404(f"There is no release “{name}”.") from None
    with stored_of(found) as stored:
        files = file_records(found, stored)
    lies_here = stored is not None

    def address(view: str, *named: str) -> str | None:
        path = reverse(view, args=[found.name, *named])
        return request.build_absolute_uri(path) if lies_here else None

    return {
        **shown(request, found),
        "zip": address("release-zip"),
        "files": [{**file, "url": address("release-file", file["name"])} for file in files],
    }
