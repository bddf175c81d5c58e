"""Workers are killed, stopped and cut off again and again: every output ends present, once.

`bin/bench storm` is the long form, with real Celery workers, their broker and a database that is
restarted.
"""

import os
import subprocess
import sys
import time

import pytest
from django.db import connection
from django.db.models import Count, Q

from evaluations.runs import queue
from evaluations.runs.models import Attempt, Output
from evaluations.runs.tests.storm import Storm, cut_connections, database_url, faults, finished
from evaluations.runs.tests.test_consumer import a_run

OUTPUTS = 720
BLOWS = 16
LEASE = 1.5


def start_worker(slot: int, life: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "evaluations.runs.tests.storm_worker", f"worker-{slot}-{life}"],
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "LEASE_SECONDS": str(LEASE),
            "INFERENCE_DEVICE": f"fake:{slot}",
            "LOG_LEVEL": "CRITICAL",
        },
    )


@pytest.mark.django_db(transaction=True)
def test_a_storm_loses_and_doubles_nothing() -> None:
    a_run("poison", *(f"prompt {n}" for n in range(OUTPUTS // 2)), samples=2)
    storm = Storm(start_worker, asleep=2 * LEASE, blows={"cut": cut_connections})
    try:
        began = time.monotonic()
        while sum(finished()) < OUTPUTS + 2:
            assert time.monotonic() < began + 240, (finished(), storm.blown)
            time.sleep(0.3)
            queue.sweep()
            storm.wake()
            leased = Output.objects.filter(state="leased").exists()
            if storm.blown.total() < BLOWS and leased:
                storm.blow()
    finally:
        storm.close()
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # what it kept open was cut too
    assert min(storm.blown[kind] for kind in ("kill", "stop", "cut")) >= 2, storm.blown
    # Whatever lost its worker three times counts as poison, also where the storm hit it by chance.
    failed = Output.objects.filter(state="failed")
    unlucky = failed.exclude(prompt__text="poison")
    lost = Count("attempts", filter=Q(attempts__outcome="lost"))
    assert set(unlucky.annotate(lost=lost).values_list("lost", flat=True)) <= {queue.MAX_FAILURES}
    assert (met := unlucky.count()) <= OUTPUTS // 10
    assert faults(done=OUTPUTS - met, failed=2 + met) == []
    assert Attempt.objects.filter(outcome="lost").exists()
    assert failed.filter(prompt__text="poison").count() == 2
