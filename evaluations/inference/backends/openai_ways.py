"""Whether an endpoint really does what it is asked beyond words and temperature, by small calls.

Servers take fields that they do not know without a word. So each call asks for something whose
effect is known beforehand from a greedy reply: half of it at the beginning of the next must bring
the other half; a word of it as a stop string must end it there; the narrowest top-k or min-p must
bring it again where a hot draw brought another. What is not shown is taken to be missing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

CONTINUED: Final[Mapping[str, Mapping[str, Any]]] = {
    "last": {},
    "flags": {"continue_final_message": True, "add_generation_prompt": False},
}
"""How a reply is made to go on from given words: they are the last message, which says enough to
some servers, and others want fields beside it."""
NARROWEST: Final[Mapping[str, Mapping[str, Any]]] = {
    "top_k": {"top_k": 1}, "min_p": {"min_p": 0.999}
}  # fmt: skip
_FEWEST = 3
_WORD = re.compile(r"\S{2,}")

Ask = Callable[[str, dict[str, Any]], Awaitable[str | None]]
"""Takes what a call is for, and its fields; gives the text of the reply, None without one."""


async def found_by_asking(
    ask: Ask, asked: Mapping[str, Any], greedy: str, hot: Mapping[str, Any], drawn: str | None
) -> dict[str, Any]:
    """What of these ways an endpoint has, as a part of its record. Up to five calls.

    Args:
        asked: the message that brought `greedy`, word for word at temperature 0.
        hot: the fields of a call at temperature 1 that brought `drawn`; None: it was refused.
    """
    found: dict[str, Any] = {"prefill": "", "stop": False, "top_k": False, "min_p": False}
    cool: dict[str, Any] = {"temperature": 0}
    begun, rest = halves(greedy)
    if begun:
        turns = [asked, {"role": "assistant", "content": begun}]
        for name, fields in CONTINUED.items():
            what = "A reply that goes on from given words" + (", by fields" if fields else "")
            said = await ask(what, {**cool, "messages": turns, **fields})
            if said is not None and goes_on(said, rest, greedy):
                found["prefill"] = name
                break
    word = later_word(greedy)
    if word:
        said = await ask("A reply that ends before a word", {**cool, "stop": [word]})
        found["stop"] = said is not None and bool(said.strip()) and is_beginning(said, greedy, word)
    if drawn is not None and drawn.strip() != greedy.strip():
        for name, fields in NARROWEST.items():
            said = await ask(f"A hot reply with the narrowest {name}", {**hot, **fields})
            found[name] = said is not None and said.strip() == greedy.strip()
    return found


def halves(text: str) -> tuple[str, str]:
    """A text cut before the blank next to its middle; nothing where it is too short for that."""
    text = text.strip()
    at = text.find(" ", len(text) // 2 - 2)
    begun, rest = (text[:at], text[at:]) if at > 0 else ("", "")
    return (begun, rest) if len(rest.strip()) >= _FEWEST else ("", "")


def goes_on(said: str, rest: str, whole: str) -> bool:
    """Whether a reply is the other half, and does not begin anew."""
    said, rest = said.strip(), rest.strip()
    return said.startswith(rest) and not said.startswith(whole.strip())


def later_word(text: str) -> str:
    """The first word behind the first one that occurs once; empty where there is none."""
    text = text.strip()
    for found in list(_WORD.finditer(text))[1:]:
        if text.count(found[0]) == 1:
            return found[0]
    return ""


def is_beginning(said: str, whole: str, word: str) -> bool:
    """Whether a reply is the text up to a word."""
    return said.strip() == whole.strip().partition(word)[0].strip()
