"""Pictures: kept by what they show, drawn so many an hour, and never in the way of a page."""

import struct
import threading
import time

import pytest
from django.core.cache import caches
from django.test import RequestFactory

from evaluations.common import pictures
from evaluations.common.cards import CARD, Card, card_svg

pytestmark = pytest.mark.django_db
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><title>{}</title></svg>'


@pytest.fixture(autouse=True)
def empty() -> None:
    caches[pictures.KEPT_IN].clear()


def ask(text: str = "a") -> int:
    request = RequestFactory().get("/picture.png")
    return pictures.png_response(request, SVG.format(text), "a.png", width=8).status_code


def test_a_picture_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def counting(svg: str, *, width: int) -> bytes:
        drawn.append(svg)
        return b"png"

    monkeypatch.setattr(pictures, "png_of", counting)
    assert [ask(), ask(), ask("b"), ask()] == [200] * 4
    assert len(drawn) == 2, "by what it shows"


def test_only_so_many_are_drawn_for_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "png_of", lambda svg, *, width: b"png")
    monkeypatch.setattr(pictures, "DRAWN_AN_HOUR", 2)
    assert [ask("a"), ask("b"), ask("c")] == [200, 200, 429]
    assert ask("a") == 200, "what is kept is never refused"


def test_who_waits_too_long_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0)
    with pictures._one_at_a_time:
        assert ask("waits") == 503
    monkeypatch.undo()
    assert ask("waits") == 200, "nothing is kept of a picture that was not drawn"


def test_drawing_leaves_the_process_to_others() -> None:
    """Other threads go on while a large picture is drawn: it does not hold Python's lock."""
    rows = "".join(f'<text x="9" y="{20 * n}">Row {n} of many</text>' for n in range(150))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="960" height="3000">{rows}</svg>'
    gaps, stop = [0.0], threading.Event()

    def tick() -> None:
        last = time.perf_counter()
        while not stop.wait(0.01):
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    ticking = threading.Thread(target=tick)
    ticking.start()
    began = time.perf_counter()
    drawn = pictures.png_of(svg, width=1440)
    took = time.perf_counter() - began
    stop.set()
    ticking.join()
    assert drawn is not None
    assert struct.unpack(">I", drawn[16:20]) == (1440,)
    assert len(gaps) > 10
    assert max(gaps) < took * 0.75


def test_what_no_file_may_hold_is_left_out() -> None:
    assert ask("\x1b[31mred\x00\x0c\ufffe 🪔") == 200
    drawn = pictures.svg_response(SVG.format("\x1b[31mred\x00 🪔"), "a.svg").content.decode()
    assert "<title>[31mred 🪔</title>" in drawn


def test_a_card_holds_what_fits() -> None:
    drawn = card_svg(
        Card("e", "A title & <more>", ("word " * 400, "not drawn"), "foot", {"partly": 3})
    )
    assert f'width="{CARD[0]}" height="{CARD[1]}"' in drawn
    assert "A title &amp; &lt;more&gt;" in drawn
    assert " …</text>" in drawn
    assert "not drawn" not in drawn
    assert "3 partly" in drawn
    assert "undetermined" not in drawn
