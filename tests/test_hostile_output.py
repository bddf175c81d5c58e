"""What a model may write to harm a reader's browser, and what a prompt may be too long for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.live_site import LiveSite
from tests.test_main_journey import answer_all_yes

PAYLOADS = (
    "<script>window.pwned=1</script>",
    '<img src="x" onerror="window.pwned=1">',
    '<button hx-get="/health/" hx-trigger="load">Go</button>',
    '<div data-hx-get="/health/" hx-on:htmx:before-init="window.pwned=1"></div>',
    "[x](javascript:window.pwned=1)",
    "</div></li></ol></article></main><h1>Taken over</h1>",
    "{{ csrf_token }} {% now 'Y' %}",
    "\u202eright to left\u202c and \u2066isolated",
    "Z" + "\u0335\u0321\u0334\u0489" * 40,
)
WORD = "unbroken" * 60
LONG = 200_000

MAKE = f"""
from evaluations.prompts.models import Prompt
from tests.cast import make_output, make_prompt_set, make_run

lines = {(*PAYLOADS, WORD)!a}
hostile = "\\n".join(lines)
prompt_set = make_prompt_set("hostile")
prompt = Prompt.objects.create(
    slug="hostile", prompt_set=prompt_set, title=lines[0], text=hostile
)
run = make_run(prompt_set=prompt_set)
filling = "One more step follows from the last. " * ({LONG} // 37)
output = make_output(run=run, prompt=prompt, trace=hostile + "\\n" + filling, answer=hostile)
print(run.pk, output.pk, len(output.text))
"""
MAKE_TOO_LONG = """
from evaluations.prompts.models import Prompt
from evaluations.runs.actions import launch_run
from evaluations.runs.models import LanguageModel, Recipe
from tests.cast import make_prompt_set

prompt_set = make_prompt_set("too-long")
Prompt.objects.create(
    slug="too-long",
    prompt_set=prompt_set,
    title="Forty thousand words",
    text="And then it rained again. " * 8_000,
)
run = launch_run(
    model=LanguageModel.objects.first(), recipe=Recipe.objects.first(), prompt_set=prompt_set
)
print(run.pk, run.outputs.get().pk)
"""


def withdraw(site: LiveSite, run: int) -> None:
    """Take a run off the site, so that the counts of other tests hold."""
    site.shell(
        "from django.utils import timezone\n"
        "from evaluations.runs.models import Run\n"
        f"Run.objects.filter(pk={run}).update(withdrawn_at=timezone.now())"
    )


@dataclass(frozen=True)
class Hostile:
    """Ids of an output that attacks its readers, and of its run."""

    run: int
    output: int


@pytest.fixture(scope="module")
def hostile(written: LiveSite) -> Iterator[Hostile]:
    run, output, length = map(int, written.shell(MAKE).split())
    assert length >= LONG
    yield Hostile(run, output)
    withdraw(written, run)


@pytest.fixture
def requested(page: Page) -> list[str]:
    """Every address that this visitor's browser asks for."""
    addresses: list[str] = []
    page.context.on("request", lambda request: addresses.append(request.url))
    return addresses


def reads_as_text(page: Page, where: str, payloads: tuple[str, ...] = PAYLOADS) -> None:
    """The payloads are letters on the page and nothing else, and the page holds them."""
    shown = page.locator(where)
    for payload in payloads:
        expect(shown).to_contain_text(payload)
    assert page.locator(f"{where} :is(script, img, button, a, h1, [hx-get])").count() == 0
    assert page.get_by_role("heading", name="Taken over").count() == 0
    assert page.evaluate("typeof window.pwned") == "undefined"
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the screen"


def test_what_a_model_writes_stays_text_on_every_page(
    hostile: Hostile, page: Page, requested: list[str]
) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.set_viewport_size({"width": 360, "height": 900})

    page.goto(f"/outputs/{hostile.output}/")
    reads_as_text(page, ".trace")
    reads_as_text(page, ".prompt-box")
    expect(page.get_by_role("heading", level=1)).to_have_text(PAYLOADS[0])
    assert 19_000 < len(page.locator(".trace").inner_text()) < 25_000, "the first part alone"
    expect(page.get_by_text("The answer stands after the part that is shown")).to_be_visible()
    page.get_by_role("link", name="Show all of it").click()
    expect(page.locator(".answer")).to_be_visible()
    reads_as_text(page, ".answer")
    assert len(page.locator(".trace").inner_text()) >= LONG - 40
    page.goto(f"/outputs/{hostile.output}/?all=1")
    reads_as_text(page, ".trace")
    reads_as_text(page, ".answer")

    page.goto(f"/runs/{hostile.run}/")
    reads_as_text(page, ".entries .serif", PAYLOADS[:4])
    page.goto("/prompts/hostile/")
    reads_as_text(page, ".entries .serif", PAYLOADS[:4])
    reads_as_text(page, ".prompt-box")

    assert not dialogs
    assert not [url for url in requested if url.endswith(("/health/", "/x"))]


def test_a_hostile_output_is_judged_like_any_other(
    hostile: Hostile, page: Page, requested: list[str]
) -> None:
    address = f"/judge/{hostile.output}/"
    page.goto(f"{address}?all=1")
    reads_as_text(page, ".trace")
    reads_as_text(page, ".answer")
    page.goto(address)
    reads_as_text(page, ".trace")
    reads_as_text(page, ".prompt-box")
    assert len(page.locator(".trace").inner_text()) < 25_000
    expect(page.get_by_role("link", name="Show all of it")).to_be_visible()

    answer_all_yes(page)
    expect(page.locator("#saved")).to_contain_text("Saved.")
    page.keyboard.press("u")
    page.wait_for_url(re.compile(re.escape(address)))
    expect(page.locator("#saved")).to_have_count(0)
    reads_as_text(page, ".trace")  # htmx put it there this time
    answer_all_yes(page)
    expect(page.locator("#saved")).to_contain_text("Saved.")
    page.get_by_role("link", name="Which and why").click()
    expect(page.locator("#verdicts")).to_contain_text("Taylor, as quoted")
    assert not [url for url in requested if url.endswith(("/health/", "/x"))]


def test_a_prompt_longer_than_the_context_fails_with_both_numbers(
    written: LiveSite, page: Page
) -> None:
    run, output = map(int, written.shell(MAKE_TOO_LONG).split())
    try:
        written.wait_for(
            "from evaluations.runs.models import Output\n"
            f"print(Output.objects.get(pk={output}).state)",
            "failed",
        )
        said = re.compile(r"The prompt is too long: it has \d{5} tokens.* context holds 8192\b")
        page.goto(f"/runs/{run}/")
        expect(page.locator("#failures-title + ul")).to_contain_text(said)
        expect(page.locator("#failures-title + ul")).to_contain_text("after 1 attempt")
        page.goto(f"/outputs/{output}/")
        expect(page.locator("#reading")).to_contain_text(said)
        assert page.request.get("/health/").status == 200
    finally:
        withdraw(written, run)
