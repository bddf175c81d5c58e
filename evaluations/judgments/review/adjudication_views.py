"""Deciding what judges of a protocol disagree on, one item after another."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named, whole_number
from evaluations.judgments.items import gold
from evaluations.judgments.judges.visitors import judge_for
from evaluations.judgments.models import Item, Judge, Protocol, ProtocolVersion, Subject
from evaluations.judgments.protocols.permissions import may_adjudicate, may_oversee
from evaluations.judgments.protocols.reading import UNITS
from evaluations.judgments.review.adjudication import AdjudicationRefused, adjudicate, reveal_item
from evaluations.judgments.review.disputes import next_disputed
from evaluations.judgments.review.forms import AdjudicationForm
from evaluations.judgments.review.side_by_side import SideBySide, side_by_side
from evaluations.judgments.review.views import (
    counts_guests,
    not_for_you,
    protocol_or_404,
    query_of,
    version_asked,
)
from evaluations.runs.reading import reading

CHANGED = (
    "Since you opened this, a judge answered or somebody else decided. What you chose is kept: "
    "look at the answers once more, then save again."
)


def refused(request: HttpRequest, protocol: Protocol) -> HttpResponse:
    return not_for_you(
        request,
        protocol,
        "Deciding is for owners, staff and moderators",
        f"What judges of “{protocol.title}” disagree on is decided by its owner, by moderators "
        "and by the staff of this site.",
    )


def state_of(request: HttpRequest, version: ProtocolVersion) -> dict[str, Any]:
    """What the addresses of these pages carry along."""
    state: dict[str, Any] = {} if version.is_current else {"version": version.number}
    return state | ({"guests": 1} if counts_guests(request) else {})


@require_safe
@never_cache
def adjudicate_next(request: HttpRequest, slug: str) -> HttpResponse:
    """To the most disputed item that waits for a decision; a page that says so if none does."""
    protocol = protocol_or_404(request, slug)
    if not may_adjudicate(protocol, request.user):
        return refused(request, protocol)
    version = version_asked(request, protocol)
    after = named(request.GET, "after")
    item = next_disputed(
        version,
        after=whole_number(after),
        guests=counts_guests(request),
    )
    if item is not None:
        here = reverse("protocol-adjudicate-item", args=[slug, item])
        return HttpResponseRedirect(here + query_of(state_of(request, version)))
    context = {
        "protocol": protocol,
        "version": version,
        "may_oversee": may_oversee(protocol, request.user),
        "query": query_of(state_of(request, version)),
    }
    return render(request, "judgments/adjudicate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def adjudicate_item(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    """An item with its judges' answers side by side, and a decision for each disputed question.

    Whoever opens it has seen others' answers: their own later judgment of it is not blind.
    """
    protocol = protocol_or_404(request, slug)
    if not may_adjudicate(protocol, request.user):
        return refused(request, protocol)
    item = item_or_404(protocol, item_id, judge_for(request))
    found = side_by_side(item, guests=counts_guests(request))
    if request.method != "POST":
        if request.method == "GET":
            reveal_item(judge=judge_for(request), item=item)
        return show(
            request, item, found, AdjudicationForm(found.open, initial={"seen": found.seen})
        )
    form = AdjudicationForm(found.open, request.POST)
    if request.POST.get("seen") != found.seen:
        data = request.POST.copy()
        data["seen"] = found.seen
        kept = AdjudicationForm(found.open, data)
        return show(request, item, found, kept, problem=CHANGED, status=409)
    if not form.is_valid():
        return show(request, item, found, form, status=422)
    try:
        with transaction.atomic():
            made = [
                adjudicate(
                    item=item,
                    criterion_version=decision.wording,
                    value=decision.value,
                    reason=decision.reason,
                    note=decision.note,
                    actor=request.user,  # type: ignore[arg-type]
                )
                for decision in form.decisions()
            ]
    except AdjudicationRefused as error:
        form.add_error(None, str(error))
        return show(request, item, found, form, status=422)
    messages.success(
        request, f"Decided: {len(made)} question{'' if len(made) == 1 else 's'} on {name_of(item)}."
    )
    after = reverse("protocol-adjudicate", args=[slug])
    query = query_of(state_of(request, item.version) | {"after": item.pk})
    return HttpResponseRedirect(after + query, status=303)


def item_or_404(protocol: Protocol, item_id: int, judge: Judge) -> Item:
    item = found_or_404(
        Item.objects.select_related(
            "version", "prompt", "output__prompt", "output__run__model"
        ).prefetch_related("output__steps"),
        f"“{protocol.title}” has no item {item_id}.",
        version__protocol=protocol,
        pk=item_id,
    )
    item.version.protocol = protocol
    if not Item.objects.filter(gold.readable(item.version, judge), pk=item.pk).exists():
        raise Http404(f"“{protocol.title}” has no item {item_id}.")
    if item.version.subject == Subject.PAIR:
        raise Http404("Pairs have no criteria to decide on.")
    return item


def name_of(item: Item) -> str:
    return f"{UNITS[item.version.subject]} {item.output_id or item.prompt_id}"


def show(
    request: HttpRequest,
    item: Item,
    found: SideBySide,
    form: AdjudicationForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    protocol, output = item.version.protocol, item.output
    state = query_of(state_of(request, item.version))
    here = reverse("protocol-adjudicate-item", args=[protocol.slug, item.pk]) + state
    whole = named(request.GET, "all") == "1"
    context = {
        "protocol": protocol,
        "version": item.version,
        "item": item,
        "name": name_of(item),
        "output": output,
        "prompt": output.prompt if output is not None else item.prompt,
        "reading": reading(output, whole=whole, masked=True) if output is not None else None,
        "found": found,
        "form": form,
        "problem": problem,
        "here": here,
        "all_url": f"{here}{'&' if state else '?'}all=1",
        "later_url": reverse("protocol-adjudicate", args=[protocol.slug])
        + query_of(state_of(request, item.version) | {"after": item.pk}),
        "query": state,
        "may_oversee": may_oversee(protocol, request.user),
    }
    return render(request, "judgments/adjudicate.html", context, status=status)
