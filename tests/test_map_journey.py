"""From the map to a pair, its smallest case, an output that fits it, and an edit that moves it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live_site import LiveSite
from tests.test_pages import check
from tests.visitors import Visitors, visiting

pytestmark = pytest.mark.browser

STRICT, LAX = "taylor-as-quoted", "iso-iec-22989-inference"
PAIR = f"/definitions/compare/?a={STRICT}&b={LAX}#by-logic"
DROPPED = "supports its conclusion"


@pytest.fixture
def visitors(browser: Browser, judged: LiveSite) -> Iterator[Visitors]:
    with visiting(browser, judged.url) as opened:
        yield opened


def test_from_the_map_to_an_edit_that_moves_it(visitors: Visitors) -> None:
    page = visitors().new_page()
    page.goto("/definitions/map/")
    entry = page.locator(f"#d-{STRICT}")
    expect(entry).to_contain_text("Stricter than")
    expect(page.locator(f'.map a[href="{PAIR}"]')).to_have_count(1)
    entry.locator(f'a[href="{PAIR}"]').click()

    logic = page.locator("#by-logic")
    expect(logic).to_contain_text("is stricter: whatever it counts")
    expect(logic).to_contain_text("by the rules alone")
    expect(logic).to_contain_text("No such case: logic rules it out.")
    expect(logic).to_contain_text(f"“{DROPPED}”: no")
    assert "On record: 0 of" in logic.locator(".halves > div").first.inner_text()
    logic.locator('a[href^="/outputs/"]').first.click()
    expect(page.locator("h1")).to_be_visible()
    assert "/outputs/" in page.url

    page.goto(f"/definitions/{STRICT}/")
    expect(page.locator("#by-logic")).to_contain_text("Stricter than")
    page.get_by_role("link", name="What if?").click()
    page.goto(without(page))
    edit = page.locator("#edit-by-logic")
    expect(edit).to_contain_text("By logic: laxer.")
    expect(edit).to_contain_text("It says yes to the same as")
    page.locator("#edited-map").click()
    expect(page.locator("#edited")).to_contain_text("an edited rule that nobody saved")
    moved = page.locator(f"#d-{STRICT}")
    expect(moved).to_contain_text("Says yes to the same as")
    expect(
        moved.locator(f'a[href="/definitions/compare/?a={STRICT}&b={LAX}#by-logic"]')
    ).to_have_count(1)
    expect(page.locator(".map .edited")).to_have_count(1)
    page.get_by_role("link", name="The map as it is").click()
    expect(page.locator("#edited")).to_have_count(0)


def without(page: Page) -> str:
    """The address of the rule without the criterion that the lax definition does not ask."""
    links = page.locator("a", has_text=DROPPED).all()
    found = [link.get_attribute("href") or "" for link in links]
    return next(href for href in found if "rule=" in href)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390), ("light", 320)])
def test_the_map_is_accessible_and_stays_inside_the_screen(
    visitors: Visitors, scheme: str, width: int
) -> None:
    page = visitors(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    problems: list[str] = []
    for path in ("/definitions/map/", PAIR):
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("element => element.open = true")
        check(page, f"{scheme} {path}", problems)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            problems.append(f"{path} is {wide} px wide on a screen of {width}")
    assert not problems, "\n".join(problems)
