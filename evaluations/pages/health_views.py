"""`/health/`: whether the parts of the site answer, for monitors and for the start of the site."""

import datetime as dt
import os
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from evaluations import __version__
from evaluations.activity.flags.backlog import backlog
from evaluations.leaderboards.matrix.check import watch
from evaluations.pages.models import Backup
from evaluations.runs import workers
from evaluations.runs.models import Output, OutputState

log = structlog.get_logger(__name__)

FRESH_SECONDS = 5.0
BROKER_SECONDS = 1.0
DATABASE_SECONDS = 2
DATABASE_TROUBLE = (DatabaseError, InterfaceError, PoolTimeout, psycopg.Error, OSError)


class Measurement:
    """The last report of this process, so that many monitors cost one measurement."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._report: dict[str, Any] = {}
        self._until = 0.0

    def report(self) -> dict[str, Any]:
        """The state of the site, at most `FRESH_SECONDS` old."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._report = measure()
                self._until = time.monotonic() + FRESH_SECONDS
            return self._report

    def forget(self) -> None:
        """Measure again at the next request."""
        self._until = 0.0


measurement = Measurement()


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """The state as JSON: 200 while the database answers, else 503. Names no address, no user."""
    report = measurement.report()
    return JsonResponse(
        report,
        status=200 if report["database"]["ok"] else 503,
        json_dumps_params={"indent": 1},
    )


def measure() -> dict[str, Any]:
    """Ask every part. Takes a few milliseconds when all is well, about three seconds at worst."""
    database = database_state()
    broker = broker_state()
    alive: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    queue: dict[str, Any] = dict.fromkeys(("waiting", "being_written", "oldest_waiting_seconds"))
    moderation: dict[str, Any] = dict.fromkeys(("waiting", "oldest_waiting_seconds"))
    backup: dict[str, Any] = {"nightly": bool(settings.BACKUP_DIR), "last_succeeded": None}
    if database["ok"]:
        try:
            alive, missing, queue = workers_alive(), workers_missing(), queue_length()
            backup["last_succeeded"] = last_backup()
            moderation = moderation_length()
        except DATABASE_TROUBLE as error:
            log.warning("The database answers, but its tables do not.", error=str(error))
            database["ok"] = False
    if not database["ok"]:
        status = "down"
    elif broker["ok"] and not missing:
        status = "ok"
    else:
        status = "degraded"
    return {
        "status": status,
        "version": __version__,
        "database": database,
        "broker": broker,
        "workers": alive,
        "missing": missing,
        "queue": queue,
        "moderation": moderation,
        "backup": backup,
        "matrix": matrix_state(),
    }


def matrix_state() -> dict[str, Any]:
    """Whether this process' judgment matrix was the database's at the last check; None before."""
    found = watch.last
    return {"agrees": found.agrees if found else None, "rebuilt": watch.rebuilt}


def database_state() -> dict[str, Any]:
    """Whether PostgreSQL accepts a connection and answers within `DATABASE_SECONDS`.

    The connection is a new one: the pool would wait longer than a monitor does.
    """
    probe = connection.copy()
    options = probe.settings_dict["OPTIONS"]
    options["pool"] = False
    options["connect_timeout"] = DATABASE_SECONDS
    started = time.perf_counter()
    try:
        with probe.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
    except DATABASE_TROUBLE as error:
        log.warning("The database does not answer.", error=str(error))
        return {"ok": False, "milliseconds": None, "server_version": None}
    finally:
        probe.close()
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    return {"ok": True, "milliseconds": milliseconds, "server_version": version.split()[0]}


def broker_state() -> dict[str, Any]:
    """Whether messages can be sent: the folders of the embedded broker, or a connection.

    Transports wait and retry each in their own way, so the attempt runs in a thread of its own
    and counts as failed after `BROKER_SECONDS`.
    """
    if settings.EMBEDDED_BROKER:
        folders = {
            Path(str(folder))
            for name, folder in settings.CELERY_BROKER_TRANSPORT_OPTIONS.items()
            if name in {"data_folder_in", "data_folder_out", "control_folder"}
        }
        writable = all(
            folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) for folder in folders
        )
        return {"ok": writable, "transport": "filesystem"}
    connected = threading.Event()
    attempt = threading.Thread(target=connect_to_broker, args=(connected,), daemon=True)
    attempt.start()
    attempt.join(BROKER_SECONDS)
    transport = str(settings.CELERY_BROKER_URL).partition(":")[0]
    return {"ok": connected.is_set(), "transport": transport}


def connect_to_broker(connected: threading.Event) -> None:
    """Connect once and set the event; anything that goes wrong leaves it unset."""
    try:
        with current_app.connection_for_write(
            url=settings.CELERY_BROKER_URL, connect_timeout=BROKER_SECONDS
        ) as broker:
            broker.connect()
            connected.set()
    except Exception as error:  # each transport raises its own
        log.warning("The broker does not answer.", error=type(error).__name__)


def workers_alive() -> list[dict[str, Any]]:
    """Workers heard of within the last minute, and how long ago by the database's clock."""
    return [
        {
            "kind": worker.kind,
            "model": worker.model or None,
            "device": worker.device or None,
            "seen_seconds_ago": seconds(worker.silent),
        }
        for worker in workers.alive().annotate(silent=Now() - F("seen_at"))
    ]


def workers_missing() -> list[dict[str, Any]]:
    """Kinds of worker of which none was heard within the last minute, and since when; None: ever.

    A light worker is heard of when it sweeps, and sweeps when `beat` tells it to: without beat
    the light worker is missing.
    """
    return [
        {"kind": kind, "since": seen and seen.isoformat(timespec="seconds")}
        for kind, seen in workers.missing().items()
    ]


def queue_length() -> dict[str, Any]:
    """How many outputs of public runs wait and are being written, and since when the oldest."""
    waiting = Q(state=OutputState.PENDING)
    counts = (
        Output.objects.public()
        .filter(state__in=[OutputState.PENDING, OutputState.LEASED])
        .aggregate(
            waiting=Count("id", filter=waiting),
            being_written=Count("id", filter=Q(state=OutputState.LEASED)),
            age=Max(Now() - F("created_at"), filter=waiting),
        )
    )
    age = counts["age"]
    return {
        "waiting": counts["waiting"],
        "being_written": counts["being_written"],
        "oldest_waiting_seconds": seconds(age) if age is not None else None,
    }


def moderation_length() -> dict[str, Any]:
    """How much waits for a moderator, and for how long the oldest does."""
    found = backlog()
    age = seconds(timezone.now() - found.since) if found.since is not None else None
    return {"waiting": found.waiting, "oldest_waiting_seconds": age}


def last_backup() -> str | None:
    """When a backup was last finished, by night or by hand."""
    newest = Backup.objects.order_by("finished_at").last()
    return newest.finished_at.isoformat(timespec="seconds") if newest else None


def seconds(duration: dt.timedelta) -> float:
    """A duration in seconds to one decimal, never below 0."""
    return max(0.0, round(duration.total_seconds(), 1))
