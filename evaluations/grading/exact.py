r"""Exact text: is the answer the reference, but for case, space, punctuation and articles?

Compared are the whole statement of the answer and its first sentence; of a last line, the line
and its last sentence. An answer that wraps the right words in others is not exact (`contains` is
for those). Punctuation is passed over, so formulas are not for this grader.

Two kinds of reference are read with more care. A reference of single letters set apart by spaces
("i j l") is a letter string: articles are letters there, "ijl" and "i, j, l" are the same string,
and the first string counts (of a last line, the last). Against "yes" and "no" the opening word
counts, as in "Yes, because ..."; else the one of them that the last line holds, if not denied.
"""

import re
import unicodedata
from typing import Final

from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.statement import Statement, last_line, plain_sentences, undecorated

VERSION: Final = 3

_ARTICLES: Final = frozenset({"a", "an", "the"})
_LETTER_STRING: Final = re.compile(r"\s*[A-Za-z](?:\s+[A-Za-z])+\s*")
_SPACED_LETTERS: Final = re.compile(
    r"(?<![\w'’])[A-Za-z](?:[ \t,\-]{1,3}[A-Za-z](?![\w'’]))+", re.ASCII
)
_WORD: Final = re.compile(r"[A-Za-z]+")
_POLARITY: Final = re.compile(r"\b(?:yes|no)\b", re.IGNORECASE)
_DENIED_POLARITY: Final = re.compile(
    r"(?:\b(?:not|cannot|never)|n['’]t)\s(?:[\w'’]{1,12}\s){0,3}(?:yes|no)\b", re.IGNORECASE
)
_OPENING_POLARITY: Final = re.compile(
    r"\W{0,10}(yes|no)\b(?!\s?(?:and|or|/)\s?(?:yes|no)\b)", re.IGNORECASE
)
_LONGEST_NOTE: Final = 200


def check_reference(reference: str) -> None:
    """Raise UnusableReference for a blank reference."""
    if not reference.strip():
        raise UnusableReference("the reference is empty")


def grade(stated: Statement, reference: str) -> Grade:
    """1 if the answer states the reference, by the rule above, else 0."""
    text = undecorated(stated.text)
    expected = normal_form(undecorated(reference))
    if normal_form(text) == expected:
        return right(_short(text), "the same text")
    if _LETTER_STRING.fullmatch(reference):
        return _compared(
            _stated_letters(text, stated), "".join(reference.split()).lower(), reference
        )
    if expected in ("yes", "no"):
        return _compared(_stated_polarity(text, stated), expected, reference)
    candidates = _candidates(text, stated)
    for candidate in candidates:
        if normal_form(candidate) == expected:
            return right(_short(candidate), "the same text")
    return wrong(_short(candidates[0]), f"not {_short(reference)}")


def normal_form(text: str) -> str:
    """Casefolded words without punctuation and articles, joined by single spaces.

    Where nothing would be left, less is taken away, so that no two texts are the same for want
    of words.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept: list[str] = []
    for character in folded:
        if character in "'’":
            continue
        # P is punctuation, Sk the modifier symbols, of which Markdown's back-tick is one.
        plain = unicodedata.category(character)
        kept.append(" " if plain.startswith("P") or plain == "Sk" else character)
    words = "".join(kept).split()
    if not words:
        return " ".join(folded.split()).rstrip(" .") or folded.strip()
    if _LETTER_STRING.fullmatch(" ".join(words)):
        return " ".join(words)
    return " ".join(word for word in words if word not in _ARTICLES) or " ".join(words)


def _candidates(text: str, stated: Statement) -> list[str]:
    if stated.how == "last-line":
        line = last_line(text)
        return [line, *plain_sentences(line)[-1:]]
    line = text.partition("\n")[0]
    first = next(Statement(line, stated.how).sentences(), "")
    return [line, first, *plain_sentences(line)[:1]]


def _stated_letters(text: str, stated: Statement) -> str:
    """The letter string that an answer states, without spaces; empty without one."""
    last = stated.how == "last-line"
    part = last_line(text) if last else text.partition("\n")[0]
    found = _SPACED_LETTERS.findall(part) or _WORD.findall(part)
    return "".join(_WORD.findall(found[-1 if last else 0])).lower() if found else ""


def _stated_polarity(text: str, stated: Statement) -> str:
    """ "yes" or "no", as an answer states it; empty where it states neither or both."""
    if opening := _OPENING_POLARITY.match(text):
        return opening[1].lower()
    line = last_line(text) if stated.how == "last-line" else next(stated.sentences(), "")
    held = {word.lower() for word in _POLARITY.findall(_DENIED_POLARITY.sub("", line))}
    return held.pop() if len(held) == 1 else ""


def _compared(stated: str, expected: str, reference: str) -> Grade:
    if stated == expected:
        return right(_short(stated), "the same text")
    if not stated:
        return wrong("", "the answer states nothing of the kind")
    return wrong(_short(stated), f"not {_short(reference)}")


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST_NOTE else text[: _LONGEST_NOTE - 1] + "…"
