"""How much a model at an endpoint is to think, and whether the server takes what says so.

The effect of an effort shows in no short reply, and servers take fields that they do not know
without a word. So each field is first sent with a value that no server can mean: one that knows the
field refuses it, and what it then answers to, it takes. One that answers to anything shows nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from evaluations.inference.ways import EFFORTS, SUMMARIES

CONTROLS: Final = ("efforts", "summaries", "template")
"""The parts of a record that are told here."""
NO_SUCH: Final = "no-such-value"
_WRONG: Final = (NO_SUCH, {"enable_thinking": NO_SUCH})
"""Arguments that cannot be: no object at all, which vLLM and SGLang refuse, and a word where
llama.cpp wants true or false."""

Takes = Callable[[str, dict[str, Any]], Awaitable[bool | None]]
"""Takes what a call is for, and its fields; whether the server answered it, or refused what was
asked (False). None where it did neither."""


def controls(
    dialect: str, *, effort: str = "", summary: str = "", arguments: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fields of a request that say it in a dialect; none for what is left to the model."""
    if dialect == "responses":
        told = {"effort": effort, "summary": summary}
        told = {name: value for name, value in told.items() if value}
        return {"reasoning": told} if told else {}
    fields: dict[str, Any] = {"reasoning_effort": effort} if effort else {}
    return fields | ({"chat_template_kwargs": dict(arguments)} if arguments else {})


async def controls_by_asking(takes: Takes, dialect: str) -> dict[str, Any]:
    """What of this an endpoint takes, as a part of its record. Up to ten calls."""

    def effort(value: str) -> dict[str, Any]:
        return controls(dialect, effort=value)

    def summary(value: str) -> dict[str, Any]:
        return controls(dialect, summary=value)

    found: dict[str, Any] = {"efforts": await _taken(takes, "effort", effort, EFFORTS)}
    if dialect == "responses":
        return found | {"summaries": await _taken(takes, "summary", summary, SUMMARIES)}
    return found | {"template": await _takes_arguments(takes)}


async def _taken(
    takes: Takes, name: str, fields: Callable[[str], dict[str, Any]], values: Sequence[str]
) -> list[str]:
    if await takes(f"A reply with a wrong {name}", fields(NO_SUCH)) is not False:
        return []
    return [
        value
        for value in values
        if await takes(f"A reply with the {name} “{value}”", fields(value))
    ]


async def _takes_arguments(takes: Takes) -> bool:
    for wrong in _WRONG:
        what = "A reply with wrong arguments of the chat template"
        if await takes(what, {"chat_template_kwargs": wrong}) is False:
            right = controls("chat", arguments={"enable_thinking": True})
            return await takes("A reply with arguments of the chat template", right) is True
    return False
