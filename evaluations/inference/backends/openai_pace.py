"""How many requests a server is sent at once: more while it copes, half as soon as it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

START = 4
MOST = 64
STEP = 20
"""So many replies in a row allow one request more."""


@dataclass
class Pace:
    """Places for requests to one endpoint; used from one event loop, `limit` read from anywhere."""

    most: int = MOST
    limit: int = 0
    running: int = 0
    _replies: int = 0
    _halved: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.limit = min(START, self.most)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[int]:
        """Wait for a place and hold it; gives what `refused` wants to know."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.running < self.limit)
            self.running += 1
        try:
            yield self._halved
        finally:
            self.running -= 1
            async with self._changed:
                self._changed.notify_all()

    def replied(self) -> None:
        """Note that a request succeeded."""
        self._replies += 1
        if self._replies >= STEP:
            self._replies = 0
            self.limit = min(self.most, self.limit + 1)

    def refused(self, since: int) -> None:
        """Halve, once for all requests that were under way when the server had enough."""
        if since == self._halved:
            self._halved += 1
            self._replies = 0
            self.limit = max(1, self.limit // 2)
