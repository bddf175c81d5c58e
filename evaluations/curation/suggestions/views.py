"""Suggesting an item for somebody's collection, and deciding about it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.parameters import named
from evaluations.curation.actions import CollectionRefused, acts_as_owner
from evaluations.curation.closed import CLOSED, closed_among
from evaluations.curation.folds import with_folding
from evaluations.curation.forms import TargetForm
from evaluations.curation.lookups import collection_or_404, retired, suggestion_or_404
from evaluations.curation.models import Collection
from evaluations.curation.suggestions.actions import accept, decline, retract, suggest
from evaluations.curation.targets import address_of, name_of
from evaluations.definitions.allowances import refusal

A_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def suggesting(request: AuthenticatedHttpRequest, owner: str, slug: str) -> HttpResponse:
    """What was suggested so far, and for others than the owner the form."""
    found = collection_or_404(request, owner, slug)
    if found.retired_at is not None:
        return retired(request, found)
    given = named(request.GET, "output")
    form = TargetForm(request.POST if request.method == "POST" else None, initial={"said": given})
    if request.method != "POST":
        return show(request, found, form)
    if not form.is_valid():
        return show(request, found, form, status=422)
    try:
        with transaction.atomic():
            if why_not := refusal(request, "suggest"):
                form.add_error(None, why_not)
                return show(request, found, form, status=429)
            suggest(
                collection=found, author=request.user, target=form.target,
                note=form.cleaned_data["note"],
            )  # fmt: skip
    except CollectionRefused as refused:
        form.add_error(None, str(refused))
        return show(request, found, form, status=409)
    messages.success(request, f"Suggested. {found.by} decides, and you will read the answer here.")
    return redirect("collection-suggest", *found.path)


def show(
    request: AuthenticatedHttpRequest,
    found: Collection,
    form: TargetForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    own = acts_as_owner(found, request.user)
    with_folding([found], request.user)
    rows = found.suggestions.for_list()
    page: Any = Paginator(rows if own else rows.filter(author=request.user), A_PAGE).get_page(
        request.GET.get("page")
    )
    closed = closed_among(page)
    context = {
        "collection": found,
        "form": form,
        "own": own,
        "page": page,
        "rows": [
            (row, CLOSED, "") if row.pk in closed else (row, name_of(row), address_of(row))
            for row in page
        ],
        "problem": problem,
    }
    return render(request, "curation/suggest.html", context, status=status)


@require_POST
@login_required
def deciding(request: AuthenticatedHttpRequest, owner: str, slug: str, key: int) -> HttpResponse:
    """Accept, decline or take back one suggestion."""
    found = collection_or_404(request, owner, slug)
    suggestion = suggestion_or_404(found, key)
    try:
        match request.POST.get("press"):
            case "accept":
                accept(suggestion=suggestion, actor=request.user)
                messages.success(request, "Added at the end, credited to who suggested it.")
            case "retract":
                retract(suggestion=suggestion, actor=request.user)
                messages.success(request, "Taken back.")
            case _:
                reason = request.POST.get("reason", "")
                decline(suggestion=suggestion, actor=request.user, reason=reason)
                messages.success(request, "Declined; its author reads why.")
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except CollectionRefused as refused:
        return show(request, found, TargetForm(), problem=str(refused), status=409)
    return redirect("collection-suggest", *found.path)
