"""The heart of an inference worker: a thread that keeps leases and says that it is alive."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from evaluations.inference import memory
from evaluations.runs import queue
from evaluations.runs.devices import metrics
from evaluations.runs.workers import DATABASE_TROUBLE, record_worker

if TYPE_CHECKING:
    from evaluations.runs.consumer import Consumer

log = structlog.get_logger(__name__)


def beat(consumer: Consumer) -> None:
    """Renew leases only while the engine makes progress; end the process when it hangs."""
    interval = min(20.0, settings.LEASE_SECONDS / 4)
    progress, moved_at = -1, time.monotonic()
    try:
        say_alive(consumer, 0)
    except DATABASE_TROUBLE as error:
        log.warning("A heartbeat failed.", error=str(error))
    while not consumer.ended.wait(interval):
        engine = consumer.engine
        now, tokens = (engine.progress, engine.tokens) if engine else (0, 0)
        metrics.see_tokens(tokens)
        busy = consumer.busy_loading or consumer.grading
        if now != progress or busy or not consumer.claims:
            progress, moved_at = now, time.monotonic()
            try:
                held = [*consumer.claims, *(item.claim.id for item in consumer.finished)]
                queue.renew(owner=consumer.owner, ids=[*held, consumer.grading])
                say_alive(consumer, tokens)
            except DATABASE_TROUBLE as error:
                log.warning("A heartbeat failed.", error=str(error))
                close_old_connections()
        elif time.monotonic() - moved_at > max(300.0, 5 * settings.LEASE_SECONDS):
            log.critical("The engine has hung; ending this process so that it is restarted.")
            os._exit(70)
    connection.close()


def say_alive(consumer: Consumer, tokens: int) -> None:
    model = consumer.model
    record_worker(
        name=consumer.owner,
        kind="inference",
        model=model.name if model else "",
        device=consumer.device or settings.INFERENCE_DEVICE,
        tokens=tokens,
        memory=memory.resident(),
        note="waits for its device" if consumer.waits_for_device else "",
    )
