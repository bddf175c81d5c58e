"""Items that a judge passes by and takes back: counters and holds stay in order."""

from django.db import transaction
from django.db.models import F, Q

from evaluations.judgments.items import queue
from evaluations.judgments.items.crowds import is_crowded
from evaluations.judgments.items.places import UNCHECKED, may_fill
from evaluations.judgments.models import Item, Judge, SkippedItem, SkipPolicy, Way


@transaction.atomic
def skip_item(*, item: Item, judge: Judge, way: str = Way.UNKNOWN) -> None:
    """Leave an item unjudged; by the version's policy it is not served to this judge again.

    Where a skip counts as a turn it is in `done`, once, where there is room and where the word of
    this judge counts; a guest's skip is no turn. An item that the judge has finished is only given
    back.
    """
    queue.lock(judge)
    items = Item.objects.select_for_update(of=("self",)).select_related("version__protocol")
    locked = items.get(pk=item.pk)
    queue.end_lease(locked, judge)
    if queue.is_finished(locked, judge):
        return
    counted = (
        locked.version.skip_policy == SkipPolicy.COUNTS
        and not locked.is_gold
        and locked.done + locked.leased < locked.needed
        and may_fill(judge, locked.version.protocol, UNCHECKED, way)
    )
    _, is_new = SkippedItem.objects.get_or_create(
        item=locked, judge=judge, defaults={"counted": counted}
    )
    if is_new and counted:
        Item.objects.filter(pk=locked.pk).update(done=F("done") + 1)


@transaction.atomic
def unskip_item(*, item: Item, judge: Judge) -> None:
    """Take back that a judge passed an item by; a turn that the skip had counted as goes too.

    What was opened in its place comes after it again, as what was prefetched does. Where the
    guests of an address hold as many items as they may, it makes room for it.
    """
    queue.lock(judge)
    held = judge.leases.filter(item__version=item.version_id)
    touched = Q(pk=item.pk) | Q(pk__in=held.values("item"))
    locked = {it.pk: it for it in Item.objects.select_for_update().filter(touched).order_by("pk")}
    for skipped in SkippedItem.objects.filter(item=item, judge=judge, carried=False):
        if skipped.counted:
            Item.objects.filter(pk=item.pk).update(done=F("done") - 1)
        skipped.delete()
        for lease in held.order_by("-is_prefetch"):
            if is_crowded(judge):
                queue.end_lease(locked[lease.item_id], judge)
        held.update(is_prefetch=True)
