"""A stranger judges ten outputs in a row by keyboard, and nothing that they did is lost."""

import json
import statistics
from typing import Any

from playwright.sync_api import Page, Response, expect

from tests.evening_site import (
    QUESTIONS,
    TRACE,
    checked,
    comment,
    criterion,
    evening,
    guests,
    heard,
    judging,
    open_next,
    output_of,
    ready,
    saved,
    tell,
)
from tests.live_site import LiveSite
from tests.visitors import Visitors

__all__ = ["evening", "guests", "judging"]


KILOBYTE = 1000
PAGE_BUDGET = 60 * KILOBYTE
WORDS = "The second step says more than was seen."

# Milliseconds from Enter to the next output, as the page itself sees it.
WATCH = """() => {
    window.waits = [];
    let pressed = 0;
    addEventListener("keydown", ({ key }) => {
        if (key === "Enter") pressed = performance.now();
    }, true);
    addEventListener("focusin", ({ target }) => {
        if (target.id !== "item-title" || !pressed) return;
        waits.push(performance.now() - pressed);
        pressed = 0;
    });
}"""

# Every selection with a mouse begins and ends somewhere on the screen.
PLACE = """([selector, word]) => {
    const piece = document.querySelector(selector);
    const at = piece.textContent.indexOf(word);
    const range = new Range();
    range.setStart(piece.firstChild, at);
    range.setEnd(piece.firstChild, at + word.length);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    return [left, right, (top + bottom) / 2];
}"""

STORED = """
import json
from evaluations.judgments.models import Answer, Draft, Item, Judge, Judgment, Lease, Mark, Skip
judge = Judge.objects.get(pk=Judgment.objects.filter(output={output}).latest("id").judge_id)
standing = judge.judgments.standing().order_by("id")
print(json.dumps({{
    "outputs": list(standing.values_list("output", flat=True)),
    "on_items": standing.filter(item__isnull=False, finishes_item=True).count(),
    "undone": list(judge.judgments.exclude(withdrawn_at=None).values_list("output", flat=True)),
    "answers": Answer.objects.current().filter(judge=judge).count(),
    "comments": [text for text in standing.values_list("comment", flat=True) if text],
    "seconds": list(standing.values_list("seconds", flat=True)),
    "skips": list(Skip.objects.filter(judge=judge).values_list("output", "reason")),
    "marks": list(Mark.objects.filter(judge=judge, is_current=True).order_by("id").values_list(
        "output", "part", "start", "end", "quote", "criterion__key")),
    "drafts": Draft.objects.filter(judge=judge).count(),
    "leases": Lease.objects.filter(judge=judge).count(),
    "counters": list(Item.objects.filter(judgments__in=standing).values_list("done", flat=True)),
}}))
"""


class Fingers:
    """A keyboard that counts its keys."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def since(self) -> int:
        """Keys pressed since this was asked last."""
        count, self.count = self.count, 0
        return count


def size(response: Response) -> int:
    """Bytes that came over the wire for an answer, compressed as they were sent."""
    sizes = response.request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


class Evening:
    """One judge's way through the outputs, with what it cost."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.fingers = Fingers(page)
        self.judged: list[int] = []
        self.keys: list[int] = []
        self.bytes: list[int] = []
        page.evaluate(WATCH)
        page.on("requestfinished", lambda request: self.weigh(request.response()))

    def weigh(self, response: Response | None) -> None:
        if response and response.request.method == "POST" and response.status == 200:
            self.bytes.append(size(response))

    def answer(self, key: str = "1") -> None:
        self.fingers.press(*[key] * QUESTIONS)
        expect(checked(self.page)).to_have_count(QUESTIONS)

    def note(self) -> int:
        """The output that is open is judged now."""
        self.judged.append(output_of(self.page))
        return self.judged[-1]

    def save(self) -> None:
        """Enter, and the next output is there with the focus on its title."""
        before = output_of(self.page)
        self.fingers.press("Enter")
        self.arrived(before)

    def arrived(self, before: int) -> None:
        self.page.wait_for_url(lambda url: f"/judge/{before}/" not in url)
        saved(self.page)
        expect(checked(self.page)).to_have_count(0)
        assert self.page.evaluate("scrollY") == 0, "the next output starts at its beginning"
        self.keys.append(self.fingers.since())

    def plain(self) -> None:
        self.note()
        self.answer()
        self.save()
        assert self.keys[-1] == QUESTIONS + 1


def undo_and_save_again(night: Evening) -> int:
    """Undo brings the output back with its answers; one is changed and it is saved again."""
    page = night.page
    undone = night.judged[-1]
    night.fingers.press("u")
    page.wait_for_url(f"**/judge/{undone}/**")
    expect(checked(page, "yes")).to_have_count(QUESTIONS)
    expect(page.locator("#saved")).to_have_count(0)
    expect(page.locator("#item-title")).to_be_focused()
    night.fingers.press("j", "3")
    expect(checked(page, "no")).to_have_count(1)
    expect(checked(page, "yes")).to_have_count(QUESTIONS - 1)
    night.save()
    assert night.keys[-1] == 4, "U, J, another answer, Enter"
    return undone


def skip(night: Evening) -> int:
    page = night.page
    passed = output_of(page)
    night.fingers.press("s", "ArrowDown")
    expect(page.get_by_label("It is not readable")).to_be_checked()
    night.fingers.press("Tab")
    page.keyboard.type("only dots")
    night.fingers.press("Enter")
    page.wait_for_url(lambda url: f"/judge/{passed}/" not in url)
    expect(page.locator("#item-title")).to_be_focused()
    night.fingers.since()
    return passed


def mark_by_caret(night: Evening) -> list[Any]:
    """V, through the working by words, two words marked, out again."""
    page = night.page
    output = night.note()
    night.fingers.press("v")
    heard(page, "Caret in the text")
    expect(page.get_by_role("application", name="Caret in the text")).to_be_focused()
    # It may begin in the prompt, which stands above the working.
    for _ in range(40):
        if page.evaluate("getSelection().focusNode.parentElement.closest('[data-part=trace]')"):
            break
        night.fingers.press("ArrowDown")
    night.fingers.press("Home", "ArrowDown", "Home", *["ArrowRight"] * 3)
    night.fingers.press(*["Shift+ArrowRight"] * len("A lit lamp"))
    assert page.evaluate("getSelection().toString()") == "A lit lamp"
    night.fingers.press("Enter")
    heard(page, "Marked as evidence for “")
    heard(page, "“A lit lamp”")
    page.wait_for_timeout(400)  # The letter at the caret is read out later than a move.
    heard(page, "“A lit lamp”")
    night.fingers.press("Escape")
    heard(page, "Caret left.")
    night.answer()
    night.save()
    start = TRACE.index("A lit lamp")
    return [output, "trace", start, start + len("A lit lamp"), "A lit lamp"]


def mark_by_mouse(night: Evening) -> list[Any]:
    """Drag over words beside an emoji, H."""
    page = night.page
    output = night.note()
    left, right, middle = page.evaluate(PLACE, [".trace li", "🪔 lamp"])
    page.mouse.move(left + 0.5, middle)
    page.mouse.down()
    page.mouse.move(right - 0.5, middle, steps=6)
    page.mouse.up()
    night.fingers.press("h")
    heard(page, "Marked as evidence for “")
    expect(criterion(page, 0).locator(".mark-list q")).to_have_text("🪔 lamp")
    night.answer()
    night.save()
    start = TRACE.index("🪔 lamp")
    return [output, "trace", start, start + len("🪔 lamp"), "🪔 lamp"]


def cut(night: Evening) -> None:
    """The network goes, Enter says so and keeps all; it comes back, and the form goes by itself."""
    page = night.page
    output = night.note()
    night.answer("2")
    page.context.set_offline(True)
    night.fingers.press("Enter")
    heard(page, "Not saved: the site could not be reached.")
    heard(page, "sent by themselves")
    expect(page.locator("#unsent")).to_be_visible()
    expect(checked(page, "partly")).to_have_count(QUESTIONS)
    assert output_of(page) == output
    assert page.evaluate("document.activeElement !== document.body")
    page.context.set_offline(False)
    night.arrived(output)
    assert night.keys[-1] == QUESTIONS + 1, "nothing is pressed again"
    expect(page.locator("#unsent")).to_be_hidden()


def write_comment(night: Evening) -> None:
    page = night.page
    before = night.note()
    night.answer()
    night.fingers.press("c")
    expect(comment(page)).to_be_focused()
    page.keyboard.type(WORDS)
    expect(page.locator("#kept")).to_contain_text("Draft saved")
    # Out of the text by Tab alone: Enter is a new line there.
    night.fingers.press("Tab")
    expect(page.locator("#save")).to_be_focused()
    night.fingers.press("Enter")
    night.arrived(before)


def test_ten_outputs_by_keyboard_with_undo_a_skip_marks_and_a_cut_network(
    evening: LiveSite, judging: Page
) -> None:
    night = Evening(judging)
    night.plain()
    undone = undo_and_save_again(night)
    night.plain()
    passed = skip(night)
    marks = [mark_by_caret(night), mark_by_mouse(night)]
    cut(night)
    write_comment(night)
    for number in range(len(night.judged) + 1, 11):
        night.plain()
        expect(judging.locator(".judging-progress")).to_contain_text(f"{number} saved")
    expect(judging.locator(".judging-progress")).to_contain_text("s each")

    stored = json.loads(evening.shell(STORED.format(output=night.judged[-1])))
    assert len(set(night.judged)) == 10
    assert sorted(stored["outputs"]) == sorted(night.judged), "each once, the cut one too"
    assert stored["on_items"] == 10
    assert stored["undone"] == [undone]
    assert stored["answers"] == 10 * QUESTIONS
    assert stored["comments"] == [WORDS]
    assert all(seconds > 0 for seconds in stored["seconds"])
    assert stored["skips"] == [[passed, "not readable: only dots"]]
    assert [mark[:5] for mark in stored["marks"]] == marks
    assert {mark[5] for mark in stored["marks"]} == {
        criterion(judging, 0).get_attribute("data-criterion")
    }
    assert stored["drafts"] == 0
    assert stored["leases"] <= 2, "the open one and the one after it"
    assert stored["counters"] == [1] * 10

    waits = judging.evaluate("waits")
    tell(
        f"an evening of ten: {min(night.keys[2:])} keys an output, "
        f"{statistics.median(night.bytes) / KILOBYTE:.1f} kB a save, "
        f"save to next {statistics.median(waits):.0f} ms (most {max(waits):.0f} ms)"
    )


def test_the_whole_page_weighs_little(guests: Visitors) -> None:
    page = guests().new_page()
    came: list[Response] = []
    page.on("response", lambda response: came.append(response))
    page.goto("/judge/")
    ready(page)
    page.wait_for_load_state("networkidle")
    parts = {response.url.rpartition("/")[2] or "page": size(response) for response in came}
    total = sum(parts.values())
    tell(f"the judging page weighs {total / KILOBYTE:.1f} kB in {len(came)} answers")
    assert total <= PAGE_BUDGET, parts


def test_words_of_the_form_for_a_screen_reader(judging: Page) -> None:
    tree = judging.locator("#judging").aria_snapshot()
    first = criterion(judging, 0).locator("legend").inner_text()
    assert f'group "{first}"' in tree
    assert tree.count('group "') == QUESTIONS, tree
    for name in ("Yes", "Partly", "No", "Cannot tell"):
        assert tree.count(f'radio "{name}"') == QUESTIONS, tree
    for control in (
        'textbox "Comment (optional)"',
        'button "Save and next"',
        'button "Skip"',
        'button "Keys"',
        'button "Mark as evidence"',
        'button "Caret"',
    ):
        assert control in tree, tree
    whole = judging.locator("body").aria_snapshot()
    assert 'heading "Judge this output" [level=1]' in whole
    for level in ("Prompt", "Answer"):
        assert f'heading "{level}" [level=2]' in whole
    assert "- status" in whole
    assert judging.locator("#live").get_attribute("aria-live") == "polite"


def answer_rest(page: Page) -> None:
    for _ in range(QUESTIONS - 2):
        page.keyboard.press("1")
    expect(checked(page)).to_have_count(QUESTIONS)


def test_a_form_with_open_questions_says_so_and_goes_to_the_first(judging: Page) -> None:
    judging.keyboard.press("1")
    judging.keyboard.press("Enter")
    expect(criterion(judging, 1).locator("input").first).to_be_focused()
    heard(judging, "Some questions have no answer")
    expect(judging.locator("#still-open")).to_be_visible()
    expect(judging.locator("fieldset[aria-invalid]")).to_have_count(QUESTIONS - 1)
    expect(checked(judging)).to_have_count(1)
    judging.keyboard.press("1")
    expect(judging.locator("fieldset[aria-invalid]")).to_have_count(QUESTIONS - 2)
    judging.locator("#save").click()
    expect(criterion(judging, 2).locator("input").first).to_be_focused()
    answer_rest(judging)
    expect(judging.locator("#still-open")).to_be_hidden()
    expect(judging.locator("fieldset[aria-invalid]")).to_have_count(0)


def test_the_last_answer_says_what_comes_and_no_focus_is_lost_between(judging: Page) -> None:
    open_next(judging)
    judging.evaluate(
        "() => { window.lost = 0; addEventListener('focusout', () => setTimeout(() => {"
        "if (document.activeElement === document.body) lost += 1 }, 200)) }"
    )
    for _ in range(QUESTIONS):
        judging.keyboard.press("1")
    heard(judging, "All criteria are answered. Press Enter to save.")
    judging.keyboard.press("Enter")
    saved(judging)
    heard(judging, "definitions settled")
    judging.wait_for_timeout(300)
    assert judging.evaluate("lost") == 0
