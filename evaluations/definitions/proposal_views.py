"""Amendments to a definition: the list, and one with its difference and what was said."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.accounts.models import User
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.definitions.actions import RuleRefused
from evaluations.definitions.allowances import refusal
from evaluations.definitions.diffs import difference
from evaluations.definitions.lookups import definition_or_404
from evaluations.definitions.models import Proposal
from evaluations.definitions.moves import acts_as_owner
from evaluations.definitions.proposal_actions import (
    ProposalRefused,
    accept_proposal,
    answer_owner,
    ask_proposer,
    decline_proposal,
    may_decide,
    withdraw_proposal,
)
from evaluations.definitions.views import current_titles

COLUMNS = (
    "number", "state", "proposer", "created_at", "base_version", "version", "reason", "statement",
    "reading", "rule", "absence_policy", "partly_policy",
)  # fmt: skip
LONGEST = 4000
KEPT = "What you typed is kept on this page."

SAID = {
    "accept": "The amendment is accepted and in force.",
    "decline": "The amendment is declined.",
    "ask": "Your question is there for whoever proposed it.",
    "answer": "Your answer is there for the owner.",
    "withdraw": "Your amendment is withdrawn.",
}


@require_safe
@never_cache
def proposals(request: HttpRequest, slug: str) -> HttpResponse:
    """Every amendment that was proposed to a definition, the newest first."""
    definition = definition_or_404(request, slug)
    rows = list(definition.proposals.for_list())
    context = {
        "definition": definition,
        "open": [row for row in rows if row.is_open],
        "closed": [row for row in rows if not row.is_open],
    }
    return render(request, "definitions/proposals.html", context)


def proposals_table(request: HttpRequest, slug: str) -> Table:
    """Amendments, the newest first."""
    definition = definition_or_404(request, slug)
    found = [
        {
            "number": row.number,
            "state": row.state,
            "proposer": row.proposer and row.proposer.shown_name,
            "created_at": row.created_at.isoformat(),
            "base_version": row.base.number,
            "version": row.version and row.version.number,
            "reason": row.reason,
            "statement": row.statement,
            "reading": row.reading,
            "rule": row.rule,
            "absence_policy": row.absence_policy,
            "partly_policy": row.partly_policy,
        }
        for row in definition.proposals.for_list()
    ]
    rows = [{**row, "rule": json.dumps(row["rule"])} for row in found]
    data = {"definition": slug, "proposals": found}
    return Table(f"proposals-{slug}", COLUMNS, rows, lambda _: data)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def proposal(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One amendment: what it changes, why, what was said, and the buttons of who decides."""
    definition = definition_or_404(request, slug)
    shown = found_or_404(
        definition.proposals.for_list(),
        f"“{definition.name}” has no amendment {number}.",
        number=number,
    )
    if request.method != "POST":
        return page(request, shown)
    if not request.user.is_authenticated:
        raise PermissionDenied("Sign in to answer or decide.")
    text = request.POST.get("text", "").replace("\0", "").strip()
    press = request.POST.get("press", "")
    if len(text) > LONGEST:
        return page(request, shown, f"At most {LONGEST} characters, please.", text)
    if press in ("ask", "answer") and (why_not := refusal(request, "remark")):
        return page(request, shown, f"{why_not} {KEPT}", text, status=429)
    try:
        with transaction.atomic():
            # Accepting puts a version in force, as publishing does.
            if press == "accept" and (why_not := refusal(request, "publish")):
                return page(request, shown, f"{why_not} {KEPT}", text, status=429)
            against = request.POST.get("against", "")
            act(shown, press, actor=request.user, text=text, against=against)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except (ProposalRefused, RuleRefused, ValueError) as error:
        shown.refresh_from_db()
        return page(request, shown, str(error), text)
    messages.success(request, SAID[press])
    return redirect(shown)


def act(shown: Proposal, press: str, *, actor: User, text: str, against: str) -> None:
    """Do what the pressed button says; *against* is the key of the version it was compared with."""
    if press == "accept":
        accept_proposal(
            proposal=shown,
            actor=actor,
            text=text,
            against=int(against) if against.isascii() and against.isdigit() else None,
        )
    elif press == "decline":
        decline_proposal(proposal=shown, actor=actor, text=text)
    elif press == "ask":
        ask_proposer(proposal=shown, actor=actor, text=text)
    elif press == "answer":
        answer_owner(proposal=shown, actor=actor, text=text)
    elif press == "withdraw":
        withdraw_proposal(proposal=shown, actor=actor, text=text)
    else:
        raise ProposalRefused("Choose one of the buttons.")


def page(
    request: HttpRequest, shown: Proposal, problem: str = "", text: str = "", status: int = 422
) -> HttpResponse:
    """The page; with a problem another status, and what was typed.

    While it is open the difference is from the version in force, which may not be the one that
    it was made to; afterwards from the one that it was made to.
    """
    definition = shown.definition
    current = definition.versions.in_force().first()
    base = current if shown.is_open and current is not None else shown.base
    proposer = request.user.is_authenticated and shown.proposer_id == request.user.pk
    context = {
        "definition": definition,
        "proposal": shown,
        "base": base,
        "difference": difference(base, shown, current_titles()),
        "said": shown.messages.select_related("author"),
        "decides": may_decide(shown, request.user),
        "answers": shown.is_open and proposer,
        "owner": acts_as_owner(definition, request.user),
        "problem": problem,
        "text": text,
    }
    return render(request, "definitions/proposal.html", context, status=status if problem else 200)
