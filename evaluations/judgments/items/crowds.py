"""How much may be held at once: by a judge, and by all guests of one address together.

A session costs nothing, so a bound by judge alone would let one address hold a whole queue.
"""

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from evaluations.judgments.models import Judge, Lease

MOST_HELD = 5
"""Leases at once of all guests of one address, and of one judge under one protocol."""


def held_by_guests(judge: Judge) -> QuerySet[Lease]:
    """What the guests of this guest's address hold now."""
    return Lease.objects.filter(address=judge.address, expires_at__gt=Now()).exclude(address="")


def queue_up(judge: Judge) -> None:
    """Let the guests of one address count and claim one after the other, until the commit.

    Taken after the judge's row and before any item's; who has no address waits for nobody.
    """
    if judge.address:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"guests-at:{judge.address}"],
            )


def is_crowded(judge: Judge) -> bool:
    """Whether the guests of this guest's address hold as many items as they may."""
    return bool(judge.address) and held_by_guests(judge).count() >= MOST_HELD


def crowd_in_words(judge: Judge | None) -> str:
    """Why nothing is held for a guest, and when again; empty where that is not the reason."""
    if judge is None or not is_crowded(judge):
        return ""
    again = (
        held_by_guests(judge).order_by("expires_at").values_list("expires_at", flat=True).first()
    )
    return (
        f"Guests at your address hold {MOST_HELD} items, as many as one address may at once, so "
        "this one is not held for you: you can judge it all the same, and others may finish it "
        f"before you. One can be held again from {again:%H:%M} UTC, or once you sign in."
    )
