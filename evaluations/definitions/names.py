"""Names of definitions: none that is published reads as another's."""

import unicodedata
from typing import Final

from confusable_homoglyphs import confusables
from django.db import connection

from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.definitions.moves import MoveRefused

ALIKE: Final = str.maketrans({"0": "o", "1": "l", "i": "l"})
"""Signs that no reader tells apart, once letters are small."""


class NameTaken(MoveRefused):
    """A definition cannot be published under its name; `field` is what to correct."""

    field = "name"


def check_free(definition: Definition) -> None:
    """Refuse a name that reads as that of another published definition.

    Two who publish at once are taken one after the other. Two queries.

    Raises:
        NameTaken: as `check_name` does.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('definition-names'))")
    check_name(definition.name, definition)


def check_name(wanted: str, own: Definition | None) -> None:
    """Refuse a name as `check_free` does, without keeping others from taking it. One query.

    Args:
        own: the definition that is to have it, where there is one already.

    Raises:
        NameTaken: in a sentence that names the other one and says what to do.
    """
    others = DefinitionVersion.objects.published()
    if own is not None:
        others = others.exclude(definition=own)
    as_read = readings(wanted)
    for slug, name in others.values_list("definition__slug", "definition__name"):
        if as_read & readings(name):
            raise NameTaken(
                f"A published definition is called “{name}” already (/definitions/{slug}/), and "
                f"“{wanted}” reads as the same. Give yours a name of its own, such as "
                "one that says who words it so or what is different in it."
            )


def readings(name: str) -> frozenset[str]:
    """How a name may be read at a glance: without case, spaces and signs, by its letters' looks.

    A letter of another alphabet is read as the Latin one that it looks like, as a capital and as
    a small one.
    """
    usual = unicodedata.normalize("NFKC", name)
    found = {as_latin(usual).casefold(), as_latin(usual.casefold())}
    plain = {"".join(sign for sign in each if sign.isalnum()) or each for each in found}
    return frozenset(each.translate(ALIKE).replace("rn", "m") for each in plain)


def as_latin(text: str) -> str:
    """The text with each letter replaced that looks like one of ASCII."""
    return text if text.isascii() else "".join(map(latin_double, text))


def latin_double(sign: str) -> str:
    if sign.isascii() or not sign.isalpha():
        return sign
    found = confusables.is_confusable(sign, greedy=True) or []
    doubles = (double["c"] for each in found for double in each["homoglyphs"])
    return next((double for double in doubles if double.isascii()), sign)
