"""Characters that nobody sees: whether a text shows anything, and what no title may hold."""

import re
import unicodedata
from typing import Final

from django.core.exceptions import ValidationError

BLANK_LETTERS: Final = frozenset("\u115f\u1160\u180e\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing: Hangul fillers, the braille blank."""
UNSEEN_MARKS: Final = re.compile(
    "[\u034f\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Marks that only say how the letter before them is drawn, or keep two marks apart."""
TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Controls of direction that reach beyond their place: what follows may run backwards."""
NOT_DRAWN: Final = frozenset({"Cc", "Cf", "Cs"})
"""Categories of controls, of signs of format, and of halves of surrogate pairs."""
BROKEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of controls, halves of surrogate pairs, and separators of lines."""


def is_unseen(sign: str) -> bool:
    """Whether a character, taken alone, shows nothing: also a joiner, and a mark that chooses how
    an emoji is drawn. Spaces are not meant, but for those that are control characters."""
    kind = unicodedata.category(sign)
    return kind in NOT_DRAWN or sign in BLANK_LETTERS or UNSEEN_MARKS.match(sign) is not None


def without_unseen(text: str) -> str:
    """What a reader sees of a text, with its spaces."""
    return "".join(sign for sign in text if sign.isspace() or not is_unseen(sign))


def shows_something(text: str) -> bool:
    """Whether a reader sees anything of a text."""
    return any(not sign.isspace() and not is_unseen(sign) for sign in text)


def is_hidden(sign: str) -> bool:
    """Whether no title may hold a character: it breaks the line, or turns what follows."""
    return sign in TURNING or unicodedata.category(sign) in BROKEN


def called(sign: str) -> str:
    """A character by its number, as in U+202E."""
    return f"U+{ord(sign):04X}"


def hidden_in(text: str) -> str:
    """Why a text is no title or name of one line, as the end of a sentence; empty where it is.

    Joiners and the marks of emoji may stand in it, as may marks of direction without reach.
    """
    for sign in text:
        if is_hidden(sign):
            return held(sign)
    if shows_something(text):
        return ""
    unseen = next((sign for sign in text if not sign.isspace()), "")
    named = f" ({called(unseen)})" if unseen else ""
    return f"holds nothing that anybody sees{named}: write it anew"


def held(sign: str) -> str:
    """That a text holds a character it may not, as the end of a sentence."""
    return f"holds a character that nobody sees ({called(sign)}): take it out"


def refuse_hidden(text: str) -> None:
    """Refuse a title or name with controls, with what turns the direction, or that shows nothing.

    Raises:
        ValidationError: in a sentence that names the character.
    """
    if why := hidden_in(text):
        raise ValidationError(f"It {why}.")


def without_hidden(text: str) -> str:
    """A title that nobody typed, made of another text, without what `refuse_hidden` refuses.

    Empty where nothing of the text can be seen.
    """
    kept = "".join(
        (" " if sign.isspace() else "") if is_hidden(sign) else sign for sign in text
    ).strip()
    return kept if shows_something(kept) else ""
