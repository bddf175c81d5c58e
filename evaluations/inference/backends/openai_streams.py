"""Reading an answer: a stream of events, or one piece of JSON, within bounds of size and time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import httpx2

from evaluations.inference.backends.openai_replies import BadAnswer, Reply
from evaluations.inference.backends.openai_requests import CHARACTERS_A_TOKEN, Bounds

_DONE = "[DONE]"
_FAR_MORE = "The endpoint wrote far more than it was asked for."
_TOO_LARGE = "The endpoint's answer is larger than this site reads."
LONGEST_SAID = 1000


async def read_reply(
    response: httpx2.Response,
    reply: Reply,
    bounds: Bounds,
    most_tokens: int,
    heard: Callable[[], None] = lambda: None,
) -> None:
    """Read an answer into `reply`, event by event; it is complete afterwards.

    `heard` is called after each event.

    Once the reply has ended, nothing but the usage is waited for, and that not for long: not
    every server ends its stream. Raises BadAnswer, TimeoutError and httpx2.TransportError.
    """
    longest = most_tokens * CHARACTERS_A_TOKEN + bounds.line_bytes // 64
    bounds = bounds.for_tokens(most_tokens)
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        async with asyncio.timeout(bounds.first):
            body = await body_text(response, bounds)
            reply.keep(body)
            reply.read_whole(_parsed(body))
        heard()
    else:
        await _read_events(response, reply, bounds, longest, heard)
    if reply.size > longest:
        raise BadAnswer(_FAR_MORE, hopeless=True)
    reply.check_ended()


async def _read_events(
    response: httpx2.Response,
    reply: Reply,
    bounds: Bounds,
    longest: int,
    heard: Callable[[], None],
) -> None:
    events = _events(response, bounds)
    patience = bounds.first
    try:
        while not (reply.has_ended and reply.has_usage):
            async with asyncio.timeout(bounds.usage if reply.has_ended else patience):
                event = await anext(events, None)
            if event is None or event == _DONE:
                return
            patience = bounds.silence
            reply.keep(event)
            reply.read_event(_parsed(event))
            heard()
            if reply.size > longest:
                raise BadAnswer(_FAR_MORE, hopeless=True)
    except (TimeoutError, httpx2.TransportError):
        # What follows the end of a reply is only its count of tokens.
        if not reply.has_ended:
            raise
    finally:
        await events.aclose()


async def _events(response: httpx2.Response, bounds: Bounds) -> AsyncGenerator[str, None]:
    """The data of each event of a stream."""
    data: list[str] = []
    async for line in _lines(response, bounds):
        if not line:
            if data:
                yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    if data:
        yield "\n".join(data)


async def _lines(response: httpx2.Response, bounds: Bounds) -> AsyncIterator[str]:
    rest, total = b"", 0
    async for piece in response.aiter_bytes():
        total += len(piece)
        *lines, rest = (rest + piece).split(b"\n")
        if total > bounds.body_bytes or max(map(len, [rest, *lines])) > bounds.line_bytes:
            raise BadAnswer(_TOO_LARGE, hopeless=True)
        for line in lines:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


async def body_text(response: httpx2.Response, bounds: Bounds) -> str:
    """A whole body. Raises BadAnswer where it is larger than the bounds."""
    pieces, total = [], 0
    async for piece in response.aiter_bytes():
        total += len(piece)
        if total > bounds.body_bytes:
            raise BadAnswer(_TOO_LARGE, hopeless=True)
        pieces.append(piece)
    return b"".join(pieces).decode("utf-8", "replace")


def events_in(text: str) -> list[str]:
    """The data of each event of a stream that was read to its end."""
    lines = [line for line in text.split("\n") if line.startswith("data:")]
    return [line[5:].strip() for line in lines]


async def beginning(response: httpx2.Response, seconds: float = 5.0) -> str:
    """What a server says where it refuses, not read to its end; may hold paths and the key."""
    pieces, total = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for piece in response.aiter_bytes():
                pieces.append(piece)
                total += len(piece)
                if total > LONGEST_SAID * 4:
                    break
    except (TimeoutError, httpx2.HTTPError):
        pass
    return b"".join(pieces).decode("utf-8", "replace").replace("\x00", "�")


def _parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("The endpoint's answer is no JSON.") from error
    if not isinstance(data, dict):
        raise BadAnswer("The endpoint's answer has another form than it should.")
    return data
