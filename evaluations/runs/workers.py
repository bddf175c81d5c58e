"""Which worker processes are alive, told by the workers themselves."""

import datetime as dt

import psycopg
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Max, QuerySet
from django.utils import timezone
from psycopg_pool import PoolTimeout

from evaluations.runs.models import Worker

ALIVE_SECONDS = 60
KINDS = ("inference", "light")
DATABASE_TROUBLE = (DatabaseError, InterfaceError, PoolTimeout, psycopg.Error)
"""What a worker meets when its database is away, and outlives."""


def record_worker(
    *,
    name: str,
    kind: str,
    device: str = "",
    model: str = "",
    tokens: int = 0,
    memory: int = 0,
    note: str = "",
) -> None:
    """Note that a worker is alive now, by the database's clock. `memory` is in bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO runs_worker (name, kind, device, model, tokens, memory, note, started_at,"
            " seen_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp())"
            " ON CONFLICT (name) DO UPDATE SET device = excluded.device, model = excluded.model,"
            " tokens = excluded.tokens, memory = excluded.memory, note = excluded.note,"
            " seen_at = excluded.seen_at",
            [name, kind, device, model, tokens, memory, note],
        )


def alive() -> QuerySet[Worker]:
    """Workers heard of within the last minute, newest first."""
    since = timezone.now() - dt.timedelta(seconds=ALIVE_SECONDS)
    return Worker.objects.filter(seen_at__gte=since).order_by("kind", "-seen_at")


def missing() -> dict[str, dt.datetime | None]:
    """Kinds of worker of which none is alive, with when one was last heard of; None: never."""
    since = timezone.now() - dt.timedelta(seconds=ALIVE_SECONDS)
    seen = dict(Worker.objects.values_list("kind").annotate(Max("seen_at")))
    return {kind: seen.get(kind) for kind in KINDS if kind not in seen or seen[kind] < since}


def forget_old_workers() -> None:
    """Drop the records of workers not heard of for a day, except the last one of each kind."""
    last = Worker.objects.order_by("kind", "-seen_at").distinct("kind").values("name")
    old = Worker.objects.filter(seen_at__lt=timezone.now() - dt.timedelta(days=1))
    old.exclude(name__in=last).delete()
