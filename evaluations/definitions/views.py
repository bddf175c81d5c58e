"""Definitions as texts: their history and differences, their states, one's own ones.

Pages that show what judges answered belong to later stages.
"""

import json
from collections.abc import Callable
from itertools import pairwise

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.definitions.actions import outdated_reading, publish_version
from evaluations.definitions.allowances import refusal
from evaluations.definitions.diffs import WordingDifference, difference
from evaluations.definitions.forms import MergeForm
from evaluations.definitions.lookups import definition_or_404
from evaluations.definitions.models import (
    CriterionVersion,
    Definition,
    DefinitionVersion,
    Proposal,
    State,
)
from evaluations.definitions.moves import MOVES, MoveRefused, acts_as_owner, open_moves
from evaluations.definitions.rule_editor import titles_of
from evaluations.definitions.workshop_actions import (
    curate_definition,
    discard_draft,
    mark_wording,
    merge_definition,
    restore_definition,
    retire_definition,
)

HISTORY_COLUMNS = (
    "version", "state", "published_at", "author", "change_note", "changed", "statement", "reading",
    "rule", "absence_policy", "partly_policy", "note",
)  # fmt: skip

MOVE_COLUMNS = ("verb", "before", "after", "who", "meaning")


@require_safe
def moves(request: HttpRequest) -> HttpResponse:
    """Who may move a definition from which state to which."""
    return render(request, "definitions/moves.html", {"all_moves": MOVES})


VERSIONS_A_PAGE = 20


def moves_table(request: HttpRequest) -> Table:
    rows = [{name: str(getattr(move, name)) for name in MOVE_COLUMNS} for move in MOVES]
    return Table("moves", MOVE_COLUMNS, rows, lambda rows: {"moves": rows})


def owned_or_403(request: HttpRequest, slug: str) -> Definition:
    """A definition about which the visitor decides."""
    definition = definition_or_404(request, slug)
    if not acts_as_owner(definition, request.user):
        raise PermissionDenied("Only its owner and staff may change a definition.")
    return definition


def current_titles() -> dict[str, str]:
    """Criterion key to the title in force. Makes one query."""
    return titles_of(CriterionVersion.objects.current())


def versions_of(definition: Definition, request: HttpRequest) -> list[DefinitionVersion]:
    """The versions that the visitor may see, the newest first. Two queries."""
    versions = definition.versions.with_history()
    if not acts_as_owner(definition, request.user):
        versions = versions.exclude(state=State.DRAFT)
    return list(versions.order_by("-number"))


def steps_of(
    versions: list[DefinitionVersion], titles: dict[str, str]
) -> list[tuple[DefinitionVersion, DefinitionVersion | None, WordingDifference | None]]:
    """Each version with the one before it and what changed; the newest first."""
    found: list[tuple[DefinitionVersion, DefinitionVersion | None, WordingDifference | None]] = [
        (after, before, difference(before, after, titles)) for after, before in pairwise(versions)
    ]
    return [*found, (versions[-1], None, None)] if versions else []


@require_safe
@never_cache
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """All versions: who wrote them, when they were published, what changed and why."""
    definition = definition_or_404(request, slug)
    versions = versions_of(definition, request)
    state = next((each.state for each in versions if each.is_current), State.DRAFT)
    moves = open_moves(definition, state, request.user)
    page = Paginator(versions, VERSIONS_A_PAGE).get_page(request.GET.get("page"))
    last = page.end_index()
    # The one before the last of a page says what that one changed.
    on_page = versions[max(page.start_index() - 1, 0) : last + 1]
    context = {
        "definition": definition,
        "page": page,
        "steps": steps_of(on_page, current_titles())[: len(page)],
        "moves": [move for move in moves if move.verb in {"retire", "restore"}],
        "merge_form": MergeForm(definition) if any(m.verb == "merge" for m in moves) else None,
        "state": State(state),
        "decides": acts_as_owner(definition, request.user),
        "waiting": definition.proposals.waiting().count(),
        "all_moves": MOVES,
    }
    return render(request, "definitions/history.html", context)


def history_table(request: HttpRequest, slug: str) -> Table:
    """Public versions, the newest first."""
    definition = definition_or_404(request, slug)
    versions = [each for each in versions_of(definition, request) if each.state != State.DRAFT]
    found = [
        {
            "version": version.number,
            "state": version.state,
            "published_at": version.published_at and version.published_at.isoformat(),
            "author": version.author and version.author.shown_name,
            "change_note": version.change_note,
            "changed": "; ".join(changes.changed_labels) if changes else "",
            "statement": version.statement,
            "reading": version.reading,
            "rule": version.rule,
            "absence_policy": version.absence_policy,
            "partly_policy": version.partly_policy,
            "note": version.note,
        }
        for version, _, changes in steps_of(versions, current_titles())
    ]
    rows = [{**row, "rule": json.dumps(row["rule"])} for row in found]
    data = {"definition": slug, "versions": found}
    return Table(f"history-{slug}", HISTORY_COLUMNS, rows, lambda _: data)


@require_safe
@never_cache
def diff(request: HttpRequest, slug: str) -> HttpResponse:
    """What changed from one version (`a`) to another (`b`); the last change by default."""
    definition = definition_or_404(request, slug)
    versions = versions_of(definition, request)
    if not versions:
        raise Http404(f"Nothing of “{definition.name}” is written yet.")
    by_number = {str(version.number): version for version in versions}
    newest = versions[0]
    after = by_number.get(request.GET.get("b") or str(newest.number))
    earlier = [each for each in versions if after and each.number < after.number]
    first = request.GET.get("a") or str((earlier[0] if earlier else newest).number)
    before = by_number.get(first)
    if before is None or after is None:
        raise Http404(f"“{definition.name}” has no such version.")
    context = {
        "definition": definition,
        "versions": versions,
        "before": before,
        "after": after,
        "difference": difference(before, after, current_titles()),
    }
    return render(request, "definitions/diff.html", context)


@require_safe
@never_cache
@login_required
def mine(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's own definitions, amendments that wait for one, and those that one proposed."""
    definitions = list(
        Definition.objects.filter(owner=request.user)
        .prefetch_related("versions")
        .order_by("-created_at")
    )
    rows = [
        {
            "definition": definition,
            "draft": next((v for v in definition.versions.all() if v.state == State.DRAFT), None),
            "current": next((v for v in definition.versions.all() if v.is_current), None),
        }
        for definition in definitions
    ]
    context = {
        "rows": rows,
        "waiting": Proposal.objects.waiting_for(request.user),
        "proposed": Proposal.objects.for_list().filter(proposer=request.user),
    }
    return render(request, "definitions/mine.html", context)


@require_POST
@login_required
def publish(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Put the draft in force."""
    definition = owned_or_403(request, slug)
    draft = newest_draft(definition)
    base = definition.versions.in_force().first() or draft.forked_from
    if outdated := outdated_reading(draft.rule, draft.reading, base):
        messages.error(request, outdated)
        return redirect("definition-edit", slug)
    try:
        with transaction.atomic():
            if why_not := refusal(request, "publish"):
                messages.error(request, f"{why_not} The draft is kept.")
                return redirect("definition-edit", slug)
            version = publish_version(version=draft, actor=request.user)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("definition-edit", slug)
    messages.success(request, f"Version {version.number} is published and in force.")
    return redirect(definition)


@require_POST
@login_required
def discard(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Throw the draft away."""
    definition = owned_or_403(request, slug)
    try:
        discard_draft(draft=newest_draft(definition), actor=request.user)
    except MoveRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The draft is gone.")
    return redirect("definitions-mine")


def newest_draft(definition: Definition) -> DefinitionVersion:
    drafts = definition.versions.filter(state=State.DRAFT).order_by("-number")
    return found_or_404(drafts, f"“{definition.name}” has no draft.")


@require_POST
@login_required
def retire(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Take it off the lists; its addresses keep working."""
    return moved(request, slug, retire_definition, "It is retired: lists leave it out now.")


@require_POST
@login_required
def restore(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """List it again."""
    return moved(request, slug, restore_definition, "It is listed again.")


@require_POST
@login_required
def curate(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Show it on the front page and in the matrix, or only among the others."""
    definition = definition_or_404(request, slug)
    curated = request.POST.get("curated") == "1"
    try:
        curate_definition(definition=definition, actor=request.user, curated=curated)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    where = "It is in the matrix now." if curated else "It stands among the others now."
    messages.success(request, where)
    return redirect(definition)


@require_POST
@login_required
def check(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Mark the wording as read in its source, or as not checked."""
    definition = definition_or_404(request, slug)
    read = request.POST.get("read") == "1"
    try:
        mark_wording(definition=definition, actor=request.user, read=read)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except MoveRefused as error:
        messages.error(request, str(error))
    else:
        done = "read in the source" if read else "not checked"
        messages.success(request, f"The wording is marked as {done}.")
    return redirect(definition)


def moved(
    request: AuthenticatedHttpRequest,
    slug: str,
    action: Callable[..., DefinitionVersion],
    words: str,
) -> HttpResponse:
    definition = owned_or_403(request, slug)
    reason = request.POST.get("reason", "").replace("\0", "")[:1000]
    try:
        action(definition=definition, actor=request.user, reason=reason)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except MoveRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect("definition-history", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def merge(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Say that another definition stands for this one too."""
    definition = owned_or_403(request, slug)
    form = MergeForm(definition, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            merge_definition(
                definition=definition,
                into=form.cleaned_data["into"],
                actor=request.user,
                reason=form.cleaned_data["reason"],
            )
        except MoveRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"It is merged into “{form.cleaned_data['into']}”.")
            return redirect("definition-history", slug)
    status = 422 if form.errors else 200
    context = {"definition": definition, "form": form}
    return render(request, "definitions/merge.html", context, status=status)
