"""A request on its way to a server, with the calls made for it so far."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace

from evaluations.inference.backends.openai_replies import Reply
from evaluations.inference.backends.openai_results import failed
from evaluations.inference.engine import Request, Result, Try

NOT_CALLED = -1
"""The status of a try that sent nothing."""


@dataclass(kw_only=True, eq=False)
class Asked:
    """`hopeless` is one whose reply would be as bad the next time. `heard` is how much the
    server had written, for all requests, when the first call for this one failed.
    `calling_since` is when the call began that is under way, if one is.
    """

    request: Request
    reply: Reply
    tries: list[Try] = field(default_factory=list)
    hopeless: bool = False
    heard: int = 0
    calling_since: float | None = None
    task: asyncio.Task[None] | None = None

    @property
    def key(self) -> str:
        """What tells a server these calls from others: all stages of an output share its id."""
        return f"{self.request.id}-{self.request.attempt}-{self.request.seed}"

    def given_up(self) -> Result | None:
        """The calls made in vain, that under way among them; None where there are none."""
        # In this order: a call is among the tries before it counts as over.
        since, tries = self.calling_since, list(self.tries)
        tries = [one for one in tries if one.status != NOT_CALLED]
        why = "It was given up before its answer."
        if since is not None:
            tries.append(Try(status=0, seconds=round(time.monotonic() - since, 3), error=why))
        result = failed(self.request, why, tries, self.reply)
        # What an endpoint repeats of its key is struck out of a reply at its end.
        result = result if since is None else replace(result, text="")
        return result if tries else None
