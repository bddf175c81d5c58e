"""Suspended accounts: they sign in and read, and are told why they cannot write, and until when."""

import datetime as dt

from django.utils import timezone

from evaluations.accounts.models import Role, User

LONGEST_DAYS = 365


def suspend(*, person: User, actor: User, days: int, sentence: str) -> User:
    """Keep an account from writing until so many days from now.

    Raises:
        PermissionError: when *actor* is no moderator, or *person* is staff.
        ValueError: for a span outside 1 to 365 days, or without a sentence.
    """
    check_moderator(actor)
    if person.is_staff or (person.role == Role.MODERATOR and not actor.is_staff):
        raise PermissionError("Staff cannot be suspended, and moderators only by staff.")
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError(f"A suspension lasts from 1 to {LONGEST_DAYS} days.")
    if not sentence.strip():
        raise ValueError("Say why, in a sentence that the account's owner reads.")
    person.suspended_until = timezone.now() + dt.timedelta(days=days)
    person.suspended_because = sentence.strip()
    person.save(update_fields=["suspended_until", "suspended_because"])
    return person


def lift(*, person: User, actor: User) -> User:
    """End a suspension now.

    Raises:
        PermissionError: when *actor* is no moderator.
    """
    check_moderator(actor)
    person.suspended_until, person.suspended_because = None, ""
    person.save(update_fields=["suspended_until", "suspended_because"])
    return person


def check_moderator(actor: User) -> None:
    if not actor.may_moderate:
        raise PermissionError("Only moderators and staff may do this.")
