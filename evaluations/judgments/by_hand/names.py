"""Does a text give away who wrote it?"""

import re

from evaluations.accounts.models import User

SHORTEST = 3


def named_in(text: str, writer: User | None, prompt: str) -> str:
    """The name of its writer that stands in a text as a word; empty where there is none.

    A name that the prompt itself speaks of is no sign.
    """
    names = (writer.get_username(), writer.shown_name) if writer is not None else ()
    for name in names:
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        if len(name) >= SHORTEST and word.search(text) and not word.search(prompt):
            return name
    return ""
