"""Collections, their items and versions by what an address says of them, or a 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import whole_number
from evaluations.curation.actions import acts_as_owner
from evaluations.curation.models import (
    WITHOUT_OWNER,
    Collection,
    CollectionVersion,
    Placement,
    Suggestion,
)
from evaluations.leaderboards.snapshots.names import Named

View = Callable[..., HttpResponse]


def collection_or_404(request: HttpRequest, owner: str, slug: str) -> Collection:
    """A collection that the visitor may open; others' private ones are not there at all.

    Its number finds it whoever owns it, since it was cited so while nobody was named.
    """
    if "\0" in owner:
        raise Http404("No name of an owner has such a character.")
    found = Collection.objects.visible_to(request.user).filter(slug=slug)
    if owner.startswith(WITHOUT_OWNER):
        found = found.filter(pk=whole_number(owner[1:]) or 0)
    else:
        found = found.filter(owner__username=owner, owner__hides_name=False)
    return found_or_404(found, f"There is no collection “{owner}/{slug}”.")


def version_or_404(request: HttpRequest, owner: str, slug: str, name: Named) -> CollectionVersion:
    """A frozen version. Where its owner left or hides their name, the address that was cited leads
    there all the same.

    `collection` is joined, with its owner.
    """
    day, digits = name
    named = CollectionVersion.objects.select_related("collection__owner").filter(
        collection__slug=slug, day=day, digest__startswith=digits
    )
    for version in named.order_by("pk"):
        collection = version.collection
        nameless = collection.owner is None or collection.owner.hides_name
        if nameless or owner in (collection.handle, f"{WITHOUT_OWNER}{collection.pk}"):
            return version
    raise Http404(f"No version of “{owner}/{slug}” was frozen as {day.isoformat()}-{digits}.")


def at_its_address(view: View) -> View:
    """A view of a collection or a version that leads on to the address with its owner's name
    where it is asked for by its number, and that name is shown."""

    @wraps(view)
    def led_on(request: HttpRequest, owner: str, slug: str, **captured: Any) -> HttpResponse:
        match = request.resolver_match
        if owner.startswith(WITHOUT_OWNER) and match is not None:
            asked = Collection.objects.visible_to(request.user).filter(slug=slug)
            found = asked.filter(pk=whole_number(owner[1:]) or 0).first()
            if found is not None and found.handle != owner:
                where = reverse(match.view_name, kwargs={**match.kwargs, "owner": found.handle})
                query = request.META["QUERY_STRING"]
                return redirect(f"{where}?{query}" if query else where)
        return view(request, owner, slug, **captured)

    return led_on


def item_or_404(collection: Collection, key: int) -> Placement:
    items = Placement.objects.select_related("collection__owner")
    return found_or_404(
        items, "This item was taken out of the collection.", pk=key, collection=collection
    )


def suggestion_or_404(collection: Collection, key: int) -> Suggestion:
    found = Suggestion.objects.for_list().filter(collection=collection)
    return found_or_404(found, f"There is no suggestion {key} for this collection.", pk=key)


def owners_only(view: View) -> View:
    """A view of one's own collection, given as its second argument: others sign in, or get 403."""

    @wraps(view)
    def checked(
        request: AuthenticatedHttpRequest, owner: str, slug: str, **captured: Any
    ) -> HttpResponse:
        collection = collection_or_404(request, owner, slug)
        if not acts_as_owner(collection, request.user):
            raise PermissionDenied("Only its owner edits a collection; others suggest.")
        return view(request, collection, **captured)

    return never_cache(login_required(checked))


def retired(request: HttpRequest, collection: Collection) -> HttpResponse:
    """410: what was retired, by whom and why; without what it said."""
    return render(request, "curation/retired.html", {"collection": collection}, status=410)


def may_see_retired(request: HttpRequest, collection: Collection) -> bool:
    """Its owner and moderators still read a retired collection, to decide about it."""
    user = request.user
    return acts_as_owner(collection, user) or (user.is_authenticated and user.may_moderate)
