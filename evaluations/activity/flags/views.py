"""Flagging something, and the queue in which moderators decide about it."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.accounts.gates import moderators_only
from evaluations.accounts.models import User
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.activity.flags.actions import (
    DAYS_FOR_FLAGS,
    FlagRefused,
    decide_flags,
    flag,
    may_not_decide,
    withdraw_flag,
)
from evaluations.activity.flags.beside import near_duplicates, writers
from evaluations.activity.flags.waiting import (
    Target,
    as_flagged,
    column_of,
    queue,
    record_of,
    target_or_404,
    waiting_things,
)
from evaluations.activity.forms import FlagForm, FlaggedForm
from evaluations.activity.models import Appeal, Flag, Reason
from evaluations.activity.querysets import REWORDED_WITHIN
from evaluations.curation.actions import CollectionRefused
from evaluations.curation.models import Placement
from evaluations.debates.lookups import named_in
from evaluations.debates.models import Statement
from evaluations.debates.refusals import DebateRefused
from evaluations.definitions.allowances import refusal

A_PAGE: Final = 25


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def flagging(request: AuthenticatedHttpRequest, what: str, pk: int) -> HttpResponse:
    """The form to flag something, or to take one's flag back."""
    target = target_or_404(request, what, pk)
    if request.method == "POST" and request.POST.get("press") == "withdraw":
        if withdraw_flag(person=request.user, target=target):
            messages.success(request, "Taken back.")
        return redirect(as_flagged(target, []).address)
    form = FlagForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return show(request, target, form)
    if not form.is_valid():
        return show(request, target, form, status=422)
    try:
        with transaction.atomic():
            if why_not := refusal(request, "flag"):
                form.add_error(None, why_not)
                return show(request, target, form, status=429)
            flag(person=request.user, target=target, **form.cleaned_data)
    except FlagRefused as refused:
        form.add_error(None, str(refused))
        return show(request, target, form, status=409)
    messages.success(
        request, "Flagged. A moderator looks at it, and the public log says what was decided."
    )
    return redirect(as_flagged(target, []).address)


def show(
    request: AuthenticatedHttpRequest, target: Target, form: FlagForm, *, status: int = 200
) -> HttpResponse:
    mine = Flag.objects.filter(flagger=request.user, **column_of(target)).first()
    context = {"thing": as_flagged(target, []), "form": form, "mine": mine}
    return render(request, "activity/flag.html", context, status=status)


@require_safe
@moderators_only
def flags(request: HttpRequest) -> HttpResponse:
    """What readers flagged and nobody decided yet: the grave first, then the longest waiting."""
    page = Paginator(waiting_things(), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "waiting": queue(page.object_list),
        "appeals": Appeal.objects.waiting(),
        "days": REWORDED_WITHIN.days,
    }
    return render(request, "activity/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@moderators_only
def deciding(request: AuthenticatedHttpRequest, what: str, pk: int) -> HttpResponse:
    """One flagged thing: what readers say, how often they were right, and the decision."""
    target = target_or_404(request, what, pk)
    waiting = list(Flag.objects.for_moderators().with_targets().filter(**column_of(target)))
    alike = near_duplicates(target)
    form = FlaggedForm(
        request.POST if request.method == "POST" else None,
        can_merge=isinstance(target, Statement),
        initial={
            "into": alike[0].pk if alike else "",
            "reason": next((it.reason for it in waiting if it.reason in Reason), Reason.OTHER),
        },
    )
    if form.is_valid():
        said = {**form.cleaned_data}
        number = said.pop("into", "")
        verb = request.POST.get("press", "")
        try:
            into = named_in(number) if verb == "merge" else None
            decide_flags(target=target, actor=request.user, verb=verb, into=into, **said)
        except PermissionError as error:
            raise PermissionDenied(str(error)) from error
        except (FlagRefused, CollectionRefused, DebateRefused) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Decided; the log says why, and so does a notice.")
            return redirect("moderation-queue")
    flaggers = {each.flagger for each in waiting if each.flagger is not None}
    records = {person.pk: record_of(person) for person in flaggers}
    context = {
        "thing": as_flagged(target, waiting, whole=True),
        "flags": [(each, records.get(each.flagger_id or 0)) for each in waiting],
        "versions": target.collection.versions.count() if isinstance(target, Placement) else 0,
        "why_not": may_not_decide(target, request.user),
        "form": form,
        "alike": alike,
        "writers": writers(target),
        "can_merge": isinstance(target, Statement),
        "days": DAYS_FOR_FLAGS if isinstance(target, User) else 0,
    }
    status = 422 if form.is_bound else 200
    return render(request, "activity/decide.html", context, status=status)
