"""Stretches of a text that are no prose: code, formulas, tables. Offsets count code points."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_FENCE = re.compile(r"^[ \t]*(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?(`{3,}|~{3,})([^\r\n]*)", re.M)
_INLINE_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)[^\n]{1,300}?(?<!`)\1(?!`)")
_MATHS_CLOSERS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_MATHS_OPEN = re.compile(r"\\\(|\\\[|\$\$|\$")
_INLINE_DOLLARS = re.compile(r"\$(?=\S)[^$\n]*(?<=\S)\$(?!\d)")
_LONGEST_DOLLARS = 4000
"""Characters in $$...$$; two pairs of dollar signs further apart are no formula."""
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([A-Za-z]{1,20}\*?)\}")
_TABLE_RULE = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?)?[ \t]*\r?\n?")


class Span(NamedTuple):
    """Code points `start` to `end` - 1 of the text."""

    start: int
    end: int


class Spans:
    """Spans in order that do not overlap, asked whether a place lies within one."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: list[Span] = []
        for span in sorted(spans):
            if not self._spans or span.start >= self._spans[-1].end:
                self._spans.append(span)
            else:
                self._spans[-1] = Span(self._spans[-1].start, max(self._spans[-1].end, span.end))

    def __bool__(self) -> bool:
        return bool(self._spans)

    def around(self, place: int) -> Span | None:
        """The span that begins before `place` and ends after it."""
        if not self._spans:
            return None
        index = bisect_right(self._spans, (place,)) - 1
        found = self._spans[index] if index >= 0 else None
        return found if found and found.start < place < found.end else None


def blocks(text: str) -> Spans:
    """What is read as one thing: fenced code, displayed formulas, tables."""
    displayed = (span for span in formulas(text) if text.startswith(("\\[", "$$"), span.start))
    return Spans([*fences(text), *displayed, *_environments(text), *_tables(text)])


def code(text: str) -> Spans:
    """Fenced code and code within a line."""
    if "`" not in text and "~~~" not in text:
        return Spans([])  # most texts; to look at each letter of one takes a hundred times as long
    inline = (Span(*match.span()) for match in _INLINE_CODE.finditer(text))
    return Spans([*fences(text), *inline])


def fences(text: str) -> Iterator[Span]:
    """Fenced code from fence to fence; one that is not closed goes on to the end."""
    if "```" not in text and "~~~" not in text:
        return
    start, fence = -1, ""
    for match in _FENCE.finditer(text):
        if start < 0:
            if "`" not in match[2]:
                start, fence = match.start(), match[1]
        elif match[1].startswith(fence) and not match[2].strip():
            yield Span(start, match.end())
            start = -1
    if start >= 0:
        yield Span(start, len(text))


def formulas(text: str) -> Iterator[Span]:
    """LaTeX formulas, in order. A closer that was looked for in vain is never looked for again."""
    position = 0
    missing: set[str] = set()
    while opened := _MATHS_OPEN.search(text, position):
        start, opener = opened.start(), opened[0]
        position = opened.end()
        if opener == "$":
            if inline := _INLINE_DOLLARS.match(text, start):
                position = inline.end()
                yield Span(start, position)
        elif opener not in missing:
            found = text.find(_MATHS_CLOSERS[opener], position)
            if found < 0:
                missing.add(opener)
            elif opener != "$$" or found - position <= _LONGEST_DOLLARS:
                position = found + 2
                yield Span(start, position)


def _environments(text: str) -> Iterator[Span]:
    start, name = -1, ""
    for match in _ENVIRONMENT.finditer(text):
        if start < 0 and match[1] == "begin":
            start, name = match.start(), match[2]
        elif start >= 0 and match[1] == "end" and match[2] == name:
            yield Span(start, match.end())
            start = -1


def _tables(text: str) -> Iterator[Span]:
    """Markdown tables: a line with a bar, a rule of dashes, and the lines with bars below it."""
    if "|" not in text:
        return
    start = before = end = -1
    position = 0
    for line in text.splitlines(keepends=True):
        here, position = position, position + len(line)
        if start >= 0 and "|" in line:
            end = position
            continue
        if start >= 0:
            yield Span(start, end)
            start = -1
        elif before >= 0 and "|" in line and _TABLE_RULE.fullmatch(line):
            start, end = before, position
        before = here if "|" in line else -1
    if start >= 0:
        yield Span(start, end)
