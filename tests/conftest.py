"""A running site and a browser, shared by the journeys."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.definition_site import judged  # noqa: F401 - a fixture of many journeys
from tests.evening_site import evening_in
from tests.live_site import LiveSite
from tests.prepared_site import STOPPING
from tests.visitors import TIMINGS, Visitors, visiting

# Playwright's synchronous interface keeps an event loop in this thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SITES = {"site", "evening", "judged", "judged_run", "rich", "asked", "bakery"}
SHARED = {"site", "judged", "evening"}
"""Those of several files, where a file brings none of its own."""
LONGEST = (
    "site", "test_research_journey", "test_site_killed", "test_run_journey", "judged",
    "test_definition_pages", "test_definition_journey", "test_worker_killed",
)  # fmt: skip
"""Groups of tests that begin first: whatever is long and comes last is waited for alone."""
NAMES = ("chromium", "chromium-browser", "google-chrome")

# A busy machine is no reason to fail: five seconds, as it would be, are short for one.
expect.set_options(timeout=30_000)


def chromium_path() -> str:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "No Chromium on PATH: bin/test browser installs one."
    return path


@pytest.fixture(scope="session", autouse=True)
def stopped() -> Iterator[None]:
    """Sites that were asked to stop while other tests went on have stopped in the end."""
    yield
    assert [live.tail() for live in STOPPING if live.stop() != 0] == []


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The whole site with its first run: a real model writes eight short outputs."""
    live = LiveSite(tmp_path_factory.mktemp("site"), {"FIRST_RUN_LIMIT": "2"})
    live.start()
    TIMINGS.append(f"first start {live.start_seconds:.1f} s")
    yield live
    assert live.stop() == 0, live.tail()
    assert live.processes() == {}
    live.start()
    TIMINGS.append(f"second start {live.start_seconds:.1f} s")
    assert live.stop() == 0, live.tail()


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site with known outputs, for who judges few of them and adds what they need."""
    with evening_in(tmp_path_factory.mktemp("evening")) as live:
        yield live


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def visitors(browser: Browser, site: LiveSite) -> Iterator[Visitors]:
    """Opens contexts. The test fails if a page breaks the Content-Security-Policy or a script."""
    with visiting(browser, site.url) as opened:
        yield opened


@pytest.fixture
def page(visitors: Visitors) -> Page:
    """A fresh visitor on an empty page."""
    return visitors().new_page()


@pytest.fixture(scope="session")
def written(site: LiveSite) -> LiveSite:
    """The site once its first run is finished."""
    site.wait_for_row("SELECT count(*) FROM runs_output WHERE state = 'done'", (8,), timeout=600)
    first = site.shell(
        "from evaluations.runs.models import Output\n"
        "print(Output.objects.earliest('finished_at').finished_at.timestamp())"
    )
    TIMINGS.append(f"first output {float(first) - site.ready_at:.1f} s after Ready")
    return site


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of pytest-xdist hands its timings to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["timings"] = TIMINGS


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    TIMINGS.extend(getattr(node, "workeroutput", {}).get("timings", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Speed is measured and told; no test depends on it, since machines are shared."""
    if TIMINGS:
        terminalreporter.write_line(f"The site: {', '.join(TIMINGS)}.")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys through a site run in the process that has it, in the order of their files."""
    here = Path(__file__).parent
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if item.path.parent == here and used & {*SITES, "browser"}:
            item.add_marker(pytest.mark.browser)
            shared = used & SHARED - vars(item.module).keys()
            item.add_marker(pytest.mark.xdist_group(min(shared, default=item.path.stem)))
    items.sort(key=turn_of)


def turn_of(item: pytest.Item) -> tuple[int, int]:
    """First by its group, then by what its journey changes.

    Before all others in its group goes what looks at rules or outputs as they came, and after them
    what changes the boards that they read.
    """
    marker, file = item.get_closest_marker("xdist_group"), item.path.stem
    group = marker.args[0] if marker else file
    turn = LONGEST.index(group) if group in LONGEST else len(LONGEST)
    return turn, {"test_map_journey": 0, "test_search": 0, "test_api_journey": 2}.get(file, 1)
