r"""Numeric equivalence: are two numbers the same, however they are written?

Read are whole numbers and decimals with a point, thousands separators (1,234 and 1 234 with a
no-break space), currency signs, percentages (25% is 1/4), fractions (1/2, 1 1/2, ½,
\frac{1}{2}), exponents (1e3) and, where a text has no digits, number words up to ninety-nine.
Units are passed over. Equality is exact: 0.33 is not 1/3. A decimal comma is not read.

The number of an answer is the one in its last \boxed{}; else the one stated after its last
"Answer:" or "the answer is" (behind the last equals sign there, if any); else the last number of
the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.statement import boxed, marked

# No part can repeat over what another part also matches, so a search costs linear time.
_NUMBER: Final = re.compile(
    r"""
    (?P<sign>(?<![\w)\]}%])-(?=[$€£¥.\\0-9½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]))?
    (?:[$€£¥]\s?(?P<inner_sign>-)?)?
    (?:
        \\[dt]?frac\s?\{\s?(?P<tex_top>-?[0-9]{1,40})\s?\}\s?\{\s?(?P<tex_bottom>[0-9]{1,40})\s?\}
      | (?<![\w/])(?<!\w\.)(?:(?P<whole>[0-9]{1,40})[ ])?
        (?P<top>[0-9]{1,40})\s?/\s?(?P<bottom>[0-9]{1,40})(?![0-9]|\s?/)
      | (?<!\w)(?P<before>[0-9]{1,40})?[ ]?(?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])
      | (?<!\w)(?<!\w\.)
        (?P<decimal>(?>
            (?:[0-9]{1,3}(?:[,'’][0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?
          | (?<!\.)\.[0-9]+
        ))
        (?:[eE](?P<exponent>[+-]?[0-9]{1,2})(?!\w))?(?![eE][+-]?[0-9])
    )
    (?P<percent>\s?(?:%|per\s?cent\b))?
    """,
    re.VERBOSE,
)
_LONGEST: Final = 100
"""Characters in a number; a longer one is not an answer but a run of digits, costly to convert."""

# fmt: off
_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
_WORD_VALUES: Final = {word: value for value, word in enumerate(_UNITS)} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS)
}
_WORDS: Final = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[-\s](?P<unit>{'|'.join(_UNITS[1:10])})\b)?"
    rf"|(?P<small>{'|'.join(reversed(_UNITS))}))\b(?!\s(?:hundred|thousand|million))",
    re.IGNORECASE,
)


class StatedNumber(NamedTuple):
    value: Fraction
    text: str


def check_reference(reference: str) -> None:
    """Raise UnusableReference unless the reference states a number."""
    if stated_number(reference) is None:
        raise UnusableReference(f"the reference {reference!r} holds no number")


def grade(answer: str, reference: str) -> Grade:
    """1 if the number stated by the answer equals the reference's, else 0."""
    expected = stated_number(reference)
    if expected is None:
        raise UnusableReference(f"the reference {reference!r} holds no number")
    found = stated_number(answer)
    if found is None:
        return wrong("", "the answer holds no number")
    if found.value == expected.value:
        return right(found.text, f"equal to {expected.text}")
    return wrong(found.text, f"not equal to {expected.text}")


def stated_number(text: str) -> StatedNumber | None:
    """The number that a text gives as its answer, by the rule above; None without one."""
    plain = _plain(text)
    for part in (boxed(plain), marked(plain)):
        if part is not None:
            # "3 x 4 = 12": what stands behind the equals sign is the result.
            found = next(_numbers(part.rpartition("=")[2]), None) or next(_numbers(part), None)
            if found is not None:
                return found
    return next(_numbers(plain, from_the_end=True), None)


def _plain(text: str) -> str:
    """The text with one spelling for minus signs, grouping spaces and LaTeX escapes."""
    for spelling, plain in _SPELLINGS:
        text = text.replace(spelling, plain)
    return _GROUPING_SPACE.sub(",", text)


_SPELLINGS: Final = (
    ("−", "-"),
    ("‐", "-"),
    ("‑", "-"),
    ("{,}", ","),
    ("\\,", "\u202f"),
    ("\\!", ""),
    ("\\$", "$"),
    ("\\%", "%"),
    ("\\left", ""),
    ("\\right", ""),
    ("\u2044", "/"),
)
_GROUPING_SPACE: Final = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")


def _numbers(text: str, *, from_the_end: bool = False) -> Iterator[StatedNumber]:
    """The numbers in figures; those in words where there are none in figures."""
    step = -1 if from_the_end else 1
    in_figures = False
    for match in list(_NUMBER.finditer(text))[::step]:
        value = _value(match)
        if value is not None:
            in_figures = True
            yield StatedNumber(value, match.group().strip())
    if not in_figures:
        for match in list(_WORDS.finditer(text))[::step]:
            yield StatedNumber(_word_value(match), match.group())


def _value(match: re.Match[str]) -> Fraction | None:
    """The value of a match; None where it is no number (over zero, or too long)."""
    if match.end() - match.start() > _LONGEST:
        return None
    if match["tex_bottom"] is not None:
        value = _ratio(match["tex_top"], match["tex_bottom"])
    elif match["bottom"] is not None:
        value = _ratio(match["top"], match["bottom"])
        if value is not None and match["whole"] is not None:
            value += int(match["whole"])
    elif match["vulgar"] is not None:
        # The table of Unicode gives a double; these fractions have denominators up to 8.
        value = Fraction(unicodedata.numeric(match["vulgar"])).limit_denominator(8)
        value += int(match["before"] or 0)
    else:
        digits = match["decimal"].replace(",", "").replace("'", "").replace("’", "")
        value = Fraction(digits) * Fraction(10) ** int(match["exponent"] or 0)
    if value is None:
        return None
    if match["percent"] is not None:
        value /= 100
    return -value if match["sign"] or match["inner_sign"] else value


def _ratio(top: str, bottom: str) -> Fraction | None:
    return Fraction(int(top), int(bottom)) if int(bottom) else None


def _word_value(match: re.Match[str]) -> Fraction:
    if match["small"] is not None:
        return Fraction(_WORD_VALUES[match["small"].lower()])
    value = _WORD_VALUES[match["tens"].lower()]
    if match["unit"] is not None:
        value += _WORD_VALUES[match["unit"].lower()]
    return Fraction(value)
