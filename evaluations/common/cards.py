"""The picture that other sites show beside a link to a page: words, and how verdicts stand."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.template.loader import render_to_string

CARD = (1200, 630)
"""Width and height of a card, in pixels."""

EDGE = 64
TITLE_LETTERS, TEXT_LETTERS = 42, 74
"""As many letters of the title, and of the text below it, fit on a line."""

TITLE_LINES, ALL_LINES = 3, 9
"""Lines of the title, and of title and text together; a line of the title counts twice."""

COLOURS = {
    "reasoning": ("#0072b2", "●", "reasoning"),
    "partly": ("#7fb0d3", "◐", "partly"),
    "not-reasoning": ("#d55e00", "○", "not reasoning"),
    "undetermined": ("#b9b5aa", "◌", "undetermined"),
}


@dataclass(frozen=True)
class Card:
    """What a card says. `counts`: how many verdicts of each kind, drawn as a bar, or none;
    `caption`: what stands above the bar. A title breaks where it has a line's end."""

    eyebrow: str
    title: str
    paragraphs: tuple[str, ...]
    foot: str
    counts: Mapping[str, int] = field(default_factory=dict)
    caption: str = ""


def card_svg(card: Card) -> str:
    """A card as an SVG file; text that does not fit ends in three dots."""
    title = [
        line
        for part in card.title.splitlines()
        for line in textwrap.wrap(part, TITLE_LETTERS, max_lines=TITLE_LINES, placeholder=" …")
    ]
    left = ALL_LINES - 2 * len(title) + (0 if any(card.counts.values()) else 2)
    left -= bool(card.caption)
    y = EDGE + 80
    lines: list[tuple[int, int, str]] = []
    for line in title:
        lines.append((y, 44, line))
        y += 56
    for paragraph in card.paragraphs:
        if left < 1:
            break
        wrapped = textwrap.wrap(paragraph, TEXT_LETTERS, max_lines=left, placeholder=" …")
        y += 8
        for line in wrapped:
            lines.append((y, 26, line))
            y += 38
        left -= len(wrapped)
    return render_to_string(
        "ui/card_file.svg",
        {"card": card, "lines": lines, "bar": bar_of(card.counts), "words": words_of(card.counts)},
    )


def bar_of(counts: Mapping[str, int]) -> list[tuple[float, float, str]]:
    """Beginning, width and colour of each piece of the bar, in pixels."""
    total, x, pieces = sum(counts.values()), float(EDGE), []
    for verdict, count in counts.items():
        if count:
            width = round((CARD[0] - 2 * EDGE) * count / total, 1)
            pieces.append((x, width, COLOURS[verdict][0]))
            x += width
    return pieces


def words_of(counts: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """Colour, mark and words of each kind of verdict that there is."""
    return [
        (COLOURS[verdict][0], COLOURS[verdict][1], f" {count} {COLOURS[verdict][2]}    ")
        for verdict, count in counts.items()
        if count
    ]
