"""A lesson: a teacher turns a collection into a round, four others join by its code at once, each
in a browser of their own and without an account, and all meet on the round's page."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.evening_site import make_person, sign_in
from tests.live_site import LiveSite
from tests.visitors import Visitors, visiting

pytestmark = pytest.mark.browser
OUTPUTS = 3
QUESTIONS = 7
GATHER = """
from evaluations.accounts.models import User
from evaluations.curation.actions import make_collection
from evaluations.curation.placement_actions import place
from evaluations.runs.models import Output

made = make_collection(owner=User.objects.get(username="teacher"), title="Lamps", why="")
for output in Output.objects.filter(state="done").order_by("pk")[:3]:
    place(collection=made, actor=made.owner, target={"output": output}, note="A lamp.")
print(made.get_absolute_url())
"""


@pytest.fixture
def people(browser: Browser, judged: LiveSite) -> Iterator[Visitors]:
    with visiting(browser, judged.url) as opened:
        yield opened


def answer_one(page: Page, last: str) -> None:
    """Answer all questions by key, then call it with the key of the last, and save."""
    expect(page.locator("fieldset.criterion").first).to_be_visible()
    expect(page.locator("fieldset.call")).to_be_hidden()
    for number in range(QUESTIONS):
        page.keyboard.press(last if number == QUESTIONS - 1 else "1")
    expect(page.locator("fieldset.call")).to_be_visible()
    page.keyboard.press(last)
    expect(page.locator("fieldset.call :checked")).to_have_value("yes" if last == "1" else "no")
    page.keyboard.press("Enter")


def check(page: Page) -> None:
    """Axe finds nothing, and nothing leaves a narrow screen."""
    found = Axe().run(page).response["violations"]
    assert not found, found
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})


def test_five_browsers_at_once_end_on_the_rounds_page(people: Visitors, judged: LiveSite) -> None:
    make_person(judged, "teacher")
    collection = judged.shell(GATHER)
    teacher = people().new_page()
    teacher.set_default_timeout(60_000)
    sign_in(teacher, "teacher")
    teacher.goto(collection)
    teacher.get_by_role("link", name="Judge it with a group").click()
    teacher.get_by_label("How many outputs").fill(str(OUTPUTS))
    teacher.get_by_role("button", name="Begin the round").click()
    code = teacher.locator(".round-code").first.inner_text()
    address = teacher.locator("#round-address").get_attribute("href")
    assert address is not None
    check(teacher)

    pupils = [people().new_page() for _ in range(4)]
    for number, pupil in enumerate(pupils):
        pupil.set_default_timeout(60_000)
        if number % 2:
            pupil.goto(address)
        else:
            pupil.goto("/rounds/")
            pupil.get_by_label("Code of a round").fill(code.lower())
            pupil.get_by_role("button", name="Go to the round").click()
        pupil.get_by_role("button", name="Take part").click()
    teacher.get_by_role("link", name="Begin judging").click()

    everybody = [teacher, *pupils]
    for number in range(OUTPUTS):  # in turn, so that five hold and save at the same time
        for place, page in enumerate(everybody):
            answer_one(page, "3" if place == 4 else "1")
        for page in everybody:
            if number + 1 < OUTPUTS:
                expect(page.locator(".judging-progress")).to_contain_text(f"output {number + 2} of")
            else:
                expect(page.get_by_role("link", name="Back to the round")).to_be_visible()

    for page in everybody:
        page.get_by_role("link", name="Back to the round").click()
        expect(page.locator(".lead")).to_contain_text("You judged all of it")
        expect(page.get_by_text("Answers side by side")).to_have_count(0)
    expect(teacher.locator("#people")).to_have_text("5")
    expect(teacher.locator("#done")).to_have_text("5")
    teacher.get_by_text("End it before its time").click()
    teacher.get_by_role("button", name="End it and show what came of it").click()

    for page in everybody:
        page.goto(address)
        page.get_by_role("button", name="Show what we said").click()
        expect(page.get_by_role("heading", name="Answers side by side")).to_be_visible()
        expect(page.locator("#facts")).to_contain_text("1 no")
        expect(page.locator("#facts")).to_contain_text("4 yes")
        expect(page.locator("#board tbody tr").first).to_be_visible()
        expect(page.locator("#yours")).to_contain_text(f"you called {OUTPUTS}")
        answers = page.locator("#answers ~ *, #answers")
        expect(answers.first).not_to_contain_text("teacher")
    check(pupils[0])
    check(teacher)
    stranger = people().new_page()
    stranger.goto(address)
    expect(stranger.locator(".lead")).to_contain_text("for those who took part")
    assert not people.problems, people.problems
