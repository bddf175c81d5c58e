"""A whole study in the browser: prompts from a file, a server as an endpoint, a budget of thought,
two models by two recipes, a worker that is killed, and the same tokens again."""

import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluations.inference.tests.llama_server import ALIAS, llama_server
from tests.evening_site import PASSWORD, make_person
from tests.live_site import LiveSite
from tests.prepared_site import running_site
from tests.visitors import Visitors, visiting

pytestmark = pytest.mark.browser

WHILE_WRITING = 420_000
"""Milliseconds that two real models may take on a busy machine."""
TOGETHER = 8
"""Samples written at once: a run is written in turns, so that its worker dies within it."""
SUMS = [(n, n + 3) for n in range(2, 22)]
SAMPLES = 3
EACH = len(SUMS) * SAMPLES
PROMPTS = "text,reference,grader\n" + "".join(
    f"How much is {a} and {b}?,{a + b},numeric\n" for a, b in SUMS
)
LOCAL, FAR = "SmolLM2 135M Instruct", "SmolLM2 at the lab"
SECOND = "SELECT count(*) FROM runs_attempt WHERE outcome = 'done'"
TWICE = """
SELECT count(*) FROM (SELECT output_id FROM runs_attempt WHERE outcome = 'done'
    GROUP BY output_id HAVING count(*) > 1) twice
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site that may ask servers on this machine, with a researcher and an administrator."""
    options = {
        "FIRST_RUN": "0", "INFERENCE_PRIVATE_ENDPOINTS": "1", "LEASE_SECONDS": "10",
        "INFERENCE_CAPACITY": str(TOGETHER),
    }  # fmt: skip
    with running_site(tmp_path_factory.mktemp("lab"), options) as live:
        make_person(live, "ada", role="researcher")
        make_person(live, "root", is_staff=True, is_superuser=True)
        yield live


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with llama_server() as address:
        yield address


def signed_in(visitors: Visitors, name: str, start: str) -> Page:
    page = visitors().new_page()
    page.goto(f"/accounts/login/?next={start}")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(re.escape(start) + "$"))
    return page


def add_endpoint(page: Page, address: str) -> None:
    page.get_by_label("Name").fill("Lab")
    page.get_by_label("Address").fill(address)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/endpoints/lab/")
    probe = page.locator("#probe")
    probe.get_by_label("Model there").fill(ALIAS)
    probe.get_by_role("button", name="Probe endpoint").click()
    expect(probe.get_by_role("heading", name=re.compile("Its answers on"))).to_be_visible(
        timeout=WHILE_WRITING
    )
    expect(probe).to_contain_text("gave the same text twice")
    expect(probe.locator("dt:text-is('Goes on from given words') + dd")).to_have_text("yes")
    prices = page.locator("form").filter(has=page.locator("#set-price"))
    prices.get_by_label("Dollars for a million tokens read").fill("1")
    prices.get_by_label("Dollars for a million tokens written").fill("2")
    prices.get_by_role("button", name="Set the price").click()
    expect(page.get_by_role("region", name="Prices by model and day")).to_contain_text("$2")
    model = page.locator("form").filter(has=page.locator("#add-model"))
    model.get_by_label("Name", exact=True).fill(FAR)
    model.get_by_label("Model there").fill(ALIAS)
    model.get_by_role("button", name="Add a model").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FAR)


def import_prompts(page: Page) -> None:
    page.get_by_label("Title").fill("Twenty sums")
    page.get_by_label("What it is for").fill("Whether two small numbers are added.")
    page.get_by_label("What it cannot show").fill("Anything about large ones.")
    page.get_by_role("button", name="Make the set").click()
    page.get_by_role("link", name="Import").first.click()
    file = {"name": "sums.csv", "mimeType": "text/csv", "buffer": PROMPTS.encode()}
    page.get_by_label("Or a file").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#previewed")).to_contain_text("20 prompts, 20 with a grader")
    page.get_by_role("button", name="Add all 20 to the set").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Twenty sums")


def write_recipe(page: Page, name: str, *, most: int, budget: int = 0) -> None:
    """One with a few words and short replies: the study is of 240 of them, and 60 again."""
    page.goto("/recipes/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Instruction").fill("Explain it step by step, in full sentences.")
    page.get_by_label("Most tokens of a reply").fill(str(most))
    if budget:
        page.get_by_label("Plan", exact=True).select_option("budget")
        page.get_by_label("Number of the plan").fill(str(budget))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def choose(page: Page, group: str, *names: str) -> None:
    boxes = page.get_by_role("group", name=group)
    for box in boxes.get_by_role("checkbox", checked=True).all():
        box.uncheck()
    for name in names:
        boxes.get_by_label(name).check()


def figure(page: Page, name: str) -> str:
    """What stands behind a word about an output."""
    return page.locator(f"aside dt:text-is('{name}') + dd").inner_text()


def test_a_researcher_runs_a_study_that_survives_its_worker_and_comes_out_again(
    lab: LiveSite, server: str, browser: Browser
) -> None:
    with visiting(browser, lab.url) as visitors:
        add_endpoint(signed_in(visitors, "root", "/endpoints/new/"), server)
        page = signed_in(visitors, "ada", "/prompts/new/")
        import_prompts(page)
        write_recipe(page, "Short", most=10)
        write_recipe(page, "Short, thought first", most=4, budget=4)

        page.goto("/runs/new/")
        choose(page, "Models", LOCAL, FAR)
        choose(page, "Recipes", "Short (", "Short, thought first")
        choose(page, "Prompt sets", "Twenty sums")
        page.get_by_label("Samples for each prompt").fill(str(SAMPLES))
        page.get_by_label("Pause at a cost in dollars").fill("5")
        page.keyboard.press("Tab")
        expect(page.locator("#plan tbody tr")).to_have_count(4)
        page.get_by_role("button", name="Try 3 prompts first").click()
        page.wait_for_url(re.compile(r"/runs/grids/\d+/$"))
        grid = page.url
        tried = page.get_by_text("12 of 12 outputs written").first
        expect(tried).to_be_visible(timeout=WHILE_WRITING)
        page.get_by_role("button", name="Launch the rest").click()
        expect(page.locator("#messages")).to_contain_text("What was tried is part of it.")

        links = [row.get_attribute("href") or "" for row in page.locator("#cells a").all()]
        runs = [href for href in links if re.fullmatch(r"/runs/\d+/", href)]
        assert len(runs) == 4, runs
        local = next(href for href in runs if LOCAL in words_of(page, href))
        page.goto(local)
        words = page.locator("#first-words .step-text").first
        expect(words).to_have_text(re.compile(r"\w"), timeout=WHILE_WRITING)
        killed = lab.recorded()["inference"]
        os.kill(killed, signal.SIGKILL)

        page.goto(grid)
        every = 4 * EACH
        expect(page.get_by_text(f"{every} of {every} outputs written").first).to_be_visible(
            timeout=WHILE_WRITING
        )
        assert lab.recorded()["inference"] != killed
        lab.wait_for_row(SECOND, (every,), timeout=0)
        lab.wait_for_row(TWICE, (0,), timeout=0)

        for href in runs:
            read_an_output(page, href)
        repeat(page, local)


def words_of(page: Page, href: str) -> str:
    """The row of a grid that leads to a run."""
    return page.locator("#cells tr").filter(has=page.locator(f'a[href="{href}"]')).inner_text()


def read_an_output(page: Page, run: str) -> None:
    """Thought, answer, grade, tokens, seed, and cost where there is a price."""
    page.goto(run)
    facts = page.locator("main").inner_text()
    links = page.locator("main").locator("a[href^='/outputs/']").all()
    named = [link.get_attribute("href") or "" for link in links]
    for href in filter(re.compile(r"/outputs/\d+/").fullmatch, named):
        page.goto(href)
        if "thought first" not in facts or page.locator("#reading .trace").count():
            break  # one in a while answers at once, within its budget and without a thought
    expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_visible()
    assert re.search(r"\d+ in, \d+ out", figure(page, "Tokens"))
    assert re.match(r"\d+", figure(page, "Seed"))
    page.get_by_text("Machine grade").click()
    expect(page.locator("#grade")).to_contain_text(re.compile(r"of 1, by|not graded"))
    if FAR in facts:
        assert "$0.00" in figure(page, "Attempts")
        assert "asked for, not promised" in figure(page, "Seed")
    else:
        assert "same in any company" in figure(page, "Seed")
    if "thought first" in facts:
        expect(page.locator("#reading .trace")).to_have_text(re.compile(r"\w"))
        page.get_by_role("link", name="How it was written").click()
        expect(page.get_by_role("main")).to_contain_text("Final answer:")


def repeat(page: Page, run: str) -> None:
    """With reuse off the engine that promises its seeds writes the same tokens."""
    page.goto(run)
    page.get_by_role("link", name="Repeat with this seed").click()
    expect(page.get_by_label("Ask again what was asked before")).to_be_checked()
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    expect(page.locator(".badge").first).to_have_text("finished", timeout=WHILE_WRITING)
    first, second = (url.rstrip("/").rpartition("/")[2] for url in (run, page.url))
    page.goto(f"/runs/compare/?a={first}&b={second}")
    figures = page.locator(".figures div")
    for words, count in (("Same text", EACH), ("Different text", 0), ("In one alone", 0)):
        expect(figures.filter(has_text=words).locator("dd")).to_have_text(str(count))
