"""A protocol from its form to its decision: a researcher, two judges, an outsider, a guest."""

import csv
import io
import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.live_site import LiveSite
from tests.visitors import Visitors

PASSWORD = "a-long-and-unusual-phrase"
RESEARCHER = "rosa-researcher"
TITLE = "Three short answers"
SLUG = "three-short-answers"
PAGES = (7, 1, 1)
"""Questions on each page of an item: a block, the holistic question, a definition."""
DISPUTED = "coherent"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

MAKE_RESEARCHER = f"""
from evaluations.accounts.models import Role, User
User.objects.create_user("{RESEARCHER}", password="{PASSWORD}", role=Role.RESEARCHER)
"""

ITEMS = f"""
from evaluations.judgments.models import Item
for item in Item.objects.filter(version__protocol__slug="{SLUG}"):
    print(item.done, item.leased, item.needed, item.leases.count())
"""

GIVEN = f"""
from evaluations.judgments.models import Answer
given = Answer.objects.filter(
    judgment__item__version__protocol__slug="{SLUG}", is_current=True
)
for asked in ("criterion", "is_holistic", "definition_version"):
    print(given.exclude(**{{asked: False if asked == "is_holistic" else None}}).count())
"""


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def sign_up(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def nothing_wrong(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(page.url, found["id"], found["nodes"]) for found in violations]


def answer_page(page: Page, questions: int, keys: dict[str, str]) -> None:
    """Answer the questions of a page by key, 1 where *keys* has no other, and save with Enter."""
    fieldsets = page.locator("fieldset[data-criterion]")
    expect(fieldsets).to_have_count(questions)
    page.wait_for_load_state()  # a link shows its page before the page listens to keys
    for place in range(questions):
        name = fieldsets.nth(place).get_attribute("data-criterion") or ""
        page.keyboard.press(keys.get(name, "1"))
    expect(page.locator("fieldset[data-criterion]:not(:has(:checked))")).to_have_count(0)
    token = page.locator("#judging input[name=form_token]").input_value()
    page.keyboard.press("Enter")
    expect(page.locator(f"#judging input[value='{token}']")).to_have_count(0)
    expect(page.locator("#saved")).to_be_visible()


def judge_item(page: Page, keys: dict[str, str]) -> str:
    """Answer all pages of the item that is open; returns the address it has."""
    address = page.url
    for number, questions in enumerate(PAGES, start=1):
        assert page.url == address, "the pages of an item follow one another"
        expect(page.locator(".judging-progress")).to_contain_text(f"page {number} of {len(PAGES)}")
        answer_page(page, questions, keys)
    return address


@pytest.fixture(scope="module")
def researcher(written: LiveSite) -> str:
    written.shell(MAKE_RESEARCHER)
    return RESEARCHER


def test_two_judges_complete_a_protocol_that_a_researcher_made(
    written: LiveSite, researcher: str, visitors: Visitors
) -> None:
    page = visitors().new_page()
    sign_in(page, researcher)
    make_protocol(page)
    judge_url = page.locator("#judge").get_attribute("href")
    assert judge_url == f"/judge/?protocol={SLUG}"

    stranger = visitors().new_page()
    answer = stranger.goto(judge_url)
    assert answer is not None
    assert answer.status == 403
    expect(stranger.locator("#item")).to_contain_text("is for people who are signed in")
    nothing_wrong(stranger)

    ida, jon = (visitors().new_page() for _ in range(2))
    judged = judge_all(ida, judge_url, "ida-judge")
    assert len(judged) == 3
    assert judge_all(jon, judge_url, "jon-judge", disputed=min(judged)) == judged
    assert written.shell(ITEMS).splitlines() == ["2 0 2 0"] * 3
    assert written.shell(GIVEN).splitlines() == ["42", "6", "6"]

    page.reload()
    expect(page.locator("aside")).to_contain_text("6 of 6 judgments")
    late = visitors().new_page()
    late.goto("/accounts/signup/")
    sign_up(late, "kim-comes-late")
    late.goto(judge_url)
    expect(late.get_by_role("heading", name="Nothing here for you now")).to_be_visible()

    review(page, disputed=min(judged))
    for path in ("progress/", "progress/judges.csv", "progress/judges.json", "adjudicate/"):
        assert late.request.get(f"/protocols/{SLUG}/{path}").status == 403, path
    late.goto(f"/protocols/{SLUG}/progress/")
    expect(late.locator("main")).to_contain_text("is shown to its owner and to the staff")
    mine = f"/protocols/{SLUG}/"
    look_at_all(page, ("/protocols/", "/protocols/new/", mine, f"{mine}gold/", f"{mine}progress/"))
    look_at_all(ida, (mine, "/judge/me/", "/judge/me/history/"))


def look_at_all(page: Page, addresses: tuple[str, ...]) -> None:
    """Nothing is wrong or cut off on these pages, narrow or wide, light or dark."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for address in addresses:
                page.goto(address)
                nothing_wrong(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def table(page: Page, name: str) -> list[dict[str, str]]:
    """A table of the progress page, from its CSV."""
    answer = page.request.get(f"/protocols/{SLUG}/progress/{name}.csv")
    assert answer.ok, (name, answer.status)
    return list(csv.DictReader(io.StringIO(answer.text().lstrip("\ufeff"))))


def review(page: Page, disputed: str) -> None:
    """Look at the progress, decide the one dispute, and read the same numbers in the files."""
    output = re.findall(r"/judge/(\d+)/", disputed)[0]
    page.goto(f"/protocols/{SLUG}/")
    page.get_by_role("link", name="Progress").click()
    expect(page.locator("#standing-title + *")).to_contain_text("6 of 6 judgments")
    expect(page.get_by_text("Every output has its judges.")).to_be_visible()
    expect(page.get_by_role("region", name="Each judge’s work").locator("tbody tr")).to_have_count(
        2
    )
    expect(page.locator("#disputed")).to_contain_text(
        "1 output got different answers to a criterion; 1 waits for a decision."
    )
    expect(page.locator("#disputed .entry-title")).to_have_text(f"Output {output}")
    nothing_wrong(page)
    (standing,) = table(page, "progress")
    assert [standing[name] for name in ("items", "finished", "done", "needed")] == list("3366")
    assert [row["items"] for row in table(page, "judges")] == ["3", "3"]
    (dispute,) = table(page, "disputed")
    assert (dispute["output"], dispute["criterion"]) == (output, DISPUTED)

    page.get_by_role("link", name="Decide disputes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Decide: output {output}")
    nothing_wrong(page)
    page.keyboard.press("3")
    page.get_by_role("button", name="Save and next").click()
    expect(page.locator("#errors")).to_contain_text("A decision needs its reason.")
    page.get_by_label("Why they part").select_option(label="criterion unclear")
    page.get_by_label("Note").fill("One read it as a question about style.")
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_role("heading", name="Nothing waits for a decision")).to_be_visible()
    expect(page.locator(".message-success")).to_have_text(
        f"Decided: 1 question on output {output}."
    )
    page.get_by_role("link", name="See the progress").click()
    expect(page.locator("#disputed .entry-title")).to_contain_text("decided")
    expect(page.locator("#disputed")).to_contain_text("0 wait for a decision")
    expect(page.locator("#adjudicate")).to_have_count(0)
    (decision,) = table(page, "adjudications")
    assert decision["value"] == "no"
    assert decision["reason"] == "criterion-unclear"
    assert decision["note"] == "One read it as a question about style."
    assert decision["decided_by"] == RESEARCHER
    nothing_wrong(page)


def make_protocol(page: Page) -> None:
    page.goto("/protocols/")
    page.get_by_role("link", name="New protocol").click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("people who are signed in").check()
    page.get_by_label("SmolLM2 135M Instruct", exact=True).check()
    page.locator("input[name=recipes][value=step-by-step]").check()
    expect(page.locator("#count")).to_have_text("This selects 4 outputs.")
    page.get_by_label("Sample").fill("3")
    page.get_by_label("Seed").fill("5")
    page.get_by_label("Seed").blur()
    expect(page.locator("#count")).to_have_text("This selects 3 outputs.")
    page.get_by_label("First block").select_option(label="What it concludes, and from what")
    page.get_by_label("Ask “would you call this reasoning?”").check()
    page.get_by_label("Taylor, as quoted", exact=True).check()
    page.get_by_label("Judges for each item").fill("2")
    page.get_by_label("Gold items, in percent").fill("0")
    nothing_wrong(page)
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert page.url.endswith(f"/protocols/{SLUG}/")
    expect(page.locator("body")).to_contain_text("Opening it now makes 3 outputs to judge.")
    page.get_by_role("button", name="Open for judging").click()
    expect(page.locator("body")).to_contain_text("Open: 3 outputs to judge.")
    nothing_wrong(page)


def judge_all(page: Page, judge_url: str, name: str, *, disputed: str = "") -> set[str]:
    """Sign up, judge until nothing is left; returns the addresses judged.

    The output at the address *disputed* gets another answer to two questions.
    """
    page.goto("/accounts/signup/")
    sign_up(page, name)
    page.goto(judge_url)
    seen = set()
    for _ in range(3):
        keys = {DISPUTED: "3", "holistic": "3"} if page.url == disputed else {}
        seen.add(judge_item(page, keys))
    expect(page.get_by_role("heading", name="Nothing here for you now")).to_be_visible()
    nothing_wrong(page)
    return seen


def test_a_protocol_by_invitation_is_judged_after_joining_by_its_link(
    written: LiveSite, researcher: str, visitors: Visitors
) -> None:
    page = visitors(permissions=["clipboard-read", "clipboard-write"]).new_page()
    sign_in(page, researcher)
    page.goto("/protocols/new/")
    page.get_by_label("Title").fill("By invitation")
    page.get_by_label("people with the invitation link").check()
    page.get_by_label("Sample").fill("2")
    page.get_by_label("Ask “would you call this reasoning?”").check()
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("button", name="Open for judging").click()
    page.get_by_role("button", name="Copy the link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.locator("#invitation").inner_text()

    guest = visitors().new_page()
    answer = guest.goto("/judge/?protocol=by-invitation")
    assert answer is not None
    assert answer.status == 403
    expect(guest.locator("#item")).to_contain_text("is by invitation: open the invitation link")
    guest.goto(link)
    expect(guest.get_by_text("which rosa-researcher runs")).to_be_visible()
    nothing_wrong(guest)
    guest.get_by_role("button", name="Join").click()
    guest.locator("#judge").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Would you call this reasoning?")
    answer_page(guest, 1, {})
    answer_page(guest, 1, {})
    expect(guest.get_by_role("heading", name="Nothing here for you now")).to_be_visible()
