"""`kill -9` of the inference worker in the middle of a run, with the real model."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.live_site import LiveSite

COUNT = """
from django.db.models import Count, Q
from evaluations.runs.models import Attempt, Output
print(Output.objects.count(), Output.objects.filter(state="done").count(),
      Attempt.objects.filter(outcome="done").count(),
      Output.objects.filter(state="done", text="").count())
"""


def process_of(site: LiveSite, word: str) -> int:
    """The process of this site that has *word* among its arguments."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            variables = (folder / "environ").read_bytes()
        except OSError:
            continue
        if word.encode() in arguments and f"DATA_DIR={site.data_dir}".encode() in variables:
            return int(folder.name)
    raise AssertionError(f"No process of the site has {word} among its arguments.")


@pytest.mark.browser
@pytest.mark.xdist_group("site")
def test_a_killed_inference_worker_and_a_restart_end_with_every_output_once(
    tmp_path: Path,
) -> None:
    site = LiveSite(tmp_path, {"FIRST_RUN_LIMIT": "2", "LEASE_SECONDS": "5"})
    site.start()
    try:
        site.wait_for(
            "from evaluations.runs.models import Output\n"
            "print(Output.objects.filter(state='leased').exists())",
            "True",
            timeout=120,
        )
        os.kill(process_of(site, "inference@%h"), signal.SIGKILL)
        assert site.process is not None
        deadline = time.monotonic() + 60
        while site.process.poll() is None:
            assert time.monotonic() < deadline, "the site must stop when a part of it dies"
            time.sleep(0.1)
        assert site.process.returncode != 0
        site.start()
        site.wait_for(COUNT, "8 8 8 0", timeout=240)
    finally:
        site.stop()
