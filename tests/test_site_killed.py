"""`kill -9` of `manage.py dev` itself in the middle of a run, and Ctrl-C after that."""

from pathlib import Path

import pytest

from tests.prepared_site import prepared_site
from tests.test_worker_killed import COUNT

WRITING = "SELECT EXISTS (SELECT FROM runs_output WHERE state = 'leased')"


@pytest.mark.browser
def test_a_killed_site_leaves_no_process_and_its_next_start_ends_with_every_output_once(
    tmp_path: Path,
) -> None:
    site = prepared_site(tmp_path, {"FIRST_RUN_LIMIT": "1", "LEASE_SECONDS": "5"})
    site.start()
    try:
        site.wait_for_row(WRITING, (True,))
        assert site.process is not None
        started_by_it = len(site.processes()) - 1
        assert started_by_it >= 5, "database, two workers, beat and a web server"
        site.process.kill()
        assert site.process.wait(10) < 0
        site.wait_for_the_end(40)

        site.start()
        site.wait_for_row(COUNT, (4, 4, 4, 0))
        assert site.stop() == 0, site.tail()
        assert site.processes() == {}
    finally:
        site.stop()
