"""Markdown to HTML in two walls: raw HTML is never let in, and the result is cleaned again.

Meant for texts of the site and for notes that people write. What models wrote is shown as plain
text and does not come here.
"""

from dataclasses import dataclass

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "h2": {"id"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Heading:
    """A `##` heading of a document, and the anchor that leads to it."""

    text: str
    anchor: str


@dataclass(frozen=True)
class Document:
    """A rendered document, without its title.

    `lead` is the plain text of the first paragraph, for a description of the page.
    """

    title: str
    lead: str
    html: SafeString
    headings: tuple[Heading, ...]


def to_document(text: str) -> Document:
    """Markdown of a whole page: the title is taken out, headings get anchors.

    The title is the text of the first `#` heading, empty when there is none. Raw HTML in *text*
    comes out as the characters that were typed, pictures are left out, and a link with another
    scheme than http, https or mailto loses it.
    """
    tokens = _parser.parse(text)
    title, start = "", 0
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        title, start = _plain(tokens[1]), 3
    tokens = tokens[start:]
    lead = next(
        (_plain(tokens[n + 1]) for n, t in enumerate(tokens) if t.type == "paragraph_open"), ""
    )
    headings = _anchored(tokens)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return Document(title, lead, _clean(html), headings)


def _anchored(tokens: list[Token]) -> tuple[Heading, ...]:
    """Give every `##` heading an id of its own; returns the headings in order."""
    found: list[Heading] = []
    for index, token in enumerate(tokens):
        if token.type != "heading_open" or token.tag != "h2":
            continue
        text = _plain(tokens[index + 1])
        anchor = stem = slugify(text) or "part"
        number = 1
        while anchor in {heading.anchor for heading in found}:
            number += 1
            anchor = f"{stem}-{number}"
        token.attrSet("id", anchor)
        found.append(Heading(text, anchor))
    return tuple(found)


def _plain(token: Token) -> str:
    """The text of an inline token without its marks."""
    parts = (
        " " if child.type in {"softbreak", "hardbreak"} else child.content
        for child in token.children or ()
    )
    return "".join(parts)


def _clean(html: str) -> SafeString:
    return mark_safe(  # noqa: S308 - the cleaner's result is what may be marked
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            link_rel="noopener",
            # What is wider than the page is scrolled, by key too.
            set_tag_attribute_values={"table": {"class": "table"}, "pre": {"tabindex": "0"}},
        )
    )
