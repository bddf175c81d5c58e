"""Allowances: a token bucket a key, kept in PostgreSQL so that all processes share it."""

import datetime as dt
import hashlib
import hmac
import ipaddress
import math
from collections.abc import Callable, Mapping
from contextvars import ContextVar

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from evaluations.common.models import TokenBucket

HOUR = 60 * 60
DAY = 24 * HOUR

TAKE = """
INSERT INTO common_tokenbucket AS bucket (key, tokens, updated_at)
SELECT %(key)s, %(capacity)s - 1, clock_timestamp() WHERE %(capacity)s >= 1
ON CONFLICT (key) DO UPDATE SET
    tokens = LEAST(%(capacity)s, bucket.tokens
        + EXTRACT(EPOCH FROM clock_timestamp() - bucket.updated_at) * %(rate)s) - 1,
    updated_at = clock_timestamp()
WHERE LEAST(%(capacity)s, bucket.tokens
        + EXTRACT(EPOCH FROM clock_timestamp() - bucket.updated_at) * %(rate)s) >= 1
RETURNING tokens
"""


def take(key: str, *, capacity: float, refill_seconds: float) -> bool:
    """Take one token from the bucket *key*; False when none is left.

    Args:
        capacity: tokens in a full bucket.
        refill_seconds: seconds in which an empty bucket fills up; infinite for one of a day.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"key": key, "capacity": capacity, "rate": capacity / refill_seconds})
        taken = cursor.fetchone() is not None
    if not taken:
        AGAIN_IN.set(refill_seconds / capacity if capacity else None)
    return taken


AGAIN_IN: ContextVar[float | None] = ContextVar("again_in", default=None)
"""After how many seconds one more can be taken of what was refused last; None of nothing, and where
waiting does not help."""


class SaysWhenAgain:
    """Middleware: whatever is refused for an allowance says in its head when there is more of it,
    at the latest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        AGAIN_IN.set(None)
        response = self.get_response(request)
        wait = AGAIN_IN.get()
        if response.status_code == 429 and wait is not None and "Retry-After" not in response:
            seconds = wait if math.isfinite(wait) else seconds_to_midnight()
            response["Retry-After"] = str(math.ceil(seconds))
        return response


def seconds_to_midnight() -> float:
    """Until the day (UTC) ends, and with it what is counted by the day."""
    now = timezone.now().astimezone(dt.UTC)
    return DAY - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()


def left_in(capacities: Mapping[str, float], *, refill_seconds: float) -> dict[str, int]:
    """How many tokens could be taken from each bucket now, by its key. One query.

    Args:
        capacities: key of each bucket to the tokens in it when it is full.
    """
    now = timezone.now()
    found = {key: int(capacity) for key, capacity in capacities.items()}
    for bucket in TokenBucket.objects.filter(key__in=found):
        capacity, seconds = capacities[bucket.key], (now - bucket.updated_at).total_seconds()
        filled = bucket.tokens + max(seconds, 0) * capacity / refill_seconds
        found[bucket.key] = int(min(capacity, filled))
    return found


def address_of_the_day(request: HttpRequest, day: dt.date | None = None) -> str:
    """A salted hash of the visitor's address that nobody can link from one day to the next.

    An IPv6 address counts by its /64, which is what one household or server is given.
    """
    text = request.META.get("REMOTE_ADDR") or ""
    if settings.TLS:
        # Behind the proxy that speaks TLS, the last entry is the one that the proxy itself wrote.
        text = request.headers.get("X-Forwarded-For", text).rsplit(",", 1)[-1].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        network = "unknown"
    else:
        address = getattr(address, "ipv4_mapped", None) or address
        prefix = 64 if address.version == 6 else 32
        network = str(ipaddress.ip_network((address, prefix), strict=False))
    today = day or timezone.now().date()
    salt = hmac.new(settings.SECRET_KEY.encode(), today.isoformat().encode(), hashlib.sha256)
    return hmac.new(salt.digest(), network.encode(), hashlib.sha256).hexdigest()[:32]
