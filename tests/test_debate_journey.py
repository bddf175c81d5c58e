"""A debate: a counterexample from a candidate, votes of two sides, a mind changed, and an answer.

An author and three voters on each of two sides; the sixth vote makes bridging appear, marked thin,
and the next version of the definition answers the counterexample.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.evening_site import make_person, sign_in
from tests.live_site import LiveSite
from tests.visitors import Visitors, visiting

pytestmark = pytest.mark.browser
SLUG = "taylor-as-quoted"
CLAIM = "It counts as reasoning what only says the question again."
AUTHOR = "dora"
PRO, CONTRA = ("pia", "paul", "petra"), ("carl", "cleo", "cyrus")

# Two people say blind of an output that Taylor's definition calls reasoning that they would not.
CALLED = """
import uuid
from tests.cast import make_user
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import Served, submit_judgment
from evaluations.judgments.models import Judge
from evaluations.leaderboards.listing.verdicts import verdicts_on
from evaluations.runs.models import Output

version = DefinitionVersion.objects.with_pins().get(definition__slug="taylor-as-quoted")
outputs = list(Output.objects.finished().order_by("pk"))
said = verdicts_on([each.pk for each in outputs], [version])
counted = next(each for each in outputs if said[each.pk, version.pk].word == "reasoning")
for number in range(2):
    judge = Judge.objects.create(kind="person", user=make_user(f"caller-{number}"))
    submit_judgment(judge=judge, output=counted, holistic="no", form_token=uuid.uuid4(),
        served=Served(way="served"))
print(counted.pk)
"""
# The next version asks for the opposite of what this one does, and so counts it no more.
ANSWERED = """
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import DefinitionVersion

first = DefinitionVersion.objects.get(definition__slug="taylor-as-quoted", is_current=True)
said = {**first.says(), "rule": {"not": first.rule}}
publish_version(version=draft_definition(definition=first.definition, **said))
print("published")
"""


@pytest.fixture
def readers(browser: Browser, judged: LiveSite) -> Iterator[Visitors]:
    with visiting(browser, judged.url) as opened:
        yield opened


def as_person(readers: Visitors, name: str) -> Page:
    page = readers().new_page()
    page.set_default_timeout(60_000)
    sign_in(page, name)
    return page


def check(page: Page) -> None:
    """Axe finds nothing, and nothing leaves a narrow screen."""
    found = Axe().run(page).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_counterexample_is_argued_over_and_answered(
    judged: LiveSite,
    readers: Visitors,
) -> None:
    for name in (AUTHOR, *PRO, *CONTRA):
        make_person(judged, name)
    output = judged.shell(CALLED).split()[-1]

    # The author: from a candidate to a counterexample, whose words are marked.
    author = as_person(readers, AUTHOR)
    author.goto(f"/debates/{SLUG}/")
    expect(author.locator("#counterexamples")).to_contain_text("None stands.")
    check(author)
    author.locator(f"#draft-{output}").click()
    expect(author).to_have_url(re.compile(rf"/state/\?output={output}&role=too-wide$"))
    check(author)
    author.get_by_label("Statement", exact=True).fill(CLAIM)
    author.get_by_text("Mark the words that carry the point").click()
    author.get_by_label(re.compile("^The words that carry")).fill("The lamp is on.")
    author.get_by_label(re.compile("^They stand in the")).select_option(label="working")
    author.locator("#say").click()
    expect(author).to_have_url(re.compile(r"/statements/\d+/$"))
    key = author.url.rstrip("/").rpartition("/")[2]
    expect(author.locator(f"#statement-{key}")).to_contain_text(
        "2 of 2 who called it blind disagree"
    )
    expect(author.locator("q").first).to_have_text("The lamp is on.")
    check(author)

    # Saying the same again is refused, and the other is there to be voted on: the first vote.
    pages = {name: as_person(readers, name) for name in (*PRO, *CONTRA)}
    first = pages[PRO[0]]
    first.goto(f"/debates/{SLUG}/state/?kind=question")
    first.get_by_label("Statement", exact=True).fill(CLAIM.upper().replace(".", "!"))
    first.locator("#say").click()
    expect(first.locator("#errors")).to_contain_text(f"{AUTHOR} said this already.")
    expect(first.get_by_label("Statement", exact=True)).to_have_value(
        CLAIM.upper().replace(".", "!")
    )
    check(first)
    first.locator(f"#useful-{key}").click()
    expect(first.locator(f"#statement-{key}")).to_contain_text("1 of 1 find it useful")

    # Each says where they stand, and votes: by keyboard, and the focus stays on the button.
    for name, page in pages.items():
        page.goto(f"/debates/{SLUG}/")
        page.locator(f"#stand-{'use' if name in PRO else 'reject'}").click()
        expect(page.locator("#messages")).to_contain_text("Noted:")
    for name in (*PRO[1:], *CONTRA[:2]):
        page = pages[name]
        expect(page.locator(f"#statement-{key}")).not_to_contain_text("find it useful")
        page.locator(f"#useful-{key}").focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#useful-{key}")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("document.activeElement.id") == f"useful-{key}"
        expect(page.locator("#live")).to_have_text("Your vote is counted.")
    expect(first.locator("#no-sides")).to_contain_text("once two sides have three voters each")

    # A quotation of words of it, and a mind that it changed.
    second = pages[PRO[1]]
    second.locator(f"#quote-{key}").click()
    second.get_by_label(re.compile("^The words that you answer")).fill("says the question again")
    second.get_by_label("Statement", exact=True).fill("Which of its steps is meant by that?")
    second.locator("#say").click()
    expect(second.locator("article q").first).to_have_text("says the question again")
    second.goto(f"/debates/{SLUG}/")
    second.get_by_label(re.compile("^If a statement changes your mind")).select_option(label=CLAIM)
    second.locator("#stand-change").click()
    expect(second.locator("#messages")).to_contain_text("The statement is credited with it.")
    expect(second.locator(f"#statement-{key}")).to_contain_text("Changed 1 mind")
    second.locator("#stand-use").click()
    expect(second.locator("#messages")).to_contain_text("Noted: I would use it.")

    # The sixth vote.
    last = pages[CONTRA[2]]
    last.goto(f"/debates/{SLUG}/")
    expect(last.locator("#bridging")).not_to_contain_text(CLAIM)
    last.locator(f"#useful-{key}").click()
    expect(last.locator(f"#statement-{key}")).to_contain_text("Bridges, thin")
    last.goto(f"/debates/{SLUG}/")
    expect(last.locator("#bridging")).to_contain_text(CLAIM)
    expect(last.locator("#bridging")).to_contain_text("thin: a side of three decides it")
    expect(last.locator("#bridging")).to_contain_text("by people’s own stance")
    check(last)

    # The next version answers it; what was said before stays where it was.
    last.locator("#freeze").click()
    expect(last.locator("#messages")).to_contain_text("This debate is frozen")
    check(last)
    frozen = last.url
    assert judged.shell(ANSWERED).endswith("published")
    author.goto(f"/debates/{SLUG}/")
    expect(author.locator("#still-holds")).to_contain_text(CLAIM)
    expect(author.locator("#answered")).to_contain_text("Answered by version 2")
    expect(author.locator("#counterexamples")).to_contain_text("None stands.")
    check(author)
    author.locator(f"#carry-{key}").click()
    expect(author.locator("#problem-" + key)).to_contain_text("it is answered")
    author.goto(f"/debates/{SLUG}/v/1/")
    expect(author.locator("#bridging")).to_contain_text(CLAIM)
    author.goto(frozen)
    expect(author.locator("table")).to_contain_text("too-wide, stands")
