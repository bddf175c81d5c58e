"""What an engine takes, what it gives back, and how one is loaded.

An engine turns requests into results on one device. It is NOT in charge of queueing (whoever
drives it decides what is submitted and when), of retries (a failed request is reported once),
of storage (nothing is kept after a result was handed over), or of time limits.

An engine is driven by one thread: `submit`, `step`, `cancel` and `close` must not overlap.
`active`, `progress`, `tokens` and `partial` may be read from other threads.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

Role = Literal["system", "user", "assistant"]
StopReason = Literal["stop", "length", "filtered", "error", "cancelled"]
TraceVisibility = Literal["full", "summary", "redacted", "hidden", "not-written"]


class RequestRefused(ValueError):
    """This request can never be answered by this engine; the message says why, for a reader."""


class EngineFatal(Exception):
    """The engine cannot go on; everything in flight is lost and the engine must be closed."""


class ModelUnavailable(Exception):
    """The model could not be loaded; the message names the model and what to do about it."""


class ModelPaused(Exception):
    """The model cannot be asked for now, and no request is at fault; the message says why.

    `seconds` is how long to wait; None where somebody has to change something first.
    """

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How tokens are drawn, in this order.

    `repetition_penalty` divides the logits above 0 of tokens that stand in prompt or reply, and
    multiplies those below (Keskar et al. 2019); 1 is none. `temperature` 0 is greedy: what
    follows and the seed then play no part. `top_k` keeps that many of the likeliest tokens (Fan
    et al. 2018); 0 is all. `top_p` in (0, 1] keeps the likeliest of these that together reach
    that share of their probability (Holtzman et al. 2020). `min_p` in [0, 1) keeps tokens at
    least so likely, relative to the likeliest (Nguyen et al. 2024). Ties with the last one that
    is kept are kept. A reply ends before the first of the `stop` strings that it would contain,
    and at `max_new_tokens`, which counts the end token too.

    Raises ValueError for values outside these ranges.
    """

    temperature: float
    top_p: float
    max_new_tokens: int
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            raise ValueError(f"temperature must be 0 or more, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, not {self.top_p}")
        if self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens must be at least 1, not {self.max_new_tokens}")
        if self.top_k < 0:
            raise ValueError(f"top_k must be 0 or more, not {self.top_k}")
        if not 0 <= self.min_p < 1:
            raise ValueError(f"min_p must be 0 or more and below 1, not {self.min_p}")
        if not (math.isfinite(self.repetition_penalty) and self.repetition_penalty > 0):
            raise ValueError(f"repetition_penalty must be above 0, not {self.repetition_penalty}")
        if not all(self.stop):
            raise ValueError("a stop string must not be empty")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One sample to draw. `seed` is any integer; its lowest 64 bits count.

    `attempt` counts how often the same sample was given to an engine before, from 1. The reply
    goes on from `prefix`. `template_arguments` are handed to the chat template. With `logprobs`
    the result says how likely each drawn token was. `effort` is how much to think, `summary` which
    summary of the thought is wanted (`evaluations.inference.ways`); empty leaves it to the model.
    """

    id: str
    messages: tuple[Message, ...]
    seed: int
    sampling: Sampling
    strategy: str
    attempt: int = 1
    prefix: str = ""
    template_arguments: Mapping[str, Any] = field(default_factory=dict)
    logprobs: bool = False
    effort: str = ""
    summary: str = ""


class Likely(NamedTuple):
    """A token that was drawn: its text, empty where nothing is written for it, and the natural
    logarithm of its probability."""

    text: str
    logprob: float


@dataclass(frozen=True, kw_only=True)
class Try:
    """One call to a server: its status (0 without an answer), seconds, and what became of it.

    `error` is empty for the call that gave the result, else in words of this site; `said` is the
    beginning of what the server wrote instead, which is for staff alone. Tokens are None where
    the server did not count them.
    """

    status: int
    seconds: float
    error: str = ""
    said: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one request.

    `text` is the whole reply, the request's prefix at its beginning; `trace` and `answer` are its
    two parts (`evaluations.inference.split`). `logprobs`, where asked for, say how likely
    each drawn token was, before penalty and temperature; a server may count otherwise. `seconds`
    runs from the first work on the request to its end, time in the waiting line left out.
    `tokens_out` counts every token drawn, the end token too; tokens are None where a server does
    not count them. `environment` holds what is needed to repeat the sample. An error that is
    `final` would only come again. `tries` are the calls to a server, `raw` is its answer as it
    came and `usage` what it counted. `prompt_text` is what the model read, or the messages in JSON
    where a server makes that of them.
    """

    id: str
    text: str
    trace: str
    answer: str
    trace_visibility: TraceVisibility
    tokens_in: int | None
    tokens_out: int | None
    stop_reason: StopReason
    seconds: float
    error: str = ""
    final: bool = False
    tries: tuple[Try, ...] = ()
    logprobs: tuple[Likely, ...] = ()
    environment: dict[str, Any] = field(default_factory=dict)
    prompt_text: str = ""
    raw: str = ""
    usage: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """Which model. `path` is a Hugging Face id, a local folder, or `package:<name>`.

    `package:<name>` is a folder inside an installed Python package, which is located but never
    imported. `revision` names a branch, tag or commit of a Hugging Face id. `gguf_file` names the
    file in the folder; for a package it may be left out when there is exactly one.
    """

    name: str
    path: str
    revision: str = ""
    gguf_file: str = ""


@runtime_checkable
class Engine(Protocol):
    @property
    def capacity(self) -> int:
        """How many requests may usefully be active together; more are accepted and wait.

        It may change while the engine works.
        """
        ...

    @property
    def active(self) -> int:
        """Requests submitted and not yet handed back, waiting ones included."""
        ...

    @property
    def progress(self) -> int:
        """A number that only ever rises, and rises while work is done."""
        ...

    @property
    def tokens(self) -> int:
        """Tokens read or written since loading, as far as they are counted by now."""
        ...

    def submit(self, request: Request) -> None:
        """Take a request. Raises RequestRefused (nothing is kept of it) or EngineFatal."""
        ...

    def step(self) -> list[Result]:
        """Do one bounded piece of work and return what finished by it, perhaps nothing.

        Returns at once when nothing is active. Raises EngineFatal; raises ModelPaused when every
        result was handed over that there will be.
        """
        ...

    def cancel(self, ids: Collection[str]) -> list[Result]:
        """Forget these requests: no result follows for them. Unknown ids are ignored.

        Returns those for which calls were made in vain, as results without a reply: for the
        record, not to be charged.
        """
        ...

    def partial(self, id: str) -> str:
        """The text written so far for an active request; empty for an unknown one."""
        ...

    def close(self) -> None:
        """Free the model's memory. What is in flight is forgotten. May be called twice."""
        ...


def load_engine(dotted_path: str, spec: ModelSpec, **options: Any) -> Engine:
    """Import the engine class at `dotted_path` and load `spec` with its `load` class method.

    Raises ModelUnavailable when the model cannot be loaded, ImportError or AttributeError when
    the path names no engine class.
    """
    module_path, _, class_name = dotted_path.rpartition(".")
    if not module_path:
        raise ImportError(f"{dotted_path!r} is not a dotted path to an engine class")
    engine_class = getattr(import_module(module_path), class_name)
    engine = engine_class.load(spec, **options)
    if not isinstance(engine, Engine):
        raise TypeError(f"{dotted_path} does not load an engine")
    return engine
