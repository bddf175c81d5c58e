"""With DATABASE_URL and CELERY_BROKER_URL set nothing is embedded, and the same code runs.

The services are the distribution's PostgreSQL and Redis: see `external_services.py`.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.external_services import external_services
from tests.live_site import ROOT, LiveSite

pytestmark = pytest.mark.xdist_group("external-services")
"""Their site is started once, by the process that runs them all."""


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with external_services() as variables:
        yield variables


@pytest.fixture(scope="module")
def external_site(
    services: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveSite]:
    live = LiveSite(tmp_path_factory.mktemp("external"), {**services, "FIRST_RUN_LIMIT": "1"})
    live.start()
    yield live
    assert live.stop() == 0, live.tail()


def test_nothing_is_embedded(external_site: LiveSite) -> None:
    assert not (external_site.data_dir / "postgres").exists()
    assert not (external_site.data_dir / "broker").exists()
    count = (
        "from evaluations.definitions.models import Definition; print(Definition.objects.count())"
    )
    assert int(external_site.shell(count)) >= 29


def answering(site: LiveSite) -> set[str]:
    """The workers that answer a ping within three seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "reasoning_site",
         "inspect", "ping", "--json", "--timeout", "3"],
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    if done.returncode:
        return set()  # nobody answered
    answers = json.loads(done.stdout[done.stdout.index("{") :].splitlines()[0])
    return {name.split("@")[0] for name in answers}


def test_both_workers_answer_through_redis(external_site: LiveSite) -> None:
    deadline = time.monotonic() + 60
    while (names := answering(external_site)) != {"inference", "light"}:
        assert time.monotonic() < deadline, f"only {names} answer"


def test_the_model_writes_outputs_of_the_first_run(external_site: LiveSite) -> None:
    external_site.wait_for(
        "from evaluations.runs.models import Output\n"
        "print(Output.objects.filter(state='done').exists())",
        "True",
        timeout=300,
    )
