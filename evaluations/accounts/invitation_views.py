"""Invitation links: staff's list, and the page of one link."""

import uuid

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from evaluations.accounts import invitations as links
from evaluations.accounts.access import come_with
from evaluations.accounts.actions import RoleRefused
from evaluations.accounts.forms import InvitationForm
from evaluations.accounts.gates import staff_only
from evaluations.accounts.models import Invitation, InvitationState, Role
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404

INVITATIONS_A_PAGE = 50
CLOSED_STATUS = {
    InvitationState.USED: 410,
    InvitationState.EXPIRED: 410,
    InvitationState.REVOKED: 403,
}


@staff_only
@never_cache
def invitations(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Make an invitation, and see what became of the others."""
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = links.invite(actor=request.user, **form.cleaned_data)
        messages.success(request, f"The link for a {made.get_role_display().lower()} is made.")
        return redirect("invitations")
    rows = Invitation.objects.select_related("created_by", "used_by")
    page = Paginator(rows, INVITATIONS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/invitations.html",
        {"form": form, "page": page},
        status=422 if form.is_bound else 200,
    )


@require_POST
@staff_only
def revoke(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    row = found_or_404(Invitation.objects.all(), f"There is no invitation {pk}.", pk=pk)
    if links.revoke(invitation=row, actor=request.user).state == InvitationState.REVOKED:
        messages.success(request, "The invitation is taken back: its link gives nothing any more.")
    else:
        messages.warning(request, "It was accepted before it could be taken back.")
    return redirect("invitations")


@never_cache
def invitation(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """What a link gives, and the button that accepts it; a closed one says why."""
    row = Invitation.objects.select_related("used_by").filter(token=token).first()
    if row is None:
        raise Http404("There is no such invitation. Check that the link is complete.")
    if row.used_by_id is not None and row.used_by == request.user:
        messages.success(request, f"Welcome: you are a {row.get_role_display().lower()} now.")
        return redirect("home")
    if row.state != InvitationState.OPEN:
        return closed(request, links.InvitationClosed(row.state))
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(row.get_absolute_url())
        try:
            links.accept(token=token, user=request.user)
        except links.InvitationClosed as refusal:
            return closed(request, refusal)
        except RoleRefused as refusal:
            return shown(request, row, problem=str(refusal), status=409)
        messages.success(request, f"Welcome: you are a {row.get_role_display().lower()} now.")
        return redirect("home")
    if not request.user.is_authenticated:
        come_with(request, row)
    user = request.user
    problem = links.role_problem(user, row.role) if user.is_authenticated else ""
    return shown(request, row, problem=problem)


def shown(
    request: HttpRequest, row: Invitation, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """The page of an open invitation, with what stands against accepting it."""
    context = {"invitation": row, "gives": links.WHAT_IT_GIVES[Role(row.role)], "problem": problem}
    return render(request, "accounts/invitation.html", context, status=status)


def closed(request: HttpRequest, refusal: links.InvitationClosed) -> HttpResponse:
    """403 for an invitation that was taken back, 410 for one that is used or expired."""
    return render(
        request,
        "accounts/invitation.html",
        {"refusal": str(refusal)},
        status=CLOSED_STATUS[refusal.state],
    )
