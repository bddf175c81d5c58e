"""The words of statements: what is taken, when two say the same, and pieces of them."""

import re
import unicodedata
from typing import Final

from evaluations.common.texts.unseen import hidden_in, without_unseen
from evaluations.debates.choices import LEAST_TEXT, MOST_KEY, MOST_TEXT
from evaluations.judgments.answers.marks import NotThere, place_of

BRAILLE_BLANK: Final = "\u2800"
LINK: Final = re.compile(r"://|\bwww\.|\bmailto:", re.IGNORECASE)


class WordingRefused(Exception):
    """Such words are not taken; the message says why and what to do."""


def cleaned(text: str) -> str:
    """A statement as it is kept: one paragraph of plain text.

    Raises:
        WordingRefused: when it is too short or too long, holds a link or what turns the direction
            of its words, or says nothing; and where its characters stand for more letters than
            are kept.
    """
    text = " ".join(text.replace("\0", "").split())
    check_length(len(text))
    if LINK.search(text):
        raise WordingRefused(
            "A statement holds no link. Say it in words; a reaction “I checked this” takes a link."
        )
    key = key_of(text)
    if not key:
        raise WordingRefused("There is no word in it.")
    check_length(len(without_unseen(text).strip()))
    if why := hidden_in(text):
        raise WordingRefused(f"It {why}.")
    if len(key) > MOST_KEY:
        raise WordingRefused("Some of its characters stand for many letters: write these out.")
    return text


def check_length(length: int) -> None:
    if not LEAST_TEXT <= length <= MOST_TEXT:
        what = "shorter" if length > MOST_TEXT else "longer"
        raise WordingRefused(
            f"A statement has {LEAST_TEXT} to {MOST_TEXT} characters, and this has {length:,}. "
            f"Make it {what}: one claim, in a sentence or two."
        )


def key_of(text: str) -> str:
    """What two texts share that differ in case, stops, spaces and what nobody sees alone.

    Marks belong to their letters: in many scripts they are the vowels. The blank of braille is
    read as a space.
    """
    seen = without_unseen(text.replace(BRAILLE_BLANK, " "))
    folded = unicodedata.normalize("NFKC", seen).casefold()
    kept = (each if unicodedata.category(each)[0] in "LMN" else " " for each in folded)
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
