"""A fake server for tests: it speaks OpenAI's protocol on loopback, as badly as it is told to."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "fake-model"
USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


@dataclass
class Answer:
    """What one call is answered with: events of a stream, or a body; `cut` ends it mid-stream.

    `pause` are seconds of silence behind the events, before the connection is closed. `beat` are
    those behind each event. One that is to `drop` gives no answer at all.
    """

    events: list[Any] | None = None
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    drop: bool = False
    beat: float = 0.0
    pause: float = 0.0
    hold: threading.Event | None = None


def delta(**message: Any) -> dict[str, Any]:
    return {"model": MODEL, "choices": [{"index": 0, "delta": message, "finish_reason": None}]}


def end(reason: str = "stop") -> dict[str, Any]:
    return {"model": MODEL, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


def usage(**more: Any) -> dict[str, Any]:
    return {"model": MODEL, "choices": [], "usage": {**USAGE, **more}}


def streamed(*pieces: str, reason: str = "stop", **fields: Any) -> Answer:
    """An ordinary stream of text, with its usage and its end."""
    events = [delta(role="assistant", content=None), *(delta(content=p) for p in pieces)]
    return Answer([*events, end(reason), usage(), "[DONE]"], **fields)


def refused(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"error": {"message": "at /srv/secret/path.py line 3", "code": status}}
    return Answer(body=body, status=status, headers=named)


Given = Answer | Callable[[dict[str, Any]], Answer]
"""An answer, or what makes it of the path, headers and body that came."""


class FakeEndpoint(ThreadingHTTPServer):
    """Gives its answers one after the other, and the last one from then on."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answers: Iterable[Given]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.seen: list[dict[str, Any]] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def next_answer(self, seen: dict[str, Any]) -> Answer:
        with self.lock:
            self.seen.append(seen)
            given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return given if isinstance(given, Answer) else given(seen)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is one of the cases here."""


class _Handler(BaseHTTPRequestHandler):
    server: FakeEndpoint
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, body: dict[str, Any]) -> None:
        server = self.server
        seen = {"path": self.path, "headers": dict(self.headers), "body": body}
        given = server.next_answer(seen)
        with server.lock:
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            if given.hold is not None:
                given.hold.wait(10)
            if given.drop:
                self.close_connection = True
            else:
                self.give(given)
        finally:
            with server.lock:
                server.at_once -= 1

    def give(self, given: Answer) -> None:
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        if given.events is None:
            raw = given.body if isinstance(given.body, bytes) else json.dumps(given.body).encode()
            if "Content-Type" not in given.headers:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
            return
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in given.events:
            data = event if isinstance(event, str) else json.dumps(event)
            self.chunk(f"data: {data}\n\n".encode())
            time.sleep(given.beat)
        time.sleep(given.pause)
        if given.cut:
            self.close_connection = True
            self.connection.close()
        else:
            self.chunk(b"")

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def fake_endpoint(*answers: Given) -> Iterator[FakeEndpoint]:
    """A fake server that runs until the end of the block."""
    server = FakeEndpoint(answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
