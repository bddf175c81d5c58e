"""Steps, pairs and prompts for those who hear the page: names, words read out, focus, weight."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.evening_site import STEPS, criterion, guests, heard
from tests.live_site import LiveSite
from tests.test_judging_evening import PAGE_BUDGET, size
from tests.visitors import Visitors

__all__ = ["guests"]

MAKE = """
from evaluations.accounts.models import Role, User
from evaluations.judgments.protocols.plans import Plan
from evaluations.judgments.protocols.actions import create_protocol, open_protocol
from evaluations.runs.models import LanguageModel, Recipe, Run
from tests.cast import make_output, make_prompt
actor = User.objects.create_user("stella-of-steps", role=Role.RESEARCHER)
for slug, steps in (("what-steps-do", "labels"), ("first-errors", "first-error")):
    plan = Plan(steps=steps, selection={}, judges_per_item=9, gold_share=0)
    protocol = create_protocol(actor=actor, title=slug.replace("-", " "), slug=slug, plan=plan)
    open_protocol(protocol=protocol, actor=actor)
prompt = make_prompt("side-by-side", text="The lamp is lit. Is anybody home?")
for number in range(3):
    model = LanguageModel.objects.create(slug=f"voice-{number}", name=f"Voice {number}", path="-")
    run = Run.objects.create(
        model=model, recipe=Recipe.objects.first(), prompt_set=prompt.prompt_set
    )
    make_output(run=run, prompt=prompt, trace=f"{number} lamps.", answer="Somebody is.")
"""

ADDRESSES = {
    "labels": "/judge/?protocol=what-steps-do",
    "first-error": "/judge/?protocol=first-errors",
    "pair": "/judge/pair/?prompt=side-by-side",
    "prompt": "/judge/prompt/",
}
CHECKS = (("right", "+", "Right"), ("neither", "0", "Neither"), ("wrong", "-", "Wrong"))
ROLES = {
    "o": "Observation",
    "i": "Inference",
    "l": "Conclusion",
    "p": "Plan",
    "x": "Check",
    "r": "Restatement",
    "f": "Filler",
}


@pytest.fixture(scope="module", autouse=True)
def work(evening: LiveSite) -> None:
    """Protocols that ask about steps, and a prompt with outputs to compare."""
    evening.shell(MAKE)


@pytest.fixture
def page(guests: Visitors) -> Page:
    return guests().new_page()


def open_page(page: Page, kind: str) -> None:
    page.goto(ADDRESSES[kind])
    expect(page.locator("#show-keys")).to_be_visible()


def focused(page: Page) -> str:
    """What holds the focus: the id of the control, nothing where it was lost."""
    found: str = page.evaluate("document.activeElement?.id ?? ''")
    return found


def clean(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(found["id"], found["nodes"][0]["html"]) for found in violations]


# Names ----------------------------------------------------------------------------------------


def steps_are_named(tree: str) -> None:
    for number in range(1, len(STEPS) + 1):
        assert f'group "Step {number} of {len(STEPS)}"' in tree, tree
    assert tree.count('radio "First error here"') == len(STEPS)
    assert tree.count('radio "No error"') == 1


def labels_are_named(tree: str) -> None:
    steps_are_named(tree)
    for number in range(1, len(STEPS) + 1):
        assert f'radiogroup "Step {number} is"' in tree, tree
        assert f'combobox "What step {number} does"' in tree, tree
    for name in ("Right", "Neither", "Wrong"):
        assert tree.count(f'radio "{name}"') == len(STEPS), tree
    assert tree.count('radio "Not marked" [checked]') == len(STEPS), tree


def sides_are_named(tree: str) -> None:
    assert 'group "Which is more of reasoning?"' in tree, tree
    for name in ("Left", "Right", "Tie", "Neither"):
        assert tree.count(f'button "{name}"') == 1, tree
    for side in ("Left", "Right"):
        assert f'article "{side}"' in tree, tree
        assert f'heading "{side}" [level=2]' in tree, tree


def questions_are_named(tree: str) -> None:
    asked = tree.count('group "')
    assert asked > 0
    for name in ("Yes", "Partly", "No", "Cannot tell"):
        assert tree.count(f'radio "{name}"') == asked, tree


NAMED: dict[str, tuple[str, Callable[[str], None]]] = {
    "labels": ("What does each step do?", labels_are_named),
    "first-error": ("Where is the first error?", steps_are_named),
    "pair": ("Which is more of reasoning?", sides_are_named),
    "prompt": ("Judge this prompt", questions_are_named),
}


@pytest.mark.parametrize("kind", NAMED)
def test_every_control_has_its_name_and_the_live_region_is_polite(page: Page, kind: str) -> None:
    title, are_named = NAMED[kind]
    open_page(page, kind)
    tree = page.get_by_role("main").aria_snapshot()
    assert f'heading "{title}" [level=1]' in tree, tree
    are_named(tree)
    for control in ('textbox "Comment (optional)"', 'button "Skip"', 'button "Keys"'):
        assert control in tree, tree
    assert page.locator("#live").get_attribute("aria-live") == "polite"


def test_a_step_is_described_by_its_text(page: Page) -> None:
    open_page(page, "labels")
    for index, text in enumerate(STEPS):
        expect(page.locator(f"#step-{index}")).to_have_accessible_description(text)


# Keys and words -------------------------------------------------------------------------------


def test_each_step_key_does_what_it_says_reads_it_out_and_keeps_the_focus(page: Page) -> None:
    open_page(page, "labels")
    page.keyboard.press("]")
    page.keyboard.press("[")
    expect(page.locator("#step-0")).to_have_class(re.compile("current"))
    here = focused(page)
    assert here.startswith("correct-0-")
    for name, key, _ in CHECKS:
        page.keyboard.press(key)
        expect(page.locator(f"#correct-0-{name}")).to_be_checked()
        heard(page, f"Step 1: {name}")
        assert focused(page) == here
    for key, name in ROLES.items():
        page.keyboard.press(key)
        expect(page.locator("#role-0 option:checked")).to_have_text(name)
        heard(page, f"Step 1: {name.lower()}, wrong")
        assert focused(page) == here
    page.keyboard.press("f")
    heard(page, "Step 1: wrong")
    page.keyboard.press("e")
    expect(page.locator("#first-error-0")).to_be_checked()
    heard(page, "Step 1: wrong, first error")
    page.keyboard.press("n")
    expect(page.locator("#first-error-none")).to_be_checked()
    heard(page, "No error")
    assert focused(page) == here
    clean(page)
    for index in range(1, len(STEPS)):
        page.keyboard.press("]")
        assert focused(page).startswith(f"correct-{index}-")
    page.keyboard.press("]")
    assert focused(page).startswith(f"correct-{len(STEPS) - 1}-"), "the last one is the last"


@pytest.mark.parametrize("kind", ["labels", "first-error"])
def test_labels_are_saved_by_keyboard_and_the_focus_goes_to_the_next(page: Page, kind: str) -> None:
    open_page(page, kind)
    before = page.url
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)
    heard(page, "Saved.")
    expect(page.locator("#item-title")).to_be_focused()
    clean(page)
    page.keyboard.press("u")
    heard(page, "Undone")
    assert focused(page) != ""
    expect(page.locator("#first-error-0")).to_be_checked()


def test_a_form_without_a_first_error_says_what_is_missing(page: Page) -> None:
    open_page(page, "first-error")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    heard(page, "Not saved yet")
    clean(page)


def test_a_prompt_without_answers_says_what_is_missing(page: Page) -> None:
    open_page(page, "prompt")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(criterion(page, 1).locator("input").first).to_be_focused()
    heard(page, "Some questions have no answer")
    expect(criterion(page, 0).locator("input[value=yes]")).to_be_checked()
    clean(page)


@pytest.mark.parametrize("kind", ["pair", "prompt"])
def test_a_save_and_its_undo_are_read_out_and_keep_the_focus(page: Page, kind: str) -> None:
    open_page(page, kind)
    answers = ["1"] * page.locator("fieldset.criterion").count()
    for key in ["t"] if kind == "pair" else [*answers, "Enter"]:
        page.keyboard.press(key)
    expect(page.locator("#saved")).to_be_visible()
    heard(page, "Saved")
    expect(page.locator("#item-title")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#saved")).to_have_count(0)
    heard(page, "Undone")
    assert focused(page) != ""
    before = page.url
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)
    assert focused(page) != ""


@pytest.mark.parametrize("kind", NAMED)
def test_an_open_list_of_keys_has_a_name_and_gives_the_focus_back(page: Page, kind: str) -> None:
    open_page(page, kind)
    page.locator("#show-keys").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys on this page")).to_be_visible()
    clean(page)
    page.keyboard.press("Escape")
    assert focused(page) == "show-keys"


# Weight ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NAMED)
def test_the_whole_page_weighs_little(page: Page, kind: str) -> None:
    came = []
    page.on("response", lambda response: came.append(response))
    open_page(page, kind)
    page.wait_for_load_state("networkidle")
    parts = {response.url.rpartition("/")[2] or "page": size(response) for response in came}
    assert 0 < sum(parts.values()) <= PAGE_BUDGET, parts
