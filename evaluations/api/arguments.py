"""Statements in debates, collections, and the search of the whole site."""

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.api.problems import Problem
from evaluations.api.records import (
    Cursor,
    Id,
    Key,
    Number,
    Sent,
    by_key,
    linked,
    page,
    page_of,
    record,
    several,
)
from evaluations.curation.actions import acts_as_owner
from evaluations.curation.folds import with_folding
from evaluations.curation.lookups import collection_or_404, may_see_retired
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import MOST_NOTE, place
from evaluations.curation.showing import ShownItem
from evaluations.curation.targets import CHOICES as TARGETS
from evaluations.curation.targets import target_from
from evaluations.curation.views import items_on
from evaluations.debates.lookups import debate_about, statement_or_404
from evaluations.debates.records import CHECKED, COLUMNS, VOTED, shown_record
from evaluations.leaderboards.boards.pages import version_asked
from evaluations.pages.search_views import MOST_LETTERS
from evaluations.pages.searching import KINDS, Days, search

router = Router(tags=["Debates, collections, search"])

Shown = record(
    "Shown", ("role", "quote", "verdict_then", *CHECKED), output=int, callers=Any,
    answered_by=Any, callers_against=Any, since=dt.datetime | dt.date | None,
)  # fmt: skip
whole = ("useful", "rated", "agree", "disagree", "unsure", "minds_changed")
Statement = record(
    "Statement", COLUMNS, statement=int, from_version=int, carried_from=Number, quotes=Number,
    evidence=several(Shown), **dict.fromkeys(VOTED, Any) | dict.fromkeys(whole, Number),
)  # fmt: skip
CollectionRow = record("Collection", ("owner", "slug", "title", "why", "by", "url"), items=int)
Side = record("Side", ("model", "recipe", "opening"), output=int, seen=bool, withdrawn=bool)
Item = record(
    "Item", ("kind", "title", "text", "note", "folded", "came_from", "prompt"), number=int,
    hidden=bool, outputs=several(Side), excerpt=Any, verdicts=list[dict[str, Any]],
)  # fmt: skip
Placed = record("Placed", ("url",), item=int)
Hit = record("Hit", ("title", "url", "excerpt"), facts=list[str])
Group = record("Group", ("kind",), count=int, hits=several(Hit))
Found = record("Found", ("q",), groups=several(Group))


class Target(Sent):
    """What to place: `what` is a number, two numbers, the end of an address, or a text."""

    kind: Literal["output", "pair", "definition", "prompt", "statement", "text"]
    what: str = Field(min_length=1, max_length=1000, description="; ".join(TARGETS.values()))
    note: str = Field("", max_length=MOST_NOTE)


class Asked(Schema):
    q: str = Field(min_length=1, max_length=MOST_LETTERS)
    kind: Literal["", "definitions", "criteria", "statements", "collections", "prompts", "outputs",
                  "people"] = ""  # fmt: skip
    since: dt.date | None = None
    until: dt.date | None = None
    limit: int = Field(5, ge=1, le=50)


@router.get("/definitions/{slug}/statements", response=page_of(Statement),
            summary="What is said about a definition")  # fmt: skip
def statements(
    request: HttpRequest, response: HttpResponse, slug: str, cursor: Query[Cursor],
    version: str = "",
) -> Any:  # fmt: skip
    debate = debate_about(request, version_asked(request, slug))
    made = lambda keys: [shown_record(it) for it in debate.drawn(keys)]  # noqa: E731
    return by_key(request, response, (it.key for it in debate.outlines), cursor, made)


@router.get("/statements/{statement_id}", response=Statement, summary="One statement")
def statement(request: HttpRequest, statement_id: Id) -> Any:
    said = statement_or_404(statement_id)
    if said.is_withheld:
        raise Problem(410, "The words of this statement are not shown any more.")
    (entry,) = debate_about(request, said.version).entries_of([said])
    return shown_record(entry)


@router.get("/collections", response=page_of(CollectionRow), summary="Public collections")
def collections(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    found = page(request, response, Collection.objects.listed(), cursor, lambda row: row)
    rows = with_folding(found["items"], request.user)
    shown = [collection_record(request, row, vars(row)["items"]) for row in rows]
    return {**found, "items": shown}


def collection_record(request: HttpRequest, row: Collection, items: int) -> dict[str, Any]:
    return {
        "owner": row.handle,
        "slug": row.slug,
        "title": row.name,
        "why": "" if row.folded else row.why,
        "by": row.by,
        "items": items,
        "url": request.build_absolute_uri(row.get_absolute_url()),
    }


def opened(request: HttpRequest, owner: str, slug: str) -> Collection:
    """A collection that the caller may read; 410 for one that was retired."""
    found = collection_or_404(request, owner, slug)
    if found.retired_at is not None and not may_see_retired(request, found):
        raise Problem(410, "This collection was retired.")
    return found


@router.get("/collections/{owner}/{slug}", response=CollectionRow, summary="One collection")
def collection(request: HttpRequest, owner: str, slug: str) -> Any:
    found = opened(request, owner, slug)
    with_folding([found], request.user)
    return collection_record(request, found, found.placements.count())


@router.get("/collections/{owner}/{slug}/items", response=page_of(Item),
            summary="The items of a collection; `after` counts items")  # fmt: skip
def items(
    request: HttpRequest, response: HttpResponse, owner: str, slug: str, cursor: Query[Cursor]
) -> Any:
    found = opened(request, owner, slug)
    after = cursor.after
    rows = list(found.placements.for_reading()[after : after + cursor.limit + 1])
    shown = items_on(request, found, rows[: cursor.limit], first=after + 1)
    last = after + cursor.limit if len(rows) > cursor.limit else None
    return linked(request, response, [item_record(it) for it in shown], last)


def item_record(item: ShownItem) -> dict[str, Any]:
    """What the page shows of an item; of one that is behind a click, why."""
    kept = item.record
    if item.folded:
        kept = {**kept, "title": item.folded, "text": "", "prompt": None, "excerpt": None}
    return {
        "number": item.number,
        "kind": kept["kind"],
        "title": kept["title"],
        "text": kept["text"],
        "note": kept["note"] if item.note and not item.folded else None,
        "folded": item.folded or None,
        "hidden": item.hidden,
        "came_from": item.came_from or None,
        "prompt": kept["prompt"] and kept["prompt"]["slug"],
        "excerpt": item.excerpt if not item.folded else None,
        "outputs": [] if item.folded else item.sides,
        "verdicts": [
            {"verdict": each["verdict"], "label": each["label"]}
            for line in item.lines
            for each in line
        ],
    }


@router.post("/collections/{owner}/{slug}/items", response={201: Placed}, auth=Key("write"),
             summary="Add something to a collection of one’s own")  # fmt: skip
def add_item(request: AuthenticatedHttpRequest, owner: str, slug: str, sent: Target) -> Any:
    found = opened(request, owner, slug)
    if not acts_as_owner(found, request.user):
        raise Problem(403, "Only its owner adds to a collection; others suggest on its page.")
    target = target_from(sent.kind, sent.what)
    made = place(collection=found, actor=request.user, target=target, note=sent.note)
    return Status(
        201, {"item": made.pk, "url": request.build_absolute_uri(found.get_absolute_url())}
    )


@router.get("/search", response=Found, summary="Search the site")
def search_all(request: HttpRequest, asked: Query[Asked]) -> Any:
    days = Days(asked.since, asked.until)
    kinds = [KINDS[asked.kind]] if asked.kind else list(KINDS.values())
    groups = [search(kind, asked.q, most=asked.limit, days=days) for kind in kinds]
    return {
        "q": asked.q,
        "groups": [
            {
                "kind": group.kind,
                "count": group.count,
                "hits": [
                    {
                        "title": hit.title,
                        "url": hit.href and request.build_absolute_uri(hit.href),
                        "excerpt": "".join(words for words, _ in hit.excerpt),
                        "facts": hit.facts,
                    }
                    for hit in group.hits
                ],
            }
            for group in groups
            if group.count
        ],
    }
