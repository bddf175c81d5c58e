"""Notices: what happened since somebody last looked that concerns them or that they follow.

Computed whenever they are shown, from the events and from how far somebody has read, and stored
nowhere. Nobody hears of views, votes or who follows them: that teaches to write for applause.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.addresses import address_of
from evaluations.activity.kinds import FOLLOWED, KINDS
from evaluations.activity.models import Event
from evaluations.activity.querysets import EventQuerySet
from evaluations.common.folding import folded_among
from evaluations.curation.models import Collection

LASTS: Final = dt.timedelta(days=60)
MOST: Final = 200


# The newest of each thing that is followed come from an index of their own. Asked for all at once,
# or in the order of their keys, PostgreSQL walks through every event of the site, once a thing.
# Of people who hide their names nothing is told: "by a member" would say who that is.
KEYS = """
WITH mine AS (
    SELECT definition_id, collection_id, followed_id FROM activity_follow
    WHERE person_id = %(person)s
)
(SELECT event_id AS id, true AS meant FROM activity_eventconcern
    WHERE person_id = %(person)s AND event_id > %(after)s ORDER BY event_id DESC LIMIT %(most)s)
UNION ALL (SELECT e.id, false FROM mine CROSS JOIN LATERAL (
    SELECT id FROM activity_event WHERE definition_id = mine.definition_id
    AND at >= %(since)s AND id > %(after)s AND kind = ANY(%(kinds)s)
    ORDER BY at DESC LIMIT %(most)s) e)
UNION ALL (SELECT e.id, false FROM mine CROSS JOIN LATERAL (
    SELECT id FROM activity_event WHERE collection_id = mine.collection_id
    AND at >= %(since)s AND id > %(after)s AND kind = ANY(%(kinds)s)
    ORDER BY at DESC LIMIT %(most)s) e)
UNION ALL (SELECT e.id, false FROM mine
    JOIN accounts_user ON accounts_user.id = mine.followed_id AND NOT accounts_user.hides_name
    CROSS JOIN LATERAL (
    SELECT id FROM activity_event WHERE actor_id = mine.followed_id
    AND at >= %(since)s AND id > %(after)s AND kind = ANY(%(kinds)s)
    ORDER BY at DESC LIMIT %(most)s) e)
ORDER BY id DESC LIMIT %(most)s
"""

NEWEST = """
SELECT (SELECT max(id) FROM activity_event), max(id), count(*), EXISTS (
    SELECT FROM activity_eventconcern WHERE person_id = %(person)s AND event_id > %(after)s)
FROM activity_follow WHERE person_id = %(person)s
"""


def told_to(person: User, after: int = 0) -> EventQuerySet:
    """What somebody is told of the last 60 days: what means them, and what they follow.

    The newest `MOST` at most, after an event. Nobody is told of their own doing, nor of that of
    authors whom they hide. Two queries are made here, for the keys.
    """
    return listed_to(person, keys_for(person, after))


def keys_for(person: User, after: int) -> tuple[tuple[int, bool], ...]:
    """The newest events that may be told to somebody, each with whether it means them. A query."""
    asked: dict[str, Any] = {
        "person": person.pk,
        "since": timezone.now() - LASTS,
        "after": after,
        "most": MOST,
        "kinds": list(FOLLOWED),
    }
    with connection.cursor() as cursor:
        cursor.execute(KEYS, asked)
        return tuple(cursor.fetchall())


def listed_to(person: User, keys: Sequence[tuple[int, bool]]) -> EventQuerySet:
    """Of these events those that somebody is told of. A query where some are followed."""
    if not keys:
        return Event.objects.none()
    meant = [key for key, is_meant in keys if is_meant]
    followed = [key for key, is_meant in keys if not is_meant]
    # Keys, not a query within the query: for that PostgreSQL reads every event again.
    listed = Event.objects.listed().filter(pk__in=followed).values_list("pk", flat=True)
    told = Event.objects.filter(pk__in=[*meant, *(listed if followed else ())])
    since = timezone.now() - LASTS
    return told.not_hidden_from(person).filter(at__gte=since).exclude(actor=person)


def unread_count(person: User) -> int:
    """How many somebody has not marked as read, no more than `MOST`.

    One short query, and three more where something happened on the site, or they follow something
    else, since this process counted for them, or that was not in this minute: the masthead of
    every page asks. What is hidden or taken back meanwhile goes a minute later, and what was begun
    before the newest event and committed after it comes as late.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, {"person": person.pk, "after": person.seen_event})
        newest = cursor.fetchone()
    if not any(newest[2:]):  # they follow nothing, and nothing new means them
        return 0
    minute = int(timezone.now().timestamp() // 60)
    return counted(person.pk, person.seen_event, newest, minute)


@lru_cache(maxsize=1_000)
def counted(person: int, seen: int, newest: tuple[int | None, ...], minute: int) -> int:
    asking = User(pk=person)
    return listed_to(asking, keys_for(asking, after=seen)).order_by().count()


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
    events: int
    """How many were put together."""
    who: tuple[str, ...]
    """Names of those who did it, at most three; empty where they left."""


def notices_for(person: User) -> list[Notice]:
    """The newest `MOST` events as notices; three queries, and those of `with_rows`."""
    events = told_to(person).with_rows().order_by("-pk")
    return grouped(events, seen=person.seen_event)


def grouped(events: Iterable[Event], seen: int) -> list[Notice]:
    """Events of one kind about one thing put together; read and unread ones stay apart, and no
    collection is named that readers folded. One query where there are any about collections."""
    groups: dict[tuple[object, ...], list[Event]] = {}
    events = list(events)
    about = {event.collection_id for event in events if event.collection_id is not None}
    folded = folded_among(Collection, about, None)
    for event in events:
        thing = event.definition_id, event.collection_id, event.decision_id
        groups.setdefault((event.kind, *thing, event.pk > seen), []).append(event)
    return [
        as_notice(group, seen, folded.get(group[0].collection_id or 0, ""))
        for group in groups.values()
    ]


def as_notice(group: list[Event], seen: int, folded: str) -> Notice:
    newest, n = group[0], len(group)
    names = dict.fromkeys(event.actor.shown_name for event in group if event.actor is not None)
    sentence = newest.sentence
    if n > 1:
        sentence = KINDS[newest.kind].many.format(n=n, title=newest.title)
    if folded:
        sentence = sentence.replace(f"“{newest.title}”", f"“{folded}”")
    return Notice(
        sentence=sentence,
        reason=newest.reason if n == 1 and not folded else "",
        address=address_of(newest),
        at=newest.at,
        is_unread=newest.pk > seen,
        events=n,
        who=tuple(names)[:3] if newest.kind != "decided" else (),
    )
