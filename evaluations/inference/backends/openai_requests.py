"""What is sent to an endpoint: its address, its key, the body in its dialect."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import httpx2

from evaluations.inference.backends.openai_addresses import checked_addresses
from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.backends.openai_controls import controls
from evaluations.inference.backends.openai_ways import CONTINUED, OFF, TELL_LIKELY
from evaluations.inference.engine import Request
from evaluations.inference.thought import APART

Dialect = Literal["chat", "responses"]
PATHS: dict[str, str] = {"chat": "/chat/completions", "responses": "/responses"}
SEED_BITS = 31
LOOK_UP_SECONDS = 20.0
_PORTS = {"http": 80, "https": 443}
_SHORTEST_SECRET = 8
CHARACTERS_A_TOKEN = 64
"""No tokenizer writes so many characters for each token of a long text."""
BYTES_A_TOKEN = 2048
"""Servers that stream wrap each token into an event, some of them twice."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A server to be asked. `address` is that of its version, such as https://example.org/v1."""

    name: str
    address: str
    dialect: Dialect = "chat"
    key: str = field(default="", repr=False)
    private: bool = False
    capabilities: Capabilities = field(default_factory=Capabilities)

    @property
    def has_secret(self) -> bool:
        """Whether the key is one; shorter ones are words that servers want and do not check."""
        return len(self.key) >= _SHORTEST_SECRET

    def without_key(self, text: str) -> str:
        """A text without the key, as it is or as JSON writes it: servers repeat what they get."""
        written = json.dumps(self.key)[1:-1]
        for form in {self.key, written, written.replace("/", "\\/")} - {""}:
            text = text.replace(form, "…")
        return text


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Limits on one call: seconds to connect, to the first word, of silence, in all; sizes.

    A body and a line may be as large as here, or as long as a reply needs (`for_tokens`).
    """

    connect: float = 5.0
    first: float = 600.0
    silence: float = 120.0
    usage: float = 5.0
    total: float = 3600.0
    body_bytes: int = 8 << 20
    line_bytes: int = 1 << 20

    def for_tokens(self, most: int) -> Bounds:
        """These bounds, with room for a reply of so many tokens."""
        body = max(self.body_bytes, most * BYTES_A_TOKEN)
        line = max(self.line_bytes, most * CHARACTERS_A_TOKEN)
        return replace(self, body_bytes=body, line_bytes=line)


def sent_seed(seed: int) -> int:
    """The part of a seed that fits into what servers take."""
    return seed & ((1 << SEED_BITS) - 1)


def refusal_of(endpoint: Endpoint, request: Request) -> str:
    """Why a request cannot be put to this endpoint as it is; empty where it can."""
    sampling, takes = request.sampling, endpoint.capabilities
    can = takes.abilities(endpoint.dialect)
    needs = {
        "can_prefill": request.prefix,
        "can_narrow": sampling.top_k or sampling.min_p,
        "can_penalize": sampling.repetition_penalty != 1,
        "can_stop": sampling.stop,
        "can_set_template": request.template_arguments,
        "can_logprobs": request.logprobs,
        "can_set_effort": request.effort,
        "can_summarize": request.summary,
    }
    why = can.refusal([name for name, needed in needs.items() if needed])
    if request.prefix.startswith(APART.open[0]):
        why = why or "Its thought came apart from the reply, so no reply goes on from within it."
    return why or takes.refusal(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        effort=request.effort,
        summary=request.summary,
    )


def body_of(endpoint: Endpoint, model: str, request: Request) -> dict[str, Any]:
    """A request in the endpoint's dialect; every value is sent, since servers have their own."""
    sampling = request.sampling
    messages = [{"role": each.role, "content": each.content} for each in request.messages]
    body: dict[str, Any] = {"model": model, "stream": True}
    if endpoint.capabilities.temperature:
        body |= {"temperature": sampling.temperature, "top_p": sampling.top_p}
    body |= controls(
        endpoint.dialect,
        effort=request.effort,
        summary=request.summary,
        arguments=request.template_arguments,
    )
    if endpoint.dialect == "responses":
        return body | {
            "input": messages,
            "max_output_tokens": sampling.max_new_tokens,
            "store": False,
        }
    takes = endpoint.capabilities
    body |= {"messages": messages, takes.token_field: sampling.max_new_tokens}
    if request.prefix:
        messages.append({"role": "assistant", "content": request.prefix})
        body |= CONTINUED[takes.prefill]
    if takes.narrows:
        # Also where they are off, since servers have their own.
        body |= {"top_k": sampling.top_k or OFF["top_k"], "min_p": sampling.min_p or OFF["min_p"]}
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if request.logprobs:
        body |= TELL_LIKELY
    if takes.stream_options:
        body["stream_options"] = {"include_usage": True}
    if takes.seed:
        body["seed"] = sent_seed(request.seed)
    return body


def client_for(bounds: Bounds, *, kept: int = 20) -> httpx2.AsyncClient:
    """A client that follows nobody and takes no proxy: the address that is called was checked.

    Args:
        kept: connections kept open for the next call. A server may close one in that moment, so
            whoever does not call again keeps none.
    """
    return httpx2.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        verify=ssl.create_default_context(),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=kept),
        timeout=httpx2.Timeout(None, connect=bounds.connect, write=30.0),
    )


@asynccontextmanager
async def called(
    client: httpx2.AsyncClient,
    endpoint: Endpoint,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    idempotency: str = "",
    seconds: float = 60.0,
) -> AsyncIterator[httpx2.Response]:
    """The beginning of an answer, its body not read yet; a POST where there is a `body`.

    It must come within `seconds`. The connection goes to an address of the host that was
    checked; one that cannot be reached is followed by the next. Raises AddressRefused,
    TimeoutError, OSError and httpx2.TransportError.
    """
    url = httpx2.URL(endpoint.address.rstrip("/") + path)
    port = url.port or _PORTS.get(url.scheme, 443)
    async with asyncio.timeout(LOOK_UP_SECONDS):
        addresses = await checked_addresses(url.host, port, private=endpoint.private)
    headers = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    if idempotency:
        headers["Idempotency-Key"] = idempotency
    for number, address in enumerate(addresses, start=1):
        request = client.build_request(
            "GET" if body is None else "POST",
            url.copy_with(host=address),
            headers=headers,
            json=body,
            extensions={"sni_hostname": url.host},
        )
        try:
            async with asyncio.timeout(seconds):
                response = await client.send(request, stream=True)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            if number == len(addresses):
                raise
            continue
        try:
            yield response
        finally:
            await response.aclose()
        return
