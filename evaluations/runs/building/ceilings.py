"""What a grid has spent, and the pause at its ceiling: looked at whenever rows are claimed.

What is in flight then is written to its end, so that a ceiling is passed by that and no more.
Reused outputs have no attempts and cost nothing. An attempt holds what its last stage cost, each
stage before it what it cost itself. Of an attempt at an endpoint that was lost with its worker
nobody knows what was called, so it counts as if it had written all that it was let. Tokens of
attempts that failed here, in a worker of one's own, are not counted, and neither is what a server
did not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from evaluations.runs.endpoints.prices import FullBudget, lost_by
from evaluations.runs.models import Grid

GRID: Final = "output__run__grid"
# A finished output has the tokens of all its stages: what ran here is counted by it alone, what
# ran at an endpoint by its calls alone, of which a plan that was cut short has only its stages'.
SPENT = """
SELECT paid.grid_id, coalesce(sum(cost), 0) AS dollars, coalesce(sum(tokens), 0) AS tokens
FROM (
    SELECT r.grid_id, a.cost, CASE WHEN a.calls IS NOT NULL
        THEN coalesce(a.tokens_in, 0) + coalesce(a.tokens_out, 0)
        WHEN a.outcome = 'done' AND m.endpoint_id IS NULL
        THEN coalesce(o.tokens_in, 0) + coalesce(o.tokens_out, 0)
        ELSE 0 END AS tokens
    FROM runs_attempt a JOIN runs_output o ON o.id = a.output_id JOIN runs_run r ON r.id = o.run_id
        JOIN runs_languagemodel m ON m.id = r.model_id
    WHERE r.grid_id = ANY(%(grids)s)
    UNION ALL
    SELECT r.grid_id, s.cost, (
        SELECT sum(coalesce((c->>'tokens_in')::bigint, 0) + (c->>'tokens_out')::bigint)
        FROM jsonb_array_elements(s.calls) c)
    FROM runs_stage s JOIN runs_output o ON o.id = s.output_id JOIN runs_run r ON r.id = o.run_id
    WHERE s.calls IS NOT NULL AND r.grid_id = ANY(%(grids)s)
    UNION ALL
    SELECT * FROM unnest(%(lost_in)s::bigint[], %(lost_dollars)s::numeric[],
        %(lost_tokens)s::bigint[])
) paid GROUP BY paid.grid_id
"""
CAPPED = """
SELECT g.id FROM runs_grid g
WHERE (g.ceiling_dollars IS NOT NULL OR g.ceiling_tokens IS NOT NULL)
    AND EXISTS (SELECT FROM runs_run w WHERE w.grid_id = g.id AND w.model_id = %(model)s
        AND w.paused_at IS NULL AND w.cancelled_at IS NULL
        AND EXISTS (SELECT FROM runs_output p WHERE p.run_id = w.id AND p.state = 'pending'))
"""
PAUSE = f"""
UPDATE runs_run p SET paused_at = clock_timestamp(),
    paused_for = CASE WHEN s.dollars >= g.ceiling_dollars THEN 'dollars' ELSE 'tokens' END
FROM ({SPENT}) s JOIN runs_grid g ON g.id = s.grid_id
WHERE p.grid_id = g.id AND p.paused_at IS NULL
    AND (s.dollars >= g.ceiling_dollars OR s.tokens >= g.ceiling_tokens)
    AND EXISTS (SELECT FROM runs_output o WHERE o.run_id = p.id AND o.state = 'pending')
"""


def pause_at_ceiling(*, model: int) -> int:
    """Pause the runs of every grid that has spent its ceiling and waits for this model.

    Returns how many. Adds up attempts and stages of such grids, and of no others.
    """
    with connection.cursor() as cursor:
        cursor.execute(CAPPED, {"model": model})
        grids = [grid for (grid,) in cursor.fetchall()]
        if not grids:
            return 0
        cursor.execute(PAUSE, added_up(grids, lost_by(GRID, grids)))
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Spent:
    """Dollars and tokens of all attempts at a grid's outputs and their stages: what is known, and
    what those that were lost with their worker were let."""

    dollars: Decimal
    tokens: int
    lost: FullBudget


def spent_by(grid: Grid) -> Spent:
    """What a grid has spent so far. Makes two queries, and where attempts were lost two more, and
    one for each price of these."""
    lost = lost_by(GRID, [grid.pk])
    with connection.cursor() as cursor:
        cursor.execute(SPENT, added_up([grid.pk], lost))
        row = cursor.fetchone()
    dollars, tokens = row[1:] if row else (Decimal(0), 0)
    return Spent(dollars, int(tokens), lost.get(grid.pk, FullBudget()))


def added_up(grids: Sequence[int], lost: dict[int, FullBudget]) -> dict[str, Any]:
    """The parameters of `SPENT`."""
    return {
        "grids": list(grids),
        "lost_in": list(lost),
        "lost_dollars": [each.dollars for each in lost.values()],
        "lost_tokens": [each.read + each.written for each in lost.values()],
    }
