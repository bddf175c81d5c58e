r"""Choice letter: does the answer name the right option, A to E?

Read are, in this order: the last \boxed{B}; the last "Answer: B", "the answer is (b)" or "I would
choose B"; an answer or a last line that is the letter alone; and, where all of them name one
letter, "option B", lines that begin with it ("B) take the train") and letters in parentheses.
The letter must be set off as one: the "a" of running text, as in "The answer is a dog", and a
capital "A" that opens a sentence are never read as an option.
"""

import re
from typing import Final

from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.statement import boxed, last_line

# A letter is set off by a bracket or stop right behind it, by a dash, or by the end of its line.
_SET_OFF: Final = r"(?=[*_]{0,3}(?:[).:;,\]}\"'”’*$]|[ \t]{0,3}$|[ \t]{1,3}[-–—][ \t]))"
# A capital other than A may also stand before a space ("B because"): it is never an article.
_LETTER: Final = (
    r"[ \t\n]{0,3}[:=]?[*_\s(\[\"'“‘$]{0,6}(?:\\text\{)?"
    rf"\b(?:(?P<set_off>[A-Ea-e])\b{_SET_OFF}|(?P<capital>(?-i:[B-E]))(?=\s))"
)
_ANSWER: Final = re.compile(
    r"\b(?:answer|choose|pick|select)\b[*_]{0,3}"
    r"(?:[ \t]{1,3}(?:is|would[ ]be|option|choice|answer)\b){0,3}" + _LETTER,
    re.IGNORECASE | re.MULTILINE,
)
_OPTION: Final = re.compile(
    rf"\b(?:option|choice)\b[ \t(\[\"'“*_]{{0,4}}\b(?:([A-Ea-e])\b{_SET_OFF}|((?-i:[A-E]))(?=\s))",
    re.IGNORECASE | re.MULTILINE,
)
_ALONE: Final = re.compile(r"[\W_]{0,8}(?:\\text\{)?([A-Ea-e])[\W_]{0,8}")
# "A:" may open an answer as such ("Q: ... A: ..."), so A needs another stop.
_OPENING: Final = re.compile(
    r"^[ \t*_>-]{0,6}(?:\(([A-Ea-e])\)|([A-Ea-e])\)|([A-E])\.|([B-E]):)", re.MULTILINE
)
_PARENTHESISED: Final = re.compile(r"(?<!\w)\(([A-Ea-e])\)")


def check_reference(reference: str) -> None:
    """Raise UnusableReference unless the reference is one letter from A to E ("B", "(b)")."""
    _reference_letter(reference)


def grade(answer: str, reference: str) -> Grade:
    """1 if the answer names the reference's letter, else 0."""
    expected = _reference_letter(reference)
    stated = stated_letters(answer)
    if len(stated) > 1:
        return wrong(" ".join(stated), "the answer names several letters")
    if not stated:
        return wrong("", "the answer names no letter")
    if stated[0] == expected:
        return right(expected, "the right letter")
    return wrong(stated[0], f"not {expected}")


def stated_letters(answer: str) -> list[str]:
    """The letters that an answer names as its choice, sorted: one where it is clear."""
    box = boxed(answer)
    if box is not None and (alone := _ALONE.fullmatch(box)):
        return [alone[1].upper()]
    stated = [match["set_off"] or match["capital"] for match in _ANSWER.finditer(answer)]
    if stated:
        return [stated[-1].upper()]
    for text in (answer, last_line(answer)):
        if alone := _ALONE.fullmatch(text):
            return [alone[1].upper()]
    found = {
        letter
        for pattern in (_OPTION, _OPENING)
        for match in pattern.findall(answer)
        for letter in match
        if letter
    }
    found.update(_PARENTHESISED.findall(answer))
    return sorted({letter.upper() for letter in found})


def _reference_letter(reference: str) -> str:
    alone = _ALONE.fullmatch(reference)
    if alone is None:
        raise UnusableReference(f"the reference {reference!r} is not one letter from A to E")
    return alone[1].upper()
