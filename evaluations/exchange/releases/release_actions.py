"""Releases that are kept: written whole, one for what is public as it is, and let go in time."""

import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from evaluations.common.events import tell
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.writing import write_release
from evaluations.exchange.studies.archive import is_whole, zip_at
from evaluations.exchange.studies.study import Study, WholeSite
from evaluations.exchange.studies.writing import Report
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.hash import whole_digest

FOLDER: Final = "by-what-definition"
"""The one folder in each zip."""
KEPT: Final = 5
"""Releases that are kept, the newest; others as long as a frozen board is cited with them."""
DATED: Final = ("README.md", "CITATION.cff", "citation.bib", "croissant.json")
"""Files that name the day on which they were written, and say nothing that others do not."""
DRAFT: Final = ".unfinished-"
LOST_AFTER: Final = dt.timedelta(days=1)


class ReleaseRefused(Exception):
    """No release can be made; the message says why."""


def make_release(*, site: str, report: Report | None = None) -> tuple[DataRelease, bool]:
    """Write what is public now, and let go of releases that are older than the last ones.

    Where nothing changed since the newest, that one is given, and nothing is kept of the writing.

    Args:
        site: the site's address, such as https://example.org, for links.
        report: told how far it is, as `Archive` says.

    Returns:
        the release, and whether it is new.

    Raises:
        ReleaseRefused: where nothing is public yet.
        OSError: where it cannot be written.
    """
    if not Study(WholeSite()).outputs.exists():
        raise ReleaseRefused("Nothing is public here yet: a release would hold no output.")
    folder = Path(settings.RELEASE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    clear_drafts(folder)
    # Boards that are frozen while it is written may rest on answers that it does not have.
    citing = Snapshot.objects.filter(releases=None, withdrawn_at=None)
    cited = list(citing.values_list("pk", flat=True))
    with tempfile.TemporaryDirectory(dir=folder, prefix=DRAFT) as draft:
        written = Path(draft) / "release.zip"
        with zip_at(written, FOLDER) as place:
            manifest = write_release(place, site=site, report=report)
        release, is_new = noted(manifest, written)
    release.snapshots.add(*cited)
    let_go()
    return release, is_new


@transaction.atomic
def noted(manifest: Mapping[str, Any], written: Path) -> tuple[DataRelease, bool]:
    """The release of a zip: one that is there already where it holds the same, else a new one,
    whose zip has its name then."""
    one_at_a_time()
    day, digest = timezone.now().date(), digest_of(manifest)
    newest = DataRelease.objects.first()
    same = newest if newest is not None and newest.digest == digest else None
    same = same or DataRelease.objects.filter(day=day, digest=digest).first()
    is_new = same is None
    release = same or DataRelease(day=day, digest=digest)
    if is_new:
        release.counts = counts_of(manifest)
        release.path = f"{FOLDER}-{release.name}.zip"
        release.size = written.stat().st_size
        release.save()
        tell("data-released", release, actor=None, title=f"{day:%-d %B %Y}")
    # A site that was restored from a backup has the rows of its releases and not their files.
    if is_new or not is_whole(release.file):
        size = written.stat().st_size
        written.replace(release.file)
        DataRelease.objects.filter(pk=release.pk).update(size=size)
    return release, is_new


def one_at_a_time() -> None:
    """Until the transaction ends nobody else gives a zip its name, or takes one away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('data-release'))")


def counts_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """What a release keeps of its manifest: how much there is, of JSON Lines how many, and what
    was left out."""
    files = manifest["files"].items()
    lines = {name.removesuffix(".jsonl"): file["lines"] for name, file in files if "lines" in file}
    return {"lines": lines, **{name: manifest[name] for name in ("figures", "left_out")}}


def digest_of(manifest: Mapping[str, Any]) -> str:
    """SHA-256 over the names and hashes of the files in a manifest, but of those with the day."""
    files = manifest["files"].items()
    return whole_digest({name: file["sha256"] for name, file in files if name not in DATED})


@transaction.atomic
def let_go() -> int:
    """Delete what is older than the last ones and cited with no frozen board; returns how many.

    Their zips go once that is certain.
    """
    one_at_a_time()
    last = list(DataRelease.objects.values_list("pk", flat=True)[:KEPT])
    old = list(DataRelease.objects.exclude(pk__in=last).filter(snapshots=None))
    for release in old:
        release.delete()
    transaction.on_commit(clear_nameless)
    return len(old)


@transaction.atomic
def clear_nameless() -> None:
    """Remove zips without a row: of what was let go, and of processes that were killed."""
    one_at_a_time()
    known = set(DataRelease.objects.values_list("path", flat=True))
    for zipped in Path(settings.RELEASE_DIR).glob(f"{FOLDER}-*.zip"):
        if zipped.name not in known:
            zipped.unlink(missing_ok=True)


def clear_drafts(folder: Path) -> None:
    """Remove what processes left that were killed while they wrote."""
    oldest = time.time() - LOST_AFTER.total_seconds()
    for draft in folder.glob(f"{DRAFT}*"):
        with suppress(FileNotFoundError):  # another process was done with it
            if draft.stat().st_mtime < oldest:
                shutil.rmtree(draft)
