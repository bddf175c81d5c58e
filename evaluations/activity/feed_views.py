"""The feeds, and the lasting address of one event."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.activity.addresses import address_of
from evaluations.activity.feeds import SITE_NAME, feed_response
from evaluations.activity.models import Event
from evaluations.activity.notices.following import name_of
from evaluations.curation.lookups import at_its_address, collection_or_404
from evaluations.curation.models import Shown
from evaluations.definitions.lookups import definition_or_404
from evaluations.leaderboards.boards.pages import version_in_force


@require_safe
def site_feed(request: HttpRequest) -> HttpResponse:
    """What is new on the whole site."""
    events = Event.objects.of_the_site()
    return feed_response(request, events, name="site", title=SITE_NAME, page="/")


@require_safe
def definition_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """What happens to one definition: versions, amendments, frozen boards."""
    found = definition_or_404(request, slug)
    if not found.versions.of_everyone().exists():
        raise Http404(f"Nothing of “{slug}” is published.")
    return feed_response(
        request,
        Event.objects.in_feeds().filter(definition=found),
        name=f"definition/{found.pk}",
        title=f"{found.name} · {SITE_NAME}",
        page=found.get_absolute_url(),
    )


@require_safe
def debate_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """What is said about one definition: statements, and debates that were frozen."""
    version = version_in_force(slug)
    return feed_response(
        request,
        Event.objects.in_feeds().of_debates().filter(definition=version.definition),
        name=f"debate/{version.definition_id}",
        title=f"Debate about {version.definition.name} · {SITE_NAME}",
        page=reverse("debate", args=[slug]),
    )


@require_safe
@at_its_address
def collection_feed(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
    """What happens to one public collection; others are in no feed."""
    found = collection_or_404(request, owner, slug)
    if found.visibility != Shown.PUBLIC or found.withheld:
        raise Http404("Only public collections have a feed.")
    return feed_response(
        request,
        Event.objects.in_feeds().filter(collection=found),
        name=f"collection/{found.pk}",
        title=f"{name_of(found)} · {SITE_NAME}",
        page=found.get_absolute_url(),
    )


@require_safe
def moderation_feed(request: HttpRequest) -> HttpResponse:
    """What moderators decide, as it happens."""
    return feed_response(
        request,
        Event.objects.of_the_log(),
        name="moderation",
        title=f"Moderation · {SITE_NAME}",
        page=reverse("moderation"),
    )


@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an event happened, as it is called now; what not everybody reads is not there."""
    one = Event.objects.with_rows().filter(pk=pk)
    meant = one.filter(concerns__person=request.user.pk or 0)
    found = one.listed().first() or one.of_the_log().first() or meant.first()
    if found is None:
        raise Http404(f"There is no event {pk}.")
    address = address_of(found)
    if not address:
        raise Http404("What this was about was erased.")
    return redirect(address)
