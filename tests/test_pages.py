"""Rules that hold for every page: accessible, light, inside the screen, and guarded."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.live_site import LiveSite

PAGES = (
    "/",
    "/?all=1",
    "/definitions/",
    "/definitions/taylor-as-quoted/",
    "/definitions/mitchell-abstraction/",
    "/criteria/",
    "/criteria/makes-inference/",
    "/prompts/",
    "/models/",
    "/models/smollm2-135m-instruct/",
    "/runs/",
    "/leaderboards/",
    "/leaderboards/taylor-as-quoted/",
    "/leaderboards/taylor-as-quoted/outputs/",
    "/judge/",
    "/judge/?direct=taylor-as-quoted",
    "/judge/?criteria=coherent,needs-combining",
    "/about/",
    "/about/method/",
    "/about/terms/",
    "/about/privacy/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/no-such-page/",
)
STAFF_PAGES = ("/runs/new/", "/accounts/preferences/", "/accounts/email/")


@pytest.fixture(scope="module")
def staff(written: LiveSite, browser: Browser) -> Iterator[BrowserContext]:
    """A signed-in member of staff, made through the link that the first start prints."""
    link = re.search(r"(http://\S+/accounts/first/\S+)", "".join(written.lines))
    assert link, written.tail()
    context = browser.new_context(base_url=written.url)
    page = context.new_page()
    page.goto(link[1])
    page.get_by_label("Username").fill("operator")
    page.locator("input[name=password1]").fill("quiet-rivers-run-deep-9")
    page.locator("input[name=password2]").fill("quiet-rivers-run-deep-9")
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.locator("#messages")).to_contain_text("Welcome, operator")
    page.goto(link[1])
    expect(page.get_by_text("This link was used")).to_be_visible()
    yield context
    context.close()


def every_page(page: Page) -> list[str]:
    """The listed pages, and one run, one prompt and one output that lists link to."""
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_leaves_the_screen(
    written: LiveSite, browser: Browser, page: Page, scheme: str
) -> None:
    problems: list[str] = []
    width = 1280 if scheme == "light" else 360
    context = browser.new_context(
        base_url=written.url,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    visitor = context.new_page()
    for path in every_page(page):
        visitor.goto(path)
        check(visitor, f"{scheme} {path}", problems)
        wide = visitor.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            problems.append(f"{path} is {wide} px wide on a screen of {width}")
    context.close()
    assert not problems, "\n".join(problems)


def test_axe_finds_nothing_on_the_pages_of_staff(staff: BrowserContext) -> None:
    problems: list[str] = []
    page = staff.new_page()
    for path in STAFF_PAGES:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        check(page, path, problems)
    assert not problems, "\n".join(problems)


def weigh(context: BrowserContext, path: str) -> dict[str, int]:
    """Bytes transferred, by request, of a first view."""
    page = context.new_page()
    sizes: dict[str, int] = {}
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    page.goto(path, wait_until="networkidle")
    return sizes


@pytest.mark.parametrize(
    "path",
    ["/", "/judge/", "/leaderboards/taylor-as-quoted/", "/definitions/taylor-as-quoted/"],
)
def test_a_first_view_is_light(written: LiveSite, browser: Browser, path: str) -> None:
    """At most 75 KB compressed and six requests."""
    context = browser.new_context(base_url=written.url)
    sizes = weigh(context, path)
    context.close()
    assert 0 < sum(sizes.values()) < 75_000
    assert len(sizes) <= 6


def test_staff_starts_a_run_watches_it_and_cancels_it(staff: BrowserContext) -> None:
    page = staff.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/runs/new/")
    wanted = page.locator("#id_prompt_set option", has_text="Everyday decisions")
    page.get_by_label("Prompt set").select_option(wanted.get_attribute("value"))
    page.get_by_role("main").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"/runs/\d+/"))
    run = page.url
    expect(page.get_by_role("main")).to_contain_text("Everyday decisions")
    page.get_by_role("link", name=re.compile("Cancel")).or_(
        page.get_by_role("button", name=re.compile("Cancel"))
    ).first.click()
    confirm = page.get_by_role("button", name=re.compile("Cancel"))
    if confirm.count():
        confirm.last.click()
    page.goto(run)
    expect(page.get_by_role("main")).to_contain_text(re.compile("cancelled", re.IGNORECASE))


def test_health_says_that_all_parts_are_well(written: LiveSite, page: Page) -> None:
    answer = page.request.get("/health/")
    report = answer.json()
    assert answer.status == 200
    assert report["status"] == "ok"
    assert {worker["kind"] for worker in report["workers"]} >= {"inference"}
