"""The public page of a person, and their feed."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.models import User
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.accounts.standing import standing_of
from evaluations.activity.feeds import SITE_NAME, feed_response
from evaluations.activity.hiding import HidingRefused, hide, show_again
from evaluations.activity.models import Event
from evaluations.activity.people import judged_by, listed_people, named_elsewhere, said, with_page
from evaluations.common.folding import HIDDEN, folded_among
from evaluations.common.lookups import found_or_404
from evaluations.curation.folds import with_folding
from evaluations.curation.models import Collection
from evaluations.debates.lookups import debates_of
from evaluations.debates.models import Statement
from evaluations.definitions.allowances import left_today
from evaluations.definitions.models import DefinitionVersion, Proposal

MOST: Final = 50
MOST_DEBATES: Final = 20


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
    hides = not own and found.hidden_by.filter(pk=request.user.pk or 0).exists()
    folded = "" if own else folded_among(User, [found.pk], request.user).get(found.pk, "")
    # Of whom the reader hides, all of it is behind one click, and not each of it behind its own.
    statements = list(said().filter(author=found).select_related("version__definition")[:MOST])
    folds = folded_among(Statement, [each.pk for each in statements], None)
    debates, more_debates = debates_of(found, MOST_DEBATES) if own else ([], 0)
    context = {
        "person": found,
        "own": own,
        "listed": listed_people().filter(pk=found.pk).exists(),
        "definitions": DefinitionVersion.objects.published().filter(definition__owner=found)[:MOST],
        "collections": with_folding(Collection.objects.listed().filter(owner=found)[:MOST], None),
        "statements": [(each, folds.get(each.pk, each.text)) for each in statements],
        "amendments": Proposal.objects.for_list().filter(proposer=found)[:MOST],
        "elsewhere": named_elsewhere(found, request.user, MOST),
        "judged": judged_by(found) if own or found.shows_counts else None,
        "standing": standing_of(found).label if own else "",
        "debates": debates,
        "more_debates": more_debates,
        "left_today": left_today(found) if own else [],
        "folded": HIDDEN if hides else folded,
        "hides": HIDDEN if hides else "",
    }
    return render(request, "activity/person.html", context)


@require_POST
@login_required
def hiding(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Hide an author from oneself, or show them again."""
    author = found_or_404(User.objects.all(), f"There is no account {pk}.", pk=pk)
    if request.POST.get("press") == "show":
        show_again(reader=request.user, author=author)
        messages.success(request, "Shown again.")
        return redirect("notices")
    if not with_page().filter(pk=pk).exists():
        raise Http404("Nobody with such a page is here.")
    try:
        hide(reader=request.user, author=author)
    except HidingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "What they write is behind a click now, for you alone.")
    return redirect("person", author.get_username())


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
