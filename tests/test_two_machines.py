"""Two workers that share nothing but PostgreSQL and Redis, one of them killed: all outputs once.

Each has a data folder of its own, as on a machine of its own. Messages come twenty times over, and
then the broker is emptied.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.external_services import external_services
from tests.live_site import CLEARED, ROOT

FAKE = "evaluations.runs.tests.fake_engine.FakeEngine"
OUTPUTS = 400
LEASE = 4
LAUNCH = f"""
from evaluations.runs.actions import launch_run
from evaluations.runs.doorbell import ring
from tests.cast import make_model, make_prompt_set, make_recipe
prompts = make_prompt_set(prompts=100)
launch_run(model=make_model(backend="{FAKE}"), recipe=make_recipe(), prompt_set=prompts,
    samples={OUTPUTS // 100})
for _ in range(20):
    ring()
"""
COUNT = """
SELECT count(*) FILTER (WHERE state = 'done'), count(*),
    (SELECT count(*) FROM runs_attempt WHERE outcome = 'done'),
    (SELECT count(DISTINCT output_id) FROM runs_attempt WHERE outcome = 'done')
FROM runs_output
"""
WRITERS = "SELECT owner, count(*) FROM runs_attempt WHERE outcome = 'done' GROUP BY owner"
ALIVE = "SELECT FROM runs_worker WHERE kind = 'inference'"


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with external_services() as variables:
        yield variables


def environment(services: dict[str, str], folder: Path) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in CLEARED}
    return {
        **kept,
        **services,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "the same on every machine",
        "INFERENCE_BACKENDS": FAKE,
        "LEASE_SECONDS": str(LEASE),
    }


def manage(variables: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=variables, capture_output=True,
        text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def a_worker(variables: dict[str, str], device: str) -> "subprocess.Popen[bytes]":
    with (Path(variables["DATA_DIR"]) / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "manage.py", "worker", "--device", device],
            cwd=ROOT, env=variables, stdout=log, stderr=log,
        )  # fmt: skip


def test_all_is_written_once_though_a_machine_dies(
    services: dict[str, str], tmp_path: Path
) -> None:
    machines = [environment(services, tmp_path / name) for name in ("one", "two")]
    manage(machines[0], "migrate", "--verbosity", "0")
    broker = redis.Redis.from_url(services["CELERY_BROKER_URL"])
    with ExitStack() as stack:
        database = stack.enter_context(psycopg.connect(services["DATABASE_URL"], autocommit=True))

        def rows(query: str) -> list[tuple[Any, ...]]:
            return database.execute(query).fetchall()

        def until(what: str, reached: Callable[[], bool]) -> None:
            deadline = time.monotonic() + 240
            while not reached():
                logs = [(tmp_path / name / "log").read_text()[-2000:] for name in ("one", "two")]
                assert time.monotonic() < deadline, (what, rows(COUNT), rows(WRITERS), *logs)
                time.sleep(0.2)

        workers = [a_worker(each, f"fake:{n}") for n, each in enumerate(machines)]
        for worker in workers:
            stack.callback(worker.wait)
            stack.callback(worker.kill)
        until("both are there", lambda: len(rows(ALIVE)) == 2)
        manage(machines[1], "shell", "--no-imports", "-c", LAUNCH)
        until("both have written", lambda: len(rows(WRITERS)) == 2)
        broker.flushall()
        workers[0].kill()
        workers[0].wait()
        ((written, *_),) = rows(COUNT)
        assert written < OUTPUTS, "it was killed in the midst of its work"
        until("all is written", lambda: rows(COUNT)[0][0] == OUTPUTS)
        assert rows(COUNT) == [(OUTPUTS,) * 4]
    for name in ("one", "two"):
        assert not (tmp_path / name / "postgres").exists()
        assert not (tmp_path / name / "broker").exists()
