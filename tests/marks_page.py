"""The judging form with its text on a page of its own, for the tests of marks and of the caret."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from evaluations.common.bundling import bundle
from evaluations.judgments.answers.marks import marks_from
from evaluations.runs.models import Output
from tests.visitors import visiting

ORIGIN = "http://marks.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
KEYS = ("sound", "clear")

STEPS = (
    "1. The lamp is on.\r\nSo somebody is home.",
    "2. 😀 𝔸lso the 👩‍👩‍👧 and 🏳️‍🌈 meet 🇩🇪 here.",
    "3. Cafe\u0301 de\u0301ja\u0300 vu, naïve.",
    "4. إذا أمطرت السماء ابتل الشارع كله.",
    r"5. Thus $\frac{a}{b} \le \sum_{i<n} x_i & 1$ <b hx-get='/x'>holds</b>.",
)
TRACE = "\n\n".join(STEPS)
ANSWER = "\nNobody & 😀 is\r\rhome.\r\n"
STARTS = [TRACE.index(step) for step in STEPS]

PAGE = """{% load exact %}<!doctype html><html lang="en"><head><title>Judging</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/site.css"></head><body><main id="main" class="frame">
<h1>Judge this output</h1><div class="judging"><article class="output"><h2>Working</h2>
<ol class="trace" hx-ignore>{% for start, text in steps %}<li
  data-part="trace" data-start="{{ start }}" dir="auto">{{ text|exact }}</li>{% endfor %}</ol>
<h2>Answer</h2>
<div class="answer" hx-ignore data-part="answer" data-start="0" dir="auto">{{ answer|exact }}</div>
</article><form class="judging-form" id="judging" method="post" data-judging data-draft="1">
<input type="hidden" name="marks" value="{{ marks }}" data-kept><div class="judging-questions">
{% for key in keys %}{% include "ui/criterion.html" with question=key|add:"?" %}{% endfor %}
{% include "judgments/marks_list.html" %}</div>
<div class="save-bar"><button class="button" id="save" data-key="enter">Save</button></div>
</form></div></main><div id="live" class="visually-hidden" aria-live="polite"></div>
<script src="/site.js" defer></script><script src="/judging.js" defer></script></body></html>"""


def serve(context: BrowserContext, **changes: Any) -> None:
    """Answer every request of the page ourselves, under the site's policy."""
    static = Path(settings.BASE_DIR) / "static"
    values = {
        "steps": list(zip(STARTS, STEPS, strict=True)),
        "answer": ANSWER, "keys": KEYS, "marks": "", **changes,
    }  # fmt: skip
    html = engines["django"].from_string(PAGE).render(values)
    types = {"css": "text/css", "js": "text/javascript"}

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        kind = types.get(name.rpartition(".")[2], "text/html; charset=utf-8")
        body = bundle(name, static) if "." in name and kind != "text/html" else html
        headers = {"Content-Type": kind, "Content-Security-Policy": POLICY}
        route.fulfill(status=200, headers=headers, body=body)

    context.route("**/*", answer)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Any]:
    """Opens the page for a visitor; a broken policy or script fails the test."""
    with visiting(browser, ORIGIN) as visitors:

        def go(*, touch: bool = False, **changes: Any) -> Page:
            options: dict[str, Any] = (
                {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 600}}
                if touch
                else {}
            )
            context = visitors(**options)
            serve(context, **changes)
            page = context.new_page()
            page.goto("/")
            return page

        yield go


@pytest.fixture
def page(opened: Any) -> Page:
    shown: Page = opened()
    return shown


def marks(page: Page) -> list[dict[str, Any]]:
    text = page.locator("[name=marks]").input_value()
    found: list[dict[str, Any]] = json.loads(text or "[]")
    output = Output(trace=TRACE, answer=ANSWER)
    assert len(marks_from(text, output, KEYS)) == len(found), "the server takes what is sent"
    return found


def quotes(page: Page) -> list[str]:
    """What the marks quote from the stored text."""
    texts = {"trace": TRACE, "answer": ANSWER}
    return [texts[mark["part"]][mark["start"] : mark["end"]] for mark in marks(page)]


SELECT = """([from, fromText, fromEnd, to, toText, toEnd]) => {
    const node = (piece) => document.querySelectorAll("[data-part]")[piece].firstChild;
    const at = (piece, text, end) => node(piece).data.indexOf(text) + (end ? text.length : 0);
    getSelection().setBaseAndExtent(
        node(from), at(from, fromText, fromEnd), node(to), at(to, toText, toEnd));
}"""


def select(page: Page, piece: int, text: str) -> None:
    page.evaluate(SELECT, [piece, text, False, piece, text, True])


def heard(page: Page, words: str) -> None:
    expect(page.locator("#live")).to_contain_text(words)


def selection(page: Page) -> str:
    found: str = page.evaluate("getSelection().toString()")
    return found


def drawn(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate(
        "(name) => [...(CSS.highlights.get(name) || [])].map(String)", name
    )
    return found


# The text as the browser has it --------------------------------------------------------------
