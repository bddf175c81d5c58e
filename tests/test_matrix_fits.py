"""The matrix of definitions by models on the screen of a desk."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Route, expect

from evaluations.common.bundling import bundle
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_recipe,
    make_run,
)
from evaluations.leaderboards.overview.cells import FITTING

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
ADDRESS = "http://matrix.test/leaderboards/"
WIDTH = 1280


def test_as_many_columns_as_fit_are_seen_without_scrolling(
    browser: Browser, client: Client
) -> None:
    make_criterion("one")
    make_definition("taylor", "one", name="A definition with a name of some length")
    recipe, judge = make_recipe(name="Asked to think step by step"), make_judge()
    for number in range(FITTING):
        model = make_model(f"m{number}", name=f"Reasoner {number} Instruct 135M")
        give(judge, make_output(run=make_run(model, recipe)), {"one": "yes"})
    html = client.get("/leaderboards/").content.decode()

    def answer(route: Route) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif ".css" in route.request.url:
            route.fulfill(body=bundle("site.css", settings.BASE_DIR / "static"),
                          content_type="text/css")  # fmt: skip
        else:
            route.abort()

    context = browser.new_context(viewport={"width": WIDTH, "height": 900})
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(ADDRESS)
    expect(page.locator("#matrix [data-column]")).to_have_count(FITTING)
    wrap = page.locator(".heat-map.fits")
    assert wrap.evaluate("box => getComputedStyle(box).overflowX") == "visible"
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    for part in ("thead [data-column]", "tbody td"):
        last = page.locator(f"#matrix {part}").last.bounding_box()
        assert last is not None
        assert last["width"] >= 44, "a cell can be touched"
        assert last["x"] + last["width"] <= WIDTH
    context.close()
    give(judge, make_output(run=make_run(make_model("more"), recipe)), {"one": "yes"})
    assert "heat-map fits" not in client.get("/leaderboards/").content.decode()
