"""`kill -9` of workers and beat in the middle of a run, and broken messages: the site answers."""

import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live_site import LiveSite
from tests.prepared_site import prepared_site

POLL_SECONDS = 0.3
WORKERS = ("inference", "light", "beat")
OUTPUTS = 400  # the engine writes 66 a second at most

FAKE = "evaluations.runs.tests.fake_engine.FakeEngine"
LAUNCH = f"""
from evaluations.runs.actions import launch_run
from tests.cast import make_model, make_prompt_set, make_recipe
model = make_model(backend="{FAKE}")
prompts = make_prompt_set(prompts=100)
launch_run(model=model, recipe=make_recipe(), prompt_set=prompts, samples={OUTPUTS // 100})
"""
SOME_WRITTEN = "SELECT EXISTS (SELECT FROM runs_output WHERE state = 'done')"
SOME_WAIT = "SELECT EXISTS (SELECT FROM runs_output WHERE state = 'pending')"
COUNT = """
SELECT count(*), count(*) FILTER (WHERE state = 'done'),
       (SELECT count(*) FROM runs_attempt WHERE outcome = 'done'),
       count(*) FILTER (WHERE state = 'done' AND text = '')
FROM runs_output
"""
"""Outputs, those that are written, attempts that wrote one, and empty ones."""


@contextmanager
def read_all_the_while(site: LiveSite) -> Iterator[list[str]]:
    """Asks for the front page again and again; the answers' status, or the error instead."""
    answers: list[str] = []
    enough = threading.Event()

    def read() -> None:
        while not enough.wait(POLL_SECONDS):
            try:
                with urllib.request.urlopen(f"{site.url}/", timeout=60) as page:
                    answers.append(str(page.status))
            except Exception as error:  # whatever it is, the test must hear of it
                answers.append(repr(error))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield answers
    finally:
        enough.set()
        reader.join()


def wait_until(condition: Callable[[], bool], site: LiveSite) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, site.tail()
        time.sleep(0.1)


def all_are_new(now: dict[str, int], first: dict[str, int]) -> bool:
    return all(now.get(name, first[name]) != first[name] for name in WORKERS)


@pytest.mark.browser
def test_the_site_answers_while_workers_die_and_every_output_comes_once(tmp_path: Path) -> None:
    site = prepared_site(
        tmp_path, {"FIRST_RUN": "0", "LEASE_SECONDS": "5", "INFERENCE_BACKENDS": FAKE}
    )
    site.start()
    try:
        with read_all_the_while(site) as answers:
            first = site.recorded()
            site.shell(LAUNCH)
            site.wait_for_row(SOME_WRITTEN, (True,))
            for name in WORKERS:
                os.kill(first[name], signal.SIGKILL)
            site.wait_for_row(SOME_WAIT, (True,), timeout=0)
            wait_until(lambda: all_are_new(site.recorded(), first), site)
            second = site.recorded()

            for queue in ("inference", "default"):
                (tmp_path / "broker" / "queue" / f"0_broken.{queue}.msg").write_bytes(b"\xff")
            aside = tmp_path / "broker" / "set-aside"
            wait_until(lambda: aside.exists() and len(list(aside.iterdir())) == 2, site)
            site.wait_for_row(COUNT, (OUTPUTS, OUTPUTS, OUTPUTS, 0))
        assert len(answers) > 20
        assert set(answers) == {"200"}
        assert site.recorded() == second, "the messages end no worker"
        assert second["web"] == first["web"]
        assert site.stop() == 0, site.tail()
        assert site.processes() == {}
    finally:
        site.stop()
