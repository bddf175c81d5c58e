"""Reading collections: the lists, one collection, and opening what it hides from who may judge."""

from collections.abc import Iterable
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.parameters import whole_number, with_query
from evaluations.curation.actions import acts_as_owner, may_not_moderate
from evaluations.curation.bar import lacks
from evaluations.curation.by_rule.views import listed_rules
from evaluations.curation.contents import records_of
from evaluations.curation.folds import with_folding
from evaluations.curation.forms import FeatureForm
from evaluations.curation.lookups import at_its_address, collection_or_404, may_see_retired, retired
from evaluations.curation.models import Collection, Placement, Shown
from evaluations.curation.showing import ShownItem, behind_clicks, shown_items, unseen_outputs
from evaluations.debates.choices import REASONS, RetiredFor
from evaluations.judgments.outputs.reveals import reveal_to
from evaluations.runs.models import Output

A_PAGE: Final = 20
VERSIONS_SHOWN: Final = 5
FEATURED_SHOWN: Final = 3


@require_safe
@never_cache
def collections(request: HttpRequest) -> HttpResponse:
    """Public collections, the newest version first, and one's own."""
    user = request.user
    page = Paginator(Collection.objects.listed(), A_PAGE).get_page(request.GET.get("page"))
    page.object_list = with_folding(page.object_list, user)
    context = {
        "page": page,
        "featured": with_folding(Collection.objects.featured()[:FEATURED_SHOWN], user),
        "rules": listed_rules(),
        "own": list(Collection.objects.of(user)[:A_PAGE]) if user.is_authenticated else [],
    }
    return render(request, "curation/collections.html", context)


def page_of(request: HttpRequest, collection: Collection) -> Page[Any]:
    """The page of items that the address asks for."""
    items = collection.placements.for_reading()
    return Paginator(items, A_PAGE).get_page(request.GET.get("page"))


@require_safe
@never_cache
@at_its_address
def collection(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
    """One collection, to be read."""
    found = collection_or_404(request, owner, slug)
    if found.retired_at is not None and not may_see_retired(request, found):
        return retired(request, found)
    return show(request, found)


def items_on(
    request: HttpRequest, found: Collection, placements: Iterable[Placement], *, first: int
) -> list[ShownItem]:
    """Some items of a collection as the visitor may read them, with who added each, and why one is
    behind a click.

    Args:
        placements: in their order, as `for_reading` gives them.
        first: the number of the first of them in the whole collection.
    """
    placements = list(placements)
    own = acts_as_owner(found, request.user)
    records = records_of(placements)
    items = shown_items(request, records, first=first, writing=own)
    for item, placement in zip(items, placements, strict=True):
        by = placement.added_by
        item.record["by"] = by.shown_name if by is not None and by != found.owner else ""
        item.by_page = found.visibility == Shown.PUBLIC and by is not None and not by.hides_name
    return behind_clicks(found, items, records, request.user)


def show(
    request: HttpRequest,
    found: Collection,
    *,
    problem: str = "",
    feature_form: FeatureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    own = acts_as_owner(found, request.user)
    page = page_of(request, found)
    items = items_on(request, found, page.object_list, first=page.start_index() or 1)
    came_from = found.forked_from.collection if found.forked_from else found
    with_folding([found, came_from], request.user)
    versions = found.versions.for_list().order_by("-number")
    user = request.user
    moderates = user.is_authenticated and user.may_moderate and not own
    why_not = may_not_moderate(found, user) if user.is_authenticated and moderates else ""
    context = {
        "collection": found,
        "page": page,
        "items": items,
        "own": own,
        "problem": problem,
        "unseen": unseen_outputs(request, output_keys(found)),
        "hidden": sum(item.hidden for item in items),
        "versions": versions[:VERSIONS_SHOWN],
        "latest": versions.first(),
        "address": request.build_absolute_uri(found.get_absolute_url()),
        "waiting": found.suggestions.waiting().count() if own else 0,
        "lacks": lacks(found) if own and found.visibility != Shown.PUBLIC else [],
        "feature_form": (feature_form or FeatureForm())
        if moderates
        and found.visibility == Shown.PUBLIC
        and (feature_form is not None or found.featured_at is None)
        else None,
        "unfeatures": moderates and not why_not and found.featured_at is not None,
        "moderates": moderates,
        "reasons": REASONS,
        "reason": request.POST.get("reason", RetiredFor.OTHER),
        "why_not": why_not,
        # Who retired it brings it back, and moderators retire what its owner only took off.
        "restores": moderates if found.withheld else own and found.retired_at is not None,
        "retires": (own and found.retired_at is None) or (moderates and not found.withheld),
    }
    return render(request, "curation/collection.html", context, status=status)


def output_keys(found: Collection) -> list[int]:
    """The outputs of a collection in their order, each once. One query."""
    rows = found.placements.order_by("rank", "pk").values_list("output", "left", "right")
    return list(dict.fromkeys(key for row in rows for key in row if key is not None))


@require_POST
def opening(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
    """Show the note and the lens of one item, or of all on a page; recorded as a reveal.

    A judgment of these outputs that comes later is not blind.
    """
    found = collection_or_404(request, owner, slug)
    if found.retired_at is not None and not may_see_retired(request, found):
        return retired(request, found)
    wanted = whole_number(request.POST.get("item", ""))
    items: list[ShownItem] = shown_items(request, records_of(page_of(request, found).object_list))
    chosen = [item for item in items if wanted is None or item.record["key"] == wanted]
    keys = {key for item in chosen if item.hidden for key in item.unseen}
    problem = reveal_to(request, Output.objects.finished().filter(pk__in=keys))
    if problem:
        return show(request, found, problem=problem, status=429)
    anchor = f"#{chosen[0].anchor}" if chosen and wanted is not None else "#items"
    where = with_query(found.get_absolute_url(), request.GET.urlencode())
    return HttpResponseRedirect(f"{where}{anchor}", status=303)
