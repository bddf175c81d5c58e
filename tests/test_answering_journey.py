"""Writing by hand: an owner opens a set, somebody agrees, writes, sends and takes back; once five
people wrote, the board has their row, and a filter leaves it out."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.evening_site import make_person, sign_in
from tests.live_site import LiveSite
from tests.visitors import Visitors, visiting

pytestmark = pytest.mark.browser
BOARD = "/leaderboards/taylor-as-quoted/"
STAFF = """
from evaluations.accounts.models import User
User.objects.filter(username="owner").update(is_staff=True)
"""
FOUR_MORE = """
from evaluations.judgments.by_hand.actions import send
from evaluations.judgments.by_hand.tests.worlds import before, writer
from evaluations.judgments.models import Judge, WrittenByHand
from tests.cast import give, make_judge, make_user

for number in range(4):
    judge = writer(make_judge(user=make_user(f"writer-{number}")))
    said = {"working": "", "answer": "Somebody is home."}
    send(judge=judge, token=before(judge).token, **said)
reader = Judge.objects.get(user__username="reader-0")
from evaluations.definitions.models import Criterion
keys = Criterion.objects.filter(answered_by="judge", level="output").values_list("key", flat=True)
for own in WrittenByHand.objects.all():
    give(reader, own.output, dict.fromkeys(keys, "yes"))
"""
ALONE = """
from evaluations.judgments.by_hand.people import recipes
from evaluations.judgments.models import Writing
Writing.objects.update(recipe=next(it for it in recipes() if it.strategy == "direct"))
"""


@pytest.fixture
def people(browser: Browser, judged: LiveSite) -> Iterator[Visitors]:
    with visiting(browser, judged.url) as opened:
        yield opened


def check(page: Page) -> None:
    """Axe finds nothing, and nothing leaves a narrow screen."""
    found = Axe().run(page).response["violations"]
    assert not found, found
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})


def test_people_write_and_the_board_has_their_row(people: Visitors, judged: LiveSite) -> None:
    for name in ("owner", "hypatia"):
        make_person(judged, name)
    judged.shell(STAFF)

    owner = people().new_page()
    owner.set_default_timeout(60_000)
    sign_in(owner, "owner")
    owner.goto("/prompts/sets/set/edit/")
    owner.get_by_label("People may answer it").check()
    owner.get_by_label("What it is for").fill("Lamps.")
    owner.get_by_label("What it cannot show").fill("Darkness.")
    owner.get_by_role("button", name="Save").click()
    expect(owner.locator("#for-people")).to_be_visible()

    page = people().new_page()
    page.set_default_timeout(60_000)
    page.goto("/answer/")
    expect(page.get_by_role("link", name="Sign in to answer")).to_be_visible()
    check(page)
    sign_in(page, "hypatia")
    page.goto("/answer/")
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#writing")).to_be_visible()
    judged.shell(ALONE)
    page.goto("/answer/")
    check(page)
    expect(page.locator(".prompt-box")).to_contain_text("is anybody home?")
    expect(page.locator(".prompt-box")).to_contain_text("Answer with the final answer only")

    # What is typed is kept by itself, and is there in another window of the same person.
    page.get_by_label("Your answer").press_sequentially("Somebody is")
    expect(page.locator("#kept")).to_contain_text("Draft saved")
    page.goto("/")
    page.goto("/answer/")
    expect(page.get_by_label("Your answer")).to_have_value("Somebody is")
    page.get_by_label("Your answer").fill("I, hypatia, say: home.")
    page.get_by_role("button", name="Send it").click()
    expect(page.locator("#problem")).to_contain_text("names you")
    expect(page.get_by_label("Your answer")).to_have_value("I, hypatia, say: home.")
    page.get_by_label("Your answer").fill("Somebody is home.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    check(page)

    reader = people().new_page()
    reader.set_default_timeout(60_000)
    reader.goto(BOARD)
    expect(reader.get_by_role("link", name="People", exact=True)).to_have_count(0)
    judged.shell(FOUR_MORE)
    reader.goto(BOARD)
    row = reader.locator("#row-people--by-hand")
    expect(row).to_contain_text("no model")
    expect(reader.locator("#finding")).not_to_contain_text("People")
    check(reader)
    reader.locator("#choice-outputs summary").click()
    reader.get_by_label("Leave out the row of what people wrote").check()
    reader.locator("#choice-outputs").get_by_role("button").click()
    expect(reader.locator("#choice-outputs summary")).to_contain_text("people left out")
    expect(row).to_have_count(0)

    page.get_by_role("link", name="What you wrote").click()
    check(page)
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".entries")).to_contain_text("taken off")
    reader.goto(BOARD)
    expect(row).to_have_count(0)


def test_it_works_without_scripts(people: Visitors, judged: LiveSite) -> None:
    make_person(judged, "agnodice")
    judged.shell("""
from evaluations.prompts.models import PromptSet
PromptSet.objects.filter(slug="set").update(for_people=True)
""")
    page = people(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    page.set_default_timeout(60_000)
    sign_in(page, "agnodice")
    page.goto("/answer/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Begin").click()
    judged.shell(ALONE)
    page.goto("/answer/")
    page.get_by_label("Your answer").fill("Half")
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.get_by_label("Your answer")).to_have_value("Half")
    first = page.locator(".prompt-box").inner_text()
    page.get_by_role("button", name="Another prompt").click()
    expect(page.locator("#writing")).to_be_visible()
    assert page.locator(".prompt-box").inner_text() != first
    judged.shell(ALONE)
    page.goto("/answer/")
    page.get_by_label("Your answer").fill("Somebody is home.")
    page.get_by_role("button", name="Send it").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".entries")).to_contain_text("taken off")
