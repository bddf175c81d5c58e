"""One decision at its own address, where those whom it concerns object to it."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.gates import moderators_only
from evaluations.accounts.models import User
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.activity.addresses import as_named
from evaluations.activity.appeals.actions import (
    FOR_GOOD,
    AppealRefused,
    appeal,
    decide_appeal,
    may_not_appeal,
    may_not_hear,
)
from evaluations.activity.forms import AppealForm, SentenceForm
from evaluations.activity.models import Decision
from evaluations.activity.querysets import ASKS, REWORDED_WITHIN
from evaluations.common.lookups import found_or_404
from evaluations.curation.actions import CollectionRefused
from evaluations.debates.refusals import DebateRefused
from evaluations.definitions.moves import MoveRefused


def decision_or_404(pk: int) -> Decision:
    rows = Decision.objects.for_log().select_related("statement__version", "definition", "person")
    return as_named([found_or_404(rows, f"There is no decision {pk}.", pk=pk)])[0]


def reword_by(row: Decision) -> dt.datetime | None:
    """When moderators look again at what they asked to be reworded, as `for_moderators` has it;
    None for other decisions, and where an appeal waits or found it wrong."""
    made = row.objection
    if row.verb != ASKS or (made is not None and made.upheld is not False):
        return None
    return ((made and made.decided_at) or row.created_at) + REWORDED_WITHIN


@require_safe
@never_cache
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """A decision as the log has it; whom it concerns reads what it is about, and may object."""
    return show(request, decision_or_404(pk))


@require_POST
@never_cache
@login_required
def appealing(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Object to a decision; what was typed stays where it is refused."""
    row, form = decision_or_404(pk), AppealForm(request.POST)
    if not row.concerns(request.user):
        raise PermissionDenied("Only those whom a decision concerns object to it.")
    if not form.is_valid():
        return show(request, row, appeal_form=form, status=422)
    try:
        appeal(decision=row, person=request.user, words=form.cleaned_data["words"])
    except AppealRefused as refused:
        form.add_error(None, str(refused))
        return show(request, row, appeal_form=form, status=409)
    messages.success(request, "Sent. Somebody looks at it again, and a notice tells you of it.")
    return redirect(row)


@require_POST
@moderators_only
def hearing(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Decide about an appeal."""
    row, form = decision_or_404(pk), SentenceForm(request.POST)
    made, press = row.objection, request.POST.get("press")
    if made is None or press not in ("stand", "undo"):
        form.add_error(None, "Choose what to do: let it stand, or undo it.")
    if not form.is_valid() or made is None:
        return show(request, row, form=form, status=422)
    try:
        decide_appeal(
            appeal=made, actor=request.user, undo=press == "undo",
            sentence=form.cleaned_data["sentence"],
        )  # fmt: skip
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except (AppealRefused, CollectionRefused, DebateRefused, MoveRefused) as refused:
        form.add_error(None, str(refused))
        return show(request, row, form=form, status=409)
    messages.success(request, "Decided; the log says why, and so does a notice.")
    return redirect("moderation-queue")


def show(
    request: HttpRequest,
    row: Decision,
    *,
    form: SentenceForm | None = None,
    appeal_form: AppealForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    made = row.objection
    meant = user is not None and row.concerns(user)
    moderates = user is not None and user.may_moderate
    context: dict[str, Any] = {
        "row": row,
        "named": meant or moderates or not row.is_withheld,
        "appeal": made,
        "reword_by": reword_by(row),
        "reads_appeal": moderates or (user is not None and made and made.person_id == user.pk),
        "for_good": FOR_GOOD.get(row.kind, "") if meant else "",
        "appeals": user is not None and not may_not_appeal(row, user),
        "appeal_form": appeal_form or AppealForm(),
        "hears": made is not None and made.decided_at is None and moderates,
        "why_not": may_not_hear(made, user) if made and user is not None else "",
        "form": form or SentenceForm(),
    }
    return render(request, "activity/decision.html", context, status=status)
