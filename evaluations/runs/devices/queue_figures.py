"""What waits for which model, and who holds how much of it: for staff and for metrics."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Now

from evaluations.runs.models import LanguageModel, Output, OutputState, Worker
from evaluations.runs.workers import alive

WAITING, LEASED = Q(state=OutputState.PENDING), Q(state=OutputState.LEASED)


def waiting_by_model() -> list[dict[str, Any]]:
    """Models with outputs that wait or are being written, and paused ones; longest wait first.

    Ages are in seconds by the database's clock; None where nothing waits. Makes two queries.
    """
    rows = (
        Output.objects.filter(WAITING | LEASED, run__cancelled_at=None)
        .order_by()
        .values("run__model")
        .annotate(
            waiting=Count("pk", filter=WAITING),
            running=Count("pk", filter=LEASED),
            age=Now() - Min("created_at", filter=WAITING),
        )
    )
    found: dict[int, Any] = {row["run__model"]: row for row in rows}
    models = LanguageModel.objects.filter(Q(pk__in=found) | Q(paused_at__isnull=False))
    listed = []
    for model in models.order_by("position", "name"):
        row: Any = found.get(model.pk, {})
        if not row and not model.is_paused:
            continue
        listed.append(
            {
                "model": model,
                "slug": model.slug,
                "waiting": row.get("waiting", 0),
                "running": row.get("running", 0),
                "oldest_seconds": seconds(row.get("age")),
                "is_paused": model.is_paused,
                "paused_until": model.paused_until if model.is_paused else None,
                "pause_reason": model.pause_reason if model.is_paused else "",
            }
        )
    return sorted(listed, key=lambda row: -(row["oldest_seconds"] or 0))


def inference_workers() -> list[dict[str, Any]]:
    """Inference workers heard of within the last minute, with what each holds. Two queries.

    The age of a lease is the time since it was last renewed; the oldest one is shown.
    """
    leases = (
        Output.objects.filter(LEASED)
        .order_by()
        .values("owner")
        .annotate(held=Count("pk"), left=Min("leased_until") - Now())
    )
    held: dict[str, Any] = {row["owner"]: row for row in leases}
    workers: QuerySet[Worker] = alive().filter(kind="inference")
    listed = []
    for worker in workers.annotate(silent=Now() - F("seen_at")).order_by("device", "name"):
        lease: Any = held.get(worker.name, {})
        left = seconds(lease.get("left"))
        listed.append(
            {
                "worker": worker,
                "silent_seconds": seconds(vars(worker)["silent"]) or 0,
                "held": lease.get("held", 0),
                "lease_age": None if left is None else max(0, round(settings.LEASE_SECONDS - left)),
            }
        )
    return listed


def orphaned() -> int:
    """Outputs under a lease whose owner was not heard of for a minute. Makes one query."""
    owners = alive().values("name")
    return Output.objects.filter(LEASED).exclude(owner__in=owners).count()


def seconds(span: dt.timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())
