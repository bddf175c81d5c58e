"""What a worker tells Prometheus."""

import datetime as dt
import socket
import urllib.request
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from prometheus_client import generate_latest

from evaluations.runs import consumer, queue
from evaluations.runs.devices import metrics
from evaluations.runs.endpoints.tests.worlds import a_model, a_run, an_endpoint
from evaluations.runs.models import Output, Stage
from evaluations.runs.recipes.tests.test_lost_workers import PaidEngine, a_worker, launch, work


def said(name: str) -> float:
    (line,) = [
        line
        for line in generate_latest(metrics.REGISTRY).decode().splitlines()
        if line.startswith(f"{name} ")
    ]
    return float(line.split()[-1])


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_told_by_model_on_loopback() -> None:
    run = a_run(a_model(an_endpoint()), "one?", "two?", "three?")
    Output.objects.update(created_at=timezone.now() - dt.timedelta(seconds=50))
    queue.claim(model=run.model_id, owner="host:one", count=1)
    port = metrics.serve(host="127.0.0.1", port=0)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    assert 'inference_queue_waiting{model="far"} 2.0' in lines
    assert 'inference_queue_being_written{model="far"} 1.0' in lines
    assert 'inference_model_paused{model="far"} 0.0' in lines
    (oldest,) = [line for line in lines if line.startswith("inference_queue_oldest_seconds{")]
    assert 50 <= float(oldest.split()[-1]) < 60


def test_a_database_that_is_away_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(metrics, "waiting_by_model", away)
    monkeypatch.setattr(metrics.connection, "close", lambda: None)
    told = generate_latest(metrics.REGISTRY).decode()
    assert "inference_resident_bytes" in told
    assert "inference_queue_waiting" not in told


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "waiting_by_model", list)
    monkeypatch.setattr(metrics.connection, "close", lambda: None)


def test_tokens_are_counted_on_over_engines(no_queue: None) -> None:
    metrics.see_tokens(0)
    before = said("inference_tokens_total")
    for progress in (100, 250, 30):
        metrics.see_tokens(progress)
    assert said("inference_tokens_total") == before + 280
    assert said("inference_tokens_per_second") > 0


def test_attempts_failures_and_cost_are_counted(no_queue: None) -> None:
    names = (
        'inference_attempts_total{outcome="done"}',
        'inference_attempts_total{outcome="error"}',
        "inference_failures_total",
        "inference_cost_dollars_total",
    )
    metrics.count("done", 0)
    metrics.count("error", 0)
    before = [said(name) for name in names]
    metrics.count("done", 20, Decimal("0.5"))
    metrics.count("error", cost=Decimal("0.25"))
    after = [said(name) for name in names]
    assert [a - b for a, b in zip(after, before, strict=True)] == [20, 1, 1, 0.75]


@pytest.mark.django_db
def test_a_worker_counts_what_it_gives_back_and_what_stages_cost(
    no_queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spent(*arguments: Any) -> queue.Spent:
        return queue.Spent(cost=Decimal("0.25"), calls=[{"status": 200}])

    monkeypatch.setattr(consumer, "spent_on", spent)
    launch()
    metrics.count("released", 0)
    names = ('inference_attempts_total{outcome="released"}', "inference_cost_dollars_total")
    before = [said(name) for name in names]
    worker = a_worker(PaidEngine)
    work(worker, lambda: Stage.objects.count() == 3)
    worker.leave()
    after = [said(name) for name in names]
    assert [a - b for a, b in zip(after, before, strict=True)] == [3, 0.75]


def test_a_port_that_is_taken_stops_the_worker_in_words(settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}.*port of its own"):
            call_command("worker", metrics_port=port)
