"""Pages about definitions and boards, with something to show: accessible and inside the screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from tests.definition_site import rich
from tests.evening_site import sign_in
from tests.live_site import LiveSite
from tests.looks import LOOKED_AT, OWN_RUN, SLUG, faults
from tests.test_pages import check, scales
from tests.visitors import visiting

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
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 900}
SMALL_PHONE: ViewportSize = {"width": 320, "height": 900}
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


LISTED = {*PAGES, *OWN_PAGES}
PICTURED = set(LOOKED_AT.values())


@dataclass
class Found:
    """What is wrong with the pages, a line for each fault."""

    by_axe: list[str] = field(default_factory=list)
    in_looks: list[str] = field(default_factory=list)
    in_weight: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def found(browser: Browser, rich: LiveSite) -> Iterator[Found]:
    """Every page is opened once, wide and light, and then made narrow and dark."""
    with visiting(browser, rich.url) as visitors:
        page = visitors(viewport=WIDE, color_scheme="light").new_page()
        sign_in(page, "ada")
        frozen = freeze_a_board(page)
        listed = {frozen, *LISTED}
        wrong = Found()
        page.on("console", lambda said: tell_error(said, wrong.in_looks))
        sizes = scales(page)
        for path in (frozen, *dict.fromkeys((*PAGES, *OWN_PAGES, *LOOKED_AT.values()))):
            page.set_viewport_size(WIDE)
            page.emulate_media(color_scheme="light")
            sizes.clear()
            answer = page.goto(path)
            assert answer is not None
            if answer.status != 200:
                wrong.in_looks.append(f"{path} answers {answer.status}")
            if path in listed:
                look_with_axe(page, f"light {path}", wrong)
            if path in PICTURED:
                page.wait_for_load_state("networkidle")
                weigh(path, sizes, wrong)
                for screen in (WIDE, SMALL_PHONE, PHONE):
                    page.set_viewport_size(screen)
                    width = screen["width"]
                    wrong.in_looks += [f"{path} at {width} px: {fault}" for fault in faults(page)]
            if path in listed:
                page.set_viewport_size(PHONE)
                page.emulate_media(color_scheme="dark")
                look_with_axe(page, f"dark {path}", wrong)
        yield wrong


def freeze_a_board(page: Page) -> str:
    """Freeze the board that was judged most; returns the address of what is kept."""
    page.goto(f"/leaderboards/{SLUG}/")
    page.locator("#freeze summary").click()
    page.locator("#freeze-board").click()
    expect(page).to_have_url(re.compile(rf"/leaderboards/{SLUG}/\d{{4}}-\d\d-\d\d-[0-9a-f]+/$"))
    frozen = page.url
    page.goto("/leaderboards/")
    expect(page.locator(".slope line")).to_have_count(6)
    return frozen


def tell_error(said: ConsoleMessage, told: list[str]) -> None:
    if said.type == "error":
        told.append(said.text)


def look_with_axe(page: Page, where: str, wrong: Found) -> None:
    """Axe on the page as it is, and nothing wider than the screen."""
    check(page, where, wrong.by_axe)
    wide, screen = page.evaluate("document.documentElement.scrollWidth"), page.viewport_size
    assert screen is not None
    if wide > screen["width"]:
        wrong.by_axe.append(f"{where} is {wide} px wide on a screen of {screen['width']}")


def weigh(path: str, sizes: dict[str, int], wrong: Found) -> None:
    most = 60_000 if path.startswith("/judge/") else 75_000
    if sum(sizes.values()) > most:
        wrong.in_weight.append(f"{path} weighs {sum(sizes.values()):,} bytes")
    if not 0 < len(sizes) <= 6:
        wrong.in_weight.append(f"{path} takes {len(sizes)} requests")


def test_axe_finds_nothing_where_there_is_something_to_show(found: Found) -> None:
    assert not found.by_axe, "\n".join(found.by_axe)


def test_every_page_reads_well(found: Found) -> None:
    """Nothing cut off or too wide, short rows, targets to hit, title and action in view."""
    assert not found.in_looks, "\n".join(found.in_looks)


def test_a_first_view_of_each_page_is_light(found: Found) -> None:
    """At most 75 KB and six requests; a page on which one judges at most 60 KB."""
    assert not found.in_weight, "\n".join(found.in_weight)
