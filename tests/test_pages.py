"""Rules that hold for every page: accessible, light, inside the screen, and guarded."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError

from tests.live_site import LiveSite
from tests.looks import MAIN_PAGES, PAGES, STAFF_PAGES
from tests.test_main_journey import answer_all_yes
from tests.visitors import Visitors, visiting


@pytest.fixture(scope="module")
def staff(written: LiveSite, browser: Browser) -> Iterator[BrowserContext]:
    """A signed-in member of staff, made through the link that the first start prints."""
    with visiting(browser, written.url) as visitors:
        context = visitors()
        page = context.new_page()
        page.goto(first_staff_link(written))
        page.get_by_label("Username").fill("operator")
        page.locator("input[name=password1]").fill("quiet-rivers-run-deep-9")
        page.locator("input[name=password2]").fill("quiet-rivers-run-deep-9")
        page.get_by_role("main").get_by_role("button").last.click()
        expect(page.locator("#messages")).to_contain_text("Welcome, operator")
        page.close()
        yield context


def first_staff_link(site: LiveSite) -> str:
    link = re.search(r"(http://\S+/accounts/first/\S+)", "".join(site.lines))
    assert link, site.tail()
    return link[1]


def every_page(page: Page) -> list[str]:
    """The listed pages, and one run, one prompt and two outputs, last, that lists link to."""
    found = list(PAGES)
    for list_page, pattern in (
        ("/runs/", r"/runs/\d+/$"),
        ("/prompts/", r"/prompts/[a-z0-9-]+/$"),
        ("/leaderboards/taylor-as-quoted/outputs/", r"/outputs/\d+/$"),
        ("/runs/1/", r"/outputs/\d+/$"),
    ):
        page.goto(list_page)
        links = page.locator("main a").evaluate_all("links => links.map(a => a.pathname)")
        found += [path for path in links if re.search(pattern, path)][:1]
    assert len(set(found)) >= len(PAGES) + 3
    return found


def check(page: Page, path: str, problems: list[str]) -> None:
    for violation in Axe().run(page).response["violations"]:
        nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
        problems.append(f"{path}: {violation['id']}: {nodes}")


TWO_LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1280), ("dark", 360))
EVERY_LOOK: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("dark", 360), ("light", 360), ("light", 1280), ("dark", 1280)
)  # fmt: skip


def test_axe_finds_nothing_and_nothing_leaves_the_screen(written: LiveSite, page: Page) -> None:
    """Every page once in each scheme and width, and the main ones in all combinations.

    Each is opened once, which spares half of the time: the main ones dark and narrow, so that
    what is decided on loading is looked at there too.
    """
    problems: list[str] = []
    paths = every_page(page)

    def turn(scheme: Literal["light", "dark"], width: int) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)

    for path in paths:
        looks = EVERY_LOOK if path in (*MAIN_PAGES, paths[-1]) else TWO_LOOKS
        turn(*looks[0])
        page.goto(path)
        for scheme, width in looks:
            turn(scheme, width)
            check(page, f"{scheme} {width} {path}", problems)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                problems.append(f"{path} is {wide} px wide on a screen of {width}")
    assert not problems, "\n".join(problems)


def test_axe_finds_nothing_on_the_pages_of_staff(staff: BrowserContext, written: LiveSite) -> None:
    problems: list[str] = []
    page = staff.new_page()
    for path in STAFF_PAGES:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        check(page, path, problems)
    answer = page.goto(first_staff_link(written))
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("This link was used")).to_be_visible()
    check(page, "the used link", problems)
    page.close()
    assert not problems, "\n".join(problems)


def test_axe_finds_nothing_while_judging(written: LiveSite, visitors: Visitors) -> None:
    page = visitors().new_page()
    problems: list[str] = []
    page.goto("/judge/")
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "the list of keys", problems)
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Save and next").click()
    expect(page.locator("#still-open")).to_contain_text("Some questions have no answer")
    check(page, "the form without answers", problems)
    answer_all_yes(page)
    expect(page.locator("#saved")).to_be_visible()
    check(page, "after a save", problems)
    ended = page.get_by_role(
        "heading", name=re.compile("Nothing here for you now|You have judged everything here")
    )
    page.locator("#skip").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "skipping", problems)
    page.keyboard.press("Escape")
    while not ended.count():
        shown = page.url
        page.locator("#skip").click()
        page.locator("#skip-now").click()
        expect(page).not_to_have_url(shown)
    check(page, "the end of judging", problems)
    assert not problems, "\n".join(problems)


def test_axe_finds_nothing_where_verdicts_are_shown(
    staff: BrowserContext, written: LiveSite, page: Page
) -> None:
    """A signed-in person's judgment is on the board, and a guest asks to see the answers."""
    problems: list[str] = []
    judge = staff.new_page()
    judge.goto("/judge/")
    output = re.search(r"/judge/(\d+)/", judge.url)
    assert output
    answer_all_yes(judge)
    judge.close()
    page.goto(f"/outputs/{output[1]}/")
    page.get_by_role("button", name="Show answers").click()
    expect(page.locator("#answers")).to_contain_text("Judge 1")
    check(page, "answers that were asked for", problems)
    for path in ("/leaderboards/", "/leaderboards/taylor-as-quoted/", "/"):
        page.goto(path)
        expect(page.get_by_role("main")).to_contain_text("100%")
        check(page, f"{path} with verdicts", problems)
    assert not problems, "\n".join(problems)


SIZES = """() => {
    const shown = (element) => element.checkVisibility() && element.getBoundingClientRect().width;
    const height = (element) => element.getBoundingClientRect().height;
    const name = (element) => element.outerHTML.slice(0, 120);
    const ch = (element) => {
        const digit = document.createElement("span");
        digit.textContent = "0".repeat(100);
        digit.style.cssText = "position:absolute;padding:0;white-space:nowrap";
        element.append(digit);
        const width = digit.getBoundingClientRect().width / 100;
        digit.remove();
        return width;
    };
    const inside = (element) => {
        const style = getComputedStyle(element);
        return element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    };
    const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
    return {
        letters: parseFloat(getComputedStyle(document.body).fontSize),
        targets: all("button, select, textarea, summary, input:not([type=hidden])")
            .map((element) => [name(element), height(element)]),
        choices: all("label.choice").map((element) => [name(element), height(element)]),
        measures: all(".prose, .lead, .prompt-box, .answer, .trace > li")
            .map((element) => [name(element), inside(element) / ch(element)]),
    };
}"""
FOCUS = """() => {
    const style = getComputedStyle(document.activeElement);
    return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


@pytest.mark.parametrize("width", [1280, 360])
def test_letters_targets_lines_and_focus_have_their_sizes(
    written: LiveSite, visitors: Visitors, page: Page, width: int
) -> None:
    """Letters of 17 px, targets of 24, choices of 44, lines of 70 characters, outlines of 2."""
    visitor = visitors(viewport={"width": width, "height": 900}).new_page()
    problems: list[str] = []
    measured: Counter[str] = Counter()
    for path in (*MAIN_PAGES, every_page(page)[-1]):
        visitor.goto(path)
        sizes = visitor.evaluate(SIZES)
        assert sizes["letters"] >= 17, path
        for kind, least, most in (
            ("targets", 24, 10_000), ("choices", 44, 10_000), ("measures", 0, 70),
        ):  # fmt: skip
            measured[kind] += len(sizes[kind])
            problems += [
                f"{path}: {kind} of {size:.1f}: {element}"
                for element, size in sizes[kind]
                if not least <= size <= most
            ]
        visitor.keyboard.press("Tab")
        visitor.keyboard.press("Tab")
        tag, style, outline = visitor.evaluate(FOCUS)
        if (tag, style) != ("A", "solid") or outline < 2:
            problems.append(f"{path}: the focus on {tag} is {style} {outline} px")
    assert not problems, "\n".join(problems)
    assert measured["targets"] > 10
    assert measured["choices"] == 28
    assert measured["measures"] >= 5


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "const it = document.createElement('script'); it.textContent = '1';"
            "document.body.append(it)",
            "script-src-elem inline",
        ),
        ("setTimeout(() => nobodyKnowsThis())", "nobodyKnowsThis is not defined"),
    ],
)
def test_the_watch_sees_what_went_wrong_on_a_page_that_was_left(
    written: LiveSite, browser: Browser, script: str, told: str
) -> None:
    """The watch over every other test here must be able to fail."""
    visitors = Visitors(browser, written.url)
    page = visitors().new_page()
    page.goto("/about/")
    page.evaluate(script)
    # The browser reports a moment later; a page that is left at once reports nothing.
    page.evaluate("new Promise((done) => setTimeout(done, 200))")
    page.goto("/about/terms/")
    visitors.close()
    assert any(told in problem for problem in visitors.problems), visitors.problems


def scales(page: Page) -> dict[str, int]:
    """Bytes transferred, by request, as they come; nothing is taken from a cache."""
    sizes: dict[str, int] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    return sizes


@pytest.mark.parametrize(
    "path",
    ["/", "/judge/", "/leaderboards/taylor-as-quoted/", "/definitions/taylor-as-quoted/"],
)
def test_a_first_view_is_light(written: LiveSite, visitors: Visitors, path: str) -> None:
    """At most 75 KB compressed and six requests."""
    page = visitors().new_page()
    sizes = scales(page)
    page.goto(path, wait_until="networkidle")
    assert 0 < sum(sizes.values()) < 75_000
    assert len(sizes) <= 6


def test_the_size_of_a_run_is_that_of_the_last_choice(staff: BrowserContext) -> None:
    """Also where the first answer is slow, and the second choice is made before it is there."""
    page = staff.new_page()
    page.goto("/runs/new/")
    said, samples = page.locator("#size strong").first, page.locator("#id_samples")
    samples.fill("1")
    with page.expect_response("**/runs/new/size/**"):
        samples.press("Tab")
    expect(said).not_to_have_text("")
    one = int(said.inner_text().split()[0])
    slow: list[Route] = []
    page.route("**/runs/new/size/**", lambda route: slow.append(route))
    for number in ("2", "3"):
        samples.fill(number)
        samples.press("Tab")
    page.wait_for_timeout(300)
    page.unroute("**/runs/new/size/**")
    for route in slow:
        with suppress(PlaywrightError):  # called off meanwhile
            route.continue_()
    expect(said).to_have_text(f"{3 * one} outputs")
    page.close()


def test_staff_starts_a_run_watches_it_and_cancels_it(staff: BrowserContext) -> None:
    page = staff.new_page()
    page.goto("/runs/new/")
    sets = page.get_by_role("group", name="Prompt sets")
    for box in sets.get_by_role("checkbox", checked=True).all():
        box.uncheck()
    sets.get_by_label("Everyday decisions").check()
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\d+/"))
    run = page.url
    expect(page.get_by_role("main")).to_contain_text("Everyday decisions")
    page.get_by_role("link", name="Cancel this run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel this run?")
    problems: list[str] = []
    check(page, "cancelling a run", problems)
    assert not problems, "\n".join(problems)
    page.get_by_role("button", name="Cancel this run").click()
    page.goto(run)
    expect(page.get_by_role("main")).to_contain_text(re.compile("cancelled", re.IGNORECASE))
    page.close()


def test_health_says_that_all_parts_are_well(written: LiveSite, page: Page) -> None:
    answer = page.request.get("/health/")
    report = answer.json()
    assert answer.status == 200
    assert report["status"] == "ok"
    assert {worker["kind"] for worker in report["workers"]} >= {"inference"}
