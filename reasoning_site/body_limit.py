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


def limited(
    application: Application,
    limit: int,
    larger: Callable[[Scope], Awaitable[int]] | None = None,
) -> Application:
    """The ASGI application, with 413 for a body of more than `limit` bytes, declared or counted.

    Args:
        larger: says of a request how many bytes it may send all the same; 0 for most.
    """
    usual = limit

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await application(scope, receive, send)
        limit = max(usual, await larger(scope)) if larger else usual
        read = 0
        is_refused = False

        async def refuse() -> None:
            text = f"This is too large: at most {limit:,} bytes are taken.\n".encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": text})

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
