"""Adding from anywhere: an output, a statement, or the outputs of a list, to a collection."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment
from evaluations.common.texts.unseen import refuse_hidden
from evaluations.curation.actions import MOST_TITLE, CollectionRefused, made_before, make_collection
from evaluations.curation.forms import OnceForm
from evaluations.curation.lists import NoList, outputs_behind
from evaluations.curation.models import Collection, Placement
from evaluations.curation.placement_actions import MOST_NOTE, NoteNeeded, place, place_many
from evaluations.curation.targets import (
    TargetRefused,
    address_of,
    name_of,
    said_in_debates,
    written,
)
from evaluations.definitions.allowances import refusal

TEMPLATE: Final = "curation/add.html"
OFFERED: Final = 100


class AddForm(OnceForm):
    """Into which collection, and why."""

    into = forms.CharField(required=False)
    title = forms.CharField(
        label="A new one, called",
        max_length=MOST_TITLE,
        required=False,
        validators=[refuse_hidden],
    )
    note = forms.CharField(
        label="Why it belongs in the collection",
        max_length=MOST_NOTE,
        required=False,
        help_text="Needed where the collection is public.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("into") and not cleaned.get("title"):
            raise forms.ValidationError("Choose a collection, or give a new one a title.")
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def add(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Offer one's collections, the last used first; with htmx only the form, for a dialog."""
    listed = request.GET.get("from", "")
    one: Placement | None = None
    keys: list[int] = []
    try:
        if listed:
            keys = outputs_behind(request, listed)
        elif "statement" in request.GET:
            one = Placement(statement=said_in_debates(request.GET["statement"]))
        else:
            one = Placement(output=written(request.GET.get("output", "")))
    except (NoList, TargetRefused) as refused:
        lost = {"problem": str(refused), "typed": request.POST.get("note", "").strip()}
        return page_or_fragment(request, TEMPLATE, lost, fragment="form", status=404)
    own = list(Collection.objects.of(request.user)[:OFFERED])
    form = AddForm(request.POST if request.method == "POST" else None)
    if not own:  # nothing to choose from: the title is the one way on
        form.fields["title"].label = "Title of your first collection"
        form.fields["title"].required = True
    context: dict[str, Any] = {
        "one": one,
        "name": name_of(one) if one else "",
        "keys": keys,
        "listed": listed,
        "own": own,
        "form": form,
        "here": request.get_full_path(),
    }
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            with transaction.atomic():
                try:
                    return added(request, form.cleaned_data, one, keys, listed)
                except CollectionRefused as refused:
                    transaction.set_rollback(True)
                    field = "note" if isinstance(refused, NoteNeeded) else None
                    form.add_error(field, str(refused))
                    status = 409
    return page_or_fragment(request, TEMPLATE, context, fragment="form", status=status)


def added(
    request: AuthenticatedHttpRequest,
    said: dict[str, Any],
    one: Placement | None,
    keys: list[int],
    listed: str,
) -> HttpResponse:
    """Add it, and go back to where the form was opened.

    Raises:
        CollectionRefused: as placing and making do, and beyond the day's allowance.
    """
    if said["into"]:
        chosen = Collection.objects.of(request.user).filter(slug=said["into"]).first()
        if chosen is None:
            raise CollectionRefused("This collection is not there any more. Choose another.")
    else:
        new = {"owner": request.user, "title": said["title"], "form_token": said["form_token"]}
        if made_before(**new):  # by the first sending of this form, with what is added here
            messages.success(request, f"Added to “{said['title']}”.")
            return HttpResponseRedirect(f"{safe_way_back(one, listed)}#messages", status=303)
        if why_not := refusal(request, "collect"):
            raise CollectionRefused(why_not)
        chosen = make_collection(**new)
    if one is not None:
        target = {"output": one.output, "statement": one.statement}
        place(collection=chosen, actor=request.user, target=target, note=said["note"])
        words = f"Added to “{chosen}”."
    else:
        fresh, there = place_many(
            collection=chosen, actor=request.user, outputs=keys, note=said["note"],
            came_from=listed,
        )  # fmt: skip
        words = f"{fresh} added to “{chosen}”."
        words += f" {there} were there already." if there else ""
    messages.success(request, words)
    return HttpResponseRedirect(f"{safe_way_back(one, listed)}#messages", status=303)


def safe_way_back(one: Placement | None, listed: str) -> str:
    """Where the form was opened, on this site."""
    back = address_of(one) if one is not None else listed
    return back if url_has_allowed_host_and_scheme(back, None) else reverse("collections")
