"""The items of a protocol as a queue: hold one, settle it, give it back; counters never drift.

`done` and `leased` of an item change in the transaction that changes what they count, under the
item's row lock, so that `done + leased` never exceeds `needed`. Gold items keep no counters. The
order of locks is judge, address, item, lease. All times are the clock of the database. A lease is
lost when the sweep has ended it: until then nobody else has its room, and the judge may go on.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Greatest, Now

from evaluations.judgments.items import carried, claims, gold
from evaluations.judgments.items.crowds import MOST_HELD, is_crowded, queue_up
from evaluations.judgments.items.filling import fill_items
from evaluations.judgments.items.gold import NotQualified, qualification
from evaluations.judgments.items.places import may_fill
from evaluations.judgments.models import (
    GuestCheck,
    Item,
    Judge,
    Lease,
    ProtocolVersion,
    SkippedItem,
    Subject,
    Way,
)

__all__ = ["NotQualified", "fill_items", "qualification"]

LEASE = timedelta(minutes=30)
PREFETCH_LEASE = timedelta(minutes=2)
FEW = 8

# The transaction's plans are made for all values alike: see `claims.planned_cursor`.
LOCK = """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true)
FROM judgments_judge WHERE id = %s FOR NO KEY UPDATE
"""
HELD = f"""
SELECT {claims.COLUMNS} FROM judgments_lease l JOIN judgments_item i ON i.id = l.item_id
WHERE l.id = %s
"""
TAKE = """
WITH locked AS MATERIALIZED (
    SELECT id, is_gold FROM judgments_item
    WHERE id = %(item)s AND (is_gold OR needed > done + leased) FOR UPDATE
), counted AS (
    UPDATE judgments_item i SET leased = i.leased + 1 FROM locked
    WHERE i.id = locked.id AND NOT locked.is_gold
)
INSERT INTO judgments_lease
    (item_id, judge_id, address, token, is_prefetch, taken_at, expires_at)
SELECT id, %(judge)s, %(address)s, gen_random_uuid(), %(prefetch)s, statement_timestamp(),
    statement_timestamp() + %(hold)s
FROM locked RETURNING id
"""
SWEEP = """
WITH lost AS MATERIALIZED (
    SELECT l.id, l.item_id, i.is_gold
    FROM judgments_lease l JOIN judgments_item i ON i.id = l.item_id
    WHERE l.expires_at < statement_timestamp() FOR UPDATE OF i, l SKIP LOCKED
), gone AS (
    DELETE FROM judgments_lease l USING lost WHERE l.id = lost.id
    RETURNING l.item_id, lost.is_gold
), lessened AS (
    SELECT item_id, count(*) AS n FROM gone WHERE NOT is_gold GROUP BY item_id
), counted AS (
    UPDATE judgments_item i SET leased = i.leased - lessened.n FROM lessened
    WHERE i.id = lessened.item_id
)
SELECT count(*) FROM gone
"""


def next_item(version: ProtocolVersion, judge: Judge, *, after: Item | None = None) -> Lease | None:
    """Hold an item that this judge has not finished; None when there is none.

    The item that the judge holds comes first, the one before the one that was prefetched; then
    the qualification set, then gold items by the version's share, then what the judge
    began under an earlier version, then the queue; of these two none while the guests of an
    address hold as many as they may. What is held
    although the qualification set comes first is given back. The lease's
    item has its version; the subject is fetched when it is asked for.

    Args:
        after: the item just left, not to be served again unless nothing else is left.

    Raises:
        NotQualified: the judge did the qualification set and got too little of it right.
    """
    with transaction.atomic():
        leaving = after.pk if after is not None else 0
        stands = locked_standing(version, judge, leaving)
        lease = None
        if stands.held is not None and keep(stands.held, LEASE):
            lease = with_item(stands.held, version, judge)
        if lease is not None and gold.unqualified(lease.item, judge):
            # Held from before the qualification set was there, or its answers were undone.
            release(token=lease.token, judge=judge)
            stands, lease = locked_standing(version, judge, leaving), None
        return lease or take_next(version, judge, stands, leaving, LEASE)


def prefetch(version: ProtocolVersion, judge: Judge, *, after: Item) -> Lease | None:
    """Hold the item after this one for two minutes, so that it is there when this one is saved.

    `next_item` or `renew` turns it into a full lease. None too where the qualification decides
    what comes next, since that needs the answers to this one.
    """
    with transaction.atomic():
        stands = locked_standing(version, judge, after.pk)
        if stands.held is not None:
            # One that was opened already, in another tab, keeps its time.
            Lease.objects.filter(pk=stands.held, is_prefetch=True).update(
                expires_at=Now() + PREFETCH_LEASE
            )
            return with_item(stands.held, version, judge)
        if after.is_qualification:
            return None
        try:
            return take_next(version, judge, stands, after.pk, PREFETCH_LEASE, prefetch=True)
        except NotQualified:
            return None


def take_next(
    version: ProtocolVersion,
    judge: Judge,
    stands: claims.JudgeStanding,
    leaving: int,
    hold: timedelta,
    *,
    prefetch: bool = False,
) -> Lease | None:
    """Hold an item that the judge does not hold yet: gold when it is its turn, or an open one."""
    chosen = gold.next_gold(version, judge, leaving) if stands.has_gold else None
    if chosen is not None:
        # The last one of the qualification set may be the one just left, and still be held.
        held = chosen.leases.filter(judge=judge).values_list("pk", flat=True).first()
        if held is None or not keep(held, hold):
            held = take(chosen, judge, hold, prefetch=prefetch)
        if held is not None:
            return with_item(held, version, judge)
    if is_crowded(judge):
        return None
    if version.number > 1 and version.subject == Subject.OUTPUT:
        for item in carried.begun(version, judge, leaving)[:FEW]:
            if (held := take(item, judge, hold, prefetch=prefetch)) is not None:
                return with_item(held, version, judge)
    lease = claims.claim(
        version,
        judge,
        top=stands.top,
        asked=stands.asked,
        hold=hold,
        after=leaving,
        prefetch=prefetch,
    )
    return known(lease, version, judge) if lease is not None else None


def lock(judge: Judge) -> None:
    """Lock the judge's row: it puts one person's tabs and double clicks in order.

    Guests of one address then follow each other, too: see `crowds.queue_up`.
    """
    with claims.planned_cursor() as cursor:
        cursor.execute(LOCK, [judge.pk])
    queue_up(judge)


def locked_standing(version: ProtocolVersion, judge: Judge, leaving: int) -> claims.JudgeStanding:
    """Lock the judge's row and look where they stand, both in one round trip."""
    asked = claims.asked_anywhere(version)
    if judge.address:
        lock(judge)
        return claims.standing(version, judge, asked, after=leaving)
    with claims.planned_cursor() as locking, locking.connection.pipeline():
        locking.execute(LOCK, [judge.pk])
        return claims.standing(version, judge, asked, after=leaving)


def keep(lease_id: int, hold: timedelta) -> bool:
    """Hold from now on for so long; a prefetched item counts as opened. False when it is lost."""
    kept = Lease.objects.filter(pk=lease_id).update(
        expires_at=Now() + hold,
        taken_at=Case(When(is_prefetch=True, then=Now()), default=F("taken_at")),
        is_prefetch=Value(False),
    )
    return bool(kept)


def take(item: Item, judge: Judge, hold: timedelta, *, prefetch: bool = False) -> int | None:
    """Hold this very item where it has room; gold items always have. Returns the lease's id."""
    given: dict[str, Any] = {
        "item": item.pk,
        "judge": judge.pk,
        "address": judge.address,
        "hold": hold,
        "prefetch": prefetch,
    }
    with claims.planned_cursor() as cursor:
        cursor.execute(TAKE, given)
        row = cursor.fetchone()
    return int(row[0]) if row else None


def with_item(lease_id: int, version: ProtocolVersion, judge: Judge) -> Lease | None:
    """The lease with its judge, item and version; the subject is fetched when it is asked for.

    None when the sweep ended it just now, which it can only for one that was not kept.
    """
    with claims.planned_cursor() as cursor:
        cursor.execute(HELD, [lease_id])
        row = cursor.fetchone()
    return known(claims.lease_from(row), version, judge) if row is not None else None


def known(lease: Lease, version: ProtocolVersion, judge: Judge) -> Lease:
    """The lease with what is known already, so that nobody fetches it again."""
    lease.judge, lease.item.version = judge, version
    return lease


@transaction.atomic
def lease_on(item: Item, judge: Judge) -> Lease | None:
    """Hold this very item, where there is room and the judge has not finished it."""
    lock(judge)
    return hold_locked(item, judge)


def hold_locked(item: Item, judge: Judge) -> Lease | None:
    """`lease_on` for a judge whose row is locked."""
    lease_id = Lease.objects.filter(item=item, judge=judge).values_list("pk", flat=True).first()
    if lease_id is None or not keep(lease_id, LEASE):
        held = Lease.objects.filter(judge=judge, item__version=item.version_id)
        refused = held.count() >= MOST_HELD or is_crowded(judge) or is_finished(item, judge)
        lease_id = None if refused else take(item, judge, LEASE)
    return with_item(lease_id, item.version, judge) if lease_id is not None else None


def is_finished(item: Item, judge: Judge) -> bool:
    """Whether a judgment or comparison by this judge that finishes the item stands."""
    return any(
        rows.filter(judge=judge, finishes_item=True, withdrawn_at=None).exists()
        for rows in (item.judgments, item.comparisons)
    )


def renew(*, token: uuid.UUID, judge: Judge) -> Lease | None:
    """Hold on to what this token names, opened or prefetched; None when the hold was lost."""
    lease = Lease.objects.filter(token=token, judge=judge).first()
    if lease is None or not keep(lease.pk, LEASE):
        return None
    return Lease.objects.select_related("item__version__protocol").filter(pk=lease.pk).first()


@transaction.atomic
def release(*, token: uuid.UUID, judge: Judge) -> None:
    """Give an item back unjudged; nothing happens when it was given back already."""
    lease = Lease.objects.filter(token=token, judge=judge).first()
    if lease is not None:
        end_lease(Item.objects.select_for_update(no_key=True).get(pk=lease.item_id), judge)


@transaction.atomic
def release_prefetched(*, token: uuid.UUID, judge: Judge) -> None:
    """Give back what was held ahead; nothing happens when it was opened meanwhile, or is gone."""
    lock(judge)
    if Lease.objects.filter(token=token, judge=judge, is_prefetch=True).exists():
        release(token=token, judge=judge)


def end_lease(locked: Item, judge: Judge) -> None:
    """Delete the judge's lease on a locked item and count it off."""
    ended, _ = Lease.objects.filter(item=locked, judge=judge).delete()
    if ended and not locked.is_gold:
        Item.objects.filter(pk=locked.pk).update(leased=F("leased") - 1)
        locked.leased -= 1


@transaction.atomic
def settle(
    *, item: Item, judge: Judge, check: str = GuestCheck.COUNTED, way: str = Way.UNKNOWN
) -> bool:
    """Count an item as finished by this judge and end their lease on it.

    A skip that was counted as this judge's turn becomes the turn itself. Without a lease the
    judge is counted where there is room, and where their word counts: see `may_fill`.

    Returns True when this one fills no place, mostly since the item has all the judges it needs.
    """
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    end_lease(locked, judge)
    skipped = SkippedItem.objects.filter(item=locked, judge=judge).first()
    if skipped is not None:
        skipped.delete()
    if locked.is_gold:
        return False
    had_turn = skipped is not None and skipped.counted
    if not may_fill(judge, item.version.protocol, check, way):
        Item.objects.filter(pk=locked.pk).update(done=F("done") - int(had_turn))
        return True
    if had_turn:
        return False
    if locked.done + locked.leased >= locked.needed:
        return True
    Item.objects.filter(pk=locked.pk).update(done=F("done") + 1)
    return False


@transaction.atomic
def reopen(*, item: Item, judge: Judge, was_surplus: bool) -> Lease | None:
    """Take back what `settle` counted, after the judgment was withdrawn, and hold the item.

    None when it was surplus and the item is still full.
    """
    lock(judge)
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if not was_surplus and not locked.is_gold:
        Item.objects.filter(pk=locked.pk).update(done=F("done") - 1)
    return hold_locked(item, judge)


def sweep() -> int:
    """End leases that ran out; returns how many. Their items go back to the queue.

    What somebody has locked at this moment waits for the next sweep.
    """
    with connection.cursor() as cursor:
        cursor.execute(SWEEP)
        return int(cursor.fetchone()[0])


@transaction.atomic
def recount(item: Item) -> None:
    """Count `done` and `leased` of an item from the rows, after it became gold or ceased to be.

    `needed` is raised where more judges did it than it needs.
    """
    Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    finishing = Q(finishes_item=True, is_surplus=False, withdrawn_at=None)
    done = (
        item.judgments.filter(finishing).count()
        + item.comparisons.filter(finishing).count()
        + item.skipped.filter(counted=True).count()
    )
    leased = item.leases.aggregate(n=Count("pk"))["n"]
    Item.objects.filter(pk=item.pk).update(
        done=done, leased=leased, needed=Greatest(F("needed"), done + leased)
    )
