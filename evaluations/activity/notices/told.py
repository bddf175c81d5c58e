"""Notices: what happened since somebody last looked that concerns them or that they follow.

Computed whenever they are shown, from the events and from how far somebody has read, and stored
nowhere. Nobody hears of views, votes or who follows them: that teaches to write for applause.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.addresses import address_of
from evaluations.activity.kinds import FOLLOWED, KINDS
from evaluations.activity.models import Event, EventConcern, Follow
from evaluations.activity.querysets import EventQuerySet

LASTS: Final = dt.timedelta(days=60)
MOST: Final = 200


def told_to(person: User) -> EventQuerySet:
    """What somebody is told of the last 60 days: what means them, and what they follow.

    Nobody is told of their own doing.
    """
    since = timezone.now() - LASTS
    meant = EventConcern.objects.filter(person=person).values("event")
    mine = Follow.objects.filter(person=person)
    followed = (
        Event.objects.listed()
        .filter(kind__in=FOLLOWED, at__gte=since)
        .filter(
            Q(definition__in=mine.filter(definition__isnull=False).values("definition"))
            | Q(collection__in=mine.filter(collection__isnull=False).values("collection"))
            | Q(actor__in=mine.filter(followed__isnull=False).values("followed"))
        )
    )
    told = Event.objects.filter(at__gte=since).filter(
        Q(pk__in=meant) | Q(pk__in=followed.values("pk"))
    )
    return told.exclude(actor=person)


def unread_by(person: User) -> EventQuerySet:
    """Of these, what somebody has not marked as read."""
    return told_to(person).filter(pk__gt=person.seen_event)


def unread_count(person: User) -> int:
    """How many there are, no more than `MOST`; one query."""
    return unread_by(person).order_by()[:MOST].count()


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened to one thing: one event, or several of a kind put together."""

    sentence: str
    reason: str
    address: str
    """Empty where the thing was erased."""
    at: dt.datetime
    """Of the newest."""
    is_unread: bool
    who: tuple[str, ...]
    """Names of those who did it, at most three; empty where they left."""


def notices_for(person: User) -> list[Notice]:
    """The newest `MOST` events as notices, the newest first; one query."""
    events = told_to(person).with_rows().order_by("-pk")[:MOST]
    return grouped(events, seen=person.seen_event)


def grouped(events: Iterable[Event], seen: int) -> list[Notice]:
    """Events of one kind about one thing put together; read and unread ones stay apart."""
    groups: dict[tuple[object, ...], list[Event]] = {}
    for event in events:
        thing = event.definition_id, event.collection_id, event.decision_id
        groups.setdefault((event.kind, *thing, event.pk > seen), []).append(event)
    return [as_notice(group, seen) for group in groups.values()]


def as_notice(group: list[Event], seen: int) -> Notice:
    newest, n = group[0], len(group)
    names = dict.fromkeys(event.actor.get_username() for event in group if event.actor is not None)
    sentence = newest.sentence
    if n > 1:
        sentence = KINDS[newest.kind].many.format(n=n, title=newest.title)
    return Notice(
        sentence=sentence,
        reason=newest.reason if n == 1 else "",
        address=address_of(newest),
        at=newest.at,
        is_unread=newest.pk > seen,
        who=tuple(names)[:3] if newest.kind != "decided" else (),
    )
