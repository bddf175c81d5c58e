"""A collection inside other sites: a page without scripts and cookies, and oEmbed for it.

The embed page knows nobody who reads it, so it shows what may be seen before judging.
"""

from html import escape
from typing import Final
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_safe

from evaluations.common.framing import framed
from evaluations.common.parameters import whole_number
from evaluations.curation.contents import Record, records_of
from evaluations.curation.folds import title_of, with_folding
from evaluations.curation.lookups import at_its_address, collection_or_404, version_or_404
from evaluations.curation.models import Collection
from evaluations.curation.showing import behind_clicks, shown_items
from evaluations.leaderboards.snapshots.names import Named

EMBEDDED: Final = 20
WIDTH, HEIGHT, LEAST = 640, 480, 160


def gone(request: HttpRequest, collection: Collection) -> HttpResponse:
    """410 for a frame: a page of the site itself has scripts, and forms that it must not frame."""
    context = {"gone": collection, "heading": "This collection was retired"}
    return render(request, "curation/embed.html", context, status=410)


@framed
@at_its_address
def embed(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
    """The collection as it is now."""
    found = collection_or_404(request, owner, slug)
    if found.retired_at is not None:
        return gone(request, found)
    records = records_of(found.placements.for_reading()[:EMBEDDED])
    with_folding([found], None)
    return page(request, found, found.name, found.get_absolute_url(), records,
                found.placements.count())  # fmt: skip


@framed
@at_its_address
def version_embed(request: HttpRequest, owner: str, slug: str, name: Named) -> HttpResponse:
    """A frozen version, which stays what it is."""
    found = version_or_404(request, owner, slug, name)
    if found.collection.withheld:
        return gone(request, found.collection)
    items = found.contents["items"]
    with_folding([found.collection], None)
    return page(request, found.collection, title_of(found), found.get_absolute_url(),
                items[:EMBEDDED], len(items), frozen=found.day)  # fmt: skip


def page(
    request: HttpRequest, collection: Collection, title: str, href: str, records: list[Record],
    total: int, frozen: object = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "collection": collection,
        "heading": title,
        "address": request.build_absolute_uri(href),
        "items": behind_clicks(collection, shown_items(None, records), records, None),
        "more": total - len(records),
        "frozen": frozen,
    }
    return render(request, "curation/embed.html", context)


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """What embeds a page of this site, as oEmbed 1.0 has it; JSON only, own addresses only."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse("Only JSON is answered here.\n", content_type="text/plain", status=501)
    asked = request.GET.get("url", "")
    title, by, source = embeddable(request, asked)
    width = bounded(request.GET.get("maxwidth", ""), WIDTH)
    height = bounded(request.GET.get("maxheight", ""), HEIGHT)
    frame = (
        f'<iframe src="{escape(request.build_absolute_uri(source))}" width="{width}" '
        f'height="{height}" title="{escape(title)}" sandbox="allow-popups '
        'allow-top-navigation-by-user-activation" loading="lazy"></iframe>'
    )
    response = JsonResponse({
        "version": "1.0", "type": "rich", "provider_name": "By What Definition?",
        "provider_url": request.build_absolute_uri("/"), "title": title, "author_name": by,
        "width": width, "height": height, "html": frame,
    })  # fmt: skip
    response["Access-Control-Allow-Origin"] = "*"
    return response


def bounded(text: str, usual: int) -> int:
    """A size that a reader asks for, no more than usual and no less than can be read."""
    return max(LEAST, min(whole_number(text) or usual, usual))


def embeddable(request: HttpRequest, asked: str) -> tuple[str, str, str]:
    """Title, owner and the address to embed of a collection's or a version's page, or a 404."""
    missing = Http404("This is no address of a collection on this site.")
    try:
        parts = urlsplit(asked)
    except ValueError:
        raise missing from None
    if parts.scheme not in ("http", "https") or parts.netloc != request.get_host():
        raise missing
    try:
        match = resolve(parts.path)
    except Resolver404:
        raise missing from None
    of = match.kwargs
    if match.url_name == "collection":
        (found,) = with_folding([collection_or_404(request, of["owner"], of["slug"])], None)
        title, source = found.name, reverse("collection-embed", args=found.path)
    elif match.url_name == "collection-version":
        version = version_or_404(request, of["owner"], of["slug"], of["name"])
        (found,) = with_folding([version.collection], None)
        title = title_of(version)
        source = reverse("collection-version-embed", args=version.path)
    else:
        raise missing
    if found.retired_at is not None:
        raise missing
    return title, found.by, source
