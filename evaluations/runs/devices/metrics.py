"""What an inference worker tells Prometheus, on a port of its own.

The queue is read from the database at each scrape and is the same at every worker. Tokens,
attempts, failures and cost are this process' own, counted since it started.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import structlog
from django.db import connection
from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

from evaluations.inference import memory
from evaluations.runs.devices.queue_figures import waiting_by_model
from evaluations.runs.workers import DATABASE_TROUBLE

log = structlog.get_logger(__name__)

REGISTRY = CollectorRegistry()
TOKENS = Counter("inference_tokens", "Tokens read or written.", registry=REGISTRY)
SPEED = Gauge("inference_tokens_per_second", "Between the last two heartbeats.", registry=REGISTRY)
ATTEMPTS = Counter(
    "inference_attempts",
    "Attempts at an output that ended, by how: done, error, released, refused, lost.",
    ["outcome"],
    registry=REGISTRY,
)
FAILURES = Counter(
    "inference_failures", "Attempts that were charged to their output.", registry=REGISTRY
)
COST = Counter("inference_cost_dollars", "Known cost of calls to endpoints.", registry=REGISTRY)
RESIDENT = Gauge("inference_resident_bytes", "Memory that this worker holds.", registry=REGISTRY)
RESIDENT.set_function(memory.resident)

_seen = [0, time.monotonic()]


def see_tokens(tokens: int) -> None:
    """Take an engine's count of tokens, which begins anew with each engine."""
    before, at = _seen
    now = time.monotonic()
    new = int(tokens - before if tokens >= before else tokens)
    TOKENS.inc(new)
    SPEED.set(new / max(now - at, 1e-3))
    _seen[:] = [tokens, now]


def count(outcome: str, number: int = 1, cost: Decimal | None = None) -> None:
    """Count attempts that ended, and what they cost."""
    ATTEMPTS.labels(outcome).inc(number)
    if outcome == "error":
        FAILURES.inc(number)
    count_cost(cost)


def count_cost(cost: Decimal | None) -> None:
    """Count dollars that are known to be spent: of an attempt, or of a stage within one."""
    if cost:
        COST.inc(float(cost))


class QueueCollector:
    """The queue by model, as the database has it at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        try:
            rows = waiting_by_model()
        except DATABASE_TROUBLE as error:
            log.warning("The queue could not be read for a scrape.", error=str(error))
            return
        finally:
            connection.close()  # each scrape has a thread of its own
        for name, said, field in (
            ("inference_queue_waiting", "Outputs that wait.", "waiting"),
            ("inference_queue_being_written", "Outputs under a lease.", "running"),
            ("inference_queue_oldest_seconds", "Age of the oldest that waits.", "oldest_seconds"),
            ("inference_model_paused", "1 while no worker asks the model.", "is_paused"),
        ):
            family = GaugeMetricFamily(name, said, labels=["model"])
            for row in rows:
                family.add_metric([row["slug"]], float(row[field] or 0))
            yield family

    def describe(self) -> list[Metric]:
        """Nothing beforehand: without it the registry would ask the database at once."""
        return []


REGISTRY.register(QueueCollector())


def serve(*, host: str, port: int) -> int:
    """Answer scrapes in threads of this process; returns the port. Raises OSError."""
    server, _ = start_http_server(port, addr=host, registry=REGISTRY)
    return int(server.server_port)
