"""Pages about definitions and boards, with something to show: accessible and inside the screen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from tests.conftest import Visitors, visiting
from tests.definition_site import rich
from tests.evening_site import sign_in
from tests.live_site import LiveSite
from tests.looks import LOOKED_AT, OWN_RUN, SLUG, faults
from tests.test_pages import check, weigh

__all__ = ["rich"]

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/cases/",
    "/cases/k02/",
    "/leaderboards/",
    f"/leaderboards/?a={SLUG}&b=oxford-dictionary&sort=year",
    "/leaderboards/between/",
    f"/leaderboards/between/?a={SLUG}&b=oxford-dictionary",
    f"/leaderboards/{SLUG}/",
    f"/leaderboards/{SLUG}/?by=model",
    f"/leaderboards/{SLUG}/process/",
    f"/leaderboards/{SLUG}/curves/",
    f"/leaderboards/{SLUG}/pair/",
    f"/leaderboards/{SLUG}/pair/?a=alba--asked-plainly&b=cirrus--asked-for-steps",
    f"/leaderboards/{SLUG}/pairwise/",
    "/leaderboards/pairwise/",
    "/leaderboards/pairwise/?row=cirrus--asked-plainly&outcome=won",
    f"/leaderboards/{SLUG}/snapshots/",
    "/leaderboards/snapshots/",
    f"/definitions/{SLUG}/",
    f"/definitions/{SLUG}/what-if/",
    '/definitions/taylor-as-quoted/what-if/?rule={"all":["states-conclusion","makes-inference"]}',
    f"/definitions/{SLUG}/history/",
    f"/definitions/{SLUG}/proposals/",
    "/definitions/fidelity/",
    "/definitions/compare/",
    f"/definitions/compare/?a={SLUG}&b=oxford-dictionary",
    "/disagreements/",
    "/disagreements/?list=facts",
    LOOKED_AT["release"],
)
SCREENS: tuple[ViewportSize, ...] = (
    {"width": 390, "height": 900},
    {"width": 320, "height": 900},
    {"width": 1280, "height": 900},
)
OWN_PAGES = (
    "/definitions/moves/",
    "/definitions/new/",
    "/definitions/own/",
    "/definitions/own/what-if/",
    "/definitions/own/edit/",
    "/definitions/own/history/",
    "/definitions/own/diff/",
    "/definitions/own/diff/?a=1&b=2",
    "/definitions/own/proposals/",
    "/definitions/own/proposals/1/",
    "/definitions/own/merge/",
    f"/definitions/{SLUG}/fork/",
    f"/definitions/{SLUG}/amend/",
    "/definitions/mine/",
    "/runs/new/",
    "/runs/grids/1/",
    "/runs/grids/1/ceiling/",
    "/runs/compare/?a=1&b=2",
    f"/runs/{OWN_RUN}/more/",
)


@pytest.fixture
def visitors(browser: Browser, rich: LiveSite) -> Iterator[Visitors]:
    with visiting(browser, rich.url) as opened:
        yield opened


def look_at(context: BrowserContext, paths: tuple[str, ...], scheme: str, width: int) -> None:
    """Axe on each page, and nothing wider than the screen."""
    problems: list[str] = []
    page = context.new_page()
    for path in paths:
        response = page.goto(path)
        assert response is not None
        if response.status != 200:
            problems.append(f"{path} answers {response.status}")
        check(page, f"{scheme} {path}", problems)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            problems.append(f"{path} is {wide} px wide on a screen of {width}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_where_there_is_something_to_show(
    visitors: Visitors, scheme: str, width: int
) -> None:
    context = visitors(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    sign_in(page, "ada")
    page.goto(f"/leaderboards/{SLUG}/")
    page.locator("#freeze summary").click()
    page.locator("#freeze-board").click()
    expect(page).to_have_url(re.compile(rf"/leaderboards/{SLUG}/\d{{4}}-\d\d-\d\d-[0-9a-f]+/$"))
    frozen = page.url
    page.goto("/leaderboards/")
    expect(page.locator(".slope line")).to_have_count(6)
    look_at(context, (frozen, *PAGES, *OWN_PAGES), scheme, width)


def test_every_page_reads_well(visitors: Visitors) -> None:
    """Nothing cut off or too wide, short rows, targets to hit, title and action in view.

    Each page is opened on a phone and made narrower and wider, which spares two thirds of them.
    """
    page = visitors(viewport=SCREENS[0]).new_page()
    sign_in(page, "ada")
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    for path in LOOKED_AT.values():
        page.set_viewport_size(SCREENS[0])
        page.goto(path)
        for screen in SCREENS:
            page.set_viewport_size(screen)
            found += [f"{path} at {screen['width']} px: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def test_a_first_view_of_each_page_is_light(visitors: Visitors) -> None:
    """At most 75 KB and six requests; a page on which one judges at most 60 KB."""
    context = visitors()
    sign_in(context.new_page(), "ada")
    found = []
    for path in LOOKED_AT.values():
        sizes = weigh(context, path)
        if sum(sizes.values()) > (60_000 if path.startswith("/judge/") else 75_000):
            found.append(f"{path} weighs {sum(sizes.values()):,} bytes")
        if not 0 < len(sizes) <= 6:
            found.append(f"{path} takes {len(sizes)} requests")
    assert not found, "\n".join(found)
