"""Celery messages say only that there is work. Losing or doubling one is harmless."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

log = structlog.get_logger(__name__)


def ring_on_commit() -> None:
    """Tell the inference workers, once this transaction is committed, that rows wait."""
    transaction.on_commit(ring)


def ring() -> None:
    """Tell the inference workers now. A dead broker delays work by a poll, no more."""
    try:
        current_app.send_task("runs.doorbell", queue="inference", expires=60, retry=False)
    except (KombuError, OSError) as error:
        log.warning("The doorbell could not be rung; workers poll anyway.", error=str(error))
