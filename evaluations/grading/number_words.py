"""Numbers in words: "seventeen", "minus two hundred and five", "twenty-five million"."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

# fmt: off
_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
_SMALL: Final = {word: value for value, word in enumerate(_UNITS)} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS)
}
_SCALES: Final = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_AFTER_FIGURES: Final = _SCALES | {
    "k": 10**3,
    "m": 10**6,
    "bn": 10**9,
    "lakh": 10**5,
    "crore": 10**7,
}
NUMBER_WORDS: Final = rf"(?:{'|'.join(sorted([*_SMALL, *_SCALES], key=len, reverse=True))})\b"
_RUN: Final = re.compile(
    rf"""(?P<sign>(?<!\w)(?:minus|negative)\s)?\b(?P<words>(?:an?\s(?=(?:{"|".join(_SCALES)})\b))?
    {NUMBER_WORDS}(?:
      (?:[-\s]|(?:(?<=hundred)|(?<=thousand)|(?<=million)|(?<=billion))(?:,\s|\sand\s)){NUMBER_WORDS}
    ){{0,16}})(?!-?[a-z]|\s(?:and\sa\s)?(?:hal(?:f|ves)|thirds?|quarters?|fourths?|fifths?|tenths?)\b)
    (?P<percent>\s?(?:%|per\s?cent\b))?""",
    re.IGNORECASE | re.VERBOSE,
)
# "One" is a pronoun more often than a number: it needs a word before it that counts or equates.
_COUNTS: Final = re.compile(
    r"(?:\A|[:=>(,$*\"“]|\b(?:is|are|was|be|equals?|exactly|only|just|has|have|had|leaves?|gives?|"
    r"makes?|takes?|needs?|gets?|got|costs?|about|answer|total|result|and))[\s*_(\"“$]{0,4}\Z",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(
    r"\s(?:another|of|who|whom|that|which|by|can|could|must|should|would|might|may|has|is)\b",
    re.IGNORECASE,
)


def number_in_words(text: str) -> Iterator[tuple[tuple[int, int], Fraction | None]]:
    """Each run of number words with its value; None where they make no number ("two three")."""
    for match in _RUN.finditer(text):
        words = match["words"]
        if words.lower() == "one" and not _is_number(text, match):
            continue
        value = _value(re.split(r"[-,\s]+", words.lower()))
        if value is not None:
            value *= Fraction(-1 if match["sign"] else 1, 100 if match["percent"] else 1)
        yield match.span(), value


def scale_of(word: str) -> int:
    """100 of " hundred", 1,000 of "thousands" and of "k"."""
    return _AFTER_FIGURES[word.strip().lower().rstrip("s")]


def _is_number(text: str, match: re.Match[str]) -> bool:
    if match["sign"]:
        return True
    before = text[max(0, match.start() - 24) : match.start()]
    return bool(_COUNTS.search(before)) and not _PRONOUN.match(text, match.end())


def _value(words: list[str]) -> Fraction | None:
    """As English builds numbers: parts below a scale word, each scale smaller than the last."""
    total, part, last = 0, 0, ""
    for word in words:
        if word in ("and", "a", "an"):
            part = part if word == "and" else 1
            continue
        if word in _SMALL:
            value = _SMALL[word]
            fits = last in ("", "scale", "hundred") or (last == "tens" and 0 < value < 10)
            if not fits or (last == "hundred" and value >= 100):
                return None
            part += value
            last = "tens" if value >= 20 else "small"
        elif word in ("hundred", "dozen"):
            if last == "hundred" or (part == 0 and last):
                return None
            part = (part or 1) * _SCALES[word]
            last = "hundred"
        else:
            if total and total % (_SCALES[word] * 1000):
                return None
            total += (part or 1) * _SCALES[word]
            part, last = 0, "scale"
    return Fraction(total + part)
