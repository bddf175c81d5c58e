"""Writing definitions: a new one, a fork, the next version of one's own, an amendment.

All four are one page: what is said, the rule in its editor, and what the rule gives now.
"""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment
from evaluations.common.lookups import found_or_404
from evaluations.definitions.actions import (
    RuleRefused,
    draft_definition,
    publish_version,
)
from evaluations.definitions.allowances import refusal
from evaluations.definitions.draft_state import conflict_with, draft_of, fingerprint
from evaluations.definitions.forms import (
    AmendmentForm,
    DefinitionForm,
    provenance_of,
    wording_of,
)
from evaluations.definitions.lookups import definition_or_404
from evaluations.definitions.models import (
    Definition,
    DefinitionVersion,
    Verification,
)
from evaluations.definitions.moves import acts_as_owner
from evaluations.definitions.proposal_actions import ProposalRefused, propose_amendment
from evaluations.definitions.rule_editor import editor
from evaluations.definitions.workshop_actions import (
    DefinitionRefused,
    describe_definition,
    found_definition,
    revise_draft,
)
from evaluations.leaderboards.definition_pages.workshop_desk import (
    Desk,
    desk,
    is_ready,
    outdated,
    publishing,
    put_beside,
    saving,
)
from evaluations.leaderboards.definition_pages.workshop_preview import edit_in_words, preview

FORM: Final = "leaderboards/workshop_form.html"
either = require_http_methods(["GET", "HEAD", "POST"])


def show(request: HttpRequest, at: Desk, status: int = 200) -> HttpResponse:
    """The page, or with htmx the part with the rule and its preview."""
    if request.method == "POST" and not saving(request):
        # What is not finished yet is no mistake yet.
        at.form.is_valid()
        at.form.errors.clear()
    shown = editor(at.draft, at.wordings)
    context = {
        "form": at.form,
        "editor": shown,
        "here": request.path,
        "rule_refused": saving(request) and not at.draft.ok,
        "preview": preview(
            at.draft.rule,
            at.policies.get("absence_policy", "may-be-latent"),
            at.policies.get("partly_policy", "not-met"),
            at.wordings,
        )
        if at.draft.ok
        else None,
        "logic": edit_in_words(at.draft.rule, at.policies, at.wordings, at.about)
        if at.draft.ok
        else None,
        **at.about,
    }
    return page_or_fragment(request, FORM, context, fragment="workshop", status=status)


def refuse(request: HttpRequest, at: Desk, error: Exception) -> HttpResponse:
    """The page again with what an action had to say, and with all that was typed."""
    put_beside(at, error)
    return show(request, at, 422)


def too_many(request: HttpRequest, at: Desk, why_not: str) -> HttpResponse:
    """The page with all that was typed, and when it can be sent."""
    at.form.add_error(None, f"{why_not} What you typed is kept on this page: leave it open.")
    return show(request, at, 429)


def in_force_or_404(definition: Definition) -> DefinitionVersion:
    missing = f"Nothing of “{definition.slug}” is published yet."
    return found_or_404(definition.versions.in_force(), missing)


@either
@never_cache
@login_required
def new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Write a definition of one's own."""
    about = {"title": "Write a definition", "back": reverse("definitions"), "founding": True}
    return founding(request, desk(request, DefinitionForm, {}, about), None)


@either
@never_cache
@login_required
def fork(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Write a definition of one's own that starts from somebody's version in force."""
    source = definition_or_404(request, slug)
    version = in_force_or_404(source)
    initial = {
        **wording_of(version),
        **provenance_of(source),
        **version.origin._asdict(),
        "name": f"Fork of {source.name}"[:120],
        # Whoever forks it has not read the source by that.
        "verification": Verification.UNVERIFIED,
    }
    about = {
        "title": f"Fork “{source.name}”",
        "source": version,
        "back": source.get_absolute_url(),
        "founding": True,
    }
    return founding(request, desk(request, DefinitionForm, initial, about), version)


def founding(
    request: AuthenticatedHttpRequest, at: Desk, forked_from: DefinitionVersion | None
) -> HttpResponse:
    form = at.form
    assert isinstance(form, DefinitionForm)
    if not saving(request):
        return show(request, at)
    if not is_ready(request, at, forked_from):
        return show(request, at, 422)
    try:
        with transaction.atomic():
            why_not = refusal(request, "begin") or (
                refusal(request, "publish") if publishing(request) else ""
            )
            if why_not:
                return too_many(request, at, why_not)
            version = found_definition(
                owner=request.user,
                provenance=form.provenance,
                wording=at.wording,
                slug=form.cleaned_data["slug"],
                forked_from=forked_from,
            )
            return saved(request, version)
    except (DefinitionRefused, RuleRefused, ValueError) as error:
        return refuse(request, at, error)


@either
@never_cache
@login_required
def edit(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Change one's draft; where there is none, begin the next version."""
    definition = definition_or_404(request, slug)
    if not acts_as_owner(definition, request.user):
        raise PermissionDenied("Only its owner and staff may write a definition's next version.")
    draft = draft_of(definition)
    current = definition.versions.in_force().first()
    base = draft or current
    about = {
        "title": f"Edit “{definition.name}”" if draft else f"Next version of “{definition.name}”",
        "definition": definition,
        "version": draft,
        "current": current,
        "back": definition.get_absolute_url() if current else reverse("definitions-mine"),
        "seen": request.POST.get("seen") or fingerprint(definition, draft),
    }
    initial = provenance_of(definition)
    if base is not None:
        initial |= wording_of(base)
    if draft is None:
        initial["change_note"] = ""
    at = desk(request, DefinitionForm, initial, about, founded=True)
    form = at.form
    assert isinstance(form, DefinitionForm)
    if not saving(request):
        return show(request, at)
    if not is_ready(request, at, current or (draft and draft.forked_from), definition):
        return show(request, at, 422)
    change_note = form.cleaned_data["change_note"]
    try:
        with transaction.atomic():
            definition = Definition.objects.select_for_update().get(pk=definition.pk)
            draft = draft_of(definition)
            if fingerprint(definition, draft) != at.about["seen"]:
                return conflicting(request, at, definition, draft or current)
            if publishing(request) and (why_not := refusal(request, "publish")):
                return too_many(request, at, why_not)
            described = current is not None and provenance_of(definition) != form.provenance
            describe_definition(
                definition=definition, actor=request.user, provenance=form.provenance
            )
            if draft is not None:
                version = revise_draft(
                    draft=draft, actor=request.user, wording=at.wording, change_note=change_note
                )
            else:
                version = draft_definition(
                    definition=definition,
                    author=request.user,
                    change_note=change_note,
                    **at.wording,
                )
            return saved(request, version, described=described)
    except (DefinitionRefused, RuleRefused, ValueError) as error:
        return refuse(request, at, error)


def conflicting(
    request: HttpRequest, at: Desk, definition: Definition, stored: DefinitionVersion | None
) -> HttpResponse:
    """409: the draft was saved elsewhere since the form was opened. Nothing typed is lost.

    The form then stands on what is stored now, so that saving once more replaces it.
    """
    at.about["seen"] = fingerprint(definition, draft_of(definition))
    if stored is not None:
        titles = {wording.criterion.key: wording.title for wording in at.wordings}
        at.about["conflict"] = conflict_with(stored, at.form.cleaned_data["statement"], titles)
    at.form.add_error(
        None,
        "This was saved in another window since you opened it. Nothing you typed is lost, and "
        "nothing was saved now: save again to put yours in its place.",
    )
    return show(request, at, 409)


def saved(
    request: AuthenticatedHttpRequest, version: DefinitionVersion, *, described: bool = False
) -> HttpResponse:
    """On to the draft, or to the definition's page where it was published as well.

    Args:
        described: what everybody sees of the definition was changed with the draft.
    """
    if publishing(request):
        publish_version(version=version, actor=request.user)
        messages.success(request, f"Version {version.number} is published and in force.")
        return redirect(version.definition)
    words = "The draft is saved. Only you and staff can see it."
    if described:
        words += " Its name and where it comes from are those of the definition: they show now."
    messages.success(request, words)
    return redirect("definition-edit", version.definition.slug)


@either
@never_cache
@login_required
def amend(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Propose another wording for somebody's definition, with a reason."""
    definition = definition_or_404(request, slug)
    version = in_force_or_404(definition)
    about = {
        "title": f"Propose an amendment to “{definition.name}”",
        "definition": definition,
        "source": version,
        "amending": True,
        "own": acts_as_owner(definition, request.user),
        "back": definition.get_absolute_url(),
    }
    at = desk(request, AmendmentForm, wording_of(version), about)
    if not saving(request):
        return show(request, at)
    # Both are asked, so that both are told.
    complete = at.complete
    if outdated(request, at, version) or not complete:
        return show(request, at, 422)
    try:
        with transaction.atomic():
            if why_not := refusal(request, "propose"):
                return too_many(request, at, why_not)
            proposal = propose_amendment(
                base=version,
                proposer=request.user,
                reason=at.form.cleaned_data["reason"],
                wording=at.wording,
            )
    except (ProposalRefused, RuleRefused) as error:
        return refuse(request, at, error)
    messages.success(request, "Your amendment is proposed; the owner decides.")
    return redirect(proposal)
