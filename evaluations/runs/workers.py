"""Which worker processes are alive, told by the workers themselves."""

import datetime as dt

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from evaluations.runs.models import Worker

ALIVE_SECONDS = 60


def record_worker(
    *, name: str, kind: str, device: str = "", model: str = "", tokens: int = 0, note: str = ""
) -> None:
    """Note that a worker is alive now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO runs_worker (name, kind, device, model, tokens, note, started_at, seen_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp())"
            " ON CONFLICT (name) DO UPDATE SET device = excluded.device, model = excluded.model,"
            " tokens = excluded.tokens, note = excluded.note, seen_at = excluded.seen_at",
            [name, kind, device, model, tokens, note],
        )


def alive() -> QuerySet[Worker]:
    """Workers heard of within the last minute, newest first."""
    since = timezone.now() - dt.timedelta(seconds=ALIVE_SECONDS)
    return Worker.objects.filter(seen_at__gte=since).order_by("kind", "-seen_at")


def forget_old_workers() -> None:
    """Drop the records of workers not heard of for a day."""
    Worker.objects.filter(seen_at__lt=timezone.now() - dt.timedelta(days=1)).delete()
