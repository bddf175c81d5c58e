"""What a grid has spent, and the pause at its ceiling: looked at whenever rows are claimed.

What is in flight then is written to its end, so that a ceiling is passed by that and no more.
Reused outputs have no attempts and cost nothing. An attempt holds what its last stage cost, each
stage before it what it cost itself. Tokens of attempts that failed here, in a worker of one's own,
are not counted, and neither is what a server did not count, or a worker was lost with.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from evaluations.runs.models import Grid

# A finished output has the tokens of all its stages: what ran here is counted by it alone.
SPENT = """
SELECT paid.grid_id, coalesce(sum(cost), 0) AS dollars, coalesce(sum(tokens), 0) AS tokens
FROM (
    SELECT r.grid_id, a.cost, CASE WHEN a.calls IS NOT NULL
        THEN coalesce(a.tokens_in, 0) + coalesce(a.tokens_out, 0)
        WHEN a.outcome = 'done' THEN coalesce(o.tokens_in, 0) + coalesce(o.tokens_out, 0)
        ELSE 0 END AS tokens
    FROM runs_attempt a JOIN runs_output o ON o.id = a.output_id JOIN runs_run r ON r.id = o.run_id
    WHERE r.grid_id IN ({grids})
    UNION ALL
    SELECT r.grid_id, s.cost, (
        SELECT sum(coalesce((c->>'tokens_in')::bigint, 0) + (c->>'tokens_out')::bigint)
        FROM jsonb_array_elements(s.calls) c)
    FROM runs_stage s JOIN runs_output o ON o.id = s.output_id JOIN runs_run r ON r.id = o.run_id
    WHERE s.calls IS NOT NULL AND r.grid_id IN ({grids})
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
FROM ({SPENT.format(grids=CAPPED)}) s JOIN runs_grid g ON g.id = s.grid_id
WHERE p.grid_id = g.id AND p.paused_at IS NULL
    AND (s.dollars >= g.ceiling_dollars OR s.tokens >= g.ceiling_tokens)
    AND EXISTS (SELECT FROM runs_output o WHERE o.run_id = p.id AND o.state = 'pending')
"""


def pause_at_ceiling(*, model: int) -> int:
    """Pause the runs of every grid that has spent its ceiling and waits for this model.

    Returns how many. Adds up attempts and stages of such grids, and of no others.
    """
    with connection.cursor() as cursor:
        cursor.execute(PAUSE, {"model": model})
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Spent:
    """Dollars and tokens that are known, of all attempts at a grid's outputs and their stages."""

    dollars: Decimal
    tokens: int


def spent_by(grid: Grid) -> Spent:
    """What a grid has spent so far. Makes one query."""
    with connection.cursor() as cursor:
        cursor.execute(SPENT.format(grids="%(grid)s"), {"grid": grid.pk})
        row = cursor.fetchone()
    return Spent(row[1], int(row[2])) if row else Spent(Decimal(0), 0)
