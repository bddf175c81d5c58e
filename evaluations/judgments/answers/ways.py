"""Whether a judgment was served or chosen, once it is known what was said before."""

from typing import Any

from django.db.models import QuerySet

from evaluations.judgments.models import Way


def way_of(earlier: QuerySet[Any], way: str) -> str:
    """How a judgment came about: who corrects what was served to them did not choose it.

    Args:
        earlier: what the same judge said of it before.
    """
    if way != Way.CHOSEN:
        return way
    before = earlier.exclude(way=Way.CHOSEN).order_by("-id").values_list("way", flat=True).first()
    return before or way
