"""The keyboard caret: moves through the text, extends, marks, leaves, and says so."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.marks_page import SELECT, STEPS, heard, marks, opened, page, quotes, selection

__all__ = ["opened", "page"]


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
