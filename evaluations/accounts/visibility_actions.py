"""Writing who reads a prompt set, a run or a protocol, and publishing what is due."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience, Guarded, is_wider, read_by


class VisibilityRefused(Exception):
    """It cannot be read by these people, or not from that day on; the message says why."""


def check_guard(thing: Guarded, actor: User) -> None:
    if not thing.guarded_by(actor):
        raise PermissionError(f"Only its owner and staff say who reads this {thing.noun}.")


def refusal(thing: Guarded, visibility: str, publish_on: dt.date | None) -> str:
    """Why this cannot be; empty when it can. It is never wider read than what holds it."""
    if thing.always_public and visibility != Audience.PUBLIC:
        return f"This {thing.noun} is what the site itself serves: it stays public."
    if visibility == Audience.PUBLIC and publish_on is not None:
        return "What is public needs no day on which it is published: leave the day empty."
    if publish_on is not None and publish_on <= timezone.now().date():
        return "That day has come already: choose “public”, or a later day."
    readers = read_by(visibility, publish_on)
    if is_wider(readers, thing.visibility) and (why := thing.kept_from(readers)):
        return why
    holder = thing.held_by
    if holder is None or holder.is_public:
        return ""
    if is_wider(visibility, holder.visibility):
        return (
            f"Its {holder.noun} is {holder.visibility}, and a {thing.noun} is never wider read "
            f"than that: change the {holder.noun} first."
        )
    if publish_on is not None and (holder.publish_on is None or holder.publish_on > publish_on):
        when = (
            f"becomes public on {date_format(holder.publish_on, 'j F Y')}"
            if holder.publish_on
            else f"is {holder.visibility} without an end"
        )
        return f"Its {holder.noun} {when}, and a {thing.noun} is not published before that."
    return ""


@transaction.atomic
def set_visibility(
    *, thing: Guarded, actor: User, visibility: str, publish_on: dt.date | None = None
) -> None:
    """Say who reads something. The runs of a prompt set are narrowed with it, by the database.

    Raises:
        PermissionError: when *actor* neither owns it nor is staff.
        VisibilityRefused: with the reason.
    """
    check_guard(thing, actor)
    if why := refusal(thing, visibility, publish_on):
        raise VisibilityRefused(why)
    thing.visibility, thing.publish_on = visibility, publish_on
    thing.save(update_fields=["visibility", "publish_on"])


@transaction.atomic
def invite_readers(*, thing: Guarded, actor: User, names: Iterable[str]) -> list[User]:
    """Let people read something, by their user names; returns who they are.

    Raises:
        PermissionError: when *actor* neither owns it nor is staff.
        VisibilityRefused: for names that nobody has, all of them in one sentence, and for people
            from whom what it is made of is kept.
    """
    check_guard(thing, actor)
    wanted = list(dict.fromkeys(names))
    people = {user.get_username(): user for user in User.objects.filter(username__in=wanted)}
    if unknown := [f"“{name}”" for name in wanted if name not in people]:
        raise VisibilityRefused(
            f"Nobody here has the user name {', '.join(unknown)}. Nobody was invited: names are "
            "written as they stand on what people contribute, capitals too."
        )
    if why := thing.kept_from_people(people.values()):
        raise VisibilityRefused(why)
    thing.admit(people.values())
    return list(people.values())


@transaction.atomic
def dismiss_readers(*, thing: Guarded, actor: User, people: Iterable[User]) -> None:
    """Take invitations back. What somebody judged meanwhile stays stored."""
    check_guard(thing, actor)
    thing.dismiss(people)


def publish_due(kind: type[Guarded], today: dt.date | None = None) -> int:
    """Make public what its owner wanted public by *today* (UTC); returns how much.

    What is held by something that is not public yet waits for it, and so does what is made of it.
    """
    today = today or timezone.now().date()
    rows: Any = kind._default_manager.filter(publish_on__lte=today).order_by("pk")
    done = 0
    for key in rows.values_list("pk", flat=True):
        with transaction.atomic():
            thing = rows.select_for_update().filter(pk=key).first()
            if thing is None or (thing.held_by and not thing.held_by.is_public):
                continue
            if thing.kept_from(Audience.PUBLIC):
                continue
            thing.visibility, thing.publish_on = Audience.PUBLIC, None
            thing.save(update_fields=["visibility", "publish_on"])
            done += 1
    return done
