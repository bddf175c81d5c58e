import pytest
from django.utils.safestring import SafeString

from evaluations.common.markdown import to_document


def to_html(text: str) -> SafeString:
    return to_document(text).html


def test_emphasis_lists_links_and_tables_become_html() -> None:
    html = to_html("**b** and *i*\n\n- one\n- two\n\n[here](https://example.org/a?b=1&c=2)")
    assert "<strong>b</strong> and <em>i</em>" in html
    assert "<li>one</li>" in html
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener">here</a>' in html
    assert '<table class="table">' in to_html("| a | b |\n|---|---|\n| 1 | 2 |")
    assert to_html("    x = 1\n") == '<pre tabindex="0"><code>x = 1\n</code></pre>\n'
    assert isinstance(html, SafeString)


def test_links_within_the_site_stay() -> None:
    assert '<a href="/about/method/" rel="noopener">m</a>' in to_html("[m](/about/method/)")


@pytest.mark.parametrize(
    "raw",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <b onclick=alert(1)>bold</b>",
        "<div hx-get=/admin/>x</div>",
        "<style>p{}</style>",
        "<!-- comment -->",
        "<a href='javascript:alert(1)'>x</a>",
    ],
)
def test_raw_html_stays_what_was_typed(raw: str) -> None:
    html = to_html(raw)
    assert "&lt;" in html
    for tag in ("<script", "<img", "<b", "<div", "<style", "<!--", "<a"):
        assert tag not in html


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/png;base64,AAAA",
        "&#106;avascript:alert(1)",
        "ftp://example.org/",
    ],
)
def test_links_with_other_schemes_are_dropped(target: str) -> None:
    for html in (to_html(f"[x]({target})"), to_html(f"<{target}>"), to_html(f"![x]({target})")):
        assert "href=" not in html
        assert "src=" not in html


def test_the_second_wall_holds_without_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluations.common import markdown

    monkeypatch.setitem(markdown._parser.options, "html", True)
    html = to_html("<p onclick=a()>a<script>b</script><img src=/c>d</p>\n\n[e](/f)")
    assert "<script" not in html
    assert "<img" not in html
    assert "onclick" not in html
    assert "ad" in html


def test_pictures_are_left_out() -> None:
    assert "<img" not in to_html("![alt](https://example.org/p.png)")


def test_a_document_gives_title_lead_and_anchored_headings() -> None:
    document = to_document(
        "# About *us*\n\nFirst **line**\nand `second`.\n\n"
        "## One & two\n\nx\n\n## One & two\n\n### s"
    )
    assert document.title == "About us"
    assert document.lead == "First line and second."
    assert [(h.text, h.anchor) for h in document.headings] == [
        ("One & two", "one-two"),
        ("One & two", "one-two-2"),
    ]
    assert '<h2 id="one-two">One &amp; two</h2>' in document.html
    assert "<h1" not in document.html


def test_a_document_without_a_title_loses_nothing() -> None:
    document = to_document("Only text.")
    assert (document.title, document.lead, document.headings) == ("", "Only text.", ())
    assert "Only text." in document.html
