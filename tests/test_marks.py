"""Marking text as evidence in a real browser: by mouse, touch and caret, in any writing."""

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from evaluations.judgments.answers.marks import MOST_MARKS
from tests.marks_page import (
    ANSWER,
    SELECT,
    STEPS,
    TRACE,
    drawn,
    heard,
    marks,
    opened,
    page,
    quotes,
    select,
    selection,
)

__all__ = ["opened", "page"]


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
