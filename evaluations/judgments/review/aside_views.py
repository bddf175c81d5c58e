"""Who is set aside and why, for everybody; judges who are odd, and setting one aside."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.judgments.models import Judge, SetAside
from evaluations.judgments.protocols.permissions import may_oversee
from evaluations.judgments.review.forms import AsideForm
from evaluations.judgments.review.odd import COLUMNS, LOOKED_AT, ORDERS, odd_judges
from evaluations.judgments.review.set_aside import WHO_MAY, lift, may_set_aside, set_aside
from evaluations.judgments.review.views import protocol_or_404

SHOWN = 100


@require_safe
@never_cache
def judges(request: HttpRequest) -> HttpResponse:
    """Who is set aside, without names; to moderators and staff also the judges who are odd."""
    context: dict[str, Any] = {
        "asides": SetAside.objects.filter(lifts=None).select_related("protocol", "lifted_by")
    }
    if moderates(request):
        found = odd_judges(named(request.GET, "sort"))
        context |= {"odd": found[:SHOWN], "count": len(found), "days": LOOKED_AT.days}
        context["orders"] = list(ORDERS)
    return render(request, "judgments/judges.html", context)


def moderates(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.may_moderate


def judges_table(request: HttpRequest) -> Table:
    """The judges who are odd, as files for moderators and staff."""
    if not moderates(request):
        raise PermissionDenied("Who judges oddly is shown to the moderators and staff.")
    rows = [row.record() for row in odd_judges(named(request.GET, "sort"))]
    return Table("judges", COLUMNS, rows, lambda kept: {"judges": kept}, public=False)


@login_required
@never_cache
def aside(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Set one judge aside, or lift that: everywhere, or under the protocol that is named."""
    judge = found_or_404(
        Judge.objects.exclude(kind__in=["model", "imported"]), f"There is no judge {pk}.", pk=pk
    )
    slug = named(request.GET, "protocol")
    protocol = protocol_or_404(request, slug) if slug else None
    if not may_set_aside(judge, protocol, request.user):
        raise PermissionDenied(WHO_MAY)
    now = judge.set_aside.in_force().filter(protocol=protocol).first()
    form = AsideForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given: dict[str, Any] = {"reason": form.cleaned_data["reason"], "actor": request.user}
        if now is not None:
            lift(row=now, **given)
        else:
            set_aside(judge=judge, protocol=protocol, **given)
        messages.success(request, "They count again." if now else "They are set aside.")
        if protocol is not None and may_oversee(protocol, request.user):
            return redirect("protocol-progress", slug)
        return redirect("judges")
    context = {"judge": judge, "protocol": protocol, "now": now, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "judgments/aside.html", context, status=status)
