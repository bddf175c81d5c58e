"""A researcher drops a log, looks at what is in it, imports it, judges it on to a board, and takes
the scores back to the log."""

import json
import re
import urllib.request
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evaluations.exchange.readers.tests.files import EXCHANGE, with_files
from tests.evening_site import PASSWORD, make_person
from tests.live_site import LiveSite
from tests.prepared_site import running_site
from tests.test_main_journey import answer_all_yes
from tests.visitors import visiting

pytestmark = with_files

WORKING = 60_000
"""Milliseconds that a worker may take until it has a file, and a queue until it has outputs."""
LOG = EXCHANGE / "inspect" / "bakers.json"


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site on which no model writes, and a researcher."""
    with running_site(tmp_path_factory.mktemp("bakery"), {"FIRST_RUN": "0"}) as live:
        make_person(live, "ada", role="researcher")
        yield live


@pytest.fixture
def page(bakery: LiveSite, browser: Browser) -> Iterator[Page]:
    with visiting(browser, bakery.url) as visitors:
        page = visitors().new_page()
        page.goto("/accounts/login/?next=/runs/")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
        yield page


def nothing_wrong(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(page.url, found["id"], found["nodes"]) for found in violations]


def rows(site: LiveSite) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"{site.url}/leaderboards/taylor-as-quoted.json") as response:
        found: list[dict[str, object]] = json.load(response)["rows"]
    return found


def test_a_log_is_dropped_looked_at_imported_judged_and_on_a_board(
    bakery: LiveSite, page: Page
) -> None:
    page.get_by_role("link", name="Import outputs").click()
    nothing_wrong(page)
    page.get_by_label("File", exact=True).set_input_files(LOG)
    page.get_by_role("button", name="Read the file").click()
    page.wait_for_url(re.compile(r"/data/import/\d+/$"))
    expect(page.get_by_role("heading", name="What is in it")).to_be_visible(timeout=WORKING)
    expect(page.locator(".figures")).to_contain_text(re.compile(r"Outputs\s*6"))
    expect(page.locator("#refused")).to_contain_text("3 refused lines")
    expect(page.locator(".entries")).to_contain_text("A baker makes 3 trays")
    expect(page.locator(".entries")).not_to_contain_text("brot-7b")
    assert bakery.shell("from evaluations.runs.models import Run; print(Run.objects.count())") in (
        "0\n",
        "0",
    )
    nothing_wrong(page)

    page.get_by_label("Licence").fill("CC BY 4.0")
    page.get_by_label("public: everybody").check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#errors")).to_contain_text("3 lines are refused")
    expect(page.get_by_label("Licence")).to_have_value("CC BY 4.0")
    page.get_by_label("Leave out the refused lines").check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#imported")).to_contain_text("6 outputs are here now", timeout=WORKING)
    nothing_wrong(page)
    page.get_by_role("link", name="Judge these").click()
    sets = page.get_by_role("group", name="Prompt sets")
    expect(sets.get_by_role("checkbox", checked=True)).to_have_count(1)

    page.goto("/judge/")
    for _ in range(60):
        if page.locator("fieldset.criterion").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("body")).not_to_contain_text("brot-7b")
    answer_all_yes(page)
    expect(page.locator("#saved")).to_be_visible()
    (row,) = [row for row in rows(bakery) if row["n"]]
    assert (row["n"], row["met"], row["outputs"]) == (1, 1, 6)
    page.goto("/leaderboards/taylor-as-quoted/")
    expect(page.locator("#board")).to_contain_text("mockllm/brot-7b")


def test_what_was_judged_goes_back_to_the_log(page: Page) -> None:
    page.goto("/data/import/")
    page.get_by_role("link", name=LOG.name).last.click()
    page.get_by_role("row", name="brot-7b").get_by_role("link", name=re.compile("^Run")).click()
    page.get_by_role("link", name="Take it home").click()
    nothing_wrong(page)
    with page.expect_download() as download:
        page.locator("#scores a[href$='/scores-taylor-as-quoted.jsonl']").click()
    assert download.value.suggested_filename == "scores-taylor-as-quoted.jsonl"
    (score,) = map(json.loads, download.value.path().read_text().splitlines())
    asked = {sample["id"]: sample["input"] for sample in json.loads(LOG.read_text())["samples"]}
    about = page.request.get(f"/outputs/{score['metadata']['output']}.json").json()
    assert about["prompt"]["text"] == asked[score["id"]]
    assert (score["epoch"], score["value"]) == (1, 1)
    assert score["explanation"].startswith("Reasoning, because “")
    assert score["metadata"]["definition"] == "taylor-as-quoted"


def test_the_same_log_again_adds_nothing(page: Page) -> None:
    page.goto("/data/import/")
    page.get_by_label("File", exact=True).set_input_files(LOG)
    page.get_by_role("button", name="Read the file").click()
    expect(page.locator("#nothing-new")).to_contain_text(
        "All 6 outputs are already here.", timeout=WORKING
    )


def test_a_file_larger_than_other_requests_comes_in_from_who_may(
    bakery: LiveSite, page: Page
) -> None:
    page.goto("/data/import/")
    lines = [
        json.dumps({"prompt": f"Loaf {n}?", "model": "korb-3b", "output": "x" * 40_000})
        for n in range(150)
    ]
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "long.jsonl", "mimeType": "", "buffer": "\n".join(lines).encode()}
    )
    page.get_by_role("button", name="Read the file").click()
    expect(page.locator(".figures")).to_contain_text(re.compile(r"Outputs\s*150"), timeout=WORKING)
    page.get_by_role("button", name="Drop the file").click()
    expect(page.locator("#messages")).to_contain_text("Nothing of it was stored.")
