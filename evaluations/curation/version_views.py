"""Versions: freezing a collection, a frozen one with its citation, and forks of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.parameters import with_query
from evaluations.common.throttle import DAY, take
from evaluations.curation import views
from evaluations.curation.actions import CollectionRefused, acts_as_owner, made_before, rendered
from evaluations.curation.contents import placements_from
from evaluations.curation.folds import title_of, with_folding, without_folded
from evaluations.curation.forms import OnceForm, token_sent
from evaluations.curation.lookups import at_its_address, owners_only, retired, version_or_404
from evaluations.curation.models import Collection, CollectionVersion
from evaluations.curation.outward.citations import bibtex, plain_citation
from evaluations.curation.showing import behind_clicks, shown_items
from evaluations.curation.version_actions import changed_since, fork, freeze
from evaluations.curation.writing_views import desk
from evaluations.definitions.allowances import refusal
from evaluations.judgments.outputs.reveals import reveal_to
from evaluations.leaderboards.snapshots.names import Named
from evaluations.runs.models import Output

FREEZES_A_DAY = 20


@require_POST
@owners_only
def freezing(request: AuthenticatedHttpRequest, collection: Collection) -> HttpResponse:
    """Freeze it as it is, and go to the version."""
    if not take(f"freezes:{request.user.pk}", capacity=FREEZES_A_DAY, refill_seconds=DAY):
        why_not = f"You can freeze {FREEZES_A_DAY} times a day. Please go on tomorrow."
        return desk(request, collection, refused=CollectionRefused(why_not), status=429)
    words = request.POST.get("words", "").replace("\0", "")
    try:
        made = freeze(collection=collection, actor=request.user, words=words)
    except CollectionRefused as refused:
        return desk(request, collection, refused=refused, status=409)
    messages.success(request, f"Version {made.number} is frozen: it can be cited.")
    # Without an anchor of its own the address would keep that of the form, which is for refusals.
    return HttpResponseRedirect(f"{made.get_absolute_url()}#messages", status=303)


@require_safe
@never_cache
@at_its_address
def version(request: HttpRequest, owner: str, slug: str, name: Named) -> HttpResponse:
    """A collection as it stood on a day; on paper one item a page."""
    found = version_or_404(request, owner, slug, name)
    if found.collection.withheld:
        return retired(request, found.collection)
    return show(request, found)


def show(
    request: HttpRequest, found: CollectionVersion, *, problem: str = "", status: int = 200
) -> HttpResponse:
    page = page_of(request, found)
    own = acts_as_owner(found.collection, request.user)
    records = list(page.object_list)
    items = shown_items(request, records, first=page.start_index() or 1, writing=own)
    with_folding([found.collection], request.user)
    address = request.build_absolute_uri(found.get_absolute_url())
    changed, frozen = changed_since(found)
    context: dict[str, Any] = {
        "version": found,
        "collection": found.collection,
        "title": found.contents["title"] if own else title_of(found),
        "frozen_title": found.contents["title"],
        "why_html": rendered(found.contents["why"]),
        "page": page,
        "items": behind_clicks(found.collection, items, records, request.user),
        "own": own,
        "hidden": sum(item.hidden for item in items),
        "problem": problem,
        "once": OnceForm(),
        "changed": changed,
        "frozen": frozen,
        "address": address,
        "citation": plain_citation(found, address).partition(found.digest),
        "bibtex": bibtex(found, address),
        "path": found.get_absolute_url().removesuffix("/"),
    }
    return render(request, "curation/version.html", context, status=status)


def page_of(request: HttpRequest, found: CollectionVersion) -> Page[Any]:
    """The frozen items of the page that the address asks for, or all of them."""
    records = found.contents["items"]
    whole = request.GET.get("all") == "1"
    return Paginator(records, max(len(records), 1) if whole else views.A_PAGE).get_page(
        request.GET.get("page")
    )


@require_POST
def version_opening(request: HttpRequest, owner: str, slug: str, name: Named) -> HttpResponse:
    """Show the note and the verdicts of one item of a frozen version, or of all on a page; recorded
    as a reveal of their outputs."""
    found = version_or_404(request, owner, slug, name)
    if found.collection.withheld:
        return retired(request, found.collection)
    page = page_of(request, found)
    items = shown_items(request, list(page.object_list), first=page.start_index() or 1)
    number = request.POST.get("item", "")
    chosen = [item for item in items if not number or str(item.number) == number]
    keys = {key for item in chosen if item.hidden for key in item.unseen}
    problem = reveal_to(request, Output.objects.finished().filter(pk__in=keys))
    if problem:
        return show(request, found, problem=problem, status=429)
    anchor = chosen[0].anchor if number and chosen else "items"
    where = with_query(found.get_absolute_url(), request.GET.urlencode())
    return HttpResponseRedirect(f"{where}#{anchor}", status=303)


@require_safe
@at_its_address
def version_bib(request: HttpRequest, owner: str, slug: str, name: Named) -> HttpResponse:
    found = version_or_404(request, owner, slug, name)
    if found.collection.withheld:
        return retired(request, found.collection)
    with_folding([found.collection], request.user)
    entry = bibtex(found, request.build_absolute_uri(found.get_absolute_url()))
    response = HttpResponse(entry, content_type="application/x-bibtex; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{found.name}.bib"'
    return response


@require_POST
@login_required
def forking(request: AuthenticatedHttpRequest, owner: str, slug: str, name: Named) -> HttpResponse:
    """A collection of one's own that begins with this version, and says so."""
    found = version_or_404(request, owner, slug, name)
    if found.collection.withheld:
        return retired(request, found.collection)
    added = dict(
        found.collection.placements.filter(output__isnull=False).values_list("output", "added_by")
    )
    token = token_sent(request.POST)
    again = made_before(owner=request.user, form_token=token, forked_from=found)
    (collection,) = with_folding([found.collection], None)
    if collection.folded:
        why_not = "Readers folded this collection: a moderator decides about it first."
        return show(request, found, problem=why_not, status=409)
    contents = without_folded(collection, found.contents)
    with transaction.atomic():
        if why_not := "" if again else refusal(request, "collect"):
            return show(request, found, problem=why_not, status=429)
        made = fork(
            actor=request.user,
            title=found.contents["title"],
            version=found,
            items=placements_from(contents, added, found.collection.owner_id),
            form_token=token,
        )
    left = len(found.contents["items"]) - len(contents["items"])
    stayed = f" What readers folded stayed behind: {left} item{'' if left == 1 else 's'}."
    messages.success(
        request, f"This is your own now; it says where it comes from.{stayed if left else ''}"
    )
    return redirect("collection-edit", *made.path)
