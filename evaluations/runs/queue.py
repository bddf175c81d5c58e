"""The table of outputs as a queue: claim under a lease, keep the lease, finish exactly once.

All times are the database's clock. Every finish is fenced on (id, attempt, owner), so a worker
that lost its lease cannot write over the one that took its place.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from evaluations.runs.building.ceilings import pause_at_ceiling
from evaluations.runs.recipes.stages import store_stage
from evaluations.runs.record.kept import keep

MAX_FAILURES = 3
ALONE_AFTER_ATTEMPTS = 3
LONGEST_PAUSE_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A row that this owner may work on until its lease ends."""

    id: int
    attempt: int
    owner: str
    alone: bool
    seed: int
    recipe: int
    strategy: str
    prompt: str
    grader: str
    reference: str
    parameters: str
    model_name: str
    maker: str


class Graded(NamedTuple):
    """The columns of a grade; no `grader` where the prompt has none."""

    grader: str = ""
    grader_version: int | None = None
    answer_version: int | None = None
    start: int | None = None
    end: int | None = None
    how: str = ""
    score: float | None = None
    note: str = ""


class Spent(NamedTuple):
    """What an attempt cost: columns of its row. `text` is what was written before it failed."""

    text: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: Decimal | None = None
    calls: Sequence[Mapping[str, Any]] = ()

    def columns(self) -> dict[str, Any]:
        calls = json.dumps(self.calls) if self.calls else None
        return {f"spent_{name}": value for name, value in self._asdict().items()} | {
            "spent_calls": calls
        }


NOTHING_SPENT = Spent()


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of a claim, as it is to be stored. Spans are code points of the trace."""

    claim: Claim
    text: str
    trace: str
    answer: str
    trace_visibility: str
    tokens_in: int | None
    tokens_out: int | None
    stop_reason: str
    seconds: float
    prompt_digest: str
    environment: dict[str, Any]
    environment_digest: str
    segmentation: int
    spans: Sequence[tuple[int, int]]
    names_model: bool
    graded: Graded
    choice: dict[str, Any] | None = None
    stage: Mapping[str, Any] | None = None
    prompt_text: str = ""
    raw: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    likely: Sequence[tuple[str, float]] = ()
    spent: Spent = NOTHING_SPENT


SWEEP = """
WITH lost AS MATERIALIZED (
    SELECT id, attempt, owner FROM runs_output
    WHERE state = 'leased' AND leased_until < clock_timestamp()
    ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
), swept AS (
    UPDATE runs_output o SET
        state = CASE WHEN r.cancelled_at IS NOT NULL THEN 'cancelled'
                     WHEN o.failures + o.alone::int >= %(limit)s THEN 'failed'
                     ELSE 'pending' END,
        failures = o.failures + o.alone::int,
        alone = o.alone OR o.attempt >= %(alone_after)s,
        error = CASE WHEN o.failures + o.alone::int >= %(limit)s
                     THEN 'The worker was lost each time it tried this prompt.' ELSE '' END,
        finished_at = CASE WHEN o.failures + o.alone::int >= %(limit)s
                     THEN clock_timestamp() ELSE NULL END,
        owner = '', leased_until = NULL
    FROM lost, runs_run r WHERE o.id = lost.id AND r.id = o.run_id
    RETURNING o.id
)
INSERT INTO runs_attempt (output_id, number, owner, outcome, error, ended_at)
SELECT id, attempt, owner, 'lost', 'The lease ran out.', clock_timestamp() FROM lost
"""


def sweep() -> int:
    """Give back rows whose lease ran out; returns how many.

    A row that was lost repeatedly is next run alone, and one that is lost alone
    `MAX_FAILURES` times is shown as failed.
    """
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, {"limit": MAX_FAILURES, "alone_after": ALONE_AFTER_ATTEMPTS})
        return int(cursor.rowcount)


TURN = "(r.created_at - r.priority * interval '10 minutes')"
"""When a run counts as launched: ten minutes earlier for each step of its priority."""
NEXT_MODEL = f"""
SELECT r.model_id FROM runs_run r JOIN runs_languagemodel m ON m.id = r.model_id
WHERE r.cancelled_at IS NULL AND r.paused_at IS NULL
    AND (m.paused_at IS NULL OR m.paused_until <= clock_timestamp())
    AND EXISTS (SELECT FROM runs_output o WHERE o.run_id = r.id AND o.state = 'pending')
ORDER BY {TURN} - CASE WHEN r.model_id = %(loaded)s THEN 1 ELSE 0 END * interval '10 minutes', r.id
LIMIT 1
"""


def next_model(loaded: int | None) -> int | None:
    """The model whose work comes first: by priority, ageing by one each ten minutes waited.

    The model that is loaded already has a head start of one, since changing it costs time. One
    that is paused waits until its pause is over.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT_MODEL, {"loaded": loaded})
        row = cursor.fetchone()
    return row[0] if row else None


CLAIM = f"""
WITH chosen AS MATERIALIZED (
    SELECT o.id FROM runs_output o JOIN runs_run r ON r.id = o.run_id
    WHERE o.state = 'pending' AND r.model_id = %(model)s AND r.cancelled_at IS NULL
        AND r.paused_at IS NULL AND o.alone = %(alone)s
    ORDER BY date_bin('10 minutes', {TURN}, 'epoch'), r.recipe_id, o.id
    LIMIT %(count)s FOR UPDATE OF o SKIP LOCKED
), claimed AS (
    UPDATE runs_output o SET state = 'leased', attempt = o.attempt + 1, owner = %(owner)s,
        leased_until = clock_timestamp() + %(lease)s * interval '1 second'
    FROM chosen WHERE o.id = chosen.id RETURNING o.*
)
SELECT c.id, c.attempt, c.alone, c.seed, e.id AS recipe, e.strategy,
    p.text AS prompt, p.grader, p.reference, p.parameters::text AS parameters,
    m.name AS model_name, m.maker
FROM claimed c JOIN runs_run r ON r.id = c.run_id JOIN runs_recipe e ON e.id = r.recipe_id
    JOIN prompts_prompt p ON p.id = c.prompt_id JOIN runs_languagemodel m ON m.id = r.model_id
ORDER BY c.id
"""


def claim(*, model: int, owner: str, count: int, alone: bool = False) -> list[Claim]:
    """Take up to *count* waiting rows of a model under a lease of `LEASE_SECONDS`.

    By priority and ageing, as models are; of runs whose turn falls within the same ten minutes
    those of one recipe stay together. Nothing is taken of paused runs, nor of those that have
    spent their ceiling.
    """
    pause_at_ceiling(model=model)
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "model": model,
                "owner": owner,
                "count": count,
                "alone": alone,
                "lease": settings.LEASE_SECONDS,
            },
        )
        fields = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
    return [Claim(owner=owner, **dict(zip(fields, row, strict=True))) for row in rows]


def renew(*, owner: str, ids: Collection[int]) -> int:
    """Extend the leases of *ids* that *owner* still holds; returns how many.

    Only rows that the owner knows of are named, so that one it lost sight of comes back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE runs_output SET leased_until = clock_timestamp() + %s * interval '1 second' "
            "WHERE id = ANY(%s) AND state = 'leased' AND owner = %s "
            "AND leased_until >= clock_timestamp()",
            [settings.LEASE_SECONDS, list(ids), owner],
        )
        return int(cursor.rowcount)


def lost_or_cancelled(*, owner: str, ids: Collection[int]) -> tuple[set[int], set[int]]:
    """Of the rows in *ids*: those this owner holds no longer, and those of cancelled runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, r.cancelled_at IS NOT NULL FROM runs_output o "
            "JOIN runs_run r ON r.id = o.run_id "
            "WHERE o.id = ANY(%s) AND o.state = 'leased' AND o.owner = %s",
            [list(ids), owner],
        )
        held = dict(cursor.fetchall())
    return set(ids) - set(held), {id for id, cancelled in held.items() if cancelled}


FINISH = """
WITH environment AS (
    INSERT INTO runs_environment (digest, data)
    VALUES (%(environment_digest)s, %(environment)s::jsonb)
    ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id
), done AS (
    UPDATE runs_output SET state = 'done', text = %(text)s, trace = %(trace)s,
        answer = %(answer)s, trace_visibility = %(trace_visibility)s, tokens_in = %(tokens_in)s,
        tokens_out = %(tokens_out)s, stop_reason = %(stop_reason)s, seconds = %(seconds)s,
        prompt_digest = %(prompt_digest)s, names_model = %(names_model)s,
        choice = %(choice)s::jsonb,
        environment_id = (SELECT id FROM environment), error = '',
        finished_at = clock_timestamp(), leased_until = NULL
    WHERE id = %(id)s AND attempt = %(attempt)s AND owner = %(owner)s AND state = 'leased'
    RETURNING id, attempt, owner
), steps AS (
    INSERT INTO runs_step (output_id, segmentation, index, start, "end")
    SELECT done.id, %(segmentation)s, span.ordinality - 1, span.first, span.last
    FROM done, unnest(%(starts)s::int[], %(ends)s::int[])
        WITH ORDINALITY AS span(first, last, ordinality)
), grades AS (
    INSERT INTO runs_grade (output_id, grader, grader_version, answer_version, start, "end", how,
        score, note, is_current, created_at)
    SELECT id, %(grader)s, %(grader_version)s, %(answer_version)s, %(start)s, %(end)s, %(how)s,
        %(score)s, %(note)s, true, clock_timestamp()
    FROM done WHERE %(grader)s <> ''
)
INSERT INTO runs_attempt (output_id, number, owner, outcome, error, ended_at, text, tokens_in,
    tokens_out, cost, calls)
SELECT id, attempt, owner, 'done', '', clock_timestamp(), %(spent_text)s, %(spent_tokens_in)s,
    %(spent_tokens_out)s, %(spent_cost)s, %(spent_calls)s::jsonb FROM done
"""


@transaction.atomic
def finish(results: Sequence[Written]) -> int:
    """Store results, each with its steps, grade and attempt in one fenced statement.

    Returns how many were accepted: a row whose lease another owner holds by now is refused.
    """
    accepted = 0
    with connection.cursor() as cursor:
        for item in sorted(results, key=lambda written: written.claim.id):
            cursor.execute(
                FINISH,
                {
                    **vars(item),
                    **item.graded._asdict(),
                    **item.spent.columns(),
                    "id": item.claim.id,
                    "attempt": item.claim.attempt,
                    "owner": item.claim.owner,
                    "environment": json.dumps(item.environment),
                    "choice": json.dumps(item.choice) if item.choice else None,
                    "starts": [start for start, _ in item.spans],
                    "ends": [end for _, end in item.spans],
                },
            )
            if cursor.rowcount:
                keep(cursor, item.claim.id, item)
                accepted += 1
                if item.stage is not None:
                    store_stage(item.claim, item.stage)
    return accepted


FAIL = """
WITH failed AS (
    UPDATE runs_output o SET
        failures = o.failures + 1,
        state = CASE WHEN %(final)s OR o.failures + 1 >= %(limit)s THEN 'failed'
                     WHEN r.cancelled_at IS NOT NULL THEN 'cancelled' ELSE 'pending' END,
        finished_at = CASE WHEN %(final)s OR o.failures + 1 >= %(limit)s
            THEN clock_timestamp() ELSE NULL END,
        error = %(error)s, owner = '', leased_until = NULL
    FROM runs_run r WHERE r.id = o.run_id AND o.id = %(id)s
        AND o.attempt = %(attempt)s AND o.owner = %(owner)s AND o.state = 'leased'
    RETURNING o.id
)
INSERT INTO runs_attempt (output_id, number, owner, outcome, error, ended_at, text, tokens_in,
    tokens_out, cost, calls)
SELECT id, %(attempt)s, %(owner)s, 'error', %(error)s, clock_timestamp(), %(spent_text)s,
    %(spent_tokens_in)s, %(spent_tokens_out)s, %(spent_cost)s, %(spent_calls)s::jsonb FROM failed
"""


def fail(claim: Claim, *, error: str, final: bool = False, spent: Spent = NOTHING_SPENT) -> bool:
    """Count an error of this sample; it is tried again unless *final* or at the limit."""
    with connection.cursor() as cursor:
        cursor.execute(
            FAIL,
            {
                **vars(claim),
                **spent.columns(),
                "error": error[:4000],
                "final": final,
                "limit": MAX_FAILURES,
            },
        )
        return bool(cursor.rowcount == 1)


RELEASE = """
WITH released AS (
    UPDATE runs_output o SET
        state = CASE WHEN r.cancelled_at IS NOT NULL THEN 'cancelled' ELSE 'pending' END,
        alone = o.alone OR %(alone)s, owner = '', leased_until = NULL
    FROM runs_run r
    WHERE r.id = o.run_id AND o.id = ANY(%(ids)s) AND o.owner = %(owner)s AND o.state = 'leased'
    RETURNING o.id, o.attempt
)
INSERT INTO runs_attempt (output_id, number, owner, outcome, error, ended_at, text, tokens_in,
    tokens_out, cost, calls)
SELECT id, attempt, %(owner)s, 'released', %(why)s, clock_timestamp(), %(spent_text)s,
    %(spent_tokens_in)s, %(spent_tokens_out)s, %(spent_cost)s, %(spent_calls)s::jsonb FROM released
"""


def release(
    *,
    owner: str,
    ids: Collection[int],
    why: str,
    alone: bool = False,
    spent: Spent = NOTHING_SPENT,
) -> int:
    """Give rows back uncharged, each with what was *spent* on it; with *alone* each is next run
    by itself.
    """
    said: dict[str, Any] = {"owner": owner, "ids": list(ids), "alone": alone, "why": why[:4000]}
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {**said, **spent.columns()})
        return int(cursor.rowcount)


def pause(*, model: int, reason: str, seconds: float | None) -> None:
    """Have no worker ask a model for so many seconds; None: until somebody resumes it.

    Servers name any number, so a pause that ends by itself ends within `LONGEST_PAUSE_SECONDS`.
    """
    if seconds is not None:
        seconds = min(seconds, LONGEST_PAUSE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE runs_languagemodel SET paused_at = clock_timestamp(), pause_reason = %s, "
            "paused_until = clock_timestamp() + %s * interval '1 second' WHERE id = %s",
            [reason[:4000], seconds, model],
        )


def resume(*, model: int) -> None:
    """End a model's pause."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE runs_languagemodel SET paused_at = NULL, paused_until = NULL, "
            "pause_reason = '' WHERE id = %s AND paused_at IS NOT NULL",
            [model],
        )
