"""Whose finished items fill a place of them, and what changes when somebody's standing does."""

from django.db import transaction
from django.db.models import F

from evaluations.judgments.models import Access, GuestCheck, Item, Judge, JudgeKind, Protocol, Way

UNCHECKED = ""
"""Of what no allowance is asked, such as a skip: a guest's fills no place."""


def may_fill(judge: Judge, protocol: Protocol, check: str, way: str) -> bool:
    """Whether what this judge finishes under a protocol fills a place of the item.

    Not what they opened by its own address, since the places are for what the queue draws
    (in a round it draws what its owner chose); not where a guest's judgment is not counted, or
    the protocol wants people who are signed in; nor while the judge is set aside.
    """
    if way == Way.CHOSEN and not protocol.is_round:
        return False
    if judge.kind == JudgeKind.GUEST and (
        check != GuestCheck.COUNTED or protocol.access == Access.SIGNED_IN
    ):
        return False
    return not judge.set_aside.in_force().under(protocol).exists()


@transaction.atomic
def recount_places(judge: Judge) -> None:
    """Let what a judge finished fill places, or leave them, after their standing changed.

    That is when a guest signs up and when somebody is set aside, or is so no longer. Where an
    item is full by now, a judgment stays surplus.
    """
    for rows in (judge.judgments, judge.comparisons):
        finished = rows.filter(finishes_item=True, withdrawn_at=None, item__is_gold=False)
        for row in finished.select_related("item__version__protocol").order_by("item"):
            assert row.item is not None
            fills = may_fill(judge, row.item.version.protocol, row.guest_check, row.way)
            if fills != row.is_surplus:
                continue
            places = Item.objects.filter(pk=row.item.pk)
            if fills:
                places = places.filter(needed__gt=F("done") + F("leased"))
            if places.update(done=F("done") + (1 if fills else -1)):
                rows.filter(pk=row.pk).update(is_surplus=not fills)
