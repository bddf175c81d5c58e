"""Whether an endpoint really does what it is asked beyond words and temperature, by small calls.

Servers take fields that they do not know without a word. So each call asks for something whose
effect is known beforehand from a greedy reply: half of it at the beginning of the next must bring
the other half; a word of it as a stop string must end it there; the narrowest top-k or min-p must
bring it again where a very hot draw without them brings another. What is not shown is taken to be
missing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

SHOWN_BY: Final = 2
"""Rises where more is asked to show an ability: what was shown by less is probed again."""
WAYS: Final = ("shown_by", "prefill", "stop", "top_k", "min_p")
"""The parts of a record that are told together or not at all."""
CONTINUED: Final[Mapping[str, Mapping[str, Any]]] = {
    "last": {},
    "flags": {"continue_final_message": True, "add_generation_prompt": False},
}
"""How a reply is made to go on from given words: they are the last message, which says enough to
some servers, and others want fields beside it."""
OFF: Final[Mapping[str, Any]] = {"top_k": -1, "min_p": 0}
"""Neither narrows: SGLang and earlier vLLM refuse a top-k of 0, and llama.cpp knows both."""
NARROWEST: Final[Mapping[str, Mapping[str, Any]]] = {
    "top_k": {"top_k": 1}, "min_p": {"min_p": 0.999}
}  # fmt: skip
TELL_LIKELY: Final[Mapping[str, Any]] = {"logprobs": True, "top_logprobs": 1}
"""Of the likeliest tokens one beside the drawn: llama.cpp sends 20 where nothing is said, and no
probability at all where 0 is."""
VERY_HOT: Final = 2
_FEWEST = 3
_WORD = re.compile(r"\S{2,}")

Ask = Callable[[str, dict[str, Any]], Awaitable[str | None]]
"""Takes what a call is for, and its fields; gives the text of the reply, None where the server
cannot do what was asked."""


async def found_by_asking(
    ask: Ask, asked: Mapping[str, Any], greedy: str, seed: Mapping[str, Any]
) -> dict[str, Any]:
    """What of these ways an endpoint has, as a part of its record. Up to six calls.

    Args:
        asked: the message that brought `greedy`, word for word at temperature 0.
        seed: the field of a seed, where one is taken.
    """
    found: dict[str, Any] = {
        "shown_by": SHOWN_BY, "prefill": "", "stop": False, "top_k": False, "min_p": False
    }  # fmt: skip
    cool: dict[str, Any] = {"temperature": 0}
    begun, rest = halves(greedy)
    if begun:
        turns = [asked, {"role": "assistant", "content": begun}]
        for name, fields in CONTINUED.items():
            what = "A reply that goes on from given words" + (", by fields" if fields else "")
            said = await ask(what, {**cool, "messages": turns, **fields})
            if said is not None and said.startswith(rest):
                found["prefill"] = name
                break
    word = later_word(greedy)
    if word:
        said = await ask("A reply that ends before a word", {**cool, "stop": [word]})
        found["stop"] = said is not None and bool(said.strip()) and is_beginning(said, greedy, word)
    if greedy.strip():
        hot: dict[str, Any] = {**seed, "temperature": VERY_HOT}
        drawn = await ask("A very hot reply with top-k and min-p off", {**hot, **OFF})
        if drawn is not None and drawn.strip() != greedy.strip():
            for name, fields in NARROWEST.items():
                said = await ask(f"A very hot reply with the narrowest {name}", {**hot, **fields})
                found[name] = said is not None and said.strip() == greedy.strip()
    return found


def halves(text: str) -> tuple[str, str]:
    """A text cut before the blank next to its middle; nothing where it is too short for that.

    A reply that goes on begins with that blank. One that begins anew is the other half too where a
    model takes the hint, but has no blank before it; where the text itself begins with one, that
    tells nothing, and there are no halves.
    """
    if text[:1].isspace():
        return "", ""
    text = text.strip()
    at = text.find(" ", max(len(text) // 2 - 2, 0))
    begun, rest = (text[:at], text[at:]) if at > 0 else ("", "")
    return (begun, rest) if len(rest.strip()) >= _FEWEST else ("", "")


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
