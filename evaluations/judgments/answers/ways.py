"""Whether a judgment was served or chosen, once it is known what was said before."""

from typing import Any

from django.db.models import QuerySet

from evaluations.judgments.models import GuestCheck, Item, Judge, JudgeKind, Judgment, Way


def way_of(earlier: QuerySet[Any], way: str) -> str:
    """How a judgment came about: who corrects what was served to them did not choose it.

    Args:
        earlier: what the same judge said of it before.
    """
    if way != Way.CHOSEN:
        return way
    before = earlier.exclude(way=Way.CHOSEN).order_by("-id").values_list("way", flat=True).first()
    return before or way


def said_before(judge: Judge, item: Item | None, **subject: Any) -> QuerySet[Judgment]:
    """What a judge said of a subject before, for `way_of`.

    Of a guest in a round only what was counted: a round takes nothing from the allowance of an
    address, and what that held back would be served, and counted everywhere, all the same.
    """
    earlier = Judgment.objects.filter(judge=judge, **subject)
    if judge.kind == JudgeKind.GUEST and item is not None and item.version.protocol.is_round:
        return earlier.filter(guest_check=GuestCheck.COUNTED)
    return earlier
