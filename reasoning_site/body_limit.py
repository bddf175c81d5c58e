"""No request may send more than a form needs, whoever stands in front of the web server.

Django reads a body to its end, and writes it to the disk, before any view is asked.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Refusal = tuple[Mapping[str, str], bytes]
"""The headers and the body of an answer."""


def plain(scope: Scope, sentence: str) -> Refusal:
    """A refusal as text."""
    return {"Content-Type": "text/plain; charset=utf-8"}, f"{sentence}\n".encode()


def limited(
    application: Application,
    limit: int,
    larger: Callable[[Scope], Awaitable[int]] | None = None,
    refusal: Callable[[Scope, str], Refusal] = plain,
) -> Application:
    """The ASGI application, with 413 for a body of more than `limit` bytes, declared or counted.

    Args:
        larger: says of a request how many bytes it may send all the same; 0 for most.
        refusal: makes the answer to a request that sends more, of a sentence.
    """
    usual = limit

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await application(scope, receive, send)
        limit = max(usual, await larger(scope)) if larger else usual
        read = 0
        is_refused = False

        async def refuse() -> None:
            said, body = refusal(scope, f"This is too large: at most {limit:,} bytes are taken.")
            headers = [(name.lower().encode(), value.encode()) for name, value in said.items()]
            headers.append((b"connection", b"close"))
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        async def counted() -> Message:
            nonlocal read, is_refused
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit and not is_refused:
                is_refused = True
                await refuse()
            # So the application ends as if the visitor had left.
            return {"type": "http.disconnect"} if is_refused else message

        async def unless_refused(message: Message) -> None:
            if not is_refused:
                await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared[:19]) > limit:
            return await refuse()
        return await application(scope, counted, unless_refused)

    return answer
