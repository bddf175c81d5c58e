"""A site with outputs whose text is known, for the journeys of one judge over many outputs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.live_site import LiveSite
from tests.prepared_site import running_site
from tests.visitors import TIMINGS, Visitors, visiting

OUTPUTS = 24
QUESTIONS = 7
PASSWORD = "a-long-and-unusual-phrase"
STEPS = ("1. The 🪔 lamp is lit.", "2. A lit lamp was lit by somebody.", "3. So somebody is home.")
TRACE = "\n".join(STEPS)
ANSWER = "Somebody is home."

MAKE = f"""
from tests.cast import make_output, make_prompt, make_run
run = make_run()
for number in range({OUTPUTS}):
    prompt = make_prompt(text=f"House {{number}}: the lamp is lit. Is anybody home?")
    make_output(run=run, prompt=prompt, trace={TRACE!r}, answer={ANSWER!r})
"""


@contextmanager
def evening_in(folder: Path) -> Iterator[LiveSite]:
    """No model writes, two dozen short outputs are there."""
    with running_site(folder, {"FIRST_RUN": "0"}) as live:
        live.shell(MAKE)
        yield live


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site of its own, for who counts the places that its outputs have for judges."""
    with evening_in(tmp_path_factory.mktemp("evening")) as live:
        yield live


@pytest.fixture
def guests(browser: Browser, evening: LiveSite) -> Iterator[Visitors]:
    """Opens contexts. The test fails if a page breaks the Content-Security-Policy or a script."""
    with visiting(browser, evening.url) as opened:
        yield opened


@pytest.fixture
def judging(guests: Visitors) -> Page:
    """The first output that a new guest gets."""
    page = guests().new_page()
    open_next(page)
    return page


def tell(figure: str) -> None:
    """Keep a figure for the end of the run."""
    TIMINGS.append(figure)


def open_next(page: Page) -> None:
    page.goto("/judge/")
    ready(page)


def ready(page: Page) -> None:
    """The form with its first question marked: the scripts run."""
    expect(page.locator("fieldset[data-criterion].current")).to_have_count(1)


def criterion(page: Page, index: int) -> Locator:
    return page.locator("fieldset[data-criterion]").nth(index)


def comment(page: Page) -> Locator:
    return page.get_by_label("Comment")


def checked(page: Page, value: str = "") -> Locator:
    wanted = f"[value={value}]" if value else ""
    return page.locator(f"fieldset.criterion input{wanted}:checked")


def heard(page: Page, words: str) -> None:
    expect(page.locator("#live")).to_contain_text(words)


def answer_all(page: Page, key: str = "1") -> None:
    for _ in range(QUESTIONS):
        page.keyboard.press(key)
    expect(checked(page)).to_have_count(QUESTIONS)


def saved(page: Page) -> None:
    """A save arrived: the next output is there, from its top, and has the focus."""
    expect(page.locator("#saved")).to_be_visible()
    expect(page.locator("#item-title")).to_be_focused()
    heard(page, "Saved.")


def output_of(page: Page) -> int:
    found = re.search(r"/judge/(\d+)/", page.url)
    assert found is not None, page.url
    return int(found[1])


def sign_up(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def make_person(site: LiveSite, name: str, **fields: Any) -> None:
    site.shell(
        "from evaluations.accounts.models import User\n"
        f"User.objects.create_user({name!r}, password={PASSWORD!r}, **{fields!r})"
    )
