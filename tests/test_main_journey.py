"""The main job: a model writes, a person judges, every definition answers."""

import json
import re
import urllib.request

from playwright.sync_api import Page, expect

from tests.live_site import LiveSite
from tests.visitors import Visitors


def board(site: LiveSite, slug: str = "taylor-as-quoted") -> dict[str, int]:
    """Judged outputs and met ones of a leaderboard, over all its rows."""
    with urllib.request.urlopen(f"{site.url}/leaderboards/{slug}.json") as response:
        rows = json.load(response)["rows"]
    return {name: sum(row[name] for row in rows) for name in ("outputs", "n", "met")}


def answer_all_yes(page: Page) -> None:
    """Answer every question of the page with the key 1 and save with Enter."""
    page.wait_for_load_state()  # keys work once the scripts of the page ran
    address = page.url
    for _ in range(page.locator("fieldset.criterion").count()):
        page.keyboard.press("1")
    expect(page.locator("fieldset.criterion:not(:has(:checked))")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != address)


def test_a_guest_judges_three_outputs_by_keyboard_signs_up_and_changes_the_board(
    written: LiveSite, page: Page
) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("By what definition?")
    expect(page.get_by_role("heading", name="8 outputs wait for a judge")).to_be_visible()
    expect(page.locator("#case .verdict-line li")).to_have_count(49)
    before = board(written)
    assert before == {"outputs": 8, "n": 0, "met": 0}

    page.get_by_role("link", name="Judge one output").click()
    expect(page.locator("fieldset.criterion")).to_have_count(7)
    seen = set()
    for saved in (1, 2, 3):
        seen.add(page.url)
        answer_all_yes(page)
        expect(page.locator("#saved")).to_contain_text("6 definitions settled")
        expect(page.locator("#saved .verdict-line")).to_have_text(
            re.compile(r"^\s*6 reasoning\s*$")
        )
        page.wait_for_function("document.activeElement.id === 'item-title'")
        assert page.evaluate("scrollY") == 0, "the next output starts at its beginning"
        expect(page.locator("body")).not_to_contain_text("Taylor")
        expect(page.locator(".judging-progress")).to_contain_text(f"{saved} saved")
    assert len(seen) == 3
    assert board(written) == before, "a guest's judgments stay outside the default board"

    page.get_by_role("link", name="Which and why").click()
    expect(page.locator("#verdicts")).to_contain_text("Taylor, as quoted")
    expect(page.locator("#verdicts")).to_contain_text("Oxford dictionary")
    expect(page.locator("#verdicts")).to_contain_text("Taylor, as spoken")

    page.goto("/")
    expect(page.locator("#with-yours")).to_be_visible()
    expect(page.get_by_text(re.compile(r"with yours: \d of \d")).first).to_be_visible()

    page.locator("#with-yours").get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("first-judge")
    page.get_by_label("Password").first.fill("a-long-and-unusual-phrase")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name="first-judge")).to_be_visible()

    assert board(written) == {"outputs": 8, "n": 3, "met": 3}
    page.goto("/leaderboards/taylor-as-quoted/")
    expect(page.locator("#board")).to_contain_text("100%")
    expect(page.locator("#board .cell-yours")).to_have_count(0)
    page.goto("/leaderboards/lambert-intermediate-tokens/")
    expect(page.get_by_text("Not asked yet").first).to_be_visible()


def test_undo_shows_the_output_again_and_takes_the_answers_back(
    written: LiveSite, page: Page
) -> None:
    page.goto("/judge/")
    judged = page.url
    answer_all_yes(page)
    expect(page.locator("#saved")).to_be_visible()
    page.keyboard.press("u")
    page.wait_for_url(re.compile(re.escape(judged.split("?")[0])))
    expect(page.locator("#saved")).to_have_count(0)
    expect(page.locator(".judging-progress")).to_contain_text("none saved yet")


def test_the_loop_works_without_javascript(written: LiveSite, visitors: Visitors) -> None:
    context = visitors(java_script_enabled=False)
    page = context.new_page()
    page.goto("/judge/")
    first = page.url
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    for question in page.locator("fieldset.criterion").all():
        question.get_by_label("Partly").check(force=True)
    page.get_by_label("Comment").fill("kept")
    page.get_by_role("button", name="Save and next").click()
    expect(page.locator("#saved")).to_be_visible()
    assert page.url != first
    page.get_by_role("button", name="Skip").click()
    expect(page.locator("fieldset.criterion")).to_have_count(7)


def test_two_tabs_the_second_gets_a_readable_conflict_and_keeps_what_was_typed(
    written: LiveSite, page: Page
) -> None:
    page.goto("/judge/")
    address = page.url
    other = page.context.new_page()
    other.goto(address)
    answer_all_yes(page)
    other.get_by_label("Comment").fill("from the second tab")
    for question in other.locator("fieldset.criterion").all():
        question.locator("input[value=no]").check(force=True)
    other.get_by_role("button", name="Save and next").click()
    expect(other.locator("#problem")).to_contain_text("Nothing was overwritten")
    expect(other.get_by_label("Comment")).to_have_value("from the second tab")
    expect(other.locator("input[value=no]:checked")).to_have_count(7)
    other.get_by_role("button", name="Save and next").click()
    expect(other.locator("#saved")).to_be_visible()
