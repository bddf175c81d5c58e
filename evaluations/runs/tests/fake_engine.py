"""A fake engine for tests of the queue's mechanics: it writes words without any model."""

import time
from collections.abc import Collection
from typing import Any

from evaluations.inference.engine import (
    EngineFatal,
    ModelSpec,
    ModelUnavailable,
    Request,
    RequestRefused,
    Result,
)


class FakeEngine:
    """Finishes each request after a few steps. What the prompt says decides what goes wrong."""

    def __init__(self, capacity: int = 4, seconds_a_step: float = 0.0) -> None:
        self.capacity = capacity
        self.seconds_a_step = seconds_a_step
        self.progress = 0
        self.requests: dict[str, tuple[Request, int]] = {}
        self.closed = False
        self.together: list[int] = []

    @classmethod
    def load(cls, spec: ModelSpec, **options: Any) -> "FakeEngine":
        if spec.path == "nowhere":
            raise ModelUnavailable(f"The model “{spec.name}” was not found at nowhere.")
        return cls(capacity=options.get("capacity", 4), seconds_a_step=0.02)

    @property
    def tokens(self) -> int:
        return self.progress

    @property
    def active(self) -> int:
        return len(self.requests)

    def submit(self, request: Request) -> None:
        if "too long" in request.messages[-1].content:
            raise RequestRefused("The prompt has 9,000 tokens; this model reads at most 8,192.")
        if request.id in self.requests:
            raise RequestRefused(f"A request with the id {request.id!r} is already active.")
        self.requests[request.id] = (request, 0)

    def step(self) -> list[Result]:
        time.sleep(self.seconds_a_step)
        self.together.append(len(self.requests))
        finished = []
        for id, (request, steps) in list(self.requests.items()):
            text = request.messages[-1].content
            if "poison" in text:
                raise EngineFatal("a kernel failed")
            self.progress += 1
            if "endless" in text:
                continue
            if steps < 2:
                self.requests[id] = (request, steps + 1)
                continue
            del self.requests[id]
            finished.append(self.result(request, "error" if "broken" in text else "stop"))
        return finished

    def result(self, request: Request, stop_reason: Any) -> Result:
        return Result(
            id=request.id,
            text=f"1. Seed {request.seed}.\n2. So it is.\nAnswer: yes",
            trace=f"1. Seed {request.seed}.\n2. So it is.",
            answer="yes",
            trace_visibility="full",
            tokens_in=3,
            tokens_out=9,
            stop_reason=stop_reason,
            seconds=0.1,
            error="numbers went wrong" if stop_reason == "error" else "",
            environment={"device": "fake", "prompt_tokens_sha256": "abc"},
        )

    def cancel(self, ids: Collection[str]) -> list[Result]:
        for id in ids:
            self.requests.pop(id, None)
        return []

    def partial(self, id: str) -> str:
        return ""

    def close(self) -> None:
        self.closed = True
        self.requests.clear()
