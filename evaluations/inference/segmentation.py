"""Cutting a trace into steps. Offsets count code points, as Python's own do."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from evaluations.inference.spans import Span, Spans, blocks, formulas

# Judgments point at steps by number: another way to cut is another version.
SEGMENTATION_VERSION = 2

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ITEM = re.compile(
    r"""
    (?P<indent>[ \t]*) (?:\#{1,6}[ \t]+)? (?:\*{1,3}|_{1,3})?
    (?: (?:step[ \t]+)? \(? \d{1,3} [.):] (?=[ \t*_]|$)
      | step[ \t]+ \d{1,3} \b
      | \(? [a-z] \) (?=[ \t])
    )
    | (?P<bullet_indent>[ \t]*) [-*+•‣◦▪·–—] [ \t]+ (?=\S)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_STOP = re.compile(r"[.!?…؟۔।॥]+|[。！？｡]+")
_WIDE_STOPS = frozenset("。！？｡")
_CLOSERS = frozenset("\"'”’»)]}*_」』）")
_ABBREVIATIONS = frozenset(
    (
        "e.g",
        "i.e",
        "cf",
        "vs",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "fig",
        "eq",
        "no",
        "approx",
        "al",
        "resp",
        "viz",
        "ca",
        "jr",
        "sr",
        "pp",
        "p",
        "vol",
        "ch",
    )
)


class _Line(NamedTuple):
    start: int
    end: int
    blank: bool


def segment(text: str) -> list[Span]:
    """The steps of a text, in order; between them and around them is nothing but whitespace.

    Version 2: numbered or bulleted items, else paragraphs parted by blank lines, else lines, else
    sentences, whichever is the first to give at least two steps; else the text is one step, and
    none when it is blank. Items count when there are two or more: those that are indented least
    begin a step, what stands before the first is a step of its own, and so is what follows the
    last after a blank line without being indented. Fenced code, displayed formulas and tables are
    never cut, which version 1 did. Time grows linearly with the text.
    """
    whole = blocks(text)
    lines = [
        _Line(*match.span(), line.isspace())
        for match in _LINE.finditer(text)
        if (line := match[0]) and not (whole and whole.around(match.start()))
    ]
    for cuts in (_item_cuts, _paragraph_cuts, _line_cuts):
        if (found := cuts(text, lines)) and len(spans := _spans(text, found)) >= 2:
            return spans
    return sentences(text, whole)


def sentences(text: str, whole: Spans | None = None) -> list[Span]:
    """The sentences of a text; none ends within a formula, or within what is `whole`."""
    cuts = _sentence_cuts(text)
    return _spans(text, [cut for cut in cuts if not (whole and whole.around(cut))])


def _spans(text: str, cuts: list[int]) -> list[Span]:
    """What lies between the cuts, less its outer whitespace; blank pieces vanish."""
    spans = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        inner = piece.strip()
        if inner:
            first = start + len(piece) - len(piece.lstrip())
            spans.append(Span(first, first + len(inner)))
    return spans


def _item_cuts(text: str, lines: list[_Line]) -> list[int]:
    items: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if not line.blank and (match := _ITEM.match(text, line.start, line.end)):
            indent = match["indent"] or match["bullet_indent"] or ""
            items.append((number, len(indent.expandtabs(4))))
    least = min((indent for _, indent in items), default=0)
    numbers = [number for number, indent in items if indent == least]
    if len(numbers) < 2:
        return []
    cuts = [lines[number].start for number in numbers]
    for number in range(numbers[-1] + 1, len(lines)):
        line = lines[number]
        indented = text[line.start] in " \t"
        if lines[number - 1].blank and not line.blank and not indented:
            return [*cuts, line.start]
    return cuts


def _paragraph_cuts(text: str, lines: list[_Line]) -> list[int]:
    return [line.start for line in lines if line.blank]


def _line_cuts(text: str, lines: list[_Line]) -> list[int]:
    return [line.start for line in lines]


def _sentence_cuts(text: str) -> list[int]:
    cuts: list[int] = []
    begin = 0
    maths = formulas(text)
    formula = next(maths, None)
    for stop in _STOP.finditer(text):
        while formula and formula.end <= stop.start():
            formula = next(maths, None)
        if formula and formula.start <= stop.start():
            continue
        end = stop.end()
        while end < len(text) and (text[end] in _CLOSERS or _is_mark(text[end])):
            end += 1
        if stop[0][0] in _WIDE_STOPS:
            # 「…。」と言った: the sentence goes on after what was quoted.
            ends = text[end - 1] not in "」』" or text[end : end + 1] not in ("と", "っ")
        else:
            ends = _ends_sentence(text, begin, stop, end)
        if ends:
            cuts.append(end)
            begin = end
    return cuts


def _ends_sentence(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    if end == len(text) or not text[end].isspace():
        return False
    # Bounded looks ahead and behind: a run of blanks or letters must not be read again and again.
    after = text[end : end + 64].lstrip()
    if after and after[0].islower():
        return False
    if stop[0] != ".":
        return True
    # Exclusive of the sentence's own start, so that "2." before "Then" is seen as a number alone.
    window = text[max(begin, stop.start() - 32) : stop.start()]
    words = window.split()
    word = words[-1].lstrip("(\"'“‘[*_") if words else ""
    if word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "I"):
        return False
    # An enumerator belongs to what it numbers.
    return not (word.isdecimal() and text[begin : stop.start()].strip() == words[-1])


def _is_mark(character: str) -> bool:
    return character in "\u200d\ufe0f" or unicodedata.category(character).startswith("M")
