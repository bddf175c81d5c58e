"""Protocols for those who judge: the list, a protocol's page, its versions, joining by link."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeGuard, cast

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.accounts.visibility_views import visibility_page
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.judgments.items import carried
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import Protocol, ProtocolVersion, Subject
from evaluations.judgments.protocols.actions import (
    ProtocolRefused,
    close_protocol,
    join_protocol,
    open_protocol,
)
from evaluations.judgments.protocols.permissions import may_adjudicate, may_manage, may_see, refusal
from evaluations.judgments.protocols.reading import (
    COLUMNS,
    UNITS,
    Progress,
    also_asked,
    asked_blocks,
    judge_url,
    judges_by_version,
    listed,
    never_shown,
    progress_by_version,
    records,
    selected_count,
    selection_in_words,
)


def may_run(request: HttpRequest) -> TypeGuard[AuthenticatedHttpRequest]:
    """Whether the visitor may make protocols."""
    return request.user.is_authenticated and request.user.may_run_protocols


def refused(request: HttpRequest) -> HttpResponse:
    """403 with a sentence that says who may."""
    return render(request, "judgments/protocol_refused.html", status=403)


def protocol_or_404(request: HttpRequest, slug: str) -> Protocol:
    """A protocol that the visitor may read, with its owner."""
    return found_or_404(
        Protocol.objects.readable_by(request.user).select_related("owner"),
        f"There is no protocol “{slug}”.",
        slug=slug,
    )


def managing(
    view: Callable[[AuthenticatedHttpRequest, Protocol], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view of a protocol for those who may change it; others get the refusal."""

    @wraps(view)
    def checked(request: HttpRequest, slug: str) -> HttpResponse:
        shown = protocol_or_404(request, slug)
        if not may_manage(shown, request.user):
            return refused(request)
        return view(cast(AuthenticatedHttpRequest, request), shown)

    return checked


@require_safe
@never_cache
def protocols(request: HttpRequest) -> HttpResponse:
    """What protocols are, and all that the visitor may see: open ones, drafts, closed ones."""
    rows = listed(request.user, visitor(request).judge)
    context = {
        "open": [row for row in rows if row.state == "open"],
        "drafts": [row for row in rows if row.state == "draft"],
        "closed": [row for row in rows if row.state == "closed"],
        "may_run": may_run(request),
    }
    return render(request, "judgments/protocols.html", context)


def protocols_table(request: HttpRequest) -> Table:
    return Table("protocols", COLUMNS, records(), lambda rows: {"protocols": rows})


@require_safe
@never_cache
def protocol(request: HttpRequest, slug: str) -> HttpResponse:
    """A protocol's page: what it asks, who may judge, how far it is; a round has one of its own."""
    shown = protocol_or_404(request, slug)
    return redirect(shown) if shown.is_round else page(request, shown)


@require_safe
@never_cache
def protocol_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What one version of a protocol asked: its permalink. That of a round leads to its page."""
    shown = protocol_or_404(request, slug)
    return redirect(shown) if shown.is_round else page(request, shown, number)


def page(request: HttpRequest, shown: Protocol, number: int | None = None) -> HttpResponse:
    """The page of a protocol's version, the one in force where *number* names none."""
    who = visitor(request)
    if not may_see(shown, request.user, who.judge):
        raise Http404(f"The protocol “{shown.slug}” is not open yet.")
    versions = list(
        shown.versions.select_related(
            "suggestion_judge__language_model", "suggestion_judge__judge_prompt"
        )
    )
    version = next(
        (v for v in versions if (v.is_current if number is None else v.number == number)), None
    )
    if version is None:
        raise Http404(f"“{shown.title}” has no version {number or ''}.")
    version.protocol = shown
    return render(request, "judgments/protocol.html", {
        "protocol": shown,
        "version": version,
        "versions": versions,
        "unit": UNITS[Subject(version.subject)],
        "blocks": asked_blocks(version),
        "definitions": version.definitions.select_related("definition").order_by(
            "protocoldefinition__position"
        ),
        "also_asked": also_asked(version),
        "hidden": never_shown(version),
        "selection": selection_in_words(version),
        "refusal": refusal(shown, request.user, who.judge),
        "judge_url": judge_url(shown, version.subject),
        **figures(request, version),
    })  # fmt: skip


def figures(request: HttpRequest, version: ProtocolVersion) -> dict[str, Any]:
    """How far a version is, and what only those who manage it need."""
    manages = may_manage(version.protocol, request.user)
    progress = progress_by_version([version]).get(version.pk, Progress())
    found: dict[str, Any] = {
        "manages": manages,
        "guards": version.protocol.guarded_by(request.user),
        "decides": may_adjudicate(version.protocol, request.user),
        "progress": progress,
        "begun": begun(version),
        "judges": judges_by_version([version]).get(version.pk, 0),
    }
    if manages:
        join = reverse("protocol-join", args=[version.protocol.invitation])
        found["invitation"] = request.build_absolute_uri(join)
        found["gold"] = version.items.filter(is_gold=True).count()
        if version.protocol.opened_at is None:
            found["selected"] = selected_count(version.subject, version.selection, version.protocol)
    return found


def begun(version: ProtocolVersion) -> int:
    """Turns of earlier versions of which a part is left to ask, at most a minute old.

    Anybody may open the page, and counting looks at every earlier turn.
    """
    if version.number == 1:
        return 0
    key = f"begun-before:{version.pk}"
    return int(cache.get_or_set(key, lambda: carried.waiting(version), 60) or 0)


@require_POST
@managing
def protocol_open(request: AuthenticatedHttpRequest, shown: Protocol) -> HttpResponse:
    """Open a protocol for judging, or open it again."""
    try:
        items = open_protocol(protocol=shown, actor=request.user)
    except ProtocolRefused as error:
        messages.error(request, str(error))
    else:
        unit = UNITS[Subject(shown.versions.get(is_current=True).subject)]
        messages.success(request, f"Open: {items:,} {unit}{'' if items == 1 else 's'} to judge.")
    return HttpResponseRedirect(shown.get_absolute_url(), status=303)


@require_POST
@managing
def protocol_close(request: AuthenticatedHttpRequest, shown: Protocol) -> HttpResponse:
    """Take a protocol out of judging."""
    try:
        close_protocol(protocol=shown, actor=request.user)
    except ProtocolRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Closed. Everything that was answered stays.")
    return HttpResponseRedirect(shown.get_absolute_url(), status=303)


@never_cache
def protocol_visibility(request: HttpRequest, slug: str) -> HttpResponse:
    """Say who reads a protocol, and with that who may judge under it."""
    shown = protocol_or_404(request, slug)
    return visibility_page(request, shown, f"the protocol “{shown.title}”")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def join(request: HttpRequest, invitation: uuid.UUID) -> HttpResponse:
    """Show what an invitation link invites to; a POST joins, with or without an account."""
    invited = found_or_404(
        Protocol.objects.filter(ends_at=None).select_related("owner"),
        "This invitation link is not valid: ask for a new one.",
        invitation=invitation,
    )
    if request.method == "POST":
        try:
            join_protocol(invitation=invitation, judge=judge_for(request))
        except ProtocolRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"You are one of the judges of “{invited.title}” now.")
            return HttpResponseRedirect(invited.get_absolute_url(), status=303)
    version = invited.versions.filter(is_current=True).first()
    if version is None:
        raise Http404(f"“{invited.title}” asks nothing yet.")
    version.protocol = invited
    judge = visitor(request).judge
    context = {
        "protocol": invited,
        "version": version,
        "blocks": asked_blocks(version),
        "definitions": version.definitions.count(),
        "also_asked": also_asked(version),
        "member": judge is not None and invited.members.filter(pk=judge.pk).exists(),
        "is_guest": not request.user.is_authenticated,
    }
    return render(request, "judgments/protocol_join.html", context)
