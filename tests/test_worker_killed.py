"""`kill -9` of the inference worker in the middle of a run, with the real model."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.live_site import LiveSite

WRITING = """
from evaluations.runs.models import Output
print(Output.objects.filter(state="leased").exists())
"""
COUNT = """
from evaluations.runs.models import Attempt, Output
print(Output.objects.count(), Output.objects.filter(state="done").count(),
      Attempt.objects.filter(outcome="done").count(),
      Output.objects.filter(state="done", text="").count())
"""
"""Outputs, those that are written, attempts that wrote one, and empty ones."""


@pytest.mark.browser
def test_a_killed_inference_worker_and_a_restart_end_with_every_output_once(
    tmp_path: Path,
) -> None:
    site = LiveSite(tmp_path, {"FIRST_RUN_LIMIT": "2", "LEASE_SECONDS": "5"})
    site.start()
    try:
        site.wait_for(WRITING, "True", timeout=120)
        os.kill(site.process_of("inference@%h"), signal.SIGKILL)
        assert site.process is not None
        deadline = time.monotonic() + 60
        while site.process.poll() is None:
            assert time.monotonic() < deadline, "the site must stop when a part of it dies"
            time.sleep(0.1)
        assert site.process.returncode != 0
        site.wait_for_the_end(5)
        site.start()
        site.wait_for(COUNT, "8 8 8 0", timeout=240)
    finally:
        site.stop()
