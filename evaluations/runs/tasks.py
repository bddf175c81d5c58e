"""Celery tasks of the runs stage: doorbells and the sweep, all of them harmless to lose."""

import datetime as dt
import os
import socket
from collections.abc import Callable
from importlib import import_module
from typing import Any

import structlog
from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import connection
from django.utils import timezone

from evaluations.common.models import TokenBucket
from evaluations.common.throttle import HOUR, take
from evaluations.runs import actions, queue, workers
from evaluations.runs.doorbell import ring
from evaluations.runs.record.kept import clear_bodies

log = structlog.get_logger(__name__)

INFERENCE_QUEUE = "inference"
# The slowest allowance fills up within a day, so an older bucket says nothing any more.
BUCKETS_LAST = dt.timedelta(days=2)

# Set by the command that runs a worker, which can begin again in its place.
replace_idle_worker: Callable[[], None] | None = None
_consumer: Any = None
_prober: Any = None


@shared_task(name="runs.doorbell", ignore_result=True)
def doorbell() -> None:
    """There is work: wake the consumer and the prober of this process, if it has them."""
    for listener in (_consumer, _prober):
        if listener is not None:
            listener.bell.set()


@shared_task(name="runs.regrade", ignore_result=True)
def regrade_after_upgrade() -> None:
    """Grade anew what an earlier release graded, once its graders or answer finder changed."""
    if actions.is_graded_by_others():
        changes = actions.regrade()
        log.info("Outputs were graded anew by this release.", outputs=changes.total())


@shared_task(name="runs.sweep", ignore_result=True)
def sweep() -> None:
    """Give back rows with a lost lease and ring, so that waiting rows are not forgotten."""
    queue.sweep()
    record_light_worker()
    workers.forget_old_workers()
    clear_out()
    if queue.next_model(None) is not None:
        ring()


def record_light_worker() -> None:
    """Note that this light worker is alive."""
    workers.record_worker(name=f"{socket.gethostname()}:{os.getppid()}", kind="light")


def clear_out() -> bool:
    """Delete full allowances, sessions that ran out and raw answers that were kept long enough.

    At most once an hour on all machines.

    Returns whether it was time to.
    """
    if not take("clear-out", capacity=1, refill_seconds=HOUR):
        return False
    TokenBucket.objects.filter(updated_at__lt=timezone.now() - BUCKETS_LAST).delete()
    clear_bodies()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return True


@worker_ready.connect
def start_consumer(sender: Any, **_: Any) -> None:
    """A worker that serves the inference queue also runs the threads of consumer and prober."""
    global _consumer, _prober
    if INFERENCE_QUEUE in sender.app.amqp.queues.consume_from:
        from evaluations.runs.consumer import Consumer  # noqa: PLC0415
        from evaluations.runs.endpoints.prober import Prober  # noqa: PLC0415

        _consumer, _prober = Consumer(replace=replace_idle_worker), Prober()
        _consumer.start()
        _prober.start()


@worker_ready.connect
def say_ready(sender: Any, **_: Any) -> None:
    """A light worker is heard of before its first sweep."""
    if settings.CELERY_TASK_DEFAULT_QUEUE in sender.app.amqp.queues.consume_from:
        record_light_worker()
        connection.close()


@worker_shutting_down.connect
def stop_consumer(**_: Any) -> None:
    if _prober is not None:
        _prober.stop()
    if _consumer is not None:
        _consumer.stop()
