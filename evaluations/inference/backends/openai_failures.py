"""What a server's refusal means: wait and ask again, give the request up, or pause the model."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

MOST_TRIES = 6
LONGEST_WAIT = 120.0
LONGEST_BACKOFF = 30.0
PAUSE_SECONDS = 300.0
"""How long a model rests whose server cannot be reached or goes on being busy."""

_AGAIN = frozenset({408, 409, 429})
_WHY = {
    400: "it refused the request as it was put",
    401: "it refused the key",
    402: "it wants to be paid first",
    403: "it does not allow this key to ask",
    404: "it knows no such model or address",
    408: "it gave up waiting",
    409: "the request clashed with another one",
    413: "the prompt is too long for it",
    422: "it refused the request as it was put",
    429: "it is asked too often",
}


@dataclass(frozen=True)
class Again:
    """Ask once more, after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class GiveUp:
    """This request fails; `final` where asking again would change nothing."""

    final: bool


@dataclass(frozen=True)
class Pause:
    """No request is at fault: the model rests, for so many seconds or until somebody acts."""

    seconds: float | None


Verdict = Again | GiveUp | Pause


def in_words(status: int) -> str:
    """Why a call failed, by its status alone: what servers write may hold anything."""
    if status == 0:
        return "The endpoint could not be reached."
    if 300 <= status < 400:
        return f"The endpoint sends elsewhere (HTTP {status}), and this site does not follow."
    why = _WHY.get(status, "it failed" if status >= 500 else "it refused")
    return f"The endpoint did not answer: {why} (HTTP {status})."


def verdict_on(
    status: int,
    headers: Mapping[str, str],
    tries: int,
    now: dt.datetime,
    *,
    chance: float,
    answers_others: bool = False,
) -> Verdict:
    """What to do after a call that gave no reply.

    Args:
        status: 0 where no answer came at all.
        tries: how many calls were made for this request, this one included.
        chance: a number from 0 to 1, by which waits are spread.
        answers_others: whether the server wrote to other requests since the first call failed:
            if it drops the connection each time, it is not away, and this request is charged.
    """
    if status in (401, 402, 403):
        return Pause(None)
    if status and status < 500 and status not in _AGAIN:
        return GiveUp(final=True)
    asked = asked_to_wait(headers, now)
    if asked is not None and asked > LONGEST_WAIT:
        return Pause(asked)
    if tries >= MOST_TRIES:
        rests = status == 429 or (seems_away(status, tries) and not answers_others)
        return Pause(PAUSE_SECONDS) if rests else GiveUp(final=False)
    if asked is not None:
        return Again(asked)
    return Again(min(LONGEST_BACKOFF, 0.5 * 2 ** (tries - 1)) * (0.5 + chance / 2))


def seems_away(status: int, tries: int) -> bool:
    """Whether no call was answered at all, so often that the server may be away."""
    return status == 0 and tries >= MOST_TRIES


def asked_to_wait(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """The seconds that a server asks to wait for; None where it does not say, or nonsense."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _number(headers.get(name, ""))
        if seconds is not None:
            return seconds / unit
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - now).total_seconds())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def spread() -> float:
    """A number from 0 to 1, so that requests that failed together do not come back together."""
    return random.random()
