"""Keeping what was sent and what a server answered, and clearing that away in time."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Final, Protocol

from django.utils import timezone

from evaluations.runs.models import Response, Stage

BODIES_LAST: Final = dt.timedelta(days=30)
CLEARED_AT_ONCE: Final = 50_000

KEEP_PROMPT: Final = """
INSERT INTO runs_sentprompt (digest, text) VALUES (%s, %s) ON CONFLICT (digest) DO NOTHING
"""
KEEP_RESPONSE: Final = """
INSERT INTO runs_response (output_id, usage, body, created_at)
VALUES (%s, %s::jsonb, %s, clock_timestamp()) ON CONFLICT (output_id) DO NOTHING
"""

KEEP_LIKELIHOOD: Final = """
INSERT INTO runs_likelihood (output_id, tokens) VALUES (%s, %s::jsonb)
"""


class Stored(Protocol):
    """What `evaluations.runs.queue.Written` has of a record."""

    @property
    def prompt_digest(self) -> str: ...

    @property
    def prompt_text(self) -> str: ...

    @property
    def raw(self) -> str: ...

    @property
    def usage(self) -> dict[str, Any]: ...

    @property
    def likely(self) -> Sequence[tuple[str, float]]: ...


def keep(cursor: Any, output: int, item: Stored) -> None:
    """Store the record of an output that was just accepted, in the same transaction."""
    keep_prompt(cursor, item.prompt_digest, item.prompt_text)
    if item.raw or item.usage:
        cursor.execute(KEEP_RESPONSE, [output, json.dumps(item.usage), item.raw])
    if item.likely:
        cursor.execute(KEEP_LIKELIHOOD, [output, json.dumps(item.likely)])


def keep_prompt(cursor: Any, digest: str, text: str) -> None:
    """Store what was sent, once; without a text or its digest there is nothing to store."""
    if digest and text:
        cursor.execute(KEEP_PROMPT, [digest, text])


def clear_bodies() -> int:
    """Clear what servers wrote longer than `BODIES_LAST` ago; returns how many."""
    cleared = 0
    for rows in (Response.objects.all(), Stage.objects.all()):
        old = rows.filter(created_at__lt=timezone.now() - BODIES_LAST).exclude(body="")
        keys = list(old.order_by("created_at").values_list("pk", flat=True)[:CLEARED_AT_ONCE])
        cleared += rows.filter(pk__in=keys).update(body="")
    return cleared
