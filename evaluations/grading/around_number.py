"""What stands around a number and makes it part of something else, or takes it back."""

import re
import unicodedata
from typing import Final

from evaluations.grading.number_words import NUMBER_WORDS
from evaluations.grading.statement import NOT_HELD, REJECTED

CURRENCY: Final = "".join(
    sign for sign in map(chr, range(0x24, 0xFFE7)) if unicodedata.category(sign) == "Sc"
)
_WINDOW: Final = 24
_SENTENCE_WINDOW: Final = 80
"""Characters before a number that are looked at; every pattern below is bounded by them."""

# A number with another right behind it is part of a sum, a range, or a choice.
_GOES_ON: Final = re.compile(
    rf"""(?:,\s?-?[0-9]{{1,20}}){{1,9}}\W{{0,3}}\Z|–[0-9]
    |(?:;\s?-?[0-9][0-9.]{{0,20}}){{1,9}}\W{{0,3}}\Z|\s{{1,2}}[0-9][0-9.]{{0,20}}\W{{0,3}}\Z
    |(?:,\s|\s?\()or\s[{CURRENCY}]?-?[0-9]|\*\*[0-9]
    |\s?(?:h|hours?|hrs?|min|minutes?|days?|weeks?|years?|feet|foot|ft|euros?|dollars?|pounds?)
      \s(?:and\s)?[0-9]{{1,3}}\s?(?:min|s|h|hours?|days?|months?|minutes?|seconds?|inch|in|cents?)
    |\s{{0,2}}(?:[+±×·÷^:-]|\*(?!\*)|\\(?:times|cdot|div|pm)\b|[xX](?=\s?[0-9])
    |\b(?:or|and|(?:up[ ])?to|plus|minus|times|divided[ ]by)\b)
    \s{{0,2}}[({{]?[{CURRENCY}]?-?(?:\\[dt]?frac|\.?[0-9])""",
    re.VERBOSE,
)
_GOES_ON_IN_WORDS: Final = re.compile(
    rf"\s(?:or|and|to|plus|minus|times)\s{NUMBER_WORDS}", re.IGNORECASE
)
_HEDGED: Final = re.compile(r"[0-9%]\s{1,2}(?:or|and/or)\s{1,2}[^\w\s]{0,3}\Z")
# "More than 42" is no 42; "at least 42" answers how many there must be at least. A ">" that ends a
# tag, or opens a quoted line, is no relation.
_BOUND: Final = re.compile(
    r"""(?:\b(?:more|less|fewer|greater|larger|higher|lower|smaller|bigger)\sthan
        (?:\sor\sequal\sto)?
      |\\(?:ge|le)(?:q|qslant)?|\\[gl]t|[≥≤⩾⩽]
      |(?:(?<![<\w/])\w{1,12}|[)\]}])\s?[<>]=?
    )\s{0,2}[$(*]{0,3}\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_PIECE_BEFORE: Final = re.compile(
    r"""(?:[±∓]|\\[pm][mp]|\+/-)\s{0,2}\{?\Z|\\(?:overline|bar|dot)\s?\{\Z|[0-9]\*\*\Z
    |\b(?:half(?:\sof)?|twice|thrice|double|triple|(?:square|cube)\sroot\sof
      |(?:third|quarter)s?\sof)\s{1,2}[$(*]{0,3}\Z""",
    re.IGNORECASE | re.VERBOSE,
)
# "2x" is a multiple of x, but "2x as many" counts.
_PIECE_BEHIND: Final = re.compile(
    r"""[nxyz](?!\w)(?!\s?[0-9])(?!\s[a-z]{2})|_\{?[0-9]|[₀-₉]|\.?\\(?:overline|bar|dot)\b|\.\([0-9]
    |\sand\s(?:an?|one|two|three)[\s-](?:hal(?:f|ves)|thirds?|quarters?|fourths?|fifths?|tenths?)\b
    |\s(?:squared|cubed)\b""",
    re.VERBOSE,
)
_DENIED: Final = re.compile(
    r"(?:\b(?:not|never|rather than|instead of|cannot be|anything but|neither|nor"
    r"|no longer|nicht)|n['’]t)"
    r"(?:\s(?:be|equal to|the|a|exactly))?\s{1,3}[^\w\s]{0,3}\Z"
    r"|(?:≠|\\neq?|!=)\s{0,3}[^\w\s]{0,3}\Z",
    re.IGNORECASE,
)


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether the number there is denied before it ("not 12") or behind it ("12 is wrong")."""
    return bool(
        _DENIED.search(_before(text, start))
        or REJECTED.match(text, end)
        or NOT_HELD.search(text[max(0, start - _SENTENCE_WINDOW) : start])
    )


def is_hedged(text: str, start: int) -> bool:
    """Whether the number is the second of a choice ("3 or 4")."""
    return bool(_HEDGED.search(_before(text, start)))


def is_piece(text: str, start: int, end: int) -> bool:
    """Whether it is a piece of one quantity: ±7, 2x, a figure in another base, "twice 12"."""
    return bool(_PIECE_BEFORE.search(_before(text, start)) or _PIECE_BEHIND.match(text, end))


def goes_on(text: str, start: int, end: int, *, in_words: bool = False) -> bool:
    """Whether more numbers follow ("3 - 4", "3; 4"), or the number only bounds the answer."""
    more = (_GOES_ON_IN_WORDS if in_words else _GOES_ON).match(text, end)
    return bool(more or _BOUND.search(_before(text, start)))


def follows_figure(text: str, start: int) -> bool:
    """Whether a figure stands right before, so that "minus" there takes away."""
    return bool(re.search(r"[0-9]\s{0,2}\Z", _before(text, start)))


def _before(text: str, start: int) -> str:
    return text[max(0, start - _WINDOW) : start]
