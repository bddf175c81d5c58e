"""What a judge typed lasts: drafts, two tabs, sessions that end, own keys, thumbs."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.evening_site import (
    ANSWER,
    QUESTIONS,
    answer_all,
    checked,
    comment,
    criterion,
    evening,
    guests,
    heard,
    judging,
    make_person,
    open_next,
    output_of,
    ready,
    saved,
    sign_in,
    sign_up,
)
from tests.live_site import LiveSite
from tests.visitors import Visitors

__all__ = ["evening", "guests", "judging"]


PHONE = {"width": 390, "height": 780}
DESK = {"width": 1280, "height": 900}
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
SAVED_AT = re.compile(r"Draft saved \d\d:\d\d:\d\d · held for you until \d\d:\d\d")
TYPED = "Nobody else can light it."

OF_OUTPUT = """
import json
from evaluations.judgments.models import Judgment
rows = Judgment.objects.filter(output={output}, withdrawn_at=None).order_by("id")
print(json.dumps(list(rows.values_list("judge__user__username", "comment"))))
"""
JUDGED_BY = """
from evaluations.judgments.models import Draft, Judgment
mine = Judgment.objects.filter(judge__user__username="{name}", withdrawn_at=None)
drafts = Draft.objects.filter(judge__user__username="{name}")
print(mine.values("output").distinct().count(), drafts.count())
"""

CLOSING = """
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output
make_item(make_protocol("closing", asks_holistic=True), Output.objects.first())
"""
CLOSED = """
from django.utils import timezone
from evaluations.judgments.models import Protocol
Protocol.objects.filter(slug="closing").update(closed_at=timezone.now())
"""


def rows(site: LiveSite, output: int) -> list[list[str | None]]:
    found: list[list[str | None]] = json.loads(site.shell(OF_OUTPUT.format(output=output)))
    return found


def write(page: Page, text: str = TYPED) -> None:
    page.keyboard.press("c")
    page.keyboard.type(text)


def drafted(page: Page) -> None:
    expect(page.locator("#kept")).to_have_text(SAVED_AT)


# Drafts ---------------------------------------------------------------------------------------


def test_a_draft_goes_along_from_guest_to_account_to_another_browser(
    evening: LiveSite, guests: Visitors, judging: Page
) -> None:
    for _ in range(2):
        answer_all(judging)
        judging.keyboard.press("Enter")
        saved(judging)
    address = judging.url
    judging.keyboard.press("2")
    write(judging)
    drafted(judging)
    judging.get_by_role("link", name="sign up").click()
    sign_up(judging, "wandering-judge")
    assert judging.url.endswith(address.rpartition("/judge")[2])
    assert evening.shell(JUDGED_BY.format(name="wandering-judge")) == "2 1"

    other = guests().new_page()
    sign_in(other, "wandering-judge")
    open_next(other)
    assert output_of(other) == output_of(judging), "the same output is still held"
    expect(other.locator("#kept")).to_have_text(re.compile(r"Draft of .* restored\. Held for you"))
    expect(comment(other)).to_have_value(TYPED)
    expect(checked(other, "partly")).to_have_count(1)
    expect(other.locator(".judging-progress")).to_contain_text("2 saved")
    comment(other).fill(f"{TYPED} Or can they?")
    drafted(other)

    judging.reload()
    expect(comment(judging)).to_have_value(f"{TYPED} Or can they?")
    criterion(judging, 0).locator("input").first.focus()
    answer_all(judging)
    judging.keyboard.press("Enter")
    saved(judging)
    assert evening.shell(JUDGED_BY.format(name="wandering-judge")) == "3 0"


def test_answers_marks_and_words_survive_a_reload_and_a_walk_elsewhere(judging: Page) -> None:
    address = judging.url
    judging.keyboard.press("2")
    judging.locator(".answer").select_text()
    judging.keyboard.press("h")
    heard(judging, f"“{ANSWER}”")
    judging.keyboard.press("3")
    # Left within the pause after which the server keeps a draft.
    for way in ("/definitions/", address):
        judging.goto(way)
    judging.reload()
    ready(judging)
    expect(checked(judging)).to_have_count(2)
    expect(judging.locator(".mark-list q")).to_have_text(ANSWER)
    # It is on the server as well, for a browser without the tab's memory.
    expect(judging.locator("#kept")).to_have_text(re.compile("Draft (saved|of .+ restored)"))
    judging.evaluate("sessionStorage.clear()")
    judging.reload()
    ready(judging)
    expect(checked(judging)).to_have_count(2)
    expect(judging.locator(".mark-list q")).to_have_text(ANSWER)


def test_words_typed_after_the_last_draft_are_newer_than_the_draft(judging: Page) -> None:
    write(judging)
    drafted(judging)
    judging.keyboard.type(" And more.")
    judging.reload()
    ready(judging)
    expect(comment(judging)).to_have_value(f"{TYPED} And more.")


# Two tabs, and sessions that end --------------------------------------------------------------


def test_the_second_of_two_tabs_gets_a_conflict_and_keeps_what_was_typed(
    evening: LiveSite, judging: Page
) -> None:
    output = output_of(judging)
    before = rows(evening, output)
    other = judging.context.new_page()
    other.goto(judging.url)
    ready(other)
    answer_all(judging)
    judging.keyboard.press("Enter")
    saved(judging)

    answer_all(other, "3")
    write(other)
    with other.expect_response(
        lambda it: it.request.method == "POST" and "draft" not in it.url
    ) as it:
        other.locator("#save").focus()
        other.keyboard.press("Enter")
    assert it.value.status == 409
    expect(other.locator("#problem")).to_be_focused()
    heard(other, "Nothing was overwritten and your answers are kept")
    expect(checked(other, "no")).to_have_count(QUESTIONS)
    expect(comment(other)).to_have_value(TYPED)
    assert rows(evening, output) == [*before, [None, ""]]
    other.reload()
    ready(other)
    expect(checked(other, "no")).to_have_count(QUESTIONS)
    expect(comment(other)).to_have_value(TYPED)
    other.locator("#save").focus()
    other.keyboard.press("Enter")
    saved(other)
    assert [None, TYPED] in rows(evening, output)


@pytest.mark.parametrize("how", ["signed out", "signed in as somebody else"])
def test_a_session_that_ended_elsewhere_saves_nothing_and_loses_nothing(
    evening: LiveSite, guests: Visitors, how: str
) -> None:
    first, second = f"leaving-{how[-1]}", f"coming-{how[-1]}"
    for name in (first, second):
        make_person(evening, name)
    page = guests().new_page()
    sign_in(page, first)
    open_next(page)
    output = output_of(page)
    answer_all(page)
    write(page)
    drafted(page)
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    other.locator("#sign-out").click()
    expect(other.get_by_role("link", name="Sign in")).to_be_visible()
    if how != "signed out":
        sign_in(other, second)
    before = rows(evening, output)
    with page.expect_response(
        lambda it: it.request.method == "POST" and "draft" not in it.url
    ) as it:
        page.locator("#save").focus()
        page.keyboard.press("Enter")
    assert it.value.status == 403
    heard(page, "Your session changed")
    expect(page.locator("#unsent")).to_be_visible()
    expect(checked(page)).to_have_count(QUESTIONS)
    expect(comment(page)).to_have_value(TYPED)
    assert rows(evening, output) == before
    page.get_by_role("button", name="Reload the page").click()
    ready(page)
    expect(checked(page)).to_have_count(QUESTIONS)
    expect(comment(page)).to_have_value(TYPED)
    page.locator("#save").focus()
    page.keyboard.press("Enter")
    saved(page)
    assert [None if how == "signed out" else second, TYPED] in rows(evening, output)


def test_a_protocol_that_is_closed_meanwhile_says_so_and_gives_the_words_back(
    evening: LiveSite, guests: Visitors
) -> None:
    evening.shell(CLOSING)
    page = guests().new_page()
    page.goto("/judge/?protocol=closing")
    ready(page)
    page.keyboard.press("1")
    write(page)
    evening.shell(CLOSED)
    page.locator("#save").click()
    expect(page.locator("#item")).to_contain_text("“Protocol closing” is closed")
    heard(page, "is closed")
    typed = page.get_by_label("What you typed")
    expect(typed).to_have_value(f"holistic: yes\ncomment: {TYPED}")
    assert ANSWER not in page.content()
    assert Axe().run(page).response["violations"] == []


# Own keys -------------------------------------------------------------------------------------


def test_chosen_keys_work_and_are_printed_and_the_usual_ones_rest(
    evening: LiveSite, guests: Visitors
) -> None:
    make_person(evening, "own-keys", keys={"yes": "q", "skip": "z"})
    page = guests().new_page()
    sign_in(page, "own-keys")
    open_next(page)
    expect(criterion(page, 0).locator("kbd").first).to_have_text("Q")
    expect(page.locator("#skip kbd")).to_have_text("Z")
    page.keyboard.press("1")
    page.keyboard.press("s")
    expect(checked(page)).to_have_count(0)
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("#keys dl")).to_contain_text("Q 2 3 4")
    page.keyboard.press("Escape")
    answer_all(page, "q")
    expect(checked(page, "yes")).to_have_count(QUESTIONS)
    page.keyboard.press("Enter")
    saved(page)
    expect(criterion(page, 0).locator("kbd").first).to_have_text("Q")
    page.keyboard.press("z")
    expect(page.locator("#skip-dialog")).to_be_visible()


def test_single_keys_switched_off_in_the_preferences_do_nothing(
    evening: LiveSite, guests: Visitors
) -> None:
    make_person(evening, "no-keys")
    page = guests().new_page()
    sign_in(page, "no-keys")
    page.goto("/accounts/preferences/")
    page.get_by_label("Answer with single keys").uncheck()
    page.locator("#save-preferences").click()
    open_next(page)
    address = page.url
    for key in ("1", "j", "s", "c", "v", "h", "u", "?"):
        page.keyboard.press(key)
    expect(checked(page)).to_have_count(0)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(comment(page)).not_to_be_focused()
    assert page.url == address
    # Tab, arrows, Space and Enter are the browser's own.
    criterion(page, 0).locator("input").first.focus()
    for _ in range(QUESTIONS):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    expect(checked(page, "yes")).to_have_count(QUESTIONS)
    page.locator("#save").focus()
    page.keyboard.press("Enter")
    saved(page)


# Thumbs, eyes and machines that read aloud ----------------------------------------------------


def test_a_thumb_answers_and_saves_at_390_pixels(guests: Visitors) -> None:
    page = guests(**TOUCH).new_page()
    open_next(page)
    before = page.url
    targets = page.locator(".choice, .save-bar .button:visible, .mark-tools .button:visible")
    boxes = [box for target in targets.all() if (box := target.bounding_box())]
    assert len(boxes) >= 4 * QUESTIONS + 3
    assert [box for box in boxes if box["height"] < 44 or box["width"] < 44] == []
    for index in range(QUESTIONS):
        criterion(page, index).locator(".choice").nth(index % 4).tap()
    expect(checked(page)).to_have_count(QUESTIONS)
    expect(page.locator("#save")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("#save").tap()
    page.wait_for_url(lambda url: url != before)
    saved(page)
    assert page.evaluate("scrollY") == 0
    undo = page.locator("#undo").bounding_box()
    assert undo is not None
    assert undo["height"] >= 44
    page.locator("#undo").tap()
    expect(checked(page)).to_have_count(QUESTIONS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1280", "390"])
def test_axe_finds_nothing_on_the_way(guests: Visitors, scheme: str, size: dict[str, int]) -> None:
    page = guests(viewport=size, color_scheme=scheme).new_page()
    open_next(page)
    clean(page)
    page.locator(".answer").select_text()
    page.keyboard.press("h")
    expect(page.locator(".mark-list q")).to_have_text(ANSWER)
    page.keyboard.press("Enter")
    expect(page.locator("#still-open")).to_be_visible()
    clean(page)
    criterion(page, 0).locator("input").first.focus()
    answer_all(page)
    page.keyboard.press("Enter")
    saved(page)
    clean(page)


def clean(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(found["id"], found["nodes"][0]["html"]) for found in violations]


HELD_AHEAD = """
from evaluations.judgments.models import Lease
print(Lease.objects.filter(judge__user__username="{name}", is_prefetch=True).count())
"""


def test_leaving_the_page_gives_back_what_was_held_ahead(
    evening: LiveSite, guests: Visitors
) -> None:
    """The next output is for others as soon as its judge goes elsewhere, not minutes later."""
    make_person(evening, "leaver")
    page = guests().new_page()
    sign_in(page, "leaver")
    open_next(page)
    answer_all(page)
    page.keyboard.press("Enter")
    saved(page)
    held = HELD_AHEAD.format(name="leaver")
    assert evening.shell(held) == "1"
    page.goto("/about/")
    evening.wait_for(held, "0", timeout=20)
