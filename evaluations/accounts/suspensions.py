"""Suspended accounts: they sign in and read, and are told why they cannot write, and until when."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import Role, User

LONGEST_DAYS = 365


NO_MODERATOR: Final = "Only moderators and staff may do this."


def may_not_suspend(person: User, actor: User) -> str:
    """Why somebody may not suspend an account; empty where they may."""
    if not actor.may_moderate:
        return NO_MODERATOR
    if person.is_staff or (person.role == Role.MODERATOR and not actor.is_staff):
        return "Staff cannot be suspended, and moderators only by staff."
    return ""


@transaction.atomic
def suspend(*, person: User, actor: User, days: int, sentence: str) -> User:
    """Keep an account from writing until so many days from now, or longer where it was before.

    Raises:
        PermissionError: when *actor* is no moderator, or *person* is staff.
        ValueError: for a span outside 1 to 365 days, or without a sentence.
    """
    if why_not := may_not_suspend(person, actor):
        raise PermissionError(why_not)
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError(f"A suspension lasts from 1 to {LONGEST_DAYS} days.")
    if not sentence.strip():
        raise ValueError("Say why, in a sentence that the account's owner reads.")
    until, why = timezone.now() + dt.timedelta(days=days), sentence.strip()
    kept = User.objects.select_for_update().get(pk=person.pk)
    if kept.suspended_until is not None and kept.suspended_until > until:
        until, why = kept.suspended_until, kept.suspended_because
    return suspended(person, until, why)


def shorten(*, person: User, actor: User, until: dt.datetime, sentence: str) -> User:
    """End a suspension sooner, and say what it is for then.

    Raises:
        PermissionError: when *actor* is no moderator.
    """
    check_moderator(actor)
    return suspended(person, until, sentence)


def lift(*, person: User, actor: User) -> User:
    """End a suspension now.

    Raises:
        PermissionError: when *actor* is no moderator.
    """
    check_moderator(actor)
    return suspended(person, None, "")


def suspended(person: User, until: dt.datetime | None, sentence: str) -> User:
    person.suspended_until, person.suspended_because = until, sentence
    person.save(update_fields=["suspended_until", "suspended_because"])
    return person


def check_moderator(actor: User) -> None:
    if not actor.may_moderate:
        raise PermissionError(NO_MODERATOR)
