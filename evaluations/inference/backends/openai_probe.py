"""Small calls that show what an endpoint takes: what it answered, and what follows from it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx2

from evaluations.inference.backends.openai_addresses import AddressRefused
from evaluations.inference.backends.openai_controls import controls_by_asking
from evaluations.inference.backends.openai_failures import in_words
from evaluations.inference.backends.openai_replies import BadAnswer, Reply, reply_in
from evaluations.inference.backends.openai_requests import (
    PATHS,
    Bounds,
    Endpoint,
    called,
    client_for,
)
from evaluations.inference.backends.openai_results import SLACK_TOKENS, thought_of
from evaluations.inference.backends.openai_streams import body_text, events_in
from evaluations.inference.backends.openai_thoughts import sound, thought_apart
from evaluations.inference.backends.openai_ways import TELL_LIKELY, found_by_asking

BOUNDS = Bounds(first=30.0, total=45.0, body_bytes=1 << 20)
MOST_CALLS = 22
LONGEST_SAID = 4000
MOST_NAMES = 50
_TOKENS = 8
_FEWEST_IN_RESPONSES = 16
_SEED = 7
_WORDS = "Name three animals, with commas between them."
_HEADERS = ("content-type", "server", "retry-after", "x-request-id")
# A refused key, a debt, a server that is busy: neither says what the server takes.
_FOR_OTHER_REASONS = frozenset({401, 402, 403, 408, 409, 429})
_AWAY = frozenset({0, 502, 503, 504})
_UNSUPPORTED = re.compile(r"unsupported|not (?:be )?(?:yet )?(?:supported|implemented)", re.I)


Found = dict[str, Any]
"""What became of it: `models` names, `token_field`, `stream_options`, `usage_in_stream`, `seed`
(repeats, varies, refused), `temperature` (False where it takes none but its own), `responses`,
`logprobs`, `model_reported`, `thought` (by which field, how visible), what
`evaluations.inference.backends.openai_ways` shows, by what manner (`shown_by`): `prefill` (how;
empty where not), `stop`, `top_k`, `min_p`; and `efforts`, `summaries`, `template` by
`evaluations.inference.backends.openai_controls`. What could not be told is left out."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as it was: what was sent, what came. `status` 0: no answer, and `said` is why."""

    what: str
    path: str
    sent: dict[str, Any] | None
    status: int
    seconds: float
    headers: dict[str, str]
    said: str
    whole: str = ""

    @property
    def is_good(self) -> bool:
        return self.status == 200

    @property
    def is_refused(self) -> bool:
        """Whether the server cannot do what was asked of it."""
        says_so = self.status >= 400 and bool(_UNSUPPORTED.search(self.whole))
        return self.status in (400, 422) or (says_so and self.status not in _FOR_OTHER_REASONS)

    def record(self) -> dict[str, Any]:
        """For storing: all but what was cut off."""
        return {name: value for name, value in vars(self).items() if name != "whole"}


class Probed(NamedTuple):
    """The calls in their order, what follows from them, and why they ended early, if they did."""

    calls: list[Call]
    found: Found
    why: str = ""


class _Ended(Exception):
    """A call was not answered for a reason that says nothing of what the server takes, or none."""


def probe(endpoint: Endpoint, model: str, bounds: Bounds = BOUNDS) -> Probed:
    """Ask an endpoint at most `MOST_CALLS` times in its dialect, each within `bounds.total`.

    Raises nothing.
    """
    return asyncio.run(_probe(endpoint, model, bounds))


async def _probe(endpoint: Endpoint, model: str, bounds: Bounds) -> Probed:
    calls: list[Call] = []
    async with client_for(bounds, kept=0) as client:

        async def ask(what: str, path: str, sent: dict[str, Any] | None = None) -> Call:
            calls.append(await _call(client, endpoint, bounds, what, path, sent))
            return calls[-1]

        names = _names(await ask("Which models it names", "/models"))
        asked = {"chat": _in_chat, "responses": _in_responses}[endpoint.dialect]
        found, why = await asked(ask, model)
    return Probed(calls, {"models": names} | found, why)


Ask = Callable[[str, str, dict[str, Any]], Awaitable[Call]]
"""Takes what a call is for, its path and its body."""


def _why(call: Call) -> str:
    return in_words(call.status) if call.status else call.said


async def _told(ask: Ask, what: str, path: str, sent: dict[str, Any]) -> Call:
    """A call that is answered or refused. Raises _Ended for another."""
    call = await ask(what, path, sent)
    if not (call.is_good or call.is_refused):
        raise _Ended(_why(call))
    return call


async def _controls(ask: Ask, dialect: str, base: dict[str, Any]) -> Found:
    async def takes(what: str, fields: dict[str, Any]) -> bool | None:
        call = await ask(what, PATHS[dialect], base | fields)
        if call.status in _FOR_OTHER_REASONS | _AWAY:
            raise _Ended(_why(call))
        return True if call.is_good else False if call.is_refused else None

    return await controls_by_asking(takes, dialect)


async def _in_responses(ask: Ask, model: str) -> tuple[Found, str]:
    """What follows of a model that is asked in the dialect “responses”."""
    path = PATHS["responses"]
    base: dict[str, Any] = {
        "model": model, "input": [{"role": "user", "content": _WORDS}], "store": False,
        "max_output_tokens": _FEWEST_IN_RESPONSES,
    }  # fmt: skip
    try:
        short = await _told(ask, "A short reply", path, base)
        cool = base | {"temperature": 0, "stream": True}
        stream = await _told(ask, "The same as a stream at temperature 0", path, cool)
        takes_it = stream.is_good or "temperature" not in stream.whole.lower()
        if not short.is_good or (takes_it and not stream.is_good):
            raise _Ended(in_words(stream.status if short.is_good else short.status))
    except _Ended as ended:
        return {}, str(ended)
    found: Found = {"responses": True, "token_field": "max_output_tokens"}
    found |= _reported(stream if stream.is_good else short)
    if stream.is_good:
        found["usage_in_stream"] = _reply(stream).has_usage
    else:
        found["temperature"] = False
    try:
        found |= await _controls(ask, "responses", base)
    except _Ended as ended:
        return found, str(ended)
    return found, ""


async def _in_chat(ask: Ask, model: str) -> tuple[Found, str]:
    """What follows of a model that is asked by chat completions."""
    base: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": _WORDS}]}

    async def chat(what: str, fields: dict[str, Any]) -> Call:
        return await _told(ask, what, PATHS["chat"], base | fields)

    try:
        short = await chat("A short reply", {"max_completion_tokens": _TOKENS})
        limit = {_token_field(short): _TOKENS}
        stream = await chat(
            "The same as a stream at temperature 0, with the count of tokens",
            limit | {"temperature": 0, "stream": True, "stream_options": {"include_usage": True}},
        )
        if not (short.is_good or stream.is_good):
            raise _Ended(in_words(stream.status))
        seeded = limit | {"temperature": 1, "seed": _SEED}
        first = await chat("A reply by a seed", seeded)
        again = await chat("Another by the same seed", seeded)
    except _Ended as ended:
        return {}, str(ended)
    responses = await ask(
        "A reply in the dialect “responses”",
        PATHS["responses"],
        {"model": model, "input": _WORDS, "max_output_tokens": _FEWEST_IN_RESPONSES,
         "store": False},
    )  # fmt: skip
    found = _found(short, stream, first, again, responses)

    async def replied(what: str, fields: dict[str, Any]) -> Reply | None:
        # As a stream, as models are asked: some repeat the given words in a whole reply.
        call = await ask(what, PATHS["chat"], base | limit | {"stream": True} | fields)
        if call.status in _FOR_OTHER_REASONS | _AWAY:
            raise _Ended(_why(call))
        return _reply(call) if call.is_good else None

    async def said(what: str, fields: dict[str, Any]) -> str | None:
        reply = await replied(what, fields)
        return None if reply is None else reply.text

    try:
        if stream.is_good:
            asked, greedy = base["messages"][0], _reply(stream).text
            seed = {"seed": _SEED} if first.is_good else {}
            found |= await found_by_asking(said, asked, greedy, seed)
            told = await replied("A reply with how likely each token was", dict(TELL_LIKELY))
            found["logprobs"] = told is not None and bool(told.logprobs)
        found |= await _controls(ask, "chat", base | limit)
    except _Ended as ended:
        return found, str(ended)
    return found, ""


async def _call(
    client: httpx2.AsyncClient,
    endpoint: Endpoint,
    bounds: Bounds,
    what: str,
    path: str,
    sent: dict[str, Any] | None,
) -> Call:
    status, whole, headers = 0, "", {}
    began = time.monotonic()
    try:
        async with asyncio.timeout(bounds.total):
            async with called(client, endpoint, path, sent, seconds=bounds.first) as response:
                headers = {h: response.headers[h] for h in _HEADERS if h in response.headers}
                whole = await body_text(response, bounds)
                status = response.status_code
    except TimeoutError:
        whole = f"No answer within {bounds.total:.0f} seconds."
    except (AddressRefused, BadAnswer) as error:
        whole = str(error)
    except (OSError, UnicodeError, httpx2.HTTPError, httpx2.InvalidURL) as error:
        whole = f"{type(error).__name__}: {error}"
    whole = sound(endpoint.without_key(whole) if endpoint.has_secret else whole)
    return Call(
        what=what,
        path=path,
        sent=sent,
        status=status,
        seconds=round(time.monotonic() - began, 3),
        headers={name: sound(endpoint.without_key(value)) for name, value in headers.items()},
        said=endpoint.without_key(whole)[:LONGEST_SAID],
        whole=whole,
    )


def _token_field(short: Call) -> str:
    """The name of the limit that the endpoint heeds; it may refuse the newer one, or ignore it."""
    out = _reply(short).usage.tokens_out
    heeded = short.is_good and (out is None or out <= _TOKENS + SLACK_TOKENS)
    return "max_completion_tokens" if heeded else "max_tokens"


def _found(short: Call, stream: Call, first: Call, again: Call, responses: Call) -> Found:
    found: Found = {}
    if responses.is_good or responses.is_refused or responses.status in (404, 405):
        found["responses"] = responses.is_good
    found["token_field"] = _token_field(short)
    found |= _reported(stream if stream.is_good else short)
    if stream.is_good:
        found |= {"stream_options": True, "usage_in_stream": _reply(stream).has_usage}
    elif stream.is_refused:
        # Servers name what they refuse; models that think often take no temperature.
        name = "temperature" if "temperature" in stream.whole.lower() else "stream_options"
        found[name] = False
    if first.is_good and again.is_good:
        found["seed"] = "repeats" if _words(first) == _words(again) else "varies"
    elif first.is_refused:
        found["seed"] = "refused"
    return found


def _reported(call: Call) -> Found:
    """Which model answered, and how its thought came, if it came apart."""
    told = _reply(call)
    apart = thought_of(told)
    thought = {"thought": f"{apart.field}: {apart.visibility}"} if apart.field else {}
    return {"model_reported": told.model, **thought}


def _words(call: Call) -> tuple[str, str]:
    reply = _reply(call)
    return reply.text, thought_apart(reply.thoughts, 0).text


def _reply(call: Call) -> Reply:
    """What a call brought, as far as it is a reply."""
    dialect = "responses" if call.path == PATHS["responses"] else "chat"
    reply = reply_in(dialect, _FEWEST_IN_RESPONSES)
    # A stream may begin with a comment.
    events = events_in(call.whole)
    read = reply.read_event if events else reply.read_whole
    for event in events or [call.whole]:
        try:
            data = json.loads(event)
            if isinstance(data, dict):
                read(data)
        except (ValueError, RecursionError, BadAnswer):
            continue
    return reply


def _names(call: Call) -> list[str]:
    try:
        data = json.loads(call.whole)
    except (ValueError, RecursionError):
        return []
    rows = data.get("data") if isinstance(data, Mapping) else None
    listed = rows if isinstance(rows, list) else []
    ids = [row.get("id") for row in listed if isinstance(row, Mapping)]
    return [sound(name[:300]) for name in ids if isinstance(name, str)][:MOST_NAMES]
