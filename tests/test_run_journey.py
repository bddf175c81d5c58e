"""A researcher puts a grid together, tries it, watches it being written, and repeats a run."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.evening_site import PASSWORD, make_person
from tests.live_site import LiveSite
from tests.prepared_site import running_site
from tests.visitors import visiting

WHILE_WRITING = 300_000
"""Milliseconds that a real model may take on a busy machine."""
MAKE = """
from evaluations.prompts.models import Prompt
from tests.cast import make_prompt_set, make_recipe
lamps = make_prompt_set("lamps")
for number in range(5):
    Prompt.objects.create(
        prompt_set=lamps, slug=f"lamp-{number}", title=f"Lamp {number}", position=number,
        text=f"Write a long story about the lamp in house {number}.",
    )
for name, temperature in (("Calmly", 0.7), ("Wildly", 0.9)):
    make_recipe(name.lower(), name=name, temperature=temperature, max_new_tokens=96)
"""
"""Few prompts, and stories that are cut off: they are looked at while they are written."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site with its workers and no run yet, a researcher and what they ask."""
    with running_site(tmp_path_factory.mktemp("asked"), {"FIRST_RUN": "0"}) as live:
        make_person(live, "ada", role="researcher")
        live.shell(MAKE)
        yield live


@pytest.fixture
def page(asked: LiveSite, browser: Browser) -> Iterator[Page]:
    with visiting(browser, asked.url) as visitors:
        page = visitors().new_page()
        page.goto("/accounts/login/?next=/runs/new/")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("New run")
        yield page


def test_a_researcher_tries_a_grid_launches_it_and_gets_the_same_text_by_the_same_seed(
    page: Page,
) -> None:
    sets = page.get_by_role("group", name="Prompt sets")
    for box in sets.get_by_role("checkbox", checked=True).all():
        box.uncheck()
    sets.get_by_label("Lamps").check()
    recipes = page.get_by_role("group", name="Recipes")
    for box in recipes.get_by_role("checkbox", checked=True).all():
        box.uncheck()
    for name in ("Calmly", "Wildly"):
        recipes.get_by_label(name).check()
    page.get_by_label("Samples for each prompt").fill("1")
    page.get_by_label("Pause at so many tokens").fill("90000")
    page.keyboard.press("Tab")
    plan = page.locator("#plan")
    expect(plan.locator("tbody tr")).to_have_count(2)
    expect(plan).to_contain_text("at most")
    expect(plan).to_contain_text("estimated")

    page.get_by_role("button", name="Try 3 prompts first").click()
    page.wait_for_url(re.compile(r"/runs/grids/\d+/$"))
    grid = page.url
    expect(page.get_by_text("6 of 6 outputs written").first).to_be_visible(timeout=WHILE_WRITING)
    page.get_by_text("The prompt exactly as it was sent").first.click()
    expect(page.locator("details[open] pre")).to_contain_text("<|im_start|>user")
    page.get_by_role("link", name="Go back and change it").click()
    expect(page.get_by_label("Pause at so many tokens")).to_have_value("90000")
    expect(recipes.get_by_role("checkbox", checked=True)).to_have_count(2)
    # This time the plan knows what the models write.
    expect(plan).to_contain_text("about")

    page.goto(grid)
    page.get_by_role("button", name="Launch the rest").click()
    expect(page.locator("#messages")).to_contain_text("What was tried is part of it.")
    page.locator("#cells a").get_by_text(re.compile("Run")).last.click()
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    run = page.url
    expect(page.locator("#ceiling")).to_contain_text("of 90,000 tokens used")
    expect(page.locator("#first-words .step-text").first).to_contain_text(
        re.compile(r"\w"), timeout=WHILE_WRITING
    )
    expect(page.locator(".badge").first).to_have_text("finished", timeout=WHILE_WRITING)
    expect(page.locator("#first-words")).to_have_count(0)

    page.get_by_role("link", name="Repeat with this seed").click()
    expect(page.get_by_label("Ask again what was asked before")).to_be_checked()
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    again = page.url
    assert again != run
    expect(page.locator(".badge").first).to_have_text("finished", timeout=WHILE_WRITING)
    first, second = (url.rstrip("/").rpartition("/")[2] for url in (run, again))
    page.goto(f"/runs/compare/?a={first}&b={second}")
    figures = page.locator(".figures div")
    expect(figures.filter(has_text="Different text").locator("dd")).to_have_text("0")
    expect(figures.filter(has_text="In one alone").locator("dd")).to_have_text("0")
    expect(figures.filter(has_text="Same text").locator("dd")).not_to_have_text("0")
