"""The public page of a person, and their feed."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.accounts.models import User
from evaluations.accounts.standing import standing_of
from evaluations.activity.feeds import SITE_NAME, feed_response
from evaluations.activity.models import Event
from evaluations.activity.people import judged_by, listed_people, with_page
from evaluations.common.folding import FOLDED, folded_among
from evaluations.common.lookups import found_or_404
from evaluations.curation.models import Collection
from evaluations.definitions.models import DefinitionVersion, Proposal

MOST: Final = 50


def person_or_404(name: str) -> User:
    if "\0" in name:
        raise Http404("No name has such a character.")
    return found_or_404(with_page(), f"Nobody called “{name}” has a page.", username=name)


@require_safe
@never_cache
def person(request: HttpRequest, name: str) -> HttpResponse:
    """What somebody made public; their own page also says what others see, and what they may."""
    own = request.user.is_authenticated and request.user.get_username() == name
    found = request.user if own and isinstance(request.user, User) else person_or_404(name)
    context = {
        "person": found,
        "own": own,
        "listed": listed_people().filter(pk=found.pk).exists(),
        "definitions": DefinitionVersion.objects.published().filter(definition__owner=found)[:MOST],
        "collections": Collection.objects.listed().filter(owner=found)[:MOST],
        "amendments": Proposal.objects.for_list().filter(proposer=found)[:MOST],
        "judged": judged_by(found) if own or found.shows_counts else None,
        "standing": standing_of(found).label if own else "",
        "is_folded": not own and bool(folded_among(User, [found.pk])),
        "folded_words": FOLDED,
    }
    return render(request, "activity/person.html", context)


@require_safe
def person_feed(request: HttpRequest, name: str) -> HttpResponse:
    """What somebody made public, as it happened; who is unlisted has none."""
    found = person_or_404(name)
    if found.is_unlisted:
        raise Http404(f"“{name}” has no feed.")
    return feed_response(
        request,
        Event.objects.in_feeds().filter(actor=found),
        name=f"person/{found.pk}",
        title=f"{name} · {SITE_NAME}",
        page=reverse("person", args=[name]),
    )
