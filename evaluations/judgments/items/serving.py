"""The next item of a protocol for a visitor, past those that they skipped or nobody can read."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest

from evaluations.judgments.items import claims, gold, queue, skips
from evaluations.judgments.items.crowds import is_crowded
from evaluations.judgments.models import Item, Judge, Lease, ProtocolVersion, SkipPolicy
from evaluations.runs.models import Output

SKIPPED_ITEMS = "skipped_items"
SKIPS_KEPT = 200
TRIES = 12


def skipped_items(request: HttpRequest) -> list[int]:
    """Ids of the items that this browser passed by."""
    return list(request.session.get(SKIPPED_ITEMS, []))


def skip(
    request: HttpRequest,
    item: Item | None,
    judge: Judge | None,
    *,
    name: str,
    passed: Any,
    way: str,
) -> None:
    """Pass an item by. Who is no judge yet has it kept in the session alone.

    Without an item the session's list *name* keeps what else was *passed*, the newest last.
    """
    if item is not None and judge is not None:
        skips.skip_item(item=item, judge=judge, way=way)
        return
    if item is not None:
        name, passed = SKIPPED_ITEMS, item.pk
    kept = [it for it in request.session.get(name, []) if it != passed]
    request.session[name] = [*kept, passed][-SKIPS_KEPT:]


def give_back(item: Item, judge: Judge) -> None:
    lease = item.leases.filter(judge=judge).first()
    if lease is not None:
        queue.release(token=lease.token, judge=judge)


def held_ahead(lease: Lease | None) -> Lease | None:
    """A short hold on the item after the one that is open, so that the next save finds it."""
    if lease is None:
        return None
    return queue.prefetch(lease.item.version, lease.judge, after=lease.item)


def is_readable(item: Item) -> bool:
    """Whether both outputs of a pair are still there; what else an item shows always is."""
    sides = [it for it in (item.left_id, item.right_id) if it is not None]
    return Output.objects.written().filter(pk__in=sides).count() == len(sides)


def next_item(
    version: ProtocolVersion,
    judge: Judge | None,
    *,
    after: Item | None = None,
    passed: Collection[int] = (),
) -> tuple[Item | None, Lease | None]:
    """An item, under a lease once the visitor is a judge; None when nothing is open to them.

    When none is open, new outputs or prompts may have made some.

    Raises:
        queue.NotQualified: when the judge failed the protocol's qualification.
    """
    again_later = version.skip_policy == SkipPolicy.LATER
    filled = False
    for _ in range(TRIES):
        item, lease = held_item(version, judge, after)
        if item is None and not filled:
            filled = True
            if queue.fill_items(version):
                item, lease = held_item(version, judge, after)
        if item is None or (is_readable(item) and (again_later or item.pk not in passed)):
            return item, lease
        if judge is not None:
            give_back(item, judge)
        after = item
    return None, None


def held_item(
    version: ProtocolVersion, judge: Judge | None, after: Item | None
) -> tuple[Item | None, Lease | None]:
    if judge is None:
        return peek(version), None
    lease = queue.next_item(version, judge, after=after)
    if lease is None and is_crowded(judge):
        return peek(version, judge, after=after), None
    return (lease.item, lease) if lease is not None else (None, None)


def peek(
    version: ProtocolVersion, judge: Judge | None = None, *, after: Item | None = None
) -> Item | None:
    """An open item for somebody who holds none, without holding it.

    For who is not a judge yet the qualification set comes first, and on the default protocol any
    item when none is open. Withdrawn outputs are left out.

    Args:
        after: the item just left, not to be served again.
    """
    first = gold.of_qualification(version).first() if judge is None else None
    if first is not None:
        return first
    items = Item.objects.for_judging()
    found = claims.find_open(version, judge, after=after.pk if after is not None else 0)
    if found is not None:
        return items.filter(pk=found).first()
    if judge is not None or not version.protocol.is_default:
        return None
    return (
        items.filter(gold.readable(version, None), version=version, is_gold=False)
        .order_by("random")
        .first()
    )
