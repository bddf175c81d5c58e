"""Marking text as evidence in a real browser: by mouse, touch and caret, in any writing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.template import engines
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from evaluations.common.bundling import bundle
from evaluations.judgments.evidence import MOST_MARKS, marks_from
from evaluations.runs.models import Output
from tests.conftest import visiting

ORIGIN = "http://marks.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
KEYS = ("sound", "clear")

STEPS = (
    "1. The lamp is on.\r\nSo somebody is home.",
    "2. 😀 𝔸lso the 👩‍👩‍👧 and 🏳️‍🌈 meet 🇩🇪 here.",
    "3. Cafe\u0301 de\u0301ja\u0300 vu, naïve.",
    "4. إذا أمطرت السماء ابتل الشارع كله.",
    r"5. Thus $\frac{a}{b} \le \sum_{i<n} x_i & 1$ <b hx-get='/x'>holds</b>.",
)
TRACE = "\n\n".join(STEPS)
ANSWER = "\nNobody & 😀 is\r\rhome.\r\n"
STARTS = [TRACE.index(step) for step in STEPS]

PAGE = """{% load exact %}<!doctype html><html lang="en"><head><title>Judging</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/site.css"></head><body><main id="main" class="frame">
<h1>Judge this output</h1><div class="judging"><article class="output"><h2>Working</h2>
<ol class="trace" hx-ignore>{% for start, text in steps %}<li
  data-part="trace" data-start="{{ start }}" dir="auto">{{ text|exact }}</li>{% endfor %}</ol>
<h2>Answer</h2>
<div class="answer" hx-ignore data-part="answer" data-start="0" dir="auto">{{ answer|exact }}</div>
</article><form class="judging-form" id="judging" method="post" data-judging data-draft="1">
<input type="hidden" name="marks" value="{{ marks }}" data-kept><div class="judging-questions">
{% for key in keys %}{% include "ui/criterion.html" with question=key|add:"?" %}{% endfor %}
{% include "judgments/marks_list.html" %}</div>
<div class="save-bar"><button class="button" id="save" data-key="enter">Save</button></div>
</form></div></main><div id="live" class="visually-hidden" aria-live="polite"></div>
<script src="/site.js" defer></script><script src="/judging.js" defer></script></body></html>"""


def serve(context: BrowserContext, **changes: Any) -> None:
    """Answer every request of the page ourselves, under the site's policy."""
    static = Path(settings.BASE_DIR) / "static"
    values = {
        "steps": list(zip(STARTS, STEPS, strict=True)),
        "answer": ANSWER, "keys": KEYS, "marks": "", **changes,
    }  # fmt: skip
    html = engines["django"].from_string(PAGE).render(values)
    types = {"css": "text/css", "js": "text/javascript"}

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        kind = types.get(name.rpartition(".")[2], "text/html; charset=utf-8")
        body = bundle(name, static) if "." in name and kind != "text/html" else html
        headers = {"Content-Type": kind, "Content-Security-Policy": POLICY}
        route.fulfill(status=200, headers=headers, body=body)

    context.route("**/*", answer)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Any]:
    """Opens the page for a visitor; a broken policy or script fails the test."""
    with visiting(browser, ORIGIN) as visitors:

        def go(*, touch: bool = False, **changes: Any) -> Page:
            options: dict[str, Any] = (
                {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 600}}
                if touch
                else {}
            )
            context = visitors(**options)
            serve(context, **changes)
            page = context.new_page()
            page.goto("/")
            return page

        yield go


@pytest.fixture
def page(opened: Any) -> Page:
    shown: Page = opened()
    return shown


def marks(page: Page) -> list[dict[str, Any]]:
    text = page.locator("[name=marks]").input_value()
    found: list[dict[str, Any]] = json.loads(text or "[]")
    output = Output(trace=TRACE, answer=ANSWER)
    assert len(marks_from(text, output, KEYS)) == len(found), "the server takes what is sent"
    return found


def quotes(page: Page) -> list[str]:
    """What the marks quote from the stored text."""
    texts = {"trace": TRACE, "answer": ANSWER}
    return [texts[mark["part"]][mark["start"] : mark["end"]] for mark in marks(page)]


SELECT = """([from, fromText, fromEnd, to, toText, toEnd]) => {
    const node = (piece) => document.querySelectorAll("[data-part]")[piece].firstChild;
    const at = (piece, text, end) => node(piece).data.indexOf(text) + (end ? text.length : 0);
    getSelection().setBaseAndExtent(
        node(from), at(from, fromText, fromEnd), node(to), at(to, toText, toEnd));
}"""


def select(page: Page, piece: int, text: str) -> None:
    page.evaluate(SELECT, [piece, text, False, piece, text, True])


def heard(page: Page, words: str) -> None:
    expect(page.locator("#live")).to_contain_text(words)


def selection(page: Page) -> str:
    found: str = page.evaluate("getSelection().toString()")
    return found


def drawn(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate(
        "(name) => [...(CSS.highlights.get(name) || [])].map(String)", name
    )
    return found


# The text as the browser has it --------------------------------------------------------------


def test_the_browser_has_the_stored_text_code_point_for_code_point(page: Page) -> None:
    shown = page.evaluate("[...document.querySelectorAll('[data-part]')].map(e => e.textContent)")
    assert shown == [*STEPS, ANSWER]
    swapped = page.evaluate(
        "() => { const d = document.createElement('div');"
        "d.innerHTML = document.querySelector('.output').outerHTML.replaceAll('\\r', '&#13;');"
        "return [...d.querySelectorAll('[data-part]')].map(e => e.textContent) }"
    )
    assert swapped == [*STEPS, ANSWER]


# By mouse and key ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        (0, "on.\r\nSo somebody"),
        (1, "😀 𝔸lso"),
        (1, "👩‍👩‍👧 and 🏳️‍🌈"),
        (2, "Cafe\u0301 de\u0301ja\u0300"),
        (3, "أمطرت السماء"),
        (4, r"\frac{a}{b} \le \sum_{i<n} x_i &"),
        (4, "<b hx-get='/x'>holds</b>"),
        (5, "& 😀 is\r\rhome"),
    ],
)
def test_a_selection_becomes_a_place_in_code_points(page: Page, piece: int, text: str) -> None:
    select(page, piece, text)
    page.keyboard.press("h")
    assert quotes(page) == [text]
    assert marks(page)[0]["criterion"] == "sound"
    assert drawn(page, "evidence-current") == [text]
    heard(page, "Marked as evidence for “sound?”: “")
    assert selection(page) == "", "so that the mark can be seen"


@pytest.mark.parametrize(
    ("piece", "cut", "whole"),
    [
        (1, "👩‍👩", "👩‍👩‍👧"),
        (1, "\u200d👧 and 🏳", "👩‍👩‍👧 and 🏳️‍🌈"),
        (1, "🇪", "🇩🇪"),
        (2, "e", "e\u0301"),
        (2, "\u0301 d", "e\u0301 d"),
        (0, "on.\r", "on.\r\n"),
        (0, "\nSo", "\r\nSo"),
    ],
)
def test_nothing_that_is_read_as_one_is_cut(page: Page, piece: int, cut: str, whole: str) -> None:
    select(page, piece, cut)
    page.keyboard.press("h")
    assert quotes(page) == [whole]


def test_half_of_an_astral_character_is_not_marked(page: Page) -> None:
    page.evaluate(
        "() => { const node = document.querySelectorAll('[data-part]')[1].firstChild;"
        "const at = node.data.indexOf('😀'); getSelection().setBaseAndExtent(node, at + 1, node,"
        "node.data.indexOf('𝔸') + 1) }"
    )
    page.keyboard.press("h")
    assert quotes(page) == ["😀 𝔸"]


def test_a_selection_across_steps_is_one_mark_with_what_lies_between(page: Page) -> None:
    page.evaluate(SELECT, [0, "somebody", False, 2, "Cafe\u0301", True])
    page.keyboard.press("h")
    first, last = TRACE.index("somebody"), TRACE.index("Cafe\u0301") + 5
    assert quotes(page) == [TRACE[first:last]]
    assert len(drawn(page, "evidence-current")) == 3


def test_a_selection_into_the_answer_is_a_mark_in_each_part(page: Page) -> None:
    page.evaluate(SELECT, [5, "Nobody", True, 4, "holds", False])
    page.keyboard.press("h")
    assert quotes(page) == [TRACE[TRACE.index("holds") :], "\nNobody"]


def test_the_mouse_selects_and_the_button_marks_overlaps_for_two_questions(page: Page) -> None:
    button = page.get_by_role("button", name="Mark as evidence")
    expect(button).to_be_disabled()
    page.locator(".trace li").first.click(click_count=3, position={"x": 80, "y": 10})
    expect(button).to_be_enabled()
    button.click()
    page.locator("#answer-clear-yes").check()
    expect(page.locator("[data-mark-for]")).to_have_text("Evidence for: clear?")
    select(page, 0, "lamp")
    button.click()
    assert [mark["criterion"] for mark in marks(page)] == ["sound", "clear"]
    assert quotes(page)[1] == "lamp"
    assert quotes(page)[0].startswith("1. The lamp is on.")
    assert drawn(page, "evidence-current") == ["lamp"]
    assert drawn(page, "evidence") == [quotes(page)[0]]
    page.locator("#answer-sound-no").check()
    assert drawn(page, "evidence") == ["lamp"]
    expect(page.locator("#criterion-clear .mark-list q")).to_have_text("lamp")
    assert Axe().run(page).response["violations"] == []


def test_without_a_selection_the_key_says_what_to_do(page: Page) -> None:
    page.keyboard.press("h")
    heard(page, "Select some text in the working or in the answer first.")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    expect(page.get_by_role("button", name="Mark as evidence")).to_be_disabled()
    page.keyboard.press("h")
    assert marks(page) == []


def test_the_same_text_is_marked_once(page: Page) -> None:
    for _ in range(2):
        select(page, 0, "lamp")
        page.keyboard.press("h")
    heard(page, "This text is marked already.")
    assert quotes(page) == ["lamp"]


def test_removing_keeps_the_focus_near_and_says_so(page: Page) -> None:
    for word in ("lamp", "somebody", "home"):
        select(page, 0, word)
        page.keyboard.press("h")
    buttons = page.locator("#criterion-sound .mark-list button")
    box = buttons.first.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    page.get_by_role("button", name="Remove “somebody”").click()
    heard(page, "Removed “somebody”")
    expect(page.get_by_role("button", name="Remove “home”")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove “lamp”")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#answer-sound-yes")).to_be_focused()
    assert marks(page) == []
    assert page.locator("[name=marks]").input_value() == "[]"


def test_marking_from_a_remove_button_leaves_the_focus_on_it(page: Page) -> None:
    select(page, 0, "lamp")
    page.keyboard.press("h")
    page.get_by_role("button", name="Remove “lamp”").focus()
    select(page, 0, "home")
    page.keyboard.press("h")
    assert quotes(page) == ["lamp", "home"]
    expect(page.get_by_role("button", name="Remove “lamp”")).to_be_focused()


def test_marks_come_back_from_the_server_and_from_the_draft(opened: Any) -> None:
    start = TRACE.index("😀")
    sent = json.dumps([{"part": "trace", "start": start, "end": start + 6, "criterion": "clear"}])
    page = opened(marks=sent)
    expect(page.locator("#criterion-clear .mark-list q")).to_have_text("😀 𝔸lso")
    page = opened()
    select(page, 1, "meet 🇩🇪")
    page.keyboard.press("h")
    page.reload()
    assert quotes(page) == ["meet 🇩🇪"]
    expect(page.locator("#criterion-sound .mark-list q")).to_have_text("meet 🇩🇪")


def test_at_most_two_hundred_places(opened: Any) -> None:
    mark = {"part": "trace", "start": 0, "criterion": "sound"}
    page = opened(marks=json.dumps([{**mark, "end": n + 1} for n in range(MOST_MARKS)]))
    select(page, 2, "vu")
    page.keyboard.press("h")
    heard(page, "At most 200 places can be marked.")
    assert len(marks(page)) == 200


def test_without_the_highlight_interface_the_list_still_tells(opened: Any) -> None:
    page = opened()
    page.add_init_script("delete CSS.highlights; delete window.Highlight; delete Intl.Segmenter")
    page.goto("/")
    assert page.evaluate("'highlights' in CSS || Boolean(Intl.Segmenter)") is False
    select(page, 1, "😀 𝔸")
    page.keyboard.press("h")
    expect(page.locator(".mark-list q")).to_have_text("😀 𝔸")
    assert quotes(page) == ["😀 𝔸"]


# By touch ------------------------------------------------------------------------------------


def test_on_a_phone_the_button_comes_to_the_selection(opened: Any) -> None:
    page = opened(touch=True)
    button = page.get_by_role("button", name="Mark as evidence")
    expect(button).not_to_be_in_viewport()
    select(page, 0, "The lamp is on")
    expect(button).to_be_in_viewport(ratio=1)
    assert Axe().run(page).response["violations"] == []
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    button.tap()
    assert quotes(page) == ["The lamp is on"]
    expect(button).not_to_be_in_viewport()


def test_a_tap_that_takes_the_selection_away_marks_it_all_the_same(opened: Any) -> None:
    page = opened(touch=True)
    select(page, 0, "The lamp is on")
    page.evaluate(
        "document.addEventListener('touchend', () => getSelection().removeAllRanges(), true)"
    )
    page.get_by_role("button", name="Mark as evidence").tap()
    assert quotes(page) == ["The lamp is on"]


# By caret ------------------------------------------------------------------------------------


@pytest.fixture
def caret(page: Page) -> Page:
    page.keyboard.press("v")
    expect(page.locator("html")).to_have_attribute("data-caret", "on")
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_caret_marks_and_leaves_and_says_so(caret: Page) -> None:
    heard(caret, "Caret in the text")
    expect(caret.get_by_role("application", name="Caret in the text")).to_be_focused()
    expect(caret.locator(".caret")).to_be_visible()
    assert Axe().run(caret).response["violations"] == []
    press(caret, *["ArrowRight"] * 3, *["Shift+ArrowRight"] * 3)
    assert selection(caret) == "The"
    heard(caret, "The, selected")
    press(caret, "Enter")
    assert quotes(caret) == ["The"]
    heard(caret, "Marked as evidence for “sound?”: “The”")
    expect(caret.locator("html")).to_have_attribute("data-caret", "on")
    press(caret, "Escape")
    heard(caret, "Caret left.")
    expect(caret.locator("html")).not_to_have_attribute("data-caret", "on")
    expect(caret.locator(".caret")).to_have_count(0)
    expect(caret.locator("article")).not_to_have_attribute("role", "application")
    expect(caret.locator("#answer-sound-yes")).to_be_focused()


def test_words_lines_and_ends(caret: Page) -> None:
    press(caret, "Control+ArrowRight", "Control+ArrowRight")
    press(caret, "Shift+End", "Enter")
    first = STEPS[0].partition("\r")[0]
    assert first.endswith(quotes(caret)[0].rstrip("\r"))
    press(caret, "ArrowDown", "Home", "Shift+Control+ArrowRight", "Enter")
    assert quotes(caret)[1].strip() == "So"
    press(caret, "Control+End", "Shift+Home", "Enter")
    assert marks(caret)[2]["part"] == "answer"


def test_the_word_under_the_caret_is_read_out(caret: Page) -> None:
    press(caret, "Control+ArrowRight", "Control+ArrowRight", "ArrowDown", "Home")
    heard(caret, "So")
    press(caret, "ArrowRight")
    heard(caret, "o")


def walk(page: Page, key: str, most: int = 400) -> list[list[int]]:
    """Press *key* until nothing moves any more: the places as piece and unit."""
    return page.evaluate(
        """([key, most]) => {
            const pieces = [...document.querySelectorAll("[data-part]")];
            const seen = [];
            for (let count = 0; count < most; count += 1) {
                document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
                const { focusNode, focusOffset } = getSelection();
                const piece = pieces.findIndex((each) => each.contains(focusNode));
                const now = [piece, focusOffset];
                if (String(now) === String(seen.at(-1))) break;
                seen.push(now);
            }
            return seen;
        }""",
        [key, most],
    )


def test_the_arrows_walk_through_all_of_the_text_and_never_out_of_it(caret: Page) -> None:
    places = walk(caret, "ArrowDown")
    assert [piece for piece, _ in places] == sorted(piece for piece, _ in places)
    assert {piece for piece, _ in places} | {0} == set(range(6))
    places = walk(caret, "ArrowUp")
    assert {piece for piece, _ in places} | {5} == set(range(6))
    assert -1 not in {piece for piece, _ in places}
    seen = walk(caret, "ArrowRight")
    assert -1 not in {piece for piece, _ in seen}
    assert {piece for piece, _ in seen} >= {0, 1, 2}
    # Never inside an emoji or between a letter and its accent.
    second = {unit for piece, unit in seen if piece == 1}
    text = STEPS[1].encode("utf-16-le")
    before = {text[: unit * 2].decode("utf-16-le", "replace") for unit in second}
    assert not any(part.endswith(("👩", "\u200d", "🏳", "🇩", "\ufffd")) for part in before)
    third = {STEPS[2][:unit] for piece, unit in seen if piece == 2}
    assert "3. Caf" in third
    assert "3. Cafe" not in third


def test_right_to_left_the_left_arrow_goes_on(caret: Page) -> None:
    caret.evaluate(SELECT, [3, "أمطرت", False, 3, "أمطرت", False])
    press(caret, *["Shift+ArrowLeft"] * 5, "Enter")
    assert quotes(caret) == ["أمطرت"]


def test_keys_of_the_form_rest_while_the_caret_moves(caret: Page) -> None:
    press(caret, "ArrowRight", "ArrowDown", "Enter", "h")
    expect(caret.locator(":checked")).to_have_count(0)
    heard(caret, "Select some text")
    press(caret, "v")
    expect(caret.locator("html")).not_to_have_attribute("data-caret", "on")


def test_going_on_to_a_control_leaves_the_caret(caret: Page) -> None:
    press(caret, "2")
    expect(caret.locator("#answer-sound-partly")).to_be_checked()
    expect(caret.locator("html")).not_to_have_attribute("data-caret", "on")
    expect(caret.locator("#answer-clear-yes")).to_be_focused()
    caret.get_by_role("button", name="Caret").click()
    expect(caret.get_by_role("button", name="Caret")).to_have_attribute("aria-pressed", "true")
    caret.get_by_role("button", name="Caret").click()
    expect(caret.locator("html")).not_to_have_attribute("data-caret", "on")
