"""A body that is too large is refused by the server itself, and never read to its end."""

import asyncio
from typing import Any

import pytest

from reasoning_site.body_limit import Message, Receive, Scope, Send, limited

LIMIT = 10


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads a body to its end and answers with its length, as a web framework does."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def answer(chunks: list[bytes], declared: bytes | None) -> tuple[int, bytes, int]:
    """Status and body of the answer, and how many chunks were read."""
    sent: list[Message] = []
    waiting = list(chunks)

    async def receive() -> Message:
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if declared is None else [(b"content-length", declared)]
    scope: dict[str, Any] = {"type": "http", "headers": headers}
    asyncio.run(limited(echo, LIMIT)(scope, receive, send))
    start, body = sent
    return start["status"], body["body"], len(chunks) - len(waiting)


@pytest.mark.parametrize(
    ("chunks", "declared", "status", "read"),
    [
        ([b"12345", b"67890"], b"10", 200, 2),
        ([b"12345", b"67890"], None, 200, 2),
        ([b"12345", b"678901"], b"11", 413, 0),
        ([b"12345", b"678901", b"2"], None, 413, 2),
        ([b"12345", b"678901", b"2"], b"5", 413, 2),
        ([b""], b"9" * 9999, 413, 0),
    ],
)
def test_bodies_are_bounded(
    chunks: list[bytes], declared: bytes | None, status: int, read: int
) -> None:
    found, body, chunks_read = answer(chunks, declared)
    assert (found, chunks_read) == (status, read)
    assert (b"too large" in body) == (status == 413)
