"""Worker processes are killed again and again: every output ends present, once."""

import os
import random
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import Count, Q

from evaluations.runs import queue
from evaluations.runs.models import Attempt, Output, Step
from evaluations.runs.tests.test_consumer import a_run

OUTPUTS = 240
KILLS = 12


def database_url() -> str:
    """The address of the test's database, for another process."""
    parts = connection.get_connection_params()
    host = quote(str(parts.get("host", "")), safe="")
    login = quote(str(parts.get("user", "")))
    if parts.get("password"):
        login += ":" + quote(str(parts["password"]))
    return f"postgresql://{login}@{host}:{parts.get('port', 5432)}/{parts['dbname']}"


def start_worker(slot: int, life: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "evaluations.runs.tests.storm_worker", f"worker-{slot}-{life}"],
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "LEASE_SECONDS": "1.5",
            "INFERENCE_DEVICE": f"fake:{slot}",
            "LOG_LEVEL": "ERROR",
        },
    )


@pytest.mark.django_db(transaction=True)
def test_a_storm_of_kills_loses_and_doubles_nothing() -> None:
    dice = random.Random(7)
    a_run(*(f"prompt {n}" for n in range(OUTPUTS // 2)), samples=2)
    workers = [start_worker(slot, 0) for slot in range(2)]
    try:
        done = kills = 0
        deadline = time.monotonic() + 120
        while done < OUTPUTS:
            assert time.monotonic() < deadline, f"{done} of {OUTPUTS} after {kills} kills"
            time.sleep(0.3)
            queue.sweep()
            done = Output.objects.filter(state="done").count()
            leased = Output.objects.filter(state="leased").exists()
            if kills < KILLS and leased:
                slot = dice.randrange(2)
                workers[slot].kill()
                workers[slot].wait()
                kills += 1
                workers[slot] = start_worker(slot, kills)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert kills >= KILLS // 2, "the storm was no storm"
    assert Output.objects.count() == OUTPUTS
    assert Attempt.objects.filter(outcome="done").count() == OUTPUTS
    assert Attempt.objects.filter(outcome="lost").exists()
    assert Step.objects.count() == 2 * OUTPUTS
    doubled = Output.objects.annotate(
        finished=Count("attempts", filter=Q(attempts__outcome="done"))
    ).exclude(finished=1)
    assert not doubled.exists()
