"""Comparing two outputs, and judging a prompt alone: by keyboard, by thumb, without scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.evening_site import guests
from tests.live_site import LiveSite
from tests.visitors import Visitors

__all__ = ["guests"]

PHONE = {"width": 390, "height": 780}
CHOICES = ("left", "right", "tie", "neither")

LAST = """
from evaluations.judgments.models import Comparison
last = Comparison.objects.filter(withdrawn_at=None).latest("id")
print(last.value, last.left_id, last.right_id, last.comment)
"""


MAKE = """
from evaluations.runs.models import LanguageModel, Recipe, Run
from tests.cast import make_output, make_prompt
prompt = make_prompt("paired", text="The lamp is lit. Is anybody home?")
for number in range(3):
    model = LanguageModel.objects.create(slug=f"writer-{number}", name=f"Writer {number}", path="-")
    run = Run.objects.create(
        model=model, recipe=Recipe.objects.first(), prompt_set=prompt.prompt_set
    )
    make_output(run=run, prompt=prompt, trace=f"{number} lamps.", answer="Somebody is.")
print(prompt.slug)
"""


@pytest.fixture(scope="module")
def prompt(evening: LiveSite) -> str:
    """A prompt to which three models wrote an output each."""
    return evening.shell(MAKE)


@pytest.fixture
def page(guests: Visitors) -> Page:
    return guests().new_page()


@pytest.fixture
def comparing(prompt: str, page: Page) -> Page:
    """The first pair that a new guest gets."""
    page.goto(f"/judge/pair/?prompt={prompt}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Which is more of reasoning?")
    return page


def press_and_go_on(page: Page, key: str) -> None:
    before = page.url
    page.keyboard.press(key)
    page.wait_for_url(lambda url: url != before)


def shown(page: Page) -> list[str]:
    return [page.locator(f"input[name={side}]").input_value() for side in ("left", "right")]


@pytest.mark.parametrize(("key", "value"), list(zip("abtn", CHOICES, strict=True)))
def test_one_key_saves_and_brings_the_next_pair(
    evening: LiveSite, comparing: Page, key: str, value: str
) -> None:
    sent: list[str] = []
    comparing.on("request", lambda it: "/static/" in it.url or sent.append(it.url))
    sides = shown(comparing)
    press_and_go_on(comparing, key)
    expect(comparing.locator("#item-title")).to_be_focused()
    expect(comparing.locator("#live")).to_contain_text("Saved: ")
    assert len(sent) == 1
    assert evening.shell(LAST).split(" ") == [value, *sides]


def test_undo_brings_the_pair_its_sides_and_the_comment_back(comparing: Page) -> None:
    sides = shown(comparing)
    comparing.keyboard.press("c")
    comparing.keyboard.type("abtn is a word here")
    comparing.locator("#choose-left").focus()
    press_and_go_on(comparing, "a")
    expect(comparing.get_by_label("Comment")).to_have_value("")
    press_and_go_on(comparing, "u")
    assert shown(comparing) == sides
    expect(comparing.get_by_label("Comment")).to_have_value("abtn is a word here")
    expect(comparing.locator("#saved")).to_have_count(0)


def test_s_passes_a_pair_by_and_question_mark_lists_the_keys(comparing: Page) -> None:
    press_and_go_on(comparing, "s")
    expect(comparing.locator("#saved")).to_have_count(0)
    comparing.keyboard.press("?")
    expect(comparing.locator("#keys")).to_contain_text("a tie, neither of the two")
    comparing.keyboard.press("a")
    expect(comparing.locator("#keys")).to_be_visible()


def test_a_cut_network_keeps_the_comment_and_sends_the_answer_later(comparing: Page) -> None:
    comparing.get_by_label("Comment").fill("kept words")
    comparing.locator("#choose-tie").focus()
    comparing.context.set_offline(True)
    comparing.keyboard.press("t")
    expect(comparing.locator("#unsent")).to_contain_text("could not be reached")
    expect(comparing.get_by_label("Comment")).to_have_value("kept words")
    before = comparing.url
    comparing.context.set_offline(False)
    comparing.wait_for_url(lambda url: url != before)
    expect(comparing.locator("#live")).to_contain_text("Saved: a tie")


def test_the_answers_lie_under_the_thumb_on_a_phone(comparing: Page) -> None:
    comparing.set_viewport_size(PHONE)
    for _ in range(2):
        for choice in CHOICES:
            box = comparing.locator(f"#choose-{choice}").bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert PHONE["height"] / 2 < box["y"] < PHONE["height"] - 44
        comparing.mouse.wheel(0, 300)
    # Both in one breath: the page may still be scrolling.
    places = comparing.evaluate(
        "['left', 'right'].map((side) =>"
        " document.getElementById(`${side}-title`).getBoundingClientRect().y)"
    )
    assert places == sorted(set(places))
    expect(comparing.get_by_role("button", name="Upper")).to_be_visible()
    assert comparing.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(guests: Visitors, prompt: str, scheme: str) -> None:
    for viewport in (PHONE, {"width": 1280, "height": 900}):
        page = guests(viewport=viewport, color_scheme=scheme).new_page()
        page.goto(f"/judge/pair/?prompt={prompt}")
        assert Axe().run(page).response["violations"] == []
        press_and_go_on(page, "n")
        assert Axe().run(page).response["violations"] == []
        page.goto("/judge/prompt/")
        assert Axe().run(page).response["violations"] == []


def test_everything_works_without_scripts(browser: Browser, evening: LiveSite, prompt: str) -> None:
    context = browser.new_context(base_url=evening.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/judge/pair/?prompt={prompt}")
    page.get_by_label("Comment").fill("plain")
    page.get_by_role("button", name="Neither").click()
    expect(page.locator("#saved")).to_contain_text("Saved: neither of the two")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Comment")).to_have_value("plain")
    before = page.url
    page.get_by_role("button", name="Skip").click()
    assert page.url != before
    context.close()


def test_a_prompt_is_judged_alone_and_once_by_keyboard(page: Page) -> None:
    page.goto("/judge/prompt/")
    address = page.url
    expect(page.get_by_role("heading", level=1)).to_have_text("Judge this prompt")
    expect(page.locator(".answer, .trace")).to_have_count(0)
    questions = page.locator("fieldset.criterion")
    for _ in range(questions.count()):
        page.keyboard.press("2")
    press_and_go_on(page, "Enter")
    expect(page.locator("#live")).to_contain_text("It holds for every output to that prompt")
    expect(page.locator("#item-title")).to_be_focused()
    press_and_go_on(page, "u")
    expect(page).to_have_url(re.compile(re.escape(address.split("?")[0])))
    expect(page.locator("fieldset.criterion input[value=partly]:checked")).to_have_count(
        questions.count()
    )
