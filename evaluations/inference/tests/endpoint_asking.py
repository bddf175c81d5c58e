"""Asking a fake or a real server through the engine for endpoints."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evaluations.inference.backends.openai_compatible import OpenAICompatibleEngine
from evaluations.inference.backends.openai_requests import Bounds, Endpoint
from evaluations.inference.engine import (
    Engine,
    Message,
    ModelSpec,
    Request,
    Result,
    Sampling,
)
from evaluations.inference.tests.fake_endpoint import (
    MODEL,
    Answer,
    FakeEndpoint,
    fake_endpoint,
)

SHORT = Bounds(connect=10, first=2, silence=0.5, usage=0.3, total=5)


@contextmanager
def engine_of(
    server: FakeEndpoint, bounds: Bounds = SHORT, capacity: int = 0, **fields: Any
) -> Iterator[OpenAICompatibleEngine]:
    endpoint = Endpoint(**{"name": "fake", "address": server.address, "private": True, **fields})
    engine = OpenAICompatibleEngine(
        ModelSpec(name="Fake", path=MODEL), endpoint, bounds=bounds, capacity=capacity
    )
    try:
        yield engine
    finally:
        engine.close()


def request(id: str = "1", *, strategy: str = "step-by-step", most: int = 64) -> Request:
    return Request(
        id=id,
        messages=(Message(role="user", content="How many are left?"),),
        seed=(5 << 40) + 7,
        sampling=Sampling(temperature=0.7, top_p=0.9, max_new_tokens=most),
        strategy=strategy,
        attempt=2,
    )


def drained(engine: Engine, count: int, timeout: float = 15) -> list[Result]:
    results: list[Result] = []
    deadline = time.monotonic() + timeout
    while len(results) < count:
        assert time.monotonic() < deadline, "no result in time"
        results += engine.step()
    return results


def asked(*answers: Answer, bounds: Bounds = SHORT, most: int = 64, **fields: Any) -> Result:
    """The result of one request to a server with these answers."""
    with fake_endpoint(*answers) as server, engine_of(server, bounds, **fields) as engine:
        engine.submit(request(most=most))
        return drained(engine, 1)[0]
