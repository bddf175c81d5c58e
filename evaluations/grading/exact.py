r"""Exact text: is the answer the reference, but for case, space, punctuation and articles?

Compared are the whole answer; else the content of its last \boxed{} and what follows its last
"Answer:" or "the answer is"; else, where it has neither, its last line and that line's last
sentence. An answer that wraps the right words in others is not exact. Punctuation is passed
over, so formulas are not for this grader.

Two kinds of reference are read with more care. A reference of single letters set apart by spaces
("i j l") is a letter string: articles are letters there, "ijl" and "i, j, l" are the same string,
and the last string of a text counts (after a marker, the first). Against "yes" and "no" the
opening word counts, as in "Yes, because ..."; else the one of them that the last line holds.
"""

import re
import unicodedata
from typing import Final

from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.statement import boxed, last_line, marked, sentences

_ARTICLES: Final = frozenset({"a", "an", "the"})
_LETTER_STRING: Final = re.compile(r"\s*[A-Za-z](?:\s+[A-Za-z])+\s*")
_SPACED_LETTERS: Final = re.compile(
    r"(?<![\w'’])[A-Za-z](?:[ \t,\-]{1,3}[A-Za-z](?![\w'’]))+", re.ASCII
)
_WORD: Final = re.compile(r"[A-Za-z]+")
_POLARITY: Final = re.compile(r"\b(?:yes|no)\b", re.IGNORECASE)
_OPENING_POLARITY: Final = re.compile(r"\W{0,10}(yes|no)\b", re.IGNORECASE)
_LONGEST_NOTE: Final = 200


def check_reference(reference: str) -> None:
    """Raise UnusableReference for a blank reference."""
    if not reference.strip():
        raise UnusableReference("the reference is empty")


def grade(answer: str, reference: str) -> Grade:
    """1 if the answer states the reference, by the rule above, else 0."""
    if normal_form(answer) == normal_form(reference):
        return right(_short(answer), "the same text")
    if _LETTER_STRING.fullmatch(reference):
        return _compared(_stated_letters(answer), "".join(reference.split()).lower(), reference)
    if normal_form(reference) in ("yes", "no"):
        return _compared(_stated_polarity(answer), normal_form(reference), reference)
    candidates = _candidates(answer)
    for candidate in candidates:
        if normal_form(candidate) == normal_form(reference):
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
        return " ".join(folded.split())
    if _LETTER_STRING.fullmatch(" ".join(words)):
        return " ".join(words)
    return " ".join(word for word in words if word not in _ARTICLES) or " ".join(words)


def _candidates(answer: str) -> list[str]:
    stated = [part for part in (boxed(answer), marked(answer)) if part is not None]
    if not stated:
        line = last_line(answer)
        return [line, *sentences(line)[-1:]]
    return [candidate for part in stated for candidate in (part, *sentences(part)[:1])]


def _stated_letters(answer: str) -> str:
    """The letter string that an answer states, without spaces; empty without one."""
    part = boxed(answer) or marked(answer)
    place = 0 if part is not None else -1
    if part is None:
        part = last_line(answer)
    found = _SPACED_LETTERS.findall(part) or _WORD.findall(part)
    return "".join(_WORD.findall(found[place])).lower() if found else ""


def _stated_polarity(answer: str) -> str:
    """ "yes" or "no", as an answer states it; empty where it states neither or both."""
    for part in (boxed(answer), marked(answer), answer):
        if part is not None and (opening := _OPENING_POLARITY.match(part)):
            return opening[1].lower()
    in_last_line = {word.lower() for word in _POLARITY.findall(last_line(answer))}
    return in_last_line.pop() if len(in_last_line) == 1 else ""


def _compared(stated: str, expected: str, reference: str) -> Grade:
    if stated == expected:
        return right(_short(stated), "the same text")
    if not stated:
        return wrong("", "the answer states nothing of the kind")
    return wrong(_short(stated), f"not {_short(reference)}")


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST_NOTE else text[: _LONGEST_NOTE - 1] + "…"
