"""Does a text give away who wrote it?"""

import re
import unicodedata

from evaluations.accounts.models import User

SHORTEST = 3


def named_in(text: str, writer: User | None, prompt: str) -> str:
    """The name or address of its writer that stands in a text as a word; empty where there is none.

    A name that the prompt itself speaks of is no sign, and neither is what others read in place
    of a hidden one: anybody writes of “a member”.
    """
    names = (writer.get_username(), writer.email) if writer is not None else ()
    text, prompt = (unicodedata.normalize("NFKC", each) for each in (text, prompt))
    for name in names:
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        if len(name) >= SHORTEST and word.search(text) and not word.search(prompt):
            return name
    return ""
