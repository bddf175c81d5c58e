"""Which names an account may choose: none that looks like another's, or like the site's own."""

import unicodedata
from typing import Final

from confusable_homoglyphs import categories, confusables
from django.core.exceptions import ValidationError

# fmt: off
RESERVED: Final = frozenset((
    "admin", "administrator", "anonymous", "curator", "everybody", "guest", "me", "member",
    "moderator", "nobody", "none", "null", "operator", "owner", "researcher", "root",
    "security", "site", "staff", "support", "system", "webmaster", "you",
))
# fmt: on
"""Words that would pass for a duty or for the site itself, compared without signs and digits."""

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
    scripts = set(categories.unique_aliases(letters)) - {"COMMON"}
    if len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER):
        raise ValidationError(
            "This mixes letters of several alphabets, which look alike. Keep to one."
        )
    if "LATIN" not in scripts and looks_latin(letters):
        raise ValidationError(
            "Every letter of this looks like a Latin one, so it could be read as another name."
        )
    if letters.casefold() in RESERVED:
        raise ValidationError("This name is kept for the site. Choose another.")


def looks_latin(letters: str) -> bool:
    """Whether each letter of another alphabet has a Latin double."""
    found = confusables.is_confusable(letters, greedy=True, preferred_aliases=["latin"]) or []
    return {double["character"] for double in found} >= set(letters)


validators = [check_name]
