"""The page of staff on devices and queue: who works, on what, and what waits for which model."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from evaluations.accounts.gates import staff_only
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment
from evaluations.common.tables import Table
from evaluations.inference.memory import in_words
from evaluations.runs.devices import queue_figures

WORKER_COLUMNS = (
    "name", "device", "model", "memory_bytes", "tokens", "outputs_held", "lease_age_seconds",
    "seen_seconds_ago", "started_at", "note",
)  # fmt: skip
QUEUE_COLUMNS = (
    "model", "waiting", "being_written", "oldest_waiting_seconds", "paused_until", "paused_because",
)  # fmt: skip


@require_safe
@staff_only
def devices(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Inference workers and what each holds; what waits, by model."""
    context: dict[str, Any] = {
        "workers": [
            {**row, "memory": in_words(row["worker"].memory) if row["worker"].memory else ""}
            for row in queue_figures.inference_workers()
        ],
        "queue": queue_figures.waiting_by_model(),
        "orphaned": queue_figures.orphaned(),
        "lease_seconds": settings.LEASE_SECONDS,
    }
    return page_or_fragment(request, "runs/devices.html", context, fragment="now")


def check_staff(request: HttpRequest) -> None:
    """Raises PermissionDenied for everybody but staff."""
    if not (request.user.is_authenticated and request.user.is_staff):
        raise PermissionDenied("This is for the staff of this site.")


def workers_table(request: HttpRequest) -> Table:
    check_staff(request)
    rows = [
        {
            "name": row["worker"].name,
            "device": row["worker"].device or None,
            "model": row["worker"].model or None,
            "memory_bytes": row["worker"].memory or None,
            "tokens": row["worker"].tokens,
            "outputs_held": row["held"],
            "lease_age_seconds": row["lease_age"],
            "seen_seconds_ago": row["silent_seconds"],
            "started_at": row["worker"].started_at.isoformat(),
            "note": row["worker"].note or None,
        }
        for row in queue_figures.inference_workers()
    ]
    return Table("devices", WORKER_COLUMNS, rows, lambda rows: {"workers": rows}, public=False)


def queue_table(request: HttpRequest) -> Table:
    check_staff(request)
    rows = [
        {
            "model": row["slug"],
            "waiting": row["waiting"],
            "being_written": row["running"],
            "oldest_waiting_seconds": row["oldest_seconds"],
            "paused_until": row["paused_until"] and row["paused_until"].isoformat(),
            "paused_because": row["pause_reason"] or None,
        }
        for row in queue_figures.waiting_by_model()
    ]
    return Table("queue", QUEUE_COLUMNS, rows, lambda rows: {"models": rows}, public=False)
