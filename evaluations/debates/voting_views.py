"""Votes, stances and reactions. With htmx a vote is answered by the statement alone."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import sent_by_htmx
from evaluations.common.parameters import whole_number, with_query
from evaluations.debates import views
from evaluations.debates.choices import Reply
from evaluations.debates.forms import ReactionForm
from evaluations.debates.lookups import statement_or_404
from evaluations.debates.models import Statement
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.vote_actions import (
    react,
    take_back_reaction,
    take_back_vote,
    take_stance,
    vote,
)
from evaluations.definitions.allowances import refusal
from evaluations.definitions.lookups import version_or_404

PRESSES: Final[dict[str, dict[str, Any]]] = {
    "useful": {"useful": True},
    "not-useful": {"useful": False},
    "agree": {"agreement": "agree"},
    "disagree": {"agreement": "disagree"},
    "unsure": {"agreement": "unsure"},
}


@require_POST
@login_required
def voting(request: AuthenticatedHttpRequest, statement_id: int) -> HttpResponse:
    """Vote on one axis, or take the vote back."""
    said = statement_or_404(statement_id)
    press = request.POST.get("press", "")
    try:
        with transaction.atomic():
            if press == "take-back":
                take_back_vote(statement=said, voter=request.user)
            else:
                if why_not := refusal(request, "vote"):
                    return answered(request, said, problem=why_not, status=429)
                vote(statement=said, voter=request.user, **PRESSES.get(press, {}))
    except DebateRefused as refused:
        return answered(request, said, problem=str(refused), status=409)
    done = "Your vote is taken back." if press == "take-back" else "Your vote is counted."
    return answered(request, said, press=press, done=done)


def answered(
    request: AuthenticatedHttpRequest,
    said: Statement,
    *,
    problem: str = "",
    press: str = "",
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    """The statement as it stands after a vote: a part of the page with htmx, else the page."""
    if sent_by_htmx(request):
        focus = f"{press}-{said.pk}" if press in PRESSES else f"useful-{said.pk}"
        return views.show_statement(
            request, said, problem=problem, fragment=True, focus=focus, announce=done,
            status=status,
        )  # fmt: skip
    if problem:
        return views.show_statement(request, said, problem=problem, status=status)
    query = request.GET.urlencode()
    if request.POST.get("back") == "debate":
        where = with_query(views.debate_path(said.version), query)
        return HttpResponseRedirect(f"{where}#statement-{said.pk}", status=303)
    return HttpResponseRedirect(with_query(said.get_absolute_url(), query), status=303)


@require_POST
@login_required
def standing(request: AuthenticatedHttpRequest, slug: str, number: int) -> HttpResponse:
    """Say where one stands, or change that, and what changed it."""
    version = version_or_404(slug, str(number))
    key = whole_number(request.POST.get("because", ""))
    because = Statement.objects.filter(pk=key).first() if key is not None else None
    try:
        with transaction.atomic():
            if why_not := refusal(request, "vote"):
                return views.show(request, version, problem=why_not, status=429)
            taken = take_stance(
                version=version, person=request.user, value=request.POST.get("value", ""),
                because=because,
            )  # fmt: skip
    except DebateRefused as refused:
        return views.show(request, version, problem=str(refused), status=409)
    credited = " The statement is credited with it." if taken.because_id else ""
    messages.success(request, f"Noted: {taken.get_value_display()}.{credited}")
    return HttpResponseRedirect(f"{views.debate_path(version)}#stance", status=303)


@require_POST
@login_required
def reacting(request: AuthenticatedHttpRequest, statement_id: int) -> HttpResponse:
    """React to a statement or to words of it; or take a reaction back."""
    said = statement_or_404(statement_id)
    back = request.POST.get("press", "").removeprefix("take-back:")
    form = ReactionForm(request.POST)
    try:
        if back in Reply.values:
            take_back_reaction(statement=said, person=request.user, kind=back)
            return HttpResponseRedirect(f"{said.get_absolute_url()}#reactions", status=303)
        if not form.is_valid():
            return views.show_statement(request, said, reaction_form=form, status=422)
        with transaction.atomic():
            if why_not := refusal(request, "vote"):
                form.add_error(None, why_not)
                return views.show_statement(request, said, reaction_form=form, status=429)
            react(statement=said, person=request.user, **form.cleaned_data)
    except DebateRefused as refused:
        form.add_error(None, str(refused))
        return views.show_statement(request, said, reaction_form=form, status=409)
    return HttpResponseRedirect(f"{said.get_absolute_url()}#reactions", status=303)
