r"""Numeric equivalence: are two numbers the same, however they are written?

Read are whole numbers and decimals with a point, thousands separators (1,234, 12,34,567 and
1 234 with a no-break space), currency signs, percentages (25% is 1/4), fractions (1/2, 1 1/2, ½,
\frac{1}{2}, 3\frac{1}{2}), powers of ten (1e3, 5x10^-2, 1.5 × 10³), "1.2 million", 1.2M, 12k, and,
in a sentence without figures, number words ("minus two hundred and five"). Units are passed over.
Equality is exact, 0.33 is not 1/3, unless `within` says how far off is near enough. A decimal comma
is not read.

The number is the first behind the last relation sign outside brackets in the sentence that
states the answer; of a last line, the last number, unless it ends in a calculation's result. A
direct reply whose last sentence concludes a calculation ("So, 6 * 8 = 48") states it there, one of
a single sentence behind its ", so"; where it declines to answer, it states none. A piece of
something longer is never the number: of a time, a date, a list, a power, a sum, a range, "3 or 4",
a multiple (2x), ±3, "twice 3". Nor is a bound ("more than 3"), or what is denied.
"""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from evaluations.grading.around_number import (
    CURRENCY,
    follows_figure,
    goes_on,
    is_denied,
    is_hedged,
    is_piece,
)
from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.number_words import number_in_words, scale_of
from evaluations.grading.parameters import Parameter, Parameters, exactly
from evaluations.grading.statement import REFUSES, WORDS_IN_LATEX, Statement

VERSION: Final = 5
PARAMETERS: Final = (
    Parameter("within", "number", "how far from the reference is near enough, such as 0.01", 0),
)

_VULGAR: Final = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SCALE: Final = (
    r"(?:\s(?:hundred|thousand|million|billion|trillion|dozen)s?\b"
    r"|\s?(?:bn|lakhs?|crores?)\b|[kM](?!\w))"
)
_GROUPED: Final = r"(?:[0-9]{1,3}(?:[,'’][0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|[0-9]{1,40})"
_DECIMAL: Final = rf"(?>{_GROUPED}(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|(?<!\.)\.[0-9]+)"
# No part can repeat over what another part also matches, so a search costs linear time.
_NUMBER: Final = re.compile(
    rf"""
    (?P<sign>(?<![\w)\]}}%])-(?=[.\\0-9{CURRENCY}{_VULGAR}]|[A-Z]{{2,3}}\$)
      |(?<!\w)(?:minus|negative)\s)?
    (?:(?:\b[A-Z]{{2,3}})?[{CURRENCY}]\s?(?P<inner_sign>-)?)?
    (?:
        (?:(?<![\w/^])(?<!\w\.)(?P<tex_whole>[0-9]{{1,40}})\s?)?\\[dt]?frac\s?
        (?:\{{\s?(?P<tex_top>-?[0-9,]{{1,40}})\s?\}}|(?P<tex_top_digit>[0-9]))\s?
        (?:\{{\s?(?P<tex_bottom>[0-9,]{{1,40}})\s?\}}|(?P<tex_bottom_digit>[0-9]))
      | (?<![\w/^])(?<!\w\.)(?:(?P<whole>[0-9]{{1,40}})[ ])?
        (?P<top>{_GROUPED})\s?/\s?(?P<bottom>{_GROUPED})(?![0-9]|\s?/|,[0-9])
      | (?<!\w)(?P<before>[0-9]{{1,40}})?[ ]?(?P<vulgar>[{_VULGAR}])
      | (?<!\w)(?<!\w\.)(?<!\^)(?<!\^\{{)(?<!sqrt)(?<!sqrt\{{)(?<!√)
        (?:(?P<mantissa>{_DECIMAL})\s?(?:x|×|\*|·|\\times|\\cdot)\s?)?
        10(?:\s?\^\s?
          (?:\{{\s?(?P<braced>[+-]?[0-9]{{1,2}})\s?\}}|(?P<power>[+-]?[0-9]{{1,2}})(?![0-9]))
          |(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,2}}))
      | (?<!\w)[0-9]{{1,3}}(?:[ ][0-9]{{3}})+(?![0-9.,])
      | (?<![\w-])[0-9]{{1,9}}(?:-[0-9]{{1,9}}){{2,9}}
      | (?<!\w)(?<!\w\.)(?<!\^)(?<!\^\{{)(?<!sqrt)(?<!sqrt\{{)(?<!√)
        (?P<decimal>{_DECIMAL})(?:[eE](?P<exponent>[+-]?[0-9]{{1,2}})(?!\w))?
        (?![eE][+-]?[0-9]|[,.:/'’][0-9]|\s?\^|\s?(?:\\?sqrt|√|π|\\?pi\b))
        (?P<scale>{_SCALE})?
      | (?<![\w^])[0-9][0-9.,:/'’^]*
    )
    (?P<percent>\s?(?:[%‰]|per\s?cent\b))?
    """,
    re.VERBOSE,
)
_LONGEST: Final = 100
"""Characters in a number; a longer one is not an answer but a run of digits, costly to convert."""
_RELATION: Final = re.compile(
    r"(?<![!<>=])=(?!=)|[≈≃≅→⇒⟹⟶]|\\(?:approx|to|rightarrow|Rightarrow|implies|longrightarrow)\b"
    r"|\bequals\b|\bis equal to\b|(?P<opens>[(\[{])|(?P<closes>[)\]}])"
)
_RAISED: Final = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_WIDE: Final = {
    wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), *map(ord, "％＋－．，＝／：＄"))
}
_SPELLINGS: Final = (
    *(
        ("\u2212", "-"),
        ("\u2010", "-"),
        ("\u2011", "-"),
        ("{,}", ","),
        ("^\\circ", "°"),
        ("^{\\circ}", "°"),
        ("\\,", "\u202f"),
    ),
    *(("\\!", ""), ("\\$", "$"), ("\\%", "%"), ("\\left", ""), ("\\right", ""), ("\u2044", "/")),
    *(("\\(", " "), ("\\)", " "), ("\\[", " "), ("\\]", " "), ("}\\times", "} \\times")),
)
# Not behind a figure, where it stands for "to".
_DASH_AS_MINUS: Final = re.compile(
    rf"(?<![\w)\]}}%])(?<![0-9)\]}}%] )–(?=[.0-9{CURRENCY}{_VULGAR}])"
)
_UNDERSCORES: Final = re.compile(r"(?<![A-Za-z0-9}\)])_{1,3}(?=[-$.0-9])|(?<=[0-9%])_{1,3}(?!\w)")
_SPACED_MINUS: Final = re.compile(rf"(?<=[=≈])\s{{0,2}}-\s(?=[.0-9{CURRENCY}{_VULGAR}])")
# A whole answer, or "- 5" may be an item of a list.
_MINUS_AND_NUMBER: Final = re.compile(r"\A([\s$*]{0,4})-\s(?=[.0-9][0-9.,/]{0,40}\W{0,6}\Z)")
_GROUPING_SPACE: Final = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")


_CONCLUDES: Final = re.compile(r"\W{0,6}(?:so|thus|hence|therefore|in total)\b", re.IGNORECASE)
_CARRIES_ON: Final = re.compile(
    r"[,;:]\s|\b(?:so|thus|hence|then|is|was|equals|makes?|gives?|leaves?|leaving|total)\b",
    re.IGNORECASE,
)


# "12 = 3 × 4": the result stands before the calculation.
_TURNED: Final = re.compile(
    r"[\s$]{0,4}(-?[0-9][0-9.,]{0,40})\s?="
    r"(?:[0-9.,\s()+×*·/$-]|x(?=\s?[0-9])|\\times|\\cdot){1,80}"
)
_SO: Final = re.compile(
    r",\s(?:and\s)?(?:so(?!\s(?:that|far|many|much|on)\b)|thus|therefore|hence)\s", re.IGNORECASE
)


class StatedNumber(NamedTuple):
    """A value as it was written; None for what has figures and is no single number."""

    value: Fraction | None
    text: str


def check_reference(reference: str, parameters: Parameters) -> None:
    """Raise UnusableReference unless the reference is one number, with a unit at most."""
    found = _expected(reference)
    if not found:
        raise UnusableReference(f"the reference {reference!r} holds no number")
    if len(found) > 1 or found[0].value is None or re.search(r"[0-9]\s?[:]\s?[0-9]", reference):
        raise UnusableReference(f"the reference {reference!r} is not one number")


def grade(stated: Statement, reference: str, parameters: Parameters) -> Grade:
    """1 if the number that the answer states equals the reference's, or is within, else 0."""
    expected = _expected(reference)[0]
    found = stated_number(stated)
    if found is None:
        return wrong("", "the answer holds no number")
    if found.value is None:
        return wrong(found.text, "the answer is no single number")
    if found.value == expected.value:
        return right(found.text, f"equal to {expected.text}")
    near = exactly(parameters["within"])
    if expected.value is not None and abs(found.value - expected.value) <= near:
        return right(found.text, f"within {parameters['within']} of {expected.text}")
    return wrong(found.text, f"not equal to {expected.text}")


def number_of(reference: str) -> Fraction | None:
    """The value of a reference that was checked."""
    return _expected(reference)[0].value


@lru_cache(maxsize=1000)
def _expected(reference: str) -> tuple[StatedNumber, ...]:
    """The numbers of a reference, which is read again with each answer that is graded by it."""
    return tuple(_numbers(_plain(_signed(reference)), of_reference=True))


def stated_number(stated: Statement) -> StatedNumber | None:
    """The number that a statement gives as its answer, by the rule above; None without one."""
    if stated.how in ("direct", "marker", "box"):
        stated = stated._replace(text=_signed(stated.text))
    sentences = list(stated.sentences())
    if stated.how == "last-line":
        if sentences and (result := _calculated(sentences[-1])):
            return result
        found = list(_numbers(_plain(stated.text)))
        return next((number for number in reversed(found) if number.value is not None), None)
    concludes = stated.how == "direct" and len(sentences) > 1 and _CONCLUDES.match(sentences[-1])
    if concludes and (result := _calculated(sentences[-1])):
        return result
    for sentence in sentences:
        if stated.how == "direct":
            if REFUSES.match(sentence):
                continue
            if len(sentences) == 1 and (result := _concluded(sentence)):
                return result
        if first := _first(sentence):
            return first
    return None


def _first(sentence: str) -> StatedNumber | None:
    """The number that a sentence states, None without one."""
    plain = _plain(sentence)
    for part in _results(plain):
        if first := next(_numbers(part, alone=True), None):
            return _turned(plain) or first if first.value is None else first
    return None


def _turned(plain: str) -> StatedNumber | None:
    """The number that stands before nothing but its calculation."""
    turned = _TURNED.fullmatch(plain)
    return next(_numbers(turned[1], alone=True), None) if turned else None


def _concluded(sentence: str) -> StatedNumber | None:
    """The number behind the last ", so" of a sentence, but not of what suffices for it."""
    *_, conclusion = _SO.split(sentence)
    aside = conclusion == sentence or re.search(r"\benough\b", conclusion)
    return None if aside else _first(conclusion)


def _calculated(sentence: str) -> StatedNumber | None:
    """The number right behind a sentence's last relation sign, if nothing is made of it there."""
    result, *rest = _results(_plain(sentence))
    found = next(_numbers(result, alone=True), None) if rest else None
    known = found is not None and found.value is not None
    if found is not None and not known:
        return _turned(_plain(sentence))
    return found if known and not _CARRIES_ON.search(result) else None


def _results(sentence: str) -> Iterator[str]:
    """What stands behind the last relation sign outside brackets, then behind the one before."""
    depth, places = 0, []
    for match in _RELATION.finditer(sentence):
        if match["opens"]:
            depth += 1
        elif match["closes"]:
            depth = max(0, depth - 1)
        elif depth == 0:
            places.append(match.span())
    end = len(sentence)
    for start, after in reversed(places):
        yield sentence[after:end]
        end = start
    yield sentence[:end]


def _plain(text: str) -> str:
    """The text with one spelling for minus signs, grouping spaces and LaTeX escapes."""
    text = text.translate(_WIDE)
    text = WORDS_IN_LATEX.sub(r"\1", text)
    for spelling, plain in _SPELLINGS:
        text = text.replace(spelling, plain)
    text = _DASH_AS_MINUS.sub("-", _UNDERSCORES.sub(" ", text))
    text = _SPACED_MINUS.sub(" -", text)
    return _GROUPING_SPACE.sub(",", text)


def _signed(text: str) -> str:
    """A text that is a number behind "- ", with its sign."""
    return _MINUS_AND_NUMBER.sub(r"\1-", text.replace("\u2212", "-"))


def _numbers(
    text: str, *, alone: bool = False, of_reference: bool = False
) -> Iterator[StatedNumber]:
    """The numbers in figures; those in words where there are none in figures.

    With `alone`, one that goes on ("3 - 4", "3 or 4") or is a bound ("more than 3") is no number.
    Of a reference, which is one number by being one, a piece ("2x") counts as the number.
    """
    in_figures = False
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if is_denied(text, start, end):
            continue
        in_figures = True
        value = _value(match)
        if match["sign"] and match["sign"][0] not in "-" and follows_figure(text, start):
            value = -value if value is not None else None
        more = is_hedged(text, start) or (alone and goes_on(text, start, end))
        if more or (not of_reference and is_piece(text, start, end)):
            value = None
        yield StatedNumber(value, match.group().strip())
    if not in_figures:
        for (start, end), words in number_in_words(text):
            if is_denied(text, start, end):
                continue
            more = alone and goes_on(text, start, end, in_words=True)
            yield StatedNumber(None if more else words, text[start:end].strip())


def _value(match: re.Match[str]) -> Fraction | None:
    """The value of a match; None where it is no number (over zero, too long, or a piece)."""
    if match.end() - match.start() > _LONGEST:
        return None
    value: Fraction | None
    if match["tex_bottom"] or match["tex_bottom_digit"]:
        value = _ratio(
            match["tex_top"] or match["tex_top_digit"],
            match["tex_bottom"] or match["tex_bottom_digit"],
        )
        if value is not None and match["tex_whole"] is not None:
            value += int(match["tex_whole"])
    elif match["bottom"] is not None:
        value = _ratio(match["top"], match["bottom"])
        if value is not None and match["whole"] is not None:
            value += int(match["whole"])
    elif match["vulgar"] is not None:
        # The table of Unicode gives a double; these fractions have denominators up to 8.
        value = Fraction(unicodedata.numeric(match["vulgar"])).limit_denominator(8)
        value += int(match["before"] or 0)
    elif power := match["braced"] or match["power"] or match["raised"]:
        value = _decimal(match["mantissa"] or "1") * Fraction(10) ** int(power.translate(_RAISED))
    elif match["decimal"] is not None:
        value = _decimal(match["decimal"]) * Fraction(10) ** int(match["exponent"] or 0)
        value *= scale_of(match["scale"]) if match["scale"] else 1
    else:
        return None
    if value is None:
        return None
    if match["percent"] is not None:
        value /= 1000 if "‰" in match["percent"] else 100
    return -value if match["sign"] or match["inner_sign"] else value


def _decimal(digits: str) -> Fraction:
    return Fraction(re.sub("[,'’]", "", digits))


def _ratio(top: str, bottom: str) -> Fraction | None:
    over, under = _digits(top), _digits(bottom)
    return Fraction(over, under) if over is not None and under else None


def _digits(grouped: str) -> int | None:
    plain = re.sub("[,'’]", "", grouped)
    return int(plain) if plain.lstrip("-") else None
