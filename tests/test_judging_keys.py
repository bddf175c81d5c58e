"""The judging page under the fingers: every key, and every way in which a save can fail."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.live_site import LiveSite

NARROW = {"width": 360, "height": 740}
TYPED = "It argues from the second step."


@pytest.fixture
def judging(written: LiveSite, page: Page) -> Page:
    """The first output that a new guest gets."""
    page.goto("/judge/")
    expect(criterion(page, 0)).to_have_class(re.compile("current"))
    return page


def criterion(page: Page, index: int) -> Locator:
    return page.locator("fieldset.criterion").nth(index)


def answer_all(page: Page) -> None:
    for _ in range(page.locator("fieldset.criterion").count()):
        page.keyboard.press("1")
    expect(page.locator("fieldset.criterion:not(:has(:checked))")).to_have_count(0)


def comment(page: Page) -> Locator:
    return page.get_by_label("Comment")


def drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "Object.keys(sessionStorage).filter((key) => key.startsWith('draft:'))"
    )
    return found


def expect_nothing_lost(page: Page) -> None:
    expect(comment(page)).to_have_value(TYPED)
    expect(page.locator("fieldset.criterion input[value=yes]:checked")).to_have_count(7)


def fill_in(page: Page) -> None:
    comment(page).fill(TYPED)
    criterion(page, 0).get_by_label("Yes").focus()
    answer_all(page)


@pytest.mark.parametrize(
    ("key", "value"), [("1", "yes"), ("2", "partly"), ("3", "no"), ("4", "cannot-tell")]
)
def test_a_digit_answers_and_moves_on(judging: Page, key: str, value: str) -> None:
    judging.keyboard.press(key)
    expect(criterion(judging, 0).locator(":checked")).to_have_value(value)
    expect(criterion(judging, 1).locator("input").first).to_be_focused()


def test_j_and_k_walk_g_explains_and_c_comments(judging: Page) -> None:
    judging.keyboard.press("j")
    expect(criterion(judging, 1).locator("input").first).to_be_focused()
    judging.keyboard.press("j")
    judging.keyboard.press("k")
    judging.keyboard.press("k")
    expect(criterion(judging, 0).locator("input").first).to_be_focused()
    guidance = criterion(judging, 0).locator("details")
    judging.keyboard.press("g")
    expect(guidance).to_have_attribute("open", "")
    judging.keyboard.press("g")
    expect(guidance).not_to_have_attribute("open", "")
    judging.keyboard.press("c")
    expect(comment(judging)).to_be_focused()


def test_keys_are_letters_in_a_text_field(judging: Page) -> None:
    judging.keyboard.press("c")
    judging.keyboard.type("1jgsu?")
    expect(comment(judging)).to_have_value("1jgsu?")
    expect(judging.locator("fieldset.criterion :checked")).to_have_count(0)
    expect(judging.locator("dialog[open]")).to_have_count(0)


def test_shift_makes_another_key_but_caps_lock_does_not(judging: Page) -> None:
    for key in ("Shift+S", "Shift+J", "Shift+C", "Shift+G", "Shift+Enter"):
        judging.keyboard.press(key)
    expect(judging.locator("dialog[open]")).to_have_count(0)
    expect(judging.locator("#errors")).to_have_count(0)
    expect(comment(judging)).not_to_be_focused()
    expect(criterion(judging, 0)).to_have_class(re.compile("current"))
    # A capital letter without Shift is what Caps Lock sends.
    judging.keyboard.press("J")
    expect(criterion(judging, 1).locator("input").first).to_be_focused()
    judging.keyboard.press("S")
    expect(judging.locator("#skip-dialog")).to_be_visible()


@pytest.mark.parametrize("key", ["?", "Shift+?"])
def test_the_question_mark_lists_the_keys_and_escape_closes(judging: Page, key: str) -> None:
    judging.keyboard.press(key)
    expect(judging.get_by_role("dialog", name="Keys on this page")).to_be_visible()
    judging.keyboard.press("1")
    judging.keyboard.press("Escape")
    expect(judging.locator("dialog[open]")).to_have_count(0)
    expect(judging.locator("fieldset.criterion :checked")).to_have_count(0)


def test_single_keys_can_be_switched_off_and_on_again(judging: Page) -> None:
    judging.keyboard.press("?")
    judging.get_by_label("Single keys are on").uncheck()
    judging.keyboard.press("Escape")
    for key in ("1", "j", "s", "c", "?", "Shift+?"):
        judging.keyboard.press(key)
    expect(judging.locator("fieldset.criterion :checked")).to_have_count(0)
    expect(judging.locator("dialog[open]")).to_have_count(0)
    judging.reload()
    judging.keyboard.press("1")
    expect(judging.locator("fieldset.criterion :checked")).to_have_count(0)
    judging.get_by_role("button", name="Keys").click()
    judging.get_by_label("Single keys are on").check()
    judging.get_by_role("button", name="Close").click()
    judging.keyboard.press("1")
    expect(judging.locator("fieldset.criterion :checked")).to_have_count(1)


def test_enter_on_a_button_or_a_link_keeps_its_own_meaning(judging: Page) -> None:
    judging.get_by_role("button", name="Keys").focus()
    judging.keyboard.press("Enter")
    expect(judging.locator("#keys")).to_be_visible()
    judging.keyboard.press("Escape")
    expect(judging.locator("#errors")).to_have_count(0)
    judging.get_by_role("navigation", name="Main").get_by_role("link", name="Definitions").focus()
    judging.keyboard.press("Enter")
    judging.wait_for_url("**/definitions/")


def test_s_asks_for_a_reason_and_enter_skips(written: LiveSite, judging: Page) -> None:
    address = judging.url
    judging.keyboard.press("s")
    expect(judging.get_by_role("dialog", name="Skip this output")).to_be_visible()
    expect(judging.get_by_label("It is ambiguous")).to_be_focused()
    judging.keyboard.press("ArrowDown")
    expect(judging.get_by_label("It is not readable")).to_be_checked()
    judging.keyboard.press("Tab")
    judging.keyboard.type("only dots")
    judging.keyboard.press("Enter")
    judging.wait_for_url(lambda url: url != address)
    expect(judging.locator("#item-title")).to_be_focused()
    expect(judging.locator("dialog[open]")).to_have_count(0)
    said = written.shell(
        "from evaluations.judgments.models import Skip\n"
        "print(Skip.objects.latest('created_at').reason)"
    )
    assert said == "not readable: only dots"


def test_a_skip_needs_no_reason_and_can_be_called_off(judging: Page) -> None:
    address = judging.url
    judging.get_by_role("button", name="Skip").click()
    judging.keyboard.press("Escape")
    expect(judging.locator("#skip")).to_be_focused()
    judging.keyboard.press("Enter")
    judging.get_by_role("button", name="Cancel").click()
    expect(judging.locator("#skip-dialog")).to_be_hidden()
    assert judging.url == address
    judging.keyboard.press("s")
    judging.keyboard.press("Enter")
    judging.wait_for_url(lambda url: url != address)


def test_a_skip_that_does_not_arrive_keeps_the_answers(judging: Page) -> None:
    fill_in(judging)
    judging.context.set_offline(True)
    judging.keyboard.press("s")
    judging.keyboard.press("Enter")
    expect(judging.locator("#unsent")).to_contain_text("could not be reached")
    expect(judging.locator("#skip-dialog")).to_be_hidden()
    expect_nothing_lost(judging)


def test_a_double_click_on_save_stores_one_judgment(judging: Page) -> None:
    sent: list[str] = []
    judging.on("request", lambda it: sent.append(it.url) if it.method == "POST" else None)
    answer_all(judging)
    judging.locator("#save").dblclick()
    expect(judging.locator("#saved")).to_be_visible()
    expect(judging.locator(".judging-progress")).to_contain_text("1 saved")
    assert len(sent) == 1


def test_a_session_that_changed_keeps_what_was_typed_and_says_why(judging: Page) -> None:
    judging.set_viewport_size(NARROW)
    fill_in(judging)
    # Signing in elsewhere gives the browser another secret.
    origin = judging.evaluate("location.origin")
    judging.context.add_cookies([{"name": "csrftoken", "value": "a" * 32, "url": origin}])
    judging.locator("#save").click()
    expect(judging.locator("#unsent")).to_contain_text("Your session changed")
    expect(judging.locator("#unsent")).to_be_in_viewport()
    expect(judging.locator("#live")).to_contain_text("Your session changed")
    expect_nothing_lost(judging)
    assert judging.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert Axe().run(judging).response["violations"] == []
    judging.get_by_role("button", name="Reload the page").click()
    expect(judging.locator("#unsent")).to_be_hidden()
    expect_nothing_lost(judging)
    judging.locator("#save").click()
    expect(judging.locator("#saved")).to_be_visible()
    expect(comment(judging)).to_have_value("")
    assert drafts(judging) == []


@pytest.mark.parametrize(
    ("status", "words"), [(404, "can no longer be judged"), (400, "refused"), (502, "had a fault")]
)
def test_an_error_page_never_replaces_the_form(judging: Page, status: int, words: str) -> None:
    fill_in(judging)
    judging.route("**/judge/**", lambda route: route.fulfill(status=status, body="<h1>broken</h1>"))
    judging.locator("#save").click()
    expect(judging.locator("#unsent")).to_contain_text(words)
    expect(judging.locator("h1")).to_contain_text("Judge this output")
    expect_nothing_lost(judging)
    assert len(drafts(judging)) == 1
    judging.unroute("**/judge/**")
    judging.locator("#save").click()
    expect(judging.locator("#saved")).to_be_visible()
    expect(judging.locator("#unsent")).to_be_hidden()


def test_a_cut_network_keeps_the_answers_and_saving_again_works(judging: Page) -> None:
    fill_in(judging)
    judging.context.set_offline(True)
    judging.locator("#save").click()
    expect(judging.locator("#unsent")).to_contain_text("could not be reached")
    expect(judging.locator("#live")).to_contain_text("could not be reached")
    expect_nothing_lost(judging)
    judging.context.set_offline(False)
    judging.locator("#save").click()
    expect(judging.locator("#saved")).to_be_visible()
    expect(judging.locator("#unsent")).to_be_hidden()
    assert drafts(judging) == []


def test_a_draft_survives_a_reload_and_a_walk_elsewhere(judging: Page) -> None:
    address = judging.url
    fill_in(judging)
    judging.reload()
    expect_nothing_lost(judging)
    # A save that failed must not be taken for one that worked, wherever the tab goes next.
    judging.context.set_offline(True)
    judging.locator("#save").click()
    expect(judging.locator("#unsent")).to_be_visible()
    judging.context.set_offline(False)
    judging.goto("/judge/?block=kinds-of-inference")
    judging.goto(address)
    expect_nothing_lost(judging)


def test_an_undo_that_comes_too_late_says_so(judging: Page) -> None:
    answer_all(judging)
    judging.keyboard.press("Enter")
    expect(judging.locator("#saved")).to_be_visible()
    other = judging.context.new_page()
    other.goto(judging.url)
    expect(other.locator("#saved")).to_be_visible()
    judging.keyboard.press("u")
    expect(judging.locator("#saved")).to_have_count(0)
    other.keyboard.press("u")
    expect(other.locator("#messages")).to_contain_text("That could not be undone")
    expect(other.locator("fieldset.criterion")).to_have_count(7)


@pytest.mark.parametrize("dialog", ["keys", "skip-dialog"])
def test_axe_finds_nothing_in_an_open_dialog(judging: Page, dialog: str) -> None:
    judging.set_viewport_size(NARROW)
    judging.keyboard.press({"keys": "?", "skip-dialog": "s"}[dialog])
    shown = judging.locator(f"#{dialog}")
    expect(shown).to_be_visible()
    assert Axe().run(judging).response["violations"] == []
    box = shown.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW["width"]
    assert shown.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
