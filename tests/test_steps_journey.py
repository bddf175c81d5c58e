"""Traces whose first mistake is known, judged step by step and compared with what is known."""

import json
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.live_site import ROOT, LiveSite
from tests.visitors import Visitors

FOLDER = ROOT / "evaluations/exchange/loading/tests/data/bigbench_mistake"
SIZES = ({"width": 390, "height": 780}, {"width": 1280, "height": 900})

OPEN = """
from evaluations.accounts.models import Role, User
from evaluations.judgments.protocols.plans import Plan
from evaluations.judgments.protocols.actions import create_protocol, open_protocol
from evaluations.prompts.models import PromptSet
deduction, arithmetic = (
    PromptSet.objects.get(title=title).slug
    for title in ("logical_deduction", "multistep_arithmetic")
)
actor, _ = User.objects.get_or_create(username="stella-of-steps", role=Role.RESEARCHER)
for slug, steps, selection in (
    ("first-mistakes", "first-error",
     {"prompt_sets": [deduction, arithmetic]}),
    ("what-steps-do", "labels",
     {"prompt_sets": [arithmetic], "sample": 2, "seed": 1}),
):
    plan = Plan(steps=steps, selection=selection, judges_per_item=2, gold_share=0)
    made = create_protocol(actor=actor, title=slug.replace("-", " "), slug=slug, plan=plan)
    print(open_protocol(protocol=made, actor=actor))
"""

QUESTIONS = """
import json
from evaluations.judgments.models import Item
items = Item.objects.filter(version__protocol__slug="first-mistakes")
print(json.dumps(dict(items.values_list("output_id", "output__prompt__text"))))
"""

STORED = """
import json
from evaluations.judgments.models import FirstError
rows = FirstError.objects.filter(
    is_current=True, judgment__item__version__protocol__slug="first-mistakes"
).select_related("step")
print(json.dumps({row.output_id: row.step.index if row.step else None for row in rows}))
"""

COMPARED = """
import json
from evaluations.judgments.review.first_errors import compare_first_errors
from evaluations.judgments.models import Judge, ProtocolVersion
found = compare_first_errors(
    reference=Judge.objects.get(kind="imported"),
    version=ProtocolVersion.objects.get(protocol__slug="first-mistakes"),
)
print(json.dumps([
    [found.outputs, found.judges, found.comparisons, found.left_open],
    [found.exact.estimate, found.within_one.estimate, found.detection.estimate],
]))
"""

LABELS = """
import json
from evaluations.judgments.models import FirstError, StepLabel
labels = StepLabel.objects.filter(is_current=True, step__output={output})
errors = FirstError.objects.filter(
    is_current=True, output={output}, judgment__item__version__protocol__slug="what-steps-do"
)
print(json.dumps([
    [[row.step.index, row.role, row.correctness] for row in labels.order_by("step__index")],
    [row.step.index for row in errors],
]))
"""


@pytest.fixture(scope="module")
def traces(written: LiveSite) -> dict[int, dict[str, Any]]:
    """The twenty traces as the files have them, by the output that each became."""
    for path in sorted(FOLDER.glob("*.jsonl")):
        said = written.manage("import_outputs", str(path), "--visibility", "public")
        assert "10 outputs were stored with 10 prompts" in said
    assert written.shell(OPEN).split() == ["20", "2"]
    known = {}
    for path in FOLDER.glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            trace = json.loads(line)
            known[trace["input"]] = trace
    return {int(key): known[text] for key, text in json.loads(written.shell(QUESTIONS)).items()}


def output_of(page: Page) -> int:
    found = re.search(r"/judge/(\d+)/", page.url)
    assert found is not None
    return int(found[1])


def step(page: Page, index: int) -> Locator:
    return page.locator(f"#step-{index}")


def go_to(page: Page, index: int) -> None:
    """Walk to a step with [ and ], wherever the page stands."""
    for _ in range(60):
        here = page.locator("fieldset[data-step].current").get_attribute("data-step")
        if here == str(index):
            break
        page.keyboard.press("]" if int(here or 0) < index else "[")
    expect(step(page, index)).to_have_class(re.compile("current"))


def save(page: Page) -> None:
    before = output_of(page)
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_be_visible()
    page.wait_for_url(lambda url: f"/judge/{before}/" not in url)


def name_mistake(page: Page, index: int | None) -> None:
    """Say by keyboard where the first mistake is, and save."""
    if index is None:
        page.keyboard.press("n")
        expect(page.locator("#first-error-none")).to_be_checked()
    else:
        go_to(page, index)
        page.keyboard.press("e")
        expect(page.locator(f"#first-error-{index}")).to_be_checked()
    save(page)


def nothing_wrong(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(page.url, found["id"], found["nodes"]) for found in violations]


def other(known: int | None, steps: int, turn: int) -> int | None:
    """What this test answers: as known, then beside it, then the opposite, then as known."""
    if turn == 3:
        return steps - 1 if known is None else (known - 1 if known else 1)
    if turn == 4:
        return 0 if known is None else None
    return known


def test_five_traces_are_judged_by_keyboard_and_compared_with_the_known_mistakes(
    written: LiveSite, traces: dict[int, dict[str, Any]], page: Page
) -> None:
    page.goto("/judge/?protocol=first-mistakes")
    given: dict[int, int | None] = {}
    for turn in range(1, 6):
        expect(page.get_by_role("heading", level=1)).to_have_text("Where is the first error?")
        output = output_of(page)
        trace = traces[output]
        shown = page.locator("p.step-text").all_text_contents()
        assert shown == trace["steps"], "the steps are cut as they came"
        given[output] = other(trace["mistake_index"], len(shown), turn)
        name_mistake(page, given[output])
    assert len(given) == 5
    stored = json.loads(written.shell(STORED))
    assert {int(key): index for key, index in stored.items()} == given

    pairs = [(index, traces[output]["mistake_index"]) for output, index in given.items()]
    near = [a == b if None in (a, b) else abs(a - b) <= 1 for a, b in pairs]
    counts, shares = json.loads(written.shell(COMPARED))
    assert counts == [5, 1, 5, 0]
    assert shares == pytest.approx(
        [
            sum(a == b for a, b in pairs) / 5,
            sum(near) / 5,
            sum((a is None) == (b is None) for a, b in pairs) / 5,
        ]
    )
    assert shares[0] == pytest.approx(3 / 5)


def test_steps_are_labelled_by_keyboard_and_shown_with_the_output(
    written: LiveSite, traces: dict[int, dict[str, Any]], page: Page
) -> None:
    page.goto("/judge/?protocol=what-steps-do")
    expect(page.get_by_role("heading", level=1)).to_have_text("What does each step do?")
    output = output_of(page)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("first error here, no error")
    expect(page.locator("#keys")).not_to_contain_text("cannot tell")
    page.keyboard.press("Escape")
    role, right = page.locator("#role-0"), page.locator("#correct-0-right")
    for key in "p+":
        page.keyboard.press(key)
    expect(role).to_have_value("plan")
    expect(right).to_be_checked()
    for key in "p+":
        page.keyboard.press(key)
    expect(role).to_have_value("")
    expect(right).not_to_be_checked()
    for key in "o+":
        page.keyboard.press(key)
    expect(role).to_have_value("observation")
    page.keyboard.press("]")
    page.keyboard.press("i")
    page.keyboard.press("e")
    expect(page.locator("#correct-1-wrong")).to_be_checked()
    expect(page.locator("#first-error-1")).to_be_checked()
    save(page)
    labels, errors = json.loads(written.shell(LABELS.format(output=output)))
    assert labels == [[0, "observation", 1], [1, "inference", -1]]
    assert errors == [1]

    page.goto(f"/outputs/{output}/")
    table = page.locator("#step-labels")
    expect(table).to_contain_text("observation")
    expect(table).to_contain_text("inference, wrong, first error")
    nothing_wrong(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("slug", ["first-mistakes", "what-steps-do"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    traces: dict[int, dict[str, Any]], visitors: Visitors, slug: str, scheme: str
) -> None:
    for size in SIZES:
        page = visitors(viewport=size, color_scheme=scheme).new_page()
        page.goto(f"/judge/?protocol={slug}")
        nothing_wrong(page)
        page.keyboard.press("Enter")
        expect(page.locator("#errors")).to_be_visible()
        nothing_wrong(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
