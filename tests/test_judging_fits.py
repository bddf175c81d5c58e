"""The judging page in the space there is: seven questions on a desk, and an output kept in view."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.evening_site import (
    QUESTIONS,
    answer_all,
    checked,
    criterion,
    evening,
    guests,
    judging,
    open_next,
    output_of,
    saved,
)
from tests.visitors import Visitors

__all__ = ["evening", "guests", "judging"]
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def phone(guests: Visitors) -> Page:
    """The first output that a new guest gets on a phone."""
    context = guests(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_next(page)
    return page


def box(found: Locator) -> dict[str, float]:
    """Where something is on the screen, in pixels."""
    at = found.bounding_box()
    assert at is not None
    return {"top": at["y"], "bottom": at["y"] + at["height"]}


def test_seven_questions_fit_a_desk_before_anything_is_scrolled(judging: Page) -> None:
    judging.set_viewport_size(DESK)
    bar = box(judging.locator(".save-bar"))
    assert bar["bottom"] <= DESK["height"]
    for index in range(QUESTIONS):
        choices = box(criterion(judging, index).locator(".choices"))
        assert choices["top"] > 0
        assert choices["bottom"] <= bar["top"], f"question {index + 1}"
    answer_all(judging)
    judging.keyboard.press("Enter")
    saved(judging)
    bar = box(judging.locator(".save-bar"))
    assert box(criterion(judging, 6).locator(".choices"))["bottom"] <= bar["top"]
    assert box(judging.locator("#saved"))["bottom"] - box(judging.locator("#saved"))["top"] < 60


def test_the_head_of_a_page_keeps_one_row_on_a_desk(judging: Page) -> None:
    judging.set_viewport_size(DESK)
    name = judging.locator(".nav-account > a")
    name.evaluate("element => element.textContent = 'a-name-of-20-letters'")
    account = box(name)
    for part in (".nav-main", ".site-search"):
        other = box(judging.locator(part))
        assert other["top"] < account["bottom"], part
        assert account["top"] < other["bottom"], part


def test_guidance_opens_beside_the_question(judging: Page) -> None:
    guidance = criterion(judging, 0).locator("details")
    question = box(criterion(judging, 0).locator("legend"))
    sign = box(guidance.locator("summary"))
    assert question["top"] - 12 < sign["top"] < question["bottom"]
    guidance.locator("summary").click()
    expect(guidance.locator("p").first).to_be_visible()


def test_the_head_says_which_question_and_which_output(judging: Page) -> None:
    place = judging.locator(".judging-progress")
    expect(place).to_contain_text("1 of 7")
    expect(place).to_contain_text("output 1 of 24")
    judging.keyboard.press("1")
    judging.keyboard.press("1")
    expect(place).to_contain_text("3 of 7")
    expect(judging.get_by_role("progressbar", name="Questions answered")).to_have_js_property(
        "value", 2
    )
    expect(judging.locator("#first-visit")).to_contain_text("For example:")
    answer_all(judging)
    judging.keyboard.press("Enter")
    saved(judging)
    expect(place).to_contain_text("output 2 of 24")
    expect(judging.locator("#first-visit")).to_have_count(0)
    judging.get_by_role("link", name="Your judging").first.click()
    judging.wait_for_url("**/judge/me/")


def test_the_saved_line_goes_with_the_next_answer_and_can_still_be_undone(judging: Page) -> None:
    judged = output_of(judging)
    answer_all(judging)
    judging.keyboard.press("Enter")
    saved(judging)
    judging.keyboard.press("1")
    expect(judging.locator("#saved")).to_be_hidden()
    judging.keyboard.press("u")
    judging.wait_for_url(f"**/judge/{judged}/**")
    expect(judging.locator("#undone")).to_be_visible()
    expect(judging.locator("#undone")).to_contain_text("Your answers are here again.")
    expect(checked(judging)).to_have_count(QUESTIONS)


def test_a_skip_is_taken_back(judging: Page) -> None:
    skipped = output_of(judging)
    judging.keyboard.press("s")
    judging.keyboard.press("Enter")
    expect(judging.locator("#skipped")).to_be_visible()
    assert output_of(judging) != skipped
    judging.keyboard.press("u")
    judging.wait_for_url(f"**/judge/{skipped}/**")
    expect(judging.locator("#skipped")).to_have_count(0)
    open_next(judging)
    assert output_of(judging) == skipped


def test_five_outputs_are_judged_on_a_phone_with_the_output_in_view(phone: Page) -> None:
    for number in range(5):
        text = phone.locator(".output")
        for index in range(QUESTIONS):
            answer = criterion(phone, index).locator("label:has([value=no])")
            answer.tap()
            expect(criterion(phone, index).locator("input[value=no]")).to_be_checked()
            expect(text).to_be_in_viewport(ratio=0.5 if index else 0.01)
        assert phone.evaluate("scrollY") > 0
        phone.locator("#save").tap()
        expect(phone.locator(".judging-progress")).to_contain_text(f"{number + 1} saved")
        expect(phone.locator("#item-title")).to_be_in_viewport()


def test_the_output_folds_away_on_a_phone_only(phone: Page, guests: Visitors) -> None:
    phone.locator(".output-fold > summary").tap()
    expect(phone.locator(".output")).to_be_hidden()
    desk = guests().new_page()
    open_next(desk)
    expect(desk.locator(".output-fold > summary")).to_be_hidden()


def test_keys_are_named_only_where_there_is_a_keyboard(phone: Page, guests: Visitors) -> None:
    expect(phone.locator("kbd:visible")).to_have_count(0)
    expect(phone.locator("#mark-caret")).to_be_hidden()
    silent = guests(java_script_enabled=False).new_page()
    silent.goto("/judge/")
    expect(silent.locator("kbd:visible")).to_have_count(0)
    desk = guests().new_page()
    open_next(desk)
    expect(desk.locator("#save kbd")).to_be_visible()


@pytest.mark.parametrize(("key", "code"), [("о", "KeyJ"), ("ξ", "KeyJ"), ("٣", "Digit3")])
def test_keys_of_other_writing_are_read_by_their_place(judging: Page, key: str, code: str) -> None:
    judging.evaluate(
        """([key, code]) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))""",
        [key, code],
    )
    expect(criterion(judging, 1).locator("input").first).to_be_focused()
    expect(checked(judging, "no")).to_have_count(1 if code == "Digit3" else 0)
