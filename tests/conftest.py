"""A running site and a browser, shared by the journeys."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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
NAMES = ("chromium", "chromium-browser", "google-chrome")

WATCH_FOR_VIOLATIONS = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.__violations.push(event.violatedDirective + " " + event.blockedURI));
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The whole site with its first run: a real model writes eight short outputs."""
    live = LiveSite(tmp_path_factory.mktemp("site"), {"FIRST_RUN_LIMIT": "2"})
    live.start()
    yield live
    live.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "No Chromium on PATH: bin/test installs one."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, site: LiveSite) -> Iterator[Page]:
    """A fresh visitor. The test fails if a page breaks the Content-Security-Policy or a script."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    context.add_init_script(WATCH_FOR_VIOLATIONS)
    visitor = context.new_page()
    errors: list[str] = []
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    visitor.on(
        "console",
        lambda message: (
            errors.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield visitor
    violations = visitor.evaluate("window.__violations || []")
    context.close()
    assert not errors
    assert not violations


@pytest.fixture(scope="session")
def written(site: LiveSite) -> LiveSite:
    """The site once its first run is finished."""
    site.wait_for(
        "from evaluations.runs.models import Output\n"
        "print(Output.objects.filter(state='done').count())",
        "8",
        timeout=180,
    )
    return site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys share one site, so they run in one process, in the order of their files."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and {"site", "page"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("site"))
