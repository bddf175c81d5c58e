import asyncio
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import SyncToAsync

from reasoning_site.one_thread import OneThread, site

Answer = tuple[int, dict[bytes, bytes], bytes]


async def answer_of(application: Any, path: str) -> Answer:
    """Status, headers and body that an ASGI application answers to a visitor who stays."""
    sent: list[dict[str, Any]] = []
    waiting = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in waiting:
            return message
        await asyncio.sleep(60)
        raise AssertionError("the answer took a minute")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"host", b"localhost")], "http_version": "1.1",
    }  # fmt: skip
    await application(scope, receive, send)
    start, *parts = sent
    body = b"".join(part.get("body", b"") for part in parts)
    return start["status"], dict(start["headers"]), body


@pytest.mark.django_db(transaction=True)
def test_a_page_is_handed_to_a_thread_once(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    hand_over = SyncToAsync.__call__

    async def counting(self: SyncToAsync, *given: object, **named: object) -> object:
        called.append(self.func.__name__)
        return await hand_over(self, *given, **named)

    monkeypatch.setattr(SyncToAsync, "__call__", counting)
    status, headers, _ = asyncio.run(answer_of(OneThread(), "/health/"))
    assert status == 200
    assert b"Content-Security-Policy" in headers
    # Besides the page only what Django does before each request and after it.
    assert [name for name in called if name != "sync_send"] == ["get_response", "close"]


def test_a_static_file_is_what_its_type_says(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "site.0123456789ab.css").write_text("p { color: red }")
    status, headers, body = asyncio.run(answer_of(site(), "/static/site.0123456789ab.css"))
    assert (status, body) == (200, b"p { color: red }")
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"immutable" in headers[b"cache-control"]
