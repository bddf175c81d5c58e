"""Following things and people, and noting how far somebody has read."""

from typing import Final

from django.db import transaction
from django.db.models.functions import Greatest

from evaluations.accounts.models import User
from evaluations.activity.models import Event, Follow
from evaluations.activity.notices.following import Subject, column_of

MOST_FOLLOWED: Final = 500


class FollowRefused(Exception):
    """It cannot be followed; the message says why."""


@transaction.atomic
def follow(*, person: User, subject: Subject) -> Follow:
    """Have what happens to something told in one's notices; again changes nothing.

    Raises:
        PermissionError: when *person* is not signed in.
        FollowRefused: for oneself, and beyond the number of things that can be followed.
    """
    if not person.is_authenticated or not person.is_active:
        raise PermissionError("Sign in to follow something.")
    if subject == person:
        raise FollowRefused("What you do yourself is no news to you.")
    # Two presses at once count as one after the other.
    User.objects.select_for_update().get(pk=person.pk)
    rows = Follow.objects.filter(person=person)
    if found := rows.filter(**column_of(subject)).first():
        return found
    if rows.count() >= MOST_FOLLOWED:
        raise FollowRefused(f"You follow {MOST_FOLLOWED} things: stop following one of them first.")
    return Follow.objects.create(person=person, **column_of(subject))


def stop_following(*, person: User, subject: Subject) -> None:
    """Hear no more of something; nothing happens where it was not followed."""
    Follow.objects.filter(person=person, **column_of(subject)).delete()


def mark_read(*, person: User, upto: int) -> None:
    """Note that somebody read what happened up to an event; never back again."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    User.objects.filter(pk=person.pk).update(seen_event=Greatest("seen_event", min(upto, newest)))
