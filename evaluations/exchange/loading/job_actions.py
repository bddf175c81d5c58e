"""A file's way: taken in, read by a worker, looked at, imported by a worker, or let go."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import BinaryIO, Final, Protocol, TypeVar

import structlog
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import KombuError

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience
from evaluations.exchange.loading.files import (
    MOST_BYTES,
    MOST_MEGABYTES,
    Unusable,
    format_in,
    keep,
    put_together,
)
from evaluations.exchange.loading.preview import Preview, look_over
from evaluations.exchange.loading.shelves import Source
from evaluations.exchange.loading.store_actions import (
    WHO_MAY_IMPORT,
    ImportRefused,
    Loaded,
    load,
)
from evaluations.exchange.models import ImportJob, ImportState, StudyExport
from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.records import Read

log = structlog.get_logger(__name__)

WORK: Final = "exchange.work"
"""Name of the task that reads and imports what waits."""
EMPTY: Final = "There is not one reply in it."
BROKEN: Final = (
    "Something went wrong here that is not the file’s fault as far as we can tell. It is in the "
    "site’s log; nothing was stored."
)
PULSE_SECONDS: Final = 2.0
Kind = TypeVar("Kind", ImportJob, StudyExport)


class Sent(Protocol):
    """A file as a form sends it."""

    name: str | None
    size: int | None
    file: BinaryIO

    def chunks(self) -> Iterable[bytes]: ...


def check_importer(actor: User) -> None:
    """Raise PermissionError for everybody but staff and researchers."""
    if not actor.may_run_models:
        raise PermissionError(WHO_MAY_IMPORT)


def check_owner(job: ImportJob, actor: User) -> None:
    check_importer(actor)
    if job.by_id != actor.pk and not actor.is_staff:
        raise PermissionError("Only who brought this file in, and staff, decide about it.")


@transaction.atomic
def begin_import(
    *, actor: User, file: Sent, companion: Sent | None = None, format: str = ""
) -> ImportJob:
    """Take a file in, to be read by a worker. Nothing of it is stored as outputs.

    Raises:
        PermissionError: for everybody but staff and researchers.
        Unusable: where it is too large, or in no format that is known.
    """
    check_importer(actor)
    for sent in filter(None, (file, companion)):
        if (sent.size or 0) > MOST_BYTES:
            raise Unusable(f"It has more than {MOST_MEGABYTES} MB: split it.")
    name = (file.name or "file")[:200]
    job = ImportJob.objects.create(
        name=name,
        size=file.size or 0,
        format=format_in(file.file, name, format),
        companion_name=(companion.name or "")[:200] if companion else "",
        by=actor,
    )
    job.file_sha256 = keep(job, file.chunks())
    job.save(update_fields=["file_sha256"])
    if companion:
        keep(job, companion.chunks(), companion=True)
    ring_on_commit()
    return job


@transaction.atomic
def read_again(*, job: ImportJob, actor: User, format: str) -> None:
    """Have a file read as another format.

    Raises:
        PermissionError: when *actor* neither brought it in nor is staff.
        Unusable: where the file is not here any more, or the format is not known.
    """
    check_owner(job, actor)
    job = locked(job)
    if format not in FORMATS:
        raise Unusable(f"“{format}” is no format. There are {', '.join(FORMATS)}.")
    if job.state not in (ImportState.PREVIEWED, ImportState.WAITING):
        raise Unusable("It is not waiting to be looked at: bring the file in again.")
    job.format, job.state, job.progress = format, ImportState.WAITING, 0
    job.report, job.refused, job.touched_at = {}, [], timezone.now()
    job.save()
    ring_on_commit()


@transaction.atomic
def order_import(
    *, job: ImportJob, actor: User, licence: str, visibility: str, skips_refused: bool
) -> None:
    """Have a worker import a file that was read and looked at.

    Raises:
        PermissionError: when *actor* neither brought it in nor is staff.
        Unusable: where there is nothing to import, or refused lines are in the way.
    """
    check_owner(job, actor)
    job = locked(job)
    if job.state != ImportState.PREVIEWED:
        raise Unusable("It is not waiting to be imported.")
    if not job.report.get("new"):
        raise Unusable("There is nothing in it that is not here already.")
    if job.report.get("refused_count") and not skips_refused:
        raise Unusable(
            "Lines are refused. Mend them and bring the file in again, or tick “Leave out the "
            "refused lines”."
        )
    job.licence, job.visibility = licence, Audience(visibility)
    job.skips_refused, job.state = skips_refused, ImportState.ORDERED
    job.progress, job.touched_at = 0, timezone.now()
    job.save()
    ring_on_commit()


@transaction.atomic
def drop(*, job: ImportJob, actor: User, why: str = "It was not wanted after all.") -> None:
    """Let a file go that is not imported, and its bytes with it.

    Raises:
        PermissionError: when *actor* neither brought it in nor is staff.
        Unusable: where a worker has it just now, or it is not here any more.
    """
    check_owner(job, actor)
    job = locked(job)
    if job.state not in (ImportState.PREVIEWED, ImportState.WAITING, ImportState.ORDERED):
        raise Unusable(f"It cannot be dropped: it is {job.get_state_display()}.")
    refuse(job, why)


def locked(job: ImportJob) -> ImportJob:
    return ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)


def refuse(job: ImportJob, why: str) -> None:
    """Write down why nothing came of a file, and delete its bytes."""
    job.state, job.why_not, job.touched_at = ImportState.REFUSED, why, timezone.now()
    job.save()
    job.parts.all().delete()


def forget_left_lying() -> int:
    """Delete the bytes of files that nobody imported within a day; returns of how many."""
    forgotten = 0
    for key in list(ImportJob.objects.left_lying().values_list("pk", flat=True)):
        with transaction.atomic():
            lying = ImportJob.objects.left_lying().filter(pk=key)
            job = lying.select_for_update(of=("self",), skip_locked=True).first()
            if job is not None:
                refuse(job, "Nobody imported it within a day: bring it in again.")
                forgotten += 1
    return forgotten


def ring_on_commit() -> None:
    """Tell a worker, once this transaction is committed, that a file waits."""
    transaction.on_commit(ring)


def ring() -> None:
    """Tell a worker now. A dead broker delays the work until the next sweep."""
    try:
        current_app.send_task(WORK, expires=60, retry=False)
    except (KombuError, OSError) as error:
        log.warning("No worker could be told of a file; the sweep finds it.", error=str(error))


def work() -> int:
    """Read and import what waits, one file after the other; returns how many."""
    worked = 0
    while job := claim(ImportJob):
        worked += 1
        is_read = job.state == ImportState.READING
        try:
            with Pulse(job) as pulse, ExitStack() as files:
                (read_file if is_read else import_file)(job, pulse, files)
        except Exception:
            log.exception("A file could not be worked on.", job=job.pk, format=job.format)
            refuse(job, BROKEN)
    return worked


@transaction.atomic
def claim(kind: type[Kind]) -> Kind | None:
    """The next of a kind, now this worker's. One on the whole site: a worker has more to do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"claim-{kind._meta.model_name}"]
        )
    rows = kind.objects
    waiting = rows.for_a_worker()
    if rows.filter(state__in=kind.TAKEN_AS.values()).exclude(pk__in=waiting).exists():
        return None
    work = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if work is None:
        return None
    work.state = kind.TAKEN_AS.get(work.state, work.state)
    work.progress, work.touched_at = 0, timezone.now()
    work.save(update_fields=["state", "progress", "touched_at"])
    return work


class Pulse:
    """Writes down how far a file is, from a connection of its own: the work is one transaction."""

    def __init__(self, job: ImportJob | StudyExport) -> None:
        self.read = 0
        self._job = job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def heard(self, read: int) -> None:
        self.read = read

    def _beat(self) -> None:
        try:
            while not self._over.wait(PULSE_SECONDS):
                with suppress(Exception):
                    rows = type(self._job)._default_manager
                    rows.filter(pk=self._job.pk, state=self._job.state).update(
                        progress=self.read, touched_at=timezone.now()
                    )
        finally:
            connection.close()


def reads_of(job: ImportJob, files: ExitStack) -> Iterator[Read]:
    """What the reader of a file's format finds in it."""
    file = files.enter_context(put_together(job))
    companion = (
        files.enter_context(put_together(job, companion=True)) if job.companion_name else None
    )
    return FORMATS[job.format].read(file, companion=companion, name=job.name)


def read_file(job: ImportJob, pulse: Pulse, files: ExitStack) -> None:
    """Read a file for its preview; nothing is stored but what the preview shows."""
    found = look_over(reads_of(job, files), actor=job.by, heard=pulse.heard)
    if found.is_empty:
        refuse(job, EMPTY)
        return
    job.report = found.as_report()
    job.refused = [{"line": one.line, "why": one.why} for one in found.refused]
    job.licence = found.licences[0][:40] if len(found.licences) == 1 else ""
    job.state, job.progress, job.touched_at = ImportState.PREVIEWED, pulse.read, timezone.now()
    job.save()


def import_file(job: ImportJob, pulse: Pulse, files: ExitStack) -> None:
    """Import a file, all of it or nothing."""
    source = Source(
        name=job.name,
        format=job.format,
        sha256=job.file_sha256,
        actor=job.by,
        licence=job.licence,
        visibility=job.visibility,
    )
    try:
        with transaction.atomic():
            done = load(
                reads_of(job, files),
                source=source,
                skips_refused=job.skips_refused,
                heard=pulse.heard,
            )
            # Another worker may have taken this one for dead, and done it all.
            state = locked(job).state
            if state == ImportState.LOADING:
                note(job, done)
            elif state != ImportState.LOADED:
                transaction.set_rollback(True)
    except ImportRefused as refusal:
        job.refused = [{"line": one.line, "why": one.why} for one in refusal.refused]
        job.report["refused_count"] = len(job.refused)
        refuse(job, "Lines were refused that could still be read before. Nothing was stored.")
    except PermissionError as error:
        refuse(job, str(error))


def note(job: ImportJob, done: Loaded) -> None:
    """Write down what came of a file, in the transaction that stored it; its bytes go."""
    job.report |= {
        "stored": done.outputs,
        "stored_votes": done.votes,
        "stored_prompts": done.prompts,
    }
    job.state, job.touched_at = ImportState.LOADED, timezone.now()
    job.save()
    job.runs.set(done.runs)
    job.parts.all().delete()


def record_import(*, source: Source, size: int, found: Preview, done: Loaded) -> ImportJob:
    """Write down an import that the command made; its file never lay here."""
    job = ImportJob.objects.create(
        name=source.name[:200],
        size=size,
        file_sha256=source.sha256,
        format=source.format,
        by=source.actor,
        licence=source.licence[:40],
        visibility=source.visibility,
        report=found.as_report(),
        refused=[{"line": one.line, "why": one.why} for one in found.refused],
        skips_refused=bool(found.refused_count),
    )
    note(job, done)
    return job
