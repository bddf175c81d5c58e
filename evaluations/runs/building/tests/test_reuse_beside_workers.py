"""Taking over what waits while a worker takes the same rows."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from evaluations.runs import queue
from evaluations.runs.building.reuse import reuse_in
from evaluations.runs.building.tests.worlds import a_grid, write_all
from evaluations.runs.models import Run
from tests.cast import make_researcher


def reuse_elsewhere(run: Run) -> int:
    try:
        return reuse_in(run, "public")
    finally:
        connection.close()


def wait_until_one_waits_for_the_other() -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
        time.sleep(0.05)
    raise AssertionError("Nobody waited.")


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_takes_at_the_same_moment_is_not_taken_over() -> None:
    researcher = make_researcher()
    write_all(a_grid(researcher, seed=7).runs.get())
    run = a_grid(researcher, seed=7, reuses=False).runs.get()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            (claim,) = queue.claim(model=run.model_id, owner="w", count=1)
            taken = pool.submit(reuse_elsewhere, run)
            wait_until_one_waits_for_the_other()
        assert taken.result(timeout=30) == 3
    held = run.outputs.get(pk=claim.id)
    assert (held.state, held.owner, held.reused_from) == ("leased", "w", None)
    assert not held.steps.exists()
