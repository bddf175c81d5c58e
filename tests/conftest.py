"""A running site and a browser, shared by the journeys."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.live_site import LiveSite

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
NAMES = ("chromium", "chromium-browser", "google-chrome")

# A busy machine is no reason to fail: five seconds, as it would be, are short for one.
expect.set_options(timeout=30_000)

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    window.tellViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

TIMINGS: list[str] = []


class Visitors:
    """Opens contexts, and keeps what goes wrong on any document of any of their pages."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def __call__(self, **options: Any) -> BrowserContext:
        """A fresh visitor, 1280 by 900 pixels unless the options of `new_context` differ.

        Without motion: what has just appeared would fade in, and colours are measured at rest.
        """
        options = {
            "base_url": self._url,
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
            **options,
        }
        context = self._browser.new_context(**options)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        # The console also tells of documents that run no scripts.
        context.on("console", self._hear)
        context.expose_binding("tellViolation", self._note)
        context.add_init_script(TELL_VIOLATIONS)
        self._contexts.append(context)
        return context

    def _note(self, source: Any, violation: str) -> None:
        self.problems.append(f"{source['page'].url}: {violation}")

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:
                page.evaluate("0")  # what the page told before arrives before its answer
            context.close()


def chromium_path() -> str:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "No Chromium on PATH: bin/test browser installs one."
    return path


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visitors]:
    """Visitors of a site; at the end, a broken Content-Security-Policy or script is an error."""
    visitors = Visitors(browser, url)
    try:
        yield visitors
    finally:
        visitors.close()
    assert not visitors.problems, "\n".join(visitors.problems)


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
        if item.path.parent == here and used & SITES:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("site" if "site" in used else item.path.stem))
    # What is judged by a key changes the boards that the others read.
    items.sort(key=lambda item: item.path.stem == "test_api_journey")
