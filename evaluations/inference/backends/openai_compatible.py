"""An engine that asks a server which speaks OpenAI's protocol, many requests at once.

One asyncio loop in a thread of its own does the waiting; `step` only hands over what is there.
Seeds are asked for, not promised: what a server makes of one is its own affair.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import queue
import threading
import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Self

import httpx2

from evaluations.inference.backends.openai_addresses import AddressRefused
from evaluations.inference.backends.openai_asked import NOT_CALLED, Asked
from evaluations.inference.backends.openai_failures import (
    Again,
    GiveUp,
    Pause,
    in_words,
    seems_away,
    spread,
    verdict_on,
)
from evaluations.inference.backends.openai_pace import MOST, Pace
from evaluations.inference.backends.openai_replies import BadAnswer, Reply, reply_in
from evaluations.inference.backends.openai_requests import (
    PATHS,
    Bounds,
    Endpoint,
    body_of,
    called,
    client_for,
    refusal_of,
)
from evaluations.inference.backends.openai_results import (
    begins_anew,
    failed,
    result_of,
    too_long,
)
from evaluations.inference.backends.openai_streams import LONGEST_SAID, beginning, read_reply
from evaluations.inference.engine import (
    EngineFatal,
    Message,
    ModelPaused,
    ModelSpec,
    Request,
    RequestRefused,
    Result,
    Try,
)

# Rises when requests are put or replies read in another way.
ENGINE_SCHEME = "openai-3"
STEP_SECONDS = 0.2
TICK_SECONDS = 1.0
_KNOCK = (Message(role="user", content="Say yes."),)
_KNOCK_TOKENS = 8


class OpenAICompatibleEngine:
    def __init__(
        self,
        spec: ModelSpec,
        endpoint: Endpoint,
        *,
        capacity: int = 0,
        bounds: Bounds | None = None,
    ) -> None:
        """`capacity` is how many requests may ever be under way; 0 takes the default."""
        self._spec, self._endpoint, self._bounds = spec, endpoint, bounds or Bounds()
        self._asked: dict[str, Asked] = {}
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._pause: ModelPaused | None = None
        self._closed = False
        # Each is written by one thread: submitted by the driver's, the others by the loop's.
        self._submitted = self._ended = self._ticks = self._heard = self._tokens = 0
        self._loop = asyncio.new_event_loop()
        self._paused = asyncio.Event()
        self._pace = Pace(capacity or MOST)
        self._client = client_for(self._bounds)
        self._thread = threading.Thread(target=self._run, name="endpoint", daemon=True)
        self._thread.start()

    @classmethod
    def load(
        cls,
        spec: ModelSpec,
        *,
        endpoint: Endpoint,
        device: str = "",
        dtype: str = "",
        **options: Any,
    ) -> Self:
        """An engine for the model that the endpoint knows as `spec.path`. Calls nothing yet.

        `device` and `dtype` say nothing here; the `options` are those of the constructor.
        """
        return cls(spec, endpoint, **options)

    @property
    def capacity(self) -> int:
        return 0 if self._pause else self._pace.limit

    @property
    def active(self) -> int:
        return len(self._asked)

    @property
    def progress(self) -> int:
        """A tick each second in which the loop runs and waits within its bounds.

        So a request that waits its turn keeps its lease, and a loop that hangs loses it.
        """
        return self._ticks

    @property
    def tokens(self) -> int:
        """What the server counted, of calls that are over."""
        return self._tokens

    def submit(self, request: Request) -> None:
        if self._closed:
            raise EngineFatal("The engine has stopped: it was closed.")
        if request.id in self._asked:
            raise RequestRefused(f"A request with the id {request.id!r} is already active.")
        if why := refusal_of(self._endpoint, request):
            raise RequestRefused(why)
        asked = Asked(request=request, reply=self._empty(request))
        self._asked[request.id] = asked
        self._submitted += 1
        self._loop.call_soon_threadsafe(self._begin, asked)

    def step(self) -> list[Result]:
        if self._closed:
            raise EngineFatal("The engine has stopped: it was closed.")
        if not self._asked:
            return []
        results = self._handed_over()
        # In this order: a result is put before its request counts as ended.
        is_done = self._ended == self._submitted and self._results.empty()
        if self._pause and is_done and not results:
            raise self._pause
        return results

    def cancel(self, ids: Collection[str]) -> list[Result]:
        dropped = [self._asked.pop(id) for id in set(ids) if id in self._asked]
        for asked in dropped:
            self._loop.call_soon_threadsafe(self._end, asked)
        return [result for asked in dropped if (result := asked.given_up())]

    def partial(self, id: str) -> str:
        asked = self._asked.get(id)
        return asked.request.prefix + asked.reply.text if asked else ""

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._asked.clear()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _handed_over(self) -> list[Result]:
        """What is finished; waits a moment for the first, never for more."""
        results: list[Result] = []
        try:
            result = self._results.get(timeout=STEP_SECONDS)
            while True:
                if self._asked.pop(result.id, None) is not None:
                    results.append(result)
                result = self._results.get_nowait()
        except queue.Empty:
            return results

    # In the thread of the loop ------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        ticking = self._loop.create_task(self._tick())
        try:
            self._loop.run_forever()
        finally:
            ticking.cancel()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._client.aclose())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._asked:
                self._ticks += 1

    def _begin(self, asked: Asked) -> None:
        if asked.request.id not in self._asked:
            self._ended += 1
            return
        asked.task = self._loop.create_task(self._answered(asked))
        asked.task.add_done_callback(self._count_ended)

    def _count_ended(self, task: asyncio.Task[None]) -> None:
        self._ended += 1

    def _end(self, asked: Asked) -> None:
        if asked.task is not None:
            asked.task.cancel()

    async def _answered(self, asked: Asked) -> None:
        try:
            result = await self._ask(asked)
        except Exception as error:
            # Whatever went wrong is this request's own; the others go on. Its words may be the key.
            name = type(error).__name__
            asked.tries.append(Try(status=0, seconds=0.0, said=name))
            why = f"This site failed while asking the endpoint: {name}."
            result = failed(asked.request, why, asked.tries, asked.reply)
        if result is not None:
            self._results.put(result)

    async def _ask(self, asked: Asked) -> Result | None:
        """Call until there is a reply or none can be had; None where the model is paused."""
        while True:
            async with self._pace.place() as since:
                if self._pause:
                    return None
                headers = await self._try(asked)
                last = asked.tries[-1]
                if not last.error:
                    self._pace.replied()
                    return self._result(asked)
                if len(asked.tries) == 1:
                    asked.heard = self._heard
                if last.status == 429:
                    self._pace.refused(since)
                if seems_away(last.status, len(asked.tries)):
                    await self._knock(asked)
            match self._verdict(asked, headers):
                case Again(seconds):
                    await self._rest(seconds)
                case Pause(seconds):
                    self._pause = self._pause or ModelPaused(last.error, seconds)
                    self._paused.set()
                    return None
                case GiveUp(final):
                    tries, reply = asked.tries, asked.reply
                    return failed(asked.request, last.error, tries, reply, final=final)

    def _verdict(self, asked: Asked, headers: dict[str, str]) -> Again | GiveUp | Pause:
        status, tries = asked.tries[-1].status, len(asked.tries)
        if status == NOT_CALLED:
            return Pause(None)
        if status == 200:
            return GiveUp(asked.hopeless)
        now, answers = dt.datetime.now(dt.UTC), self._heard > asked.heard
        return verdict_on(status, headers, tries, now, chance=spread(), answers_others=answers)

    async def _knock(self, asked: Asked) -> None:
        """Where nothing else was written meanwhile, ask something harmless: is the server away?

        Without it a prompt alone at its model, on which the server hangs up each time, would
        pause the model for ever. What the question cost stands with the attempt.
        """
        if self._heard > asked.heard:
            return
        sampling = replace(asked.request.sampling, max_new_tokens=_KNOCK_TOKENS)
        name = f"knock-{asked.request.id}"
        harmless = replace(asked.request, id=name, messages=_KNOCK, sampling=sampling, prefix="")
        knock = Asked(request=harmless, reply=self._empty(harmless))
        asked.calling_since = time.monotonic()  # so that one that is cut stands there as well
        await self._try(knock)
        (call,) = knock.tries
        why = call.error or "A short question was answered between the calls."
        asked.tries.insert(-1, replace(call, error=why))  # the last says why it failed
        asked.calling_since = None

    def _hear(self) -> None:
        self._heard += 1

    async def _rest(self, seconds: float) -> None:
        """Wait, but no longer than until the model is paused."""
        try:
            async with asyncio.timeout(seconds):
                await self._paused.wait()
        except TimeoutError:
            return

    async def _try(self, asked: Asked) -> dict[str, str]:
        """Call once and add what became of it to the tries; the headers of the answer."""
        asked.reply = reply = self._empty(asked.request)
        body = body_of(self._endpoint, self._spec.path, asked.request)
        status, error, said, headers = 0, "", "", {}
        began = asked.calling_since = time.monotonic()
        try:
            async with asyncio.timeout(self._bounds.total):
                async with called(
                    self._client,
                    self._endpoint,
                    PATHS[self._endpoint.dialect],
                    body,
                    idempotency=asked.key,
                    seconds=self._bounds.first,
                ) as response:
                    status, headers = response.status_code, dict(response.headers)
                    if status == 200:
                        await read_reply(
                            response, reply, self._bounds, self._limit(asked), self._hear
                        )
                        error = too_long(reply, self._limit(asked)) or begins_anew(
                            asked.request, reply
                        )
                        asked.hopeless = bool(error)
                    else:
                        error, said = in_words(status), await beginning(response)
        except BadAnswer as bad:
            error, said, asked.hopeless = str(bad), bad.said, bad.hopeless
        except AddressRefused as refused:
            status, error = NOT_CALLED, str(refused)
        except TimeoutError:
            error = "The endpoint took longer than this site waits."
        except (OSError, httpx2.HTTPError, httpx2.InvalidURL) as broken:
            error, said = self._broken(status), f"{type(broken).__name__}: {broken}"
        if self._endpoint.has_secret:
            reply.strike_out(self._endpoint.without_key)
        asked.tries.append(
            Try(
                status=status,
                seconds=round(time.monotonic() - began, 3),
                error=error,
                said=self._endpoint.without_key(said)[:LONGEST_SAID],
                tokens_in=reply.usage.tokens_in,
                tokens_out=reply.usage.tokens_out,
            )
        )
        asked.calling_since = None
        self._tokens += (reply.usage.tokens_in or 0) + (reply.usage.tokens_out or 0)
        return headers

    def _broken(self, status: int) -> str:
        return "The endpoint's answer was cut before its end." if status else in_words(0)

    def _empty(self, request: Request) -> Reply:
        return reply_in(self._endpoint.dialect, request.sampling.max_new_tokens)

    def _limit(self, asked: Asked) -> int:
        return asked.request.sampling.max_new_tokens

    def _result(self, asked: Asked) -> Result:
        return result_of(
            asked.request,
            asked.reply,
            asked.tries,
            {
                "engine": "openai-compatible",
                "engine_scheme": ENGINE_SCHEME,
                "endpoint": self._endpoint.name,
                "dialect": self._endpoint.dialect,
                "model": self._spec.name,
                "model_asked": self._spec.path,
                "max_new_tokens": self._limit(asked),
                "seed_promise": self._seed_promise(),
            },
        )

    def _seed_promise(self) -> str:
        """What a seed is worth here, in words. Its low 31 bits are what is sent."""
        sent = self._endpoint.dialect == "chat" and self._endpoint.capabilities.seed
        return "asked for, not promised" if sent else "not sent"
