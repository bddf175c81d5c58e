"""Where a text is cut, and that it fits."""

import pytest
from django.template import Context, Template

from evaluations.common.texts.shortened import shortened


@pytest.mark.parametrize(
    ("text", "most", "begins"),
    [
        ("The lamp is on.", 15, "The lamp is on."),
        ("The lamp is switched on.", 16, "The lamp is …"),
        ("The lamp is switched on.", 22, "The lamp is switched …"),
        ("The lamp is switched on.", 21, "The lamp is …"),
        ("The lamp\nis switched on.", 12, "The lamp …"),
        ("The  lamp  is on and on", 14, "The  lamp …"),
        ("灯是开着的因为开关在上面的位置", 8, "灯是开着的因…"),
        ("A 灯是开着的因为开关在上面的位置", 8, "A 灯是开着…"),
        ("", 8, ""),
    ],
)
def test_a_text_is_cut_where_a_word_ends(text: str, most: int, begins: str) -> None:
    assert shortened(text, most) == begins
    assert len(begins) <= most


def test_a_page_escapes_what_is_left() -> None:
    page = Template("{% load shortening %}{{ text|shortened:12 }}")
    assert page.render(Context({"text": "a < b and so on"})) == "a &lt; b and …"
    assert page.render(Context({"text": "<b> is open"})) == "&lt;b&gt; is open"
