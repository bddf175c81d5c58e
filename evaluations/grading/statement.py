"""Where in an answer text its final answer is stated: a LaTeX box, a marker, or the last line."""

import re
from typing import Final

# Every repetition is bounded, so a search costs time linear in the text.
_MARKER: Final = re.compile(
    r"(?:\banswer\b[*_\s]{0,4}(?:[:=]|\bis\b|\bwould\s{1,3}be\b)|^\s{0,3}\#{4})[:*_\s]{0,6}",
    re.IGNORECASE | re.MULTILINE,
)
_BOX: Final = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_LONGEST_STATEMENT: Final = 2000
"""Characters read after a marker, so that many markers on one long line stay cheap."""


def boxed(text: str) -> str | None:
    r"""The content of the last \boxed{...}, to its matching brace; None without one."""
    start = -1
    for match in _BOX.finditer(text):
        start = match.end()
    if start < 0:
        return None
    depth = 1
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return text[start:place].strip() or None
    return text[start:].strip() or None


def marked(text: str) -> str | None:
    """The rest of the line after the last "Answer:", "the answer is" or "####" that has one."""
    found: str | None = None
    for match in _MARKER.finditer(text):
        end = text.find("\n", match.end(), match.end() + _LONGEST_STATEMENT)
        rest = text[match.end() : end if end >= 0 else match.end() + _LONGEST_STATEMENT].strip()
        if rest.strip("*_ "):
            found = rest
    return found


def last_line(text: str) -> str:
    """The last line that is not blank; empty where all are."""
    return text.rstrip().rpartition("\n")[2].strip()


def sentences(line: str) -> list[str]:
    """A line cut after full stops, exclamation and question marks followed by space."""
    return [part for part in _SENTENCE_END.split(line) if part]
