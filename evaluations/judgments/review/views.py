"""A protocol for those who run it: how far it is, how its judges agree, what is disputed."""

import math
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.judgments.answers.suggestions import effect
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import Item, Protocol, ProtocolVersion, Reason
from evaluations.judgments.protocols.permissions import (
    may_adjudicate,
    may_manage,
    may_oversee,
    may_see,
)
from evaluations.judgments.protocols.reading import UNITS, asked_wordings
from evaluations.judgments.review.adjudication import adjudications_of, decisions_of, reveal_items
from evaluations.judgments.review.agreement import Agreement, agreement_of, power_of
from evaluations.judgments.review.columns import given_under
from evaluations.judgments.review.disputes import Disputed, disputed_items
from evaluations.judgments.review.fidelity import fidelity_of
from evaluations.judgments.review.first_errors import first_errors_under
from evaluations.judgments.review.forms import USUAL_WIDTH, PowerForm
from evaluations.judgments.review.progress import gold_accuracy, judges_of, standing_of, work_under
from evaluations.judgments.review.tables import TABLES, TableRequest

JUDGES_SHOWN = 50
DISPUTED_SHOWN = 20
DECISIONS_SHOWN = 10
WIDEST = 2.0


def protocol_or_404(request: HttpRequest, slug: str) -> Protocol:
    """A protocol that the visitor may read, with its owner."""
    return found_or_404(
        Protocol.objects.readable_by(request.user).select_related("owner"),
        f"There is no protocol “{slug}”.",
        slug=slug,
    )


def version_asked(request: HttpRequest, protocol: Protocol) -> ProtocolVersion:
    """The version that the address names by its number, the one in force where it names none."""
    number = named(request.GET, "version")
    versions = protocol.versions.select_related(
        "suggestion_judge__language_model", "suggestion_judge__judge_prompt"
    )
    if number:
        is_number = number.isdecimal() and len(number) < 5
        version = versions.filter(number=int(number)).first() if is_number else None
    else:
        version = versions.filter(is_current=True).first()
    if version is None:
        raise Http404(f"“{protocol.title}” has no version {number}.".replace(" .", "."))
    version.protocol = protocol
    return version


def not_for_you(request: HttpRequest, protocol: Protocol, heading: str, text: str) -> HttpResponse:
    """403 with a sentence that says who may; 404 for a draft, which strangers do not hear of."""
    if not may_see(protocol, request.user, visitor(request).judge):
        raise Http404(f"The protocol “{protocol.slug}” is not open yet.")
    context = {"protocol": protocol, "heading": heading, "sentence": text}
    return render(request, "judgments/review_refused.html", context, status=403)


def refused(request: HttpRequest, protocol: Protocol) -> HttpResponse:
    return not_for_you(
        request,
        protocol,
        "Progress is for those who run the protocol",
        f"How “{protocol.title}” goes is shown to its owner and to the staff of this site.",
    )


def counts_guests(request: HttpRequest) -> bool:
    return named(request.GET, "guests") == "1"


@require_safe
@never_cache
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    """Progress, judges, agreement, gold, disputes, decisions, fidelity, power: one version's."""
    protocol = protocol_or_404(request, slug)
    if not may_oversee(protocol, request.user):
        return refused(request, protocol)
    version = version_asked(request, protocol)
    guests = counts_guests(request)
    work, wordings = work_under(version), asked_wordings(version)
    judges = judges_of(version, gold := gold_accuracy(version), work, named=request.user.is_staff)
    given = given_under(version, guests=guests)
    agreement = agreement_of(version, given, wordings, guests=guests)
    disputed = disputed_items(version, given, wordings, limit=DISPUTED_SHOWN)
    shows_answers = named(request.GET, "answers") == "1"
    if shows_answers and request.method != "HEAD":
        reveal_disputed(request, disputed)
    state = {"version": version.number} if not version.is_current else {}
    context: dict[str, Any] = {
        "protocol": protocol,
        "version": version,
        "versions": protocol.versions.order_by("-number"),
        "unit": UNITS[version.subject],
        "guests": guests,
        "query": query_of(state | ({"guests": 1} if guests else {})),
        "other_query": query_of(state | ({} if guests else {"guests": 1})),
        "answers_query": query_of(state | ({"guests": 1} if guests else {}) | {"answers": 1}),
        "standing": standing_of(version, work),
        "judges": judges[:JUDGES_SHOWN],
        "judge_count": len(judges),
        "agreement": agreement,
        "left_out": sum(row.left_out for row in agreement),
        "gold": [(wording, gold.on(wording)) for wording in wordings] if gold.by_criterion else [],
        "disputed": disputed,
        "shows_answers": shows_answers,
        "may_manage": may_manage(protocol, request.user),
        "may_adjudicate": may_adjudicate(protocol, request.user),
        "decisions": decisions_of(version),
        "latest": adjudications_of(version).filter(is_current=True)[:DECISIONS_SHOWN],
        "reasons": Reason.labels,
        "fidelity": fidelity_of(version, given, wordings),
        "effect": effect(version),
        "first_errors": first_errors_under(version, guests=guests),
        **power(request, agreement),
    }
    return render(request, "judgments/progress.html", context)


def query_of(parameters: dict[str, Any]) -> str:
    """A query string with its question mark; empty for no parameters."""
    return f"?{urlencode(parameters)}" if parameters else ""


def reveal_disputed(request: HttpRequest, disputed: Disputed) -> None:
    """The viewer sees others' answers on these items: later judgments of theirs are not blind."""
    if disputed.items:
        items = Item.objects.filter(pk__in=[item.pk for item in disputed.items])
        reveal_items(judge=judge_for(request), items=list(items))


def reveal_table(request: HttpRequest, table: str, wanted: TableRequest) -> None:
    """The table of disputed items says how others answered, so the file reveals it too."""
    if table == "disputed" and request.method != "HEAD":
        reveal_disputed(request, disputed_items(wanted.version, guests=wanted.guests))


def power(request: HttpRequest, agreement: list[Agreement]) -> dict[str, Any]:
    """The form of the power estimate, and the estimate once it was asked for."""
    questions = [row.question for row in agreement]
    if "width" not in request.GET:
        initial = {
            "width": USUAL_WIDTH,
            "guests": named(request.GET, "guests"),
            "version": named(request.GET, "version"),
        }
        return {"power_form": PowerForm(questions, initial=initial)}
    form = PowerForm(questions, data=request.GET)
    if not form.is_valid():
        return {"power_form": form}
    key, width = form.cleaned_data["question"], form.cleaned_data["width"]
    chosen = next(row for row in agreement if row.question.key == key)
    state = {name: value for name, value in form.cleaned_data.items() if value}
    return {
        "power_form": form,
        "estimate": power_of(chosen, width),
        "power_query": query_of(state),
    }


# The same as CSV and JSON ------------------------------------------------------------------------


def asked(request: HttpRequest, protocol: Protocol) -> TableRequest:
    try:
        width = float(named(request.GET, "width") or USUAL_WIDTH)
    except ValueError:
        width = USUAL_WIDTH
    return TableRequest(
        version=version_asked(request, protocol),
        guests=counts_guests(request),
        named=bool(request.user.is_staff),
        question=named(request.GET, "question"),
        width=width if math.isfinite(width) and 0 < width <= WIDEST else USUAL_WIDTH,
    )


def progress_table(request: HttpRequest, slug: str, table: str) -> Table | HttpResponse:
    """A table of the page, or why it is refused. Not for other sites' scripts: not public."""
    protocol = protocol_or_404(request, slug)
    if not may_oversee(protocol, request.user):
        return refused(request, protocol)
    if table not in TABLES:
        raise Http404(f"There is no table “{table}”, only {', '.join(TABLES)}.")
    chosen, wanted = TABLES[table], asked(request, protocol)
    reveal_table(request, table, wanted)
    return Table(
        f"{slug}-{table}",
        chosen.columns,
        chosen.records(wanted),
        lambda rows: {
            "protocol": slug,
            "version": wanted.version.number,
            "guests": wanted.guests,
            table: [{column: row[column] for column in chosen.columns} for row in rows],
        },
        public=False,
    )
