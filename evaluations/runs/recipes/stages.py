"""Storing stages of outputs, under the lease of their output."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from django.db import connection

from evaluations.runs.models.stages import Stage
from evaluations.runs.record.kept import keep_prompt

INSERT = """
INSERT INTO runs_stage (output_id, number, attempt, kind, seed, prefix, added, text, closer,
    trace_visibility, facts, tokens_in, tokens_out, stop_reason, seconds, cost, calls, usage,
    body, created_at)
SELECT id, %(number)s, attempt, %(kind)s, %(seed)s, %(prefix)s, %(added)s, %(text)s, %(closer)s,
    %(trace_visibility)s, %(facts)s::jsonb, %(tokens_in)s, %(tokens_out)s, %(stop_reason)s,
    %(seconds)s, %(cost)s, %(calls)s::jsonb, %(usage)s::jsonb, %(body)s, clock_timestamp()
FROM runs_output WHERE id = %(id)s AND attempt = %(held_as)s AND owner = %(owner)s
    AND state IN ('leased', 'done')
ON CONFLICT DO NOTHING
"""
STORED = (
    "number", "kind", "seed", "prefix", "added", "text", "closer", "trace_visibility",
    "tokens_in", "tokens_out", "stop_reason", "seconds", "cost", "body",
)  # fmt: skip


class Held(Protocol):
    """An output as its owner holds it: a claim."""

    @property
    def id(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def owner(self) -> str: ...


def columns(stage: Stage, *, prompt_digest: str, prompt_text: str) -> dict[str, Any]:
    """A stage that is not stored yet and what was sent for it, as `store_stage` takes them."""
    return {
        **{name: getattr(stage, name) for name in STORED},
        "calls": json.dumps(stage.calls) if stage.calls else None,
        "facts": json.dumps(stage.facts),
        "usage": json.dumps(stage.usage),
        "prompt_digest": prompt_digest,
        "prompt_text": prompt_text,
    }


def store_stage(held: Held, stage: Mapping[str, Any]) -> bool:
    """Keep a stage; False where another owner holds the output by now."""
    values = dict(stage, id=held.id, held_as=held.attempt, owner=held.owner)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        is_stored = bool(cursor.rowcount == 1)
        if is_stored:
            keep_prompt(cursor, values["prompt_digest"], values["prompt_text"])
        return is_stored
