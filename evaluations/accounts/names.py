"""Which names an account may choose: none that looks like another's, or like the site's own."""

import unicodedata
from typing import Final

from confusable_homoglyphs import categories, confusables
from django.core.exceptions import ValidationError

# fmt: off
RESERVED: Final = frozenset((
    "admin", "administrator", "anonymous", "curator", "everybody", "guest", "me", "member",
    "mod", "moderator", "nobody", "none", "null", "operator", "owner", "researcher", "root",
    "security", "site", "staff", "support", "system", "webmaster", "you",
))
# fmt: on
"""Words that would pass for a duty or for the site itself, compared without signs and digits."""

OWN_LETTERS: Final = frozenset("ßæœøðþłđħŋə")
"""Latin letters of their own, which are no ASCII letter with an accent."""
LOOK_LIKE: Final = str.maketrans("03457", "oeast")

WRITTEN_TOGETHER: Final = (
    {"HAN", "HIRAGANA", "KATAKANA"},
    {"HAN", "HANGUL"},
    {"HAN", "BOPOMOFO"},
)
"""Scripts that one language mixes; all others stand alone in a name."""


def check_name(name: str) -> None:
    """Refuse a name that could be taken for another; the form says what to choose instead.

    Raises:
        ValidationError: in words for the person who chose it.
    """
    usual = unicodedata.normalize("NFKC", name)
    if usual != name:
        raise ValidationError(
            f"Some of these characters are variants of usual ones. Write it as “{usual}”."
        )
    if not name[:1].isalpha():
        raise ValidationError("Begin the name with a letter.")
    if any(not (sign.isalnum() or sign in "._-") for sign in name):
        raise ValidationError("Use letters, digits and the signs . _ - only.")
    letters = "".join(sign for sign in name if sign.isalpha())
    if odd := "".join(sorted(filter(is_odd_latin, set(letters)))):
        raise ValidationError(f"This has letters that look like others: {odd}. Use the usual ones.")
    scripts = set(categories.unique_aliases(letters)) - {"COMMON"}
    if len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER):
        raise ValidationError(
            "This mixes letters of several alphabets, which look alike. Keep to one."
        )
    if "LATIN" not in scripts and looks_latin(letters):
        raise ValidationError(
            "Every letter of this looks like a Latin one, so it could be read as another name."
        )
    if RESERVED & read_as(name):
        raise ValidationError("This name is kept for the site. Choose another.")


def looks_latin(letters: str) -> bool:
    """Whether each letter of another alphabet has a Latin double."""
    found = confusables.is_confusable(letters, greedy=True, preferred_aliases=["latin"]) or []
    return {double["character"] for double in found} >= set(letters)


def is_odd_latin(letter: str) -> bool:
    """Whether a Latin letter is none that a language's own alphabet has, such as a small capital.

    An accent makes none odd; Turkish dotless ı is one, since nobody tells it from i.
    """
    plain = unicodedata.normalize("NFKD", letter)[0]
    is_latin = unicodedata.name(plain, "").startswith("LATIN ")
    return is_latin and not plain.isascii() and plain.lower() not in OWN_LETTERS


def read_as(name: str) -> set[str]:
    """How a name may be read at a glance: digits as letters, r and n as m; without signs."""
    plain = "".join(sign for sign in name.casefold() if sign.isalnum())
    read = {plain, "".join(sign for sign in plain if sign.isalpha())}
    for one in "il":
        read.add(plain.translate(LOOK_LIKE | {ord("1"): one}))
    return read | {each.replace("rn", "m") for each in read}


validators = [check_name]
