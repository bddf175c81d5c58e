"""The words of statements: what is taken, when two say the same, and pieces of them."""

import re
import unicodedata
from typing import Final

from evaluations.debates.choices import LEAST_TEXT, MOST_KEY, MOST_TEXT
from evaluations.judgments.answers.marks import NotThere, place_of

UNSEEN: Final = re.compile("[\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Marks that only say how the letter before them is drawn, or keep two marks apart."""
LINK: Final = re.compile(r"://|\bwww\.|\bmailto:", re.IGNORECASE)


class WordingRefused(Exception):
    """Such words are not taken; the message says why and what to do."""


def cleaned(text: str) -> str:
    """A statement as it is kept: one paragraph of plain text.

    Raises:
        WordingRefused: when it is too short or too long, holds a link, or says nothing; and where
            its characters stand for more letters than are kept.
    """
    text = " ".join(text.replace("\0", "").split())
    length = len(text)
    if not LEAST_TEXT <= length <= MOST_TEXT:
        what = "shorter" if length > MOST_TEXT else "longer"
        raise WordingRefused(
            f"A statement has {LEAST_TEXT} to {MOST_TEXT} characters, and this has {length:,}. "
            f"Make it {what}: one claim, in a sentence or two."
        )
    if LINK.search(text):
        raise WordingRefused(
            "A statement holds no link. Say it in words; a reaction “I checked this” takes a link."
        )
    key = key_of(text)
    if not key:
        raise WordingRefused("There is no word in it.")
    if len(key) > MOST_KEY:
        raise WordingRefused("Some of its characters stand for many letters: write these out.")
    return text


def key_of(text: str) -> str:
    """What two texts share that differ in case, stops, spaces and what nobody sees alone.

    Marks belong to their letters: in many scripts they are the vowels.
    """
    folded = unicodedata.normalize("NFKC", UNSEEN.sub("", text)).casefold()
    kinds = ((each, unicodedata.category(each)) for each in folded)
    kept = (each if kind[0] in "LMN" else " " for each, kind in kinds if kind != "Cf")
    words = "".join(kept).split()
    return " ".join(word for word in words if any(each.isalnum() for each in word))


def piece_of(text: str, words: str) -> tuple[int, int] | None:
    """Where some words stand in a statement, in code points; None where none are given.

    Raises:
        WordingRefused: when they do not stand there, or more than once.
    """
    words = " ".join(words.replace("\0", "").split())
    if not words:
        return None
    try:
        return place_of(text, words, "statement")
    except NotThere as error:
        raise WordingRefused(str(error)) from error
