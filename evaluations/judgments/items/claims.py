"""Which open item a judge gets: a search over bounded windows, each claim one statement.

The highest level (`done + leased`) that has open items comes first, so that items get complete;
within it a random place, so that judges do not meet. Only a window of candidates is looked at
from there, so that a judge who has done all items of a level costs no scan of it. Locked rows
are passed by and never waited for: a search cannot deadlock. What every item is served by is
planned once a connection, since planning it takes longer than doing it.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

from evaluations.judgments.items.carried import asked_on
from evaluations.judgments.items.pages import pages_of
from evaluations.judgments.items.within import is_within
from evaluations.judgments.models import Item, Judge, Lease, ProtocolVersion, SkipPolicy, Subject

NARROW, WIDE = 16, 1000
SPARE = 2
LEVELS_AT_ONCE = 16
CANDIDATES = 50
# Together longer than a form takes to be stored: what others lock is soon taken or free again.
PAUSES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)

OPEN = "i.version_id = %(version)s AND NOT i.is_gold AND i.needed > i.done + i.leased"
FINISHED = """EXISTS (SELECT FROM {table} f WHERE f.item_id = i.id
        AND f.judge_id = %(judge)s AND f.finishes_item AND f.withdrawn_at IS NULL)"""
HELD = """EXISTS (SELECT FROM judgments_lease l
        WHERE l.item_id = i.id AND l.judge_id = %(judge)s)"""
READABLE = f"""EXISTS (SELECT FROM runs_output o JOIN runs_run r ON r.id = o.run_id
        WHERE o.id = i.{{side}}_id AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
            AND {is_within("r")} AND NOT EXISTS (SELECT FROM judgments_writtenbyhand h
                WHERE h.output_id = o.id AND h.judge_id = %(judge)s))"""
PROMPT_READABLE = f"""EXISTS (SELECT FROM prompts_prompt q JOIN prompts_promptset s
        ON s.id = q.prompt_set_id WHERE q.id = i.prompt_id AND {is_within("s")})"""
ITEM_SKIPPED = """EXISTS (SELECT FROM judgments_skippeditem p
        WHERE p.item_id = i.id AND p.judge_id = %(judge)s)"""
OUTPUT_SKIPPED = """EXISTS (SELECT FROM judgments_skip s
        WHERE s.output_id = i.output_id AND s.judge_id = %(judge)s)"""
# Of what a version asks, something that the judge did not answer in that meaning, wherever.
UNANSWERED = """EXISTS (
    SELECT FROM unnest(%(kinds)s::text[], %(keys)s::bigint[], %(meanings)s::int[])
        AS q(kind, key, meaning)
    WHERE NOT EXISTS (SELECT FROM judgments_answer a
        WHERE a.output_id = i.output_id AND a.judge_id = %(judge)s AND a.is_current AND (
            (q.kind = 'criterion' AND a.criterion_id = q.key AND a.meaning = q.meaning)
            OR (q.kind = 'definition' AND a.definition_version_id = q.key)
            OR (q.kind = 'holistic' AND a.is_holistic)))
    AND NOT EXISTS (SELECT FROM judgments_answer a
        WHERE q.kind = 'criterion' AND a.judge_id = %(judge)s AND a.is_current
            AND a.criterion_id = q.key AND a.meaning = q.meaning
            AND a.prompt_id = (SELECT o.prompt_id FROM runs_output o WHERE o.id = i.output_id))
    AND NOT EXISTS (SELECT FROM judgments_judgment s
        JOIN judgments_item t ON t.id = s.item_id
        JOIN judgments_protocolversion v ON v.id = t.version_id AND v.steps = q.kind
        WHERE s.output_id = i.output_id AND s.judge_id = %(judge)s AND s.page = 'steps'
            AND s.withdrawn_at IS NULL)
) IS TRUE"""
# Spares most items of a large table that look: one list of the outputs that the judge met.
MET = """i.output_id NOT IN (SELECT m.output_id FROM judgments_judgment m
    WHERE m.judge_id = %(judge)s AND m.output_id IS NOT NULL)"""

TOP = f"""SELECT i.done + i.leased FROM judgments_item i WHERE {OPEN}
    ORDER BY i.done + i.leased DESC LIMIT 1"""
PLACED = f"""SELECT i.id, i.output_id, i.left_id, i.right_id, i.prompt_id
            FROM judgments_item i
            WHERE {OPEN} AND i.done + i.leased = places.level AND i.random {{side}} %(start)s
            ORDER BY i.random LIMIT {{window}}"""
# From each level a few that fit: what another judge takes at this moment is passed by.
NEARBY = f"""
    SELECT near.id, places.place
    FROM unnest(%(levels)s::int[]) WITH ORDINALITY AS places(level, place)
    CROSS JOIN LATERAL (
        SELECT i.id FROM (
            ({PLACED.format(side=">=", window="{window}")})
            UNION ALL
            ({PLACED.format(side="<", window="{window}")})
            LIMIT {{window}}
        ) i WHERE {{fit}} LIMIT {SPARE}
    ) near
"""
NAMED = "SELECT id, place FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS named(id, place)"
STANDING = f"""
SELECT (
    SELECT l.id FROM judgments_lease l JOIN judgments_item i ON i.id = l.item_id
    WHERE l.judge_id = %(judge)s AND i.version_id = %(version)s AND i.id <> %(after)s
        AND {{readable}}
    ORDER BY l.is_prefetch, l.taken_at, l.id LIMIT 1
), EXISTS (
    SELECT FROM judgments_item g WHERE g.version_id = %(version)s AND g.is_gold
), ({TOP})
"""
LEASE_FIELDS = [field.attname for field in Lease._meta.concrete_fields]
ITEM_FIELDS = [field.attname for field in Item._meta.concrete_fields]
COLUMNS = ", ".join([f"l.{name}" for name in LEASE_FIELDS] + [f"i.{name}" for name in ITEM_FIELDS])
CLAIM = """
WITH nearby AS MATERIALIZED ({nearby}), chosen AS MATERIALIZED (
    SELECT i.id FROM nearby JOIN judgments_item i ON i.id = nearby.id
    WHERE {room} ORDER BY nearby.place LIMIT 1 FOR UPDATE OF i SKIP LOCKED
), counted AS (
    UPDATE judgments_item i SET leased = i.leased + 1,
        needed = greatest(i.needed, i.done + i.leased + 1)
    FROM chosen WHERE i.id = chosen.id RETURNING i.*
), taken AS (
    INSERT INTO judgments_lease
        (item_id, judge_id, address, token, is_prefetch, taken_at, expires_at)
    SELECT id, %(judge)s, %(address)s, gen_random_uuid(), %(prefetch)s, statement_timestamp(),
        statement_timestamp() + %(hold)s
    FROM counted RETURNING *
)
SELECT {columns} FROM taken l, counted i
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
    SELECT item_id, created_at FROM judgments_skippeditem
    WHERE judge_id = %(judge)s AND NOT carried
    UNION ALL
    SELECT t.id, s.created_at FROM judgments_skip s
        JOIN judgments_item t ON t.output_id = s.output_id AND t.version_id = %(version)s
    WHERE s.judge_id = %(judge)s
) skipped ON skipped.item_id = i.id
WHERE {OPEN} AND {{eligible}} GROUP BY i.id ORDER BY max(skipped.created_at) LIMIT {CANDIDATES}
"""


def readable(subject: str, *, few: bool = False) -> str:
    """SQL condition on item *i* that nothing it shows was withdrawn or is kept from the judge.

    Args:
        few: as for `eligible`.
    """
    sides = {Subject.OUTPUT: ("output",), Subject.PAIR: ("left", "right"), Subject.PROMPT: ()}
    conditions = [READABLE.format(side=side) for side in sides[Subject(subject)]]
    conditions = conditions or [PROMPT_READABLE]
    if few:
        conditions = [f"({condition}) IS TRUE" for condition in conditions]
    return " AND ".join(conditions)


def asked_anywhere(version: ProtocolVersion) -> dict[str, Any]:
    """What the default protocol asks, as parameters of `UNANSWERED`; empty for any other.

    A version that asks nothing yet leaves nothing out. Makes a few queries.
    """
    if not version.protocol.is_default or version.subject != Subject.OUTPUT:
        return {}
    asked = sorted({question for page in pages_of(version, None) for question in asked_on(page)})
    if not asked:
        return {}
    return {
        "kinds": [kind for kind, _, _ in asked],
        "keys": [key for _, key, _ in asked],
        "meanings": [meaning for _, _, meaning in asked],
    }


def eligible(
    subject: str,
    *,
    skipped: bool = False,
    few: bool = False,
    unanswered: bool = False,
    held: bool = False,
) -> str:
    """SQL condition on item *i* that this judge can get it: not finished, held or skipped.

    Args:
        held: whether items that the judge holds are eligible too.
        unanswered: whether those are left out of which this judge has nothing left to answer.
        skipped: whether items that the judge skipped are eligible too.
        few: for a few items, tested one by one; planning joins would take longer than that. The
            judge holds none of them.
    """
    finishing = "judgments_comparison" if subject == Subject.PAIR else "judgments_judgment"
    against = [FINISHED.format(table=finishing)]
    if not few and not held:
        against.append(HELD)
    if not skipped:
        against.append(ITEM_SKIPPED)
        if subject == Subject.OUTPUT:
            against.append(OUTPUT_SKIPPED)
    absent = [f"({condition}) IS FALSE" if few else f"NOT {condition}" for condition in against]
    if unanswered:
        absent.append(UNANSWERED if few else f"({MET} OR {UNANSWERED})")
    return " AND ".join([*absent, "i.id <> %(after)s", readable(subject, few=few)])


@dataclass(frozen=True)
class JudgeStanding:
    """Where a judge stands in a version: the lease they hold, whether the version has gold
    items, the highest level that has open ones, and what is `asked_anywhere`."""

    held: int | None
    has_gold: bool
    top: int | None
    asked: dict[str, Any]


def planned_cursor() -> CursorWrapper:
    """A cursor whose statements PostgreSQL plans once a connection, for all values alike.

    That saves more than half of what serving an item takes. A rollback forgets the plans; where
    `lock` was not called before, PostgreSQL may prefer to plan anew.
    """
    connection.ensure_connection()
    connection.connection.prepare_threshold = 0
    wrapper = CursorDebugWrapper if connection.queries_logged else CursorWrapper
    return wrapper(psycopg.Cursor(connection.connection), connection)


def standing(
    version: ProtocolVersion, judge: Judge, asked: dict[str, Any], *, after: int = 0
) -> JudgeStanding:
    """The lease that the judge opened first, or else prefetched, and what there is to serve.

    One statement, since every judge waits for it before every item.

    Args:
        asked: from `asked_anywhere`; a lease on what was answered elsewhere meanwhile is none.
        after: id of an item whose lease does not matter.
    """
    fit = readable(version.subject, few=True)
    statement = STANDING.format(readable=f"{fit} AND {UNANSWERED}" if asked else fit)
    given = {"version": version.pk, "judge": judge.pk, "after": after} | asked
    with planned_cursor() as cursor:
        cursor.execute(statement, given)
        held, has_gold, top = cursor.fetchone()
    return JudgeStanding(held, has_gold, top, asked)


def count_left(version: ProtocolVersion, judge: Judge | None) -> tuple[int, int]:
    """How many ordinary items this judge did not do or skip, and how many of them have room.

    Looks at every item of the version: for the page that has nothing to serve.
    """
    asked = asked_anywhere(version)
    later = version.skip_policy == SkipPolicy.LATER
    fit = eligible(version.subject, skipped=later, unanswered=bool(asked), held=True)
    room = "true" if version.protocol.is_default else f"i.needed > i.done + i.leased OR {HELD}"
    given = {"version": version.pk, "judge": judge.pk if judge else 0, "after": 0} | asked
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {room}) FROM judgments_item i "
            f"WHERE i.version_id = %(version)s AND NOT i.is_gold AND {fit}",
            given,
        )
        left, open_now = cursor.fetchone()
    return left, open_now


def find_open(
    version: ProtocolVersion, judge: Judge | None = None, *, after: int = 0
) -> int | None:
    """Id of an open item for this judge, or for a new one, without holding it.

    Args:
        after: id of an item that is not to be served again, to somebody who is a judge.
    """
    asked = asked_anywhere(version) if judge is not None else {}
    fit = readable(version.subject, few=True)
    if judge is not None:
        fit = eligible(version.subject, few=True, unanswered=bool(asked))
    given = {"version": version.pk, "judge": judge and judge.pk, "after": after} | asked
    with planned_cursor() as cursor:
        cursor.execute(TOP, given)
        row = cursor.fetchone()
        for window, where in windows(row[0] if row else None):
            nearby = NEARBY.format(fit=fit, window=window)
            cursor.execute(f"{nearby} ORDER BY places.place LIMIT 1", given | where)
            if row := cursor.fetchone():
                return int(row[0])
    return None


def lease_from(row: Sequence[Any]) -> Lease:
    """A lease with its item, out of `COLUMNS`.

    Written out because putting the same query together takes longer than all else in serving.
    """
    lease = Lease.from_db(connection.alias, LEASE_FIELDS, row[: len(LEASE_FIELDS)])
    lease.item = Item.from_db(connection.alias, ITEM_FIELDS, row[len(LEASE_FIELDS) :])
    return lease


def windows(top: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """How far and where to look, one search after the other: narrow on every level, then wide.

    A level without open items costs a search nothing, so that they need not be known.
    """
    if top is None:
        return
    levels = list(range(top, -1, -1))
    for window in (NARROW, WIDE):
        for first in range(0, len(levels), LEVELS_AT_ONCE):
            levels_here = levels[first : first + LEVELS_AT_ONCE]
            yield window, {"levels": levels_here, "start": random.random()}


def claim(
    version: ProtocolVersion,
    judge: Judge,
    *,
    top: int | None,
    asked: dict[str, Any],
    hold: timedelta,
    after: int = 0,
    prefetch: bool = False,
) -> Lease | None:
    """Hold some open item for a judge, whose row the caller has locked.

    When the windows of every level hold nothing, narrow and then wide, all open items are looked
    at; then those that the judge skipped, where the version says so. The default protocol asks
    for one more judge of a least judged item before that: it never runs dry.

    Args:
        top: the highest level that has open items, as `standing` tells; None when none has. The
            judge holds none of them but *after*.
        asked: from `asked_anywhere`.
        after: id of an item that is not to be served again unless nothing else is left.
    """
    given: dict[str, Any] = {
        "version": version.pk,
        "judge": judge.pk,
        "address": judge.address,
        "after": after,
        "prefetch": prefetch,
        "hold": hold,
        **asked,
    }
    fit = eligible(version.subject, few=True, unanswered=bool(asked))
    with planned_cursor() as cursor:
        for window, where in windows(top):
            nearby = NEARBY.format(fit=fit, window=window)
            take = CLAIM.format(nearby=nearby, room=OPEN, columns=COLUMNS)
            cursor.execute(take, given | where)
            if row := cursor.fetchone():
                return lease_from(row)
    subject = version.subject
    lease = claim_among(ALL_OPEN, OPEN, subject, given) if top is not None else None
    if lease is None and version.protocol.is_default:
        lease = claim_among(
            LEAST_DONE, "i.version_id = %(version)s AND NOT i.is_gold", subject, given
        )
    if lease is None and version.skip_policy == SkipPolicy.LATER:
        lease = claim_among(SKIPPED, OPEN, subject, given | {"after": 0}, skipped=True)
    return lease


def claim_among(
    find: str, room: str, subject: str, given: dict[str, Any], *, skipped: bool = False
) -> Lease | None:
    """Hold one of the items that *find* lists; while others lock them all, look again.

    Only a list that is empty says that there is nothing: a judge must not be sent away because
    somebody else was taking, or giving back, the last item at that moment.
    """
    unanswered = "kinds" in given
    find = find.format(eligible=eligible(subject, skipped=skipped, unanswered=unanswered))
    take = CLAIM.format(nearby=NAMED, room=room, columns=COLUMNS)
    with connection.cursor() as cursor:
        for pause in PAUSES:
            time.sleep(pause)
            cursor.execute(find, given)
            ids = [item for (item,) in cursor.fetchall()]
            if not ids:
                return None
            cursor.execute(take, given | {"ids": ids})
            if row := cursor.fetchone():
                return lease_from(row)
    return None
