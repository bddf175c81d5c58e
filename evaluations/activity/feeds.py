"""Feeds of events as Atom (RFC 4287), by Django's own writer, the only one that escapes.

Ids are tag URIs (RFC 4151) of a key that the site keeps with its data and an event's number, so
that a reader knows an entry again wherever the site moves. An entry is made of what never changes:
no count, no name of a person, no address that a renaming would break.
"""

import datetime as dt
import hashlib
import re
import uuid
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.http import quote_etag

from evaluations.activity.models import Event, SiteKey
from evaluations.activity.querysets import EventQuerySet

ENTRIES: Final = 50
SITE_NAME: Final = "By What Definition?"
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 has not, and that people may type: one of them would end a feed."""


class Feed(Atom1Feed):
    """An Atom feed that says when its site began, where nothing happened yet."""

    def latest_post_date(self) -> dt.datetime:
        return super().latest_post_date() if self.items else self.feed["began"]


def site_key() -> SiteKey:
    """What the ids of this site's feeds begin with; made when it is first asked for."""
    key, _ = SiteKey.objects.get_or_create(
        pk=1, defaults={"value": uuid.uuid4().hex, "made_on": timezone.now().date()}
    )
    return key


def tag(key: SiteKey, name: str) -> str:
    """The id of an entry or a feed. Nobody owns a host under .invalid, so none can be taken."""
    return f"tag:{key.value}.invalid,{key.made_on.isoformat()}:{name}"


def feed_response(
    request: HttpRequest, events: EventQuerySet, *, name: str, title: str, page: str
) -> HttpResponse:
    """The newest events as a feed, or 304 to a reader that has them; two queries and the key's.

    Args:
        name: what the feed is called in its id, such as `definition/17`; never a slug.
        page: path of the page that it belongs to.
    """
    key = site_key()
    newest = list(events.order_by("-pk").values_list("pk", "at")[:ENTRIES])
    address = request.build_absolute_uri()
    seen = "\n".join([address, title, *(str(pk) for pk, _ in newest)])
    etag = quote_etag(hashlib.sha256(seen.encode()).hexdigest()[:32])
    began = dt.datetime.combine(key.made_on, dt.time.min, dt.UTC)
    changed = newest[0][1] if newest else began
    response = get_conditional_response(request, etag, int(changed.timestamp()))
    if response is None:
        feed = Feed(
            title=in_xml(title),
            link=request.build_absolute_uri(page),
            description=None,
            language="en",
            author_name=SITE_NAME,
            feed_url=address,
            feed_guid=tag(key, name),
            began=began,
        )
        for event in Event.objects.filter(pk__in=[pk for pk, _ in newest]).order_by("-pk"):
            feed.add_item(**entry(request, key, event))
        response = HttpResponse(content_type=Feed.content_type)
        feed.write(response, "utf-8")
    response["ETag"] = etag
    response["Last-Modified"] = f"{changed.astimezone(dt.UTC):%a, %d %b %Y %H:%M:%S} GMT"
    return response


def in_xml(text: str) -> str:
    """A text without what no XML holds."""
    return NOT_IN_XML.sub("", text)


def entry(request: HttpRequest, key: SiteKey, event: Event) -> dict[str, Any]:
    """One event as the fields of an entry."""
    return {
        "title": in_xml(event.sentence),
        "link": request.build_absolute_uri(reverse("event", args=[event.pk])),
        # What a summary says is read as HTML: as such it is escaped, before the XML is.
        "description": escape(in_xml(event.reason)) or None,
        "unique_id": tag(key, f"event/{event.pk}"),
        "pubdate": event.at,
        "updateddate": event.at,
    }
