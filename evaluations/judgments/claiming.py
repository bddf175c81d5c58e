"""Which open item a judge gets: a search over bounded windows, each claim one statement.

The highest level (`done + leased`) that has open items comes first, so that items get complete;
within it a random place, so that judges do not meet. Only a window of candidates is looked at
from there, so that a judge who has done all items of a level costs no scan of it. Locked rows
are passed by and never waited for: a search cannot deadlock.
"""

import random
import time
from datetime import timedelta
from typing import Any

from django.db import connection

from evaluations.judgments.models import Judge, ProtocolVersion, SkipPolicy, Subject

NARROW, WIDE = 32, 1000
CANDIDATES = 50
# Together longer than a form takes to be stored: what others lock is soon taken or free again.
PAUSES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)

OPEN = "i.version_id = %(version)s AND NOT i.is_gold AND i.needed > i.done + i.leased"
NOT_FINISHED = """NOT EXISTS (SELECT FROM {table} f WHERE f.item_id = i.id
        AND f.judge_id = %(judge)s AND f.finishes_item AND f.withdrawn_at IS NULL)"""
NOT_HELD = """NOT EXISTS (SELECT FROM judgments_lease l
        WHERE l.item_id = i.id AND l.judge_id = %(judge)s)"""
READABLE = """EXISTS (SELECT FROM runs_output o JOIN runs_run r ON r.id = o.run_id
        WHERE o.id = i.{side}_id AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL)"""
NOT_SKIPPED = """NOT EXISTS (SELECT FROM judgments_skippeditem p
        WHERE p.item_id = i.id AND p.judge_id = %(judge)s)"""
OUTPUT_NOT_SKIPPED = """NOT EXISTS (SELECT FROM judgments_skip s
        WHERE s.output_id = i.output_id AND s.judge_id = %(judge)s)"""

LEVELS = f"""
WITH RECURSIVE levels(level) AS (
    (SELECT i.done + i.leased FROM judgments_item i WHERE {OPEN}
        ORDER BY i.done + i.leased DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT i.done + i.leased FROM judgments_item i
        WHERE {OPEN} AND i.done + i.leased < levels.level
        ORDER BY i.done + i.leased DESC LIMIT 1)
    FROM levels WHERE levels.level IS NOT NULL
)
SELECT level FROM levels WHERE level IS NOT NULL
"""
NEARBY = f"""
    (SELECT i.id FROM judgments_item i WHERE {OPEN} AND i.done + i.leased = %(level)s
        AND i.random >= %(start)s ORDER BY i.random LIMIT %(window)s)
    UNION ALL
    (SELECT i.id FROM judgments_item i WHERE {OPEN} AND i.done + i.leased = %(level)s
        AND i.random < %(start)s ORDER BY i.random LIMIT %(window)s)
    LIMIT %(window)s
"""
NAMED = "SELECT id, place FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS named(id, place)"
PEEK = f"""
SELECT i.id FROM ({NEARBY}) nearby JOIN judgments_item i ON i.id = nearby.id
WHERE {{readable}} LIMIT 1
"""
CLAIM = """
WITH nearby AS MATERIALIZED ({nearby}), chosen AS MATERIALIZED (
    SELECT i.id FROM nearby JOIN judgments_item i ON i.id = nearby.id
    WHERE {room} AND {eligible}
    {order} LIMIT 1 FOR UPDATE OF i SKIP LOCKED
), counted AS (
    UPDATE judgments_item i SET leased = i.leased + 1,
        needed = greatest(i.needed, i.done + i.leased + 1)
    FROM chosen WHERE i.id = chosen.id RETURNING i.id
)
INSERT INTO judgments_lease (item_id, judge_id, token, is_prefetch, taken_at, expires_at)
SELECT id, %(judge)s, gen_random_uuid(), %(prefetch)s, statement_timestamp(),
    statement_timestamp() + %(hold)s
FROM counted RETURNING id
"""
# Planned as hash joins: this one is about a large part of the table.
ALL_OPEN = f"""
SELECT i.id FROM judgments_item i WHERE {OPEN} AND {{eligible}}
ORDER BY i.done + i.leased DESC, i.random LIMIT {CANDIDATES}
"""
LEAST_DONE = f"""
SELECT i.id FROM judgments_item i WHERE i.version_id = %(version)s AND NOT i.is_gold
    AND {{eligible}} ORDER BY i.done + i.leased, i.random LIMIT {CANDIDATES}
"""
SKIPPED = f"""
SELECT i.id FROM judgments_item i JOIN (
    SELECT item_id, created_at FROM judgments_skippeditem WHERE judge_id = %(judge)s
    UNION ALL
    SELECT t.id, s.created_at FROM judgments_skip s
        JOIN judgments_item t ON t.output_id = s.output_id AND t.version_id = %(version)s
    WHERE s.judge_id = %(judge)s
) skipped ON skipped.item_id = i.id
WHERE {OPEN} AND {{eligible}} GROUP BY i.id ORDER BY max(skipped.created_at) LIMIT {CANDIDATES}
"""


def readable(subject: str) -> str:
    """SQL condition on item *i* that no output of it, nor its run, was withdrawn."""
    sides = {Subject.OUTPUT: ("output",), Subject.PAIR: ("left", "right"), Subject.PROMPT: ()}
    return " AND ".join(READABLE.format(side=side) for side in sides[Subject(subject)]) or "true"


def eligible(subject: str, *, skipped: bool = False) -> str:
    """SQL condition on item *i* that this judge can get it: not finished, held or skipped.

    Args:
        skipped: whether items that the judge skipped are eligible too.
    """
    finishing = "judgments_comparison" if subject == Subject.PAIR else "judgments_judgment"
    parts = [NOT_FINISHED.format(table=finishing), NOT_HELD, "i.id <> %(after)s"]
    parts.append(readable(subject))
    if not skipped:
        parts.append(NOT_SKIPPED)
        if subject == Subject.OUTPUT:
            parts.append(OUTPUT_NOT_SKIPPED)
    return " AND ".join(parts)


def find_open(version: ProtocolVersion) -> int | None:
    """Id of an open item that can be read, chosen as for a new judge, without holding it."""
    peek = PEEK.format(readable=readable(version.subject))
    given: dict[str, Any] = {"version": version.pk}
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, given)
        levels = [level for (level,) in cursor.fetchall()]
        for window in (NARROW, WIDE):
            for level in levels:
                start = random.random()
                cursor.execute(peek, given | {"level": level, "start": start, "window": window})
                if row := cursor.fetchone():
                    return int(row[0])
    return None


def claim(
    version: ProtocolVersion,
    judge: Judge,
    *,
    hold: timedelta,
    after: int = 0,
    prefetch: bool = False,
) -> int | None:
    """Hold some open item for a judge, whose row the caller has locked; returns the lease's id.

    When the windows of every level hold nothing, narrow and then wide, all open items are looked
    at; then those that the judge skipped, where the version says so. The default protocol asks
    for one more judge of a least judged item before that: it never runs dry.

    Args:
        after: id of an item that is not to be served again unless nothing else is left.
    """
    given: dict[str, Any] = {
        "version": version.pk,
        "judge": judge.pk,
        "after": after,
        "prefetch": prefetch,
        "hold": hold,
    }
    fresh = eligible(version.subject)
    near = CLAIM.format(nearby=NEARBY, room=OPEN, eligible=fresh, order="")
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, given)
        levels = [level for (level,) in cursor.fetchall()]
        for window in (NARROW, WIDE):
            for level in levels:
                start = random.random()
                cursor.execute(near, given | {"level": level, "start": start, "window": window})
                if row := cursor.fetchone():
                    return int(row[0])
    lease = claim_among(ALL_OPEN, OPEN, fresh, given) if levels else None
    if lease is None and version.protocol.is_default:
        lease = claim_among(
            LEAST_DONE, "i.version_id = %(version)s AND NOT i.is_gold", fresh, given
        )
    if lease is None and version.skip_policy == SkipPolicy.LATER:
        again = eligible(version.subject, skipped=True)
        given["after"] = 0
        lease = claim_among(SKIPPED, OPEN, again, given)
    return lease


def claim_among(find: str, room: str, fit: str, given: dict[str, Any]) -> int | None:
    """Hold one of the items that *find* lists; while others lock them all, look again.

    Only a list that is empty says that there is nothing: a judge must not be sent away because
    somebody else was taking, or giving back, the last item at that moment.
    """
    order = "ORDER BY nearby.place"
    take = CLAIM.format(nearby=NAMED, room=room, eligible=fit, order=order)
    with connection.cursor() as cursor:
        for pause in PAUSES:
            time.sleep(pause)
            cursor.execute(find.format(eligible=fit), given)
            ids = [item for (item,) in cursor.fetchall()]
            if not ids:
                return None
            cursor.execute(take, given | {"ids": ids})
            if row := cursor.fetchone():
                return int(row[0])
    return None
