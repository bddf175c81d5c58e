r"""Choice letter: does the answer name the right option, A to E?

Read in the sentence that states the answer: the letter that it begins with ("B", "(b) the bus",
"I think it is B"); else, where all of them name one letter, "option B", "I would choose B", lines
that begin with it ("B) take the train") and letters in parentheses. Letters joined by "or",
"and", a comma or a slash are several; a denied letter ("not B") is none. The letter must be set
off as one: the "a" of running text, as in "The answer is a dog", and a capital "A" that opens a
sentence are never read as an option.
"""

import re
from typing import Final

from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.statement import NOT_HELD, REJECTED, Statement, last_line, undecorated

VERSION: Final = 5

# A letter is set off by a bracket or stop right behind it, by a dash, or by the end of its line.
_SET_OFF: Final = (
    r"(?=[*_]{0,3}(?:[).:;,!。\]}\"”*$/]|['’](?!\w)|[ \t]{0,3}$|[ \t]{1,3}[-–—][ \t]))"
)
# A capital other than A may also stand before a space ("B because"): it is never an article; an
# A only before what no article stands before.
_LETTER: Final = (
    rf"\b(?:([A-Ea-e])\b{_SET_OFF}"
    r"|((?-i:[B-E]|A(?=\s(?:(?:because|since|is|or|and|but)\b|\((?:not|rather than)\b))))(?=\s))"
)
_OPENS: Final = r"[=:]?[*_\s(\[\"'“‘$]{0,6}"
_LEADING: Final = re.compile(
    rf"""[\W_]{{0,8}}(?:(?:
        (?:i|we)(?:['’](?:d|ll))?[ ](?:think|believe|guess|(?:(?:would|will)[ ])?(?:say|choose
          |pick|select|go[ ]with))
        | that | it(?:['’]s|[ ]is)? | is | be | either | both | option | choice | letter
        | answer | the[ ](?:(?:correct|right|best)[ ])?(?:answer|option|choice|letter)
        | probably | definitely | clearly | likely | simply | again
      )\b[ ,:]{{0,3}}){{0,6}}{_OPENS}{_LETTER}""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_ANOTHER: Final = re.compile(
    r"[)\].:\"”’}]{0,3}(?:\s?\([^()\n]{1,60}\))?\s{0,3}(?:(?:,\s{0,3})?\b(?:or|and|and/or|nor)\b|[/,;&+])\s{0,3}"
    r"(?:(?:also|maybe|perhaps|possibly|option|choice)\s){0,2}"
    rf"[(\[\"“]?(?:([A-Ea-e])\b(?:{_SET_OFF}|(?=\s(?:and|or)\b))|((?-i:(?<![,;]\s)(?<![,;])[A-E]))\b(?![’'\w]))",
    re.IGNORECASE | re.MULTILINE,
)
_NAMED: Final = (
    re.compile(
        r"\b(?:choose|pick|select|go with)[ \t]{1,3}(?:(?:option|choice|answer)[ \t]{1,3})?"
        rf"{_OPENS}{_LETTER}",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(
        r"\b(?:option|choice)\b[ \t(\[\"'“*_]{0,4}"
        rf"\b(?:([A-Ea-e])\b{_SET_OFF}|((?-i:[A-E]))(?=\s))",
        re.IGNORECASE | re.MULTILINE,
    ),
    # "A:" may open an answer as such ("Q: ... A: ..."), so A needs another stop.
    re.compile(
        r"^[ \t*_>-]{0,6}(?:\(([A-Ea-e])\)|([A-Ea-e])\)|([A-Ea-e])\.(?=\s|$)|([B-E]):)",
        re.MULTILINE,
    ),
    re.compile(r"(?<!\w)\(([A-Ea-e])\)"),
    re.compile(
        rf"\b(?:is|but|(?i:so|hence|thus|therefore),?)\s(?:rather\s)?[(\[\"“]?([A-E])\b{_SET_OFF}",
        re.MULTILINE,
    ),
)
_ALONE: Final = re.compile(r"[\W_]{0,8}([A-Ea-e])[\W_]{0,8}")
_DENIED: Final = re.compile(
    r"(?:\b(?:not|never|neither|nor|cannot be|rather than|instead of"
    r"|anything but|no longer)|n['’]t)"
    r"(?:\s(?:be|the|choose|pick|select|option|choice|answer)){0,3}[\s(*\"“]{1,3}\Z",
    re.IGNORECASE,
)
_SEVERAL: Final = "the answer names several letters"


def check_reference(reference: str) -> None:
    """Raise UnusableReference unless the reference is one letter from A to E ("B", "(b)")."""
    _reference_letter(reference)


def grade(stated: Statement, reference: str) -> Grade:
    """1 if the answer names the reference's letter, else 0."""
    expected = _reference_letter(reference)
    letters = stated_letters(stated)
    if len(letters) > 1:
        return wrong(" ".join(letters), _SEVERAL)
    if not letters:
        return wrong("", "the answer names no letter")
    if letters[0] == expected:
        return right(expected, "the right letter")
    return wrong(letters[0], f"not {expected}")


def stated_letters(stated: Statement) -> list[str]:
    """The letters that an answer names as its choice, sorted: one where it is clear."""
    text = undecorated(stated.text)
    if stated.how == "last-line":
        for part in (text, last_line(text)):
            if alone := _ALONE.fullmatch(part):
                return [alone[1].upper()]
        return _named(text)
    options = "".join("".join(found) for found in _NAMED[2].findall(text)).upper()
    if not stated.is_marked and options.startswith("AB"):
        # The options repeated, which chooses none.
        return sorted(set(options))
    for sentence in Statement(text, stated.how).sentences():
        leading = _LEADING.match(sentence)
        if leading and (rejected := REJECTED.match(sentence, leading.end())):
            sentence, leading = sentence[rejected.end() :], None
        if leading and (stated.is_marked or not sentence.lstrip().startswith("A:")):
            return _with_others(sentence, leading)
        if found := _named(sentence):
            return found
    return []


def _with_others(sentence: str, first: re.Match[str]) -> list[str]:
    letters = {next(letter for letter in first.groups() if letter)}
    place = first.end()
    while another := _ANOTHER.match(sentence, place):
        letters.add(another[1] or another[2])
        place = another.end()
    return sorted({letter.upper() for letter in letters})


def _named(text: str) -> list[str]:
    """The letters of the surest form that occurs: what is chosen, else all that is pointed at."""
    choosing, *pointing = (
        {
            letter
            for match in pattern.finditer(text)
            if not _DENIED.search(text[max(0, match.start() - 24) : match.start()])
            and not NOT_HELD.search(text[max(0, match.start() - 80) : match.start()])
            and not _DENIED.search(text[max(0, match.end() - 25) : match.end() - 1])
            for letter in _with_others(text, match)
        }
        for pattern in _NAMED
    )
    return sorted(choosing or set().union(*pointing))


def _reference_letter(reference: str) -> str:
    alone = _ALONE.fullmatch(undecorated(reference))
    if alone is None:
        raise UnusableReference(f"the reference {reference!r} is not one letter from A to E")
    return alone[1].upper()
