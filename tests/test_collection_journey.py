"""A curator collects by key, orders by keyboard, publishes, freezes and embeds; a second person
suggests, a third forks; a later judgment moves a verdict and the frozen version does not move."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.evening_site import make_person, sign_in
from tests.live_site import LiveSite
from tests.visitors import Visitors, visiting

pytestmark = pytest.mark.browser
WHY = (
    "Three answers to one riddle that read alike. In the first the conclusion was there before the "
    "steps, and the third would speak against that."
)
LATER = """
from tests.cast import give, make_user
from evaluations.judgments.models import Judge
from evaluations.runs.models import Output

keys = ("states-conclusion", "grounds-in-observations", "makes-inference", "conclusion-supported")
for number in range(7):
    judge = Judge.objects.create(kind="person", user=make_user(f"late-{number}"))
    for output in Output.objects.filter(pk__in=%s):
        give(judge, output, dict.fromkeys(keys, "no"))
print("done")
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


def add_by_key(page: Page, output: int, note: str, title: str = "", letter: str = "b") -> None:
    """Press B, whatever letter it writes, on an output's page, and send the form of the dialog."""
    page.goto(f"/outputs/{output}/")
    page.dispatch_event("body", "keydown", {"key": letter, "code": "KeyB"})
    dialog = page.locator("#collect-dialog")
    expect(dialog).to_be_visible()
    if title:
        dialog.get_by_label("Title of your first collection").fill(title)
    dialog.get_by_label("Why it belongs in the collection").fill(note)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Added to “Lamps”")


def drag(page: Page, item: str, onto: str, *, let_go: bool = True) -> None:
    """Drag an item by its handle with the mouse, to the place of another."""
    page.locator(f"#{item} > .drag-handle").hover()
    page.mouse.down()
    place = page.locator(f"#{onto} h3").bounding_box()
    handle = page.locator(f"#{item} > .drag-handle").bounding_box()
    assert place is not None
    assert handle is not None
    below = place["y"] > handle["y"]
    end = place["y"] + place["height"] + 24 if below else place["y"] - 8
    page.mouse.move(handle["x"] + 10, end, steps=8)
    if let_go:
        page.mouse.up()


def check(page: Page) -> None:
    """Axe finds nothing, and nothing leaves a narrow screen."""
    found = Axe().run(page).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    page.set_viewport_size({"width": 1280, "height": 900})


@contextmanager
def another_site(address: str) -> Iterator[str]:
    """A page on another port that frames *address*."""

    class Framing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                f'<!doctype html><title>A course</title><iframe src="{address}" title="Lamps" '
                'sandbox="allow-popups" width="640" height="480"></iframe>'.encode()
            )

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Framing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_collection_is_made_argued_about_and_cited(
    judged: LiveSite,
    readers: Visitors,
) -> None:
    for name in ("cora", "sam", "fred"):
        make_person(judged, name)
    keys = [
        int(key)
        for key in judged.shell(
            "from evaluations.runs.models import Output\n"
            "print(*Output.objects.order_by('pk').values_list('pk', flat=True)[:5])"
        ).split()
    ]
    cora = as_person(readers, "cora")
    add_by_key(cora, keys[0], "It concludes first.", "Lamps")
    add_by_key(cora, keys[1], "It gives grounds.", letter="и")
    add_by_key(cora, keys[2], "A case against it.")

    cora.goto("/collections/cora/lamps/edit/")
    items = cora.locator("[data-item]")
    expect(items).to_have_count(3)
    first = items.first
    first.locator("summary").click()
    first.get_by_label(re.compile("^Excerpt")).fill("The lamp is on.")
    first.get_by_role("button", name="Mark the excerpt").click()
    expect(cora.locator("#items q").first).to_have_text("The lamp is on.")
    items.first.locator("summary").click()
    items.first.get_by_label("Definition 1").select_option(label="Taylor, as quoted")
    items.first.get_by_role("button", name="Set it on all items").click()
    expect(cora.locator("#messages")).to_contain_text("The lens is set.")

    third = items.nth(2).get_attribute("id")
    assert third is not None
    up = f"up-{third.removeprefix('item-')}"
    cora.locator(f"#{up}").focus()
    cora.keyboard.press("Alt+ArrowUp")
    expect(cora.locator("#live")).to_have_text("Now number 2 of 3.")
    expect(items.nth(1)).to_have_attribute("id", third)
    assert cora.evaluate("document.activeElement.id") == up
    cora.keyboard.press("Alt+ArrowDown")
    expect(cora.locator("#live")).to_have_text("Now number 3 of 3.")
    expect(items.nth(2)).to_have_attribute("id", third)
    check(cora)

    order = [each.get_attribute("id") for each in items.all()]
    drag(cora, third, order[0] or "")
    expect(cora.locator("#live")).to_have_text("Now number 1 of 3.")
    expect(items.first).to_have_attribute("id", third)
    drag(cora, third, order[1] or "", let_go=False)
    cora.keyboard.press("Escape")
    cora.mouse.up()
    expect(items.first).to_have_attribute("id", third)
    cora.route("**/edit/*/**", lambda route: route.abort())
    with cora.expect_event("requestfailed"):
        drag(cora, third, order[1] or "")
    expect(items.first).to_have_attribute("id", third)
    cora.unroute("**/edit/*/**")
    drag(cora, third, order[1] or "")
    expect(cora.locator("#live")).to_have_text("Now number 3 of 3.")
    cora.reload()
    assert [each.get_attribute("id") for each in items.all()] == order

    cora.get_by_label("Public: listed here").check()
    cora.locator("#publish").click()
    expect(cora.locator("#refused")).to_contain_text("say in 80 or more what it shows")
    cora.get_by_label("Why (needed to be public)").fill(WHY)
    cora.locator("#describe").click()
    expect(cora.locator("#messages")).to_contain_text("Saved.")
    cora.get_by_label("Public: listed here").check()
    cora.locator("#publish").click()
    expect(cora.locator("#messages")).to_contain_text("It is public now.")
    cora.locator("#freeze").click()
    expect(cora).to_have_url(re.compile(r"/collections/cora/lamps/\d{4}-\d\d-\d\d-[0-9a-f]{8}/"))
    frozen = cora.url.split("?")[0].split("#")[0]
    citation = cora.locator("#citation").inner_text()
    assert "cora (" in citation
    assert frozen in citation
    check(cora)

    with another_site(f"{frozen}embed/") as course:
        reader = readers().new_page()
        reader.goto(course)
        frame = reader.frame_locator("iframe")
        expect(frame.get_by_role("link", name="Lamps")).to_be_visible()
        expect(frame.locator("body")).to_contain_text("The lamp is on.")
        expect(frame.locator("body")).not_to_contain_text("It concludes first.")

    sam = as_person(readers, "sam")
    sam.goto("/collections/cora/lamps/")
    expect(sam.locator("main")).not_to_contain_text("It concludes first.")
    expect(sam.locator("main")).not_to_contain_text("Taylor")
    check(sam)
    sam.get_by_role("link", name="Suggest an item").click()
    sam.get_by_label("Which").fill(str(keys[3]))
    why = sam.get_by_label(re.compile("Why it belongs in the collection"))
    why.fill("The same, the other way round.")
    sam.locator("#suggest").click()
    expect(sam.locator("#messages")).to_contain_text("Suggested.")
    cora.goto("/collections/cora/lamps/")
    cora.get_by_role("link", name="1 suggestion to decide").click()
    check(cora)
    cora.get_by_role("button", name="Accept").click()
    expect(cora.locator("#messages")).to_contain_text("credited to who suggested it")

    fred = as_person(readers, "fred")
    fred.goto(frozen)
    fred.locator("#fork").click()
    expect(fred).to_have_url(re.compile(r"/collections/fred/lamps/edit/"))
    expect(fred.locator("[data-item]")).to_have_count(3)
    fred.goto("/collections/fred/lamps/")
    expect(fred.locator("main")).to_contain_text("forked from Lamps by cora")

    fred.goto(frozen)
    before = fred.locator("#items li h3").all_inner_texts()
    expect(fred.locator("#since")).to_have_text("None of its 3 verdicts has changed since.")
    assert judged.shell(LATER % keys[:3]) == "done"
    fred.goto(frozen)
    fred.locator("#open-all").click()
    expect(fred.locator("#since")).to_have_text(
        re.compile(r"[1-3] of 3 verdicts (has|have) changed since\.")
    )
    assert fred.locator("#items li h3").all_inner_texts() == before
    expect(fred.locator("#items")).to_contain_text("Taylor, as quoted (3 judges)")
    assert fred.locator("#citation").inner_text() == citation
    check(fred)
    for path in ("/collections/", "/collections/new/", "/collections/site/brittle/"):
        fred.goto(path)
        check(fred)
