"""Model judges under a protocol, for those who run it: ask, follow, read, compare with people."""

import hashlib
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment, sent_by_htmx
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Row, Table
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.answers.suggestions import effect
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import Judge, Opinion, OpinionState, Protocol, ProtocolVersion
from evaluations.judgments.opinions.actions import (
    OpinionsRefused,
    ask_model,
    drawn_recipe,
    stop_asking,
    stoppable,
)
from evaluations.judgments.opinions.agreement import (
    COLUMNS,
    VALUES,
    compared_record,
    compared_with_people,
)
from evaluations.judgments.opinions.asked import opinions_under
from evaluations.judgments.opinions.forms import AskForm
from evaluations.judgments.opinions.prompts import PROMPT_VERSION
from evaluations.judgments.opinions.reading_actions import combined, siblings_of, wordings_asked
from evaluations.judgments.protocols.permissions import WHO_MAY_ASK, may_ask, may_see
from evaluations.runs.actions import RunRefused

TEMPLATE = "judgments/opinions.html"
UNREAD_SHOWN = 25
UNREAD = (OpinionState.UNPARSEABLE, OpinionState.FAILED)


def current_version(request: HttpRequest, slug: str) -> ProtocolVersion:
    """The version in force of a protocol, for its owner, staff and researchers.

    Raises:
        Http404, PermissionDenied
    """
    user = request.user
    readable = Protocol.objects.readable_by(user)
    protocol = found_or_404(readable, f"There is no protocol “{slug}”.", slug=slug)
    if not user.is_authenticated or not (user.may_run_protocols or protocol.owner_id == user.pk):
        raise PermissionDenied
    if not may_see(protocol, user, visitor(request).judge):
        raise Http404(f"The protocol “{slug}” is not open yet.")
    version = protocol.versions.filter(is_current=True).select_related("protocol").first()
    if version is None:
        raise Http404(f"The protocol “{protocol.title}” asks nothing yet.")
    return version


def tallies(asked: QuerySet[Opinion]) -> list[dict[str, Any]]:
    """One entry a model judge and prompt version: how many askings are in which state."""
    counts = {state: Count("pk", filter=Q(state=state)) for state in OpinionState.values}
    rows = (
        asked.order_by()
        .values("judge", "prompt_version")
        .annotate(
            asked=Count("pk"),
            own=Count("pk", filter=Q(output__run__model=F("judge__language_model"))),
            **counts,
        )
        .order_by("judge", "-prompt_version")
    )
    found = list(rows)
    named = Judge.objects.select_related("language_model", "judge_prompt")
    judges = named.in_bulk({row["judge"] for row in found})
    return [{**row, "judge": judges[row["judge"]]} for row in found]


def comparisons(version: ProtocolVersion, judges: list[Judge]) -> list[dict[str, Any]]:
    """Each model judge with its criteria beside people's answers."""
    return [{"judge": judge, "criteria": compared_with_people(version, judge)} for judge in judges]


def distinct_judges(rows: list[dict[str, Any]]) -> list[Judge]:
    return list({row["judge"].pk: row["judge"] for row in rows}.values())


def show(
    request: AuthenticatedHttpRequest,
    version: ProtocolVersion,
    *,
    ask_form: AskForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; only its progress where htmx asks for that."""
    asked = opinions_under(version)
    rows = tallies(asked)
    number = request.GET.get("page", "")
    tag = hashlib.sha256(
        repr((version.pk, number, [(row["judge"].pk, *row.items()) for row in rows])).encode()
    ).hexdigest()[:20]
    if sent_by_htmx(request) and request.headers.get("HX-PTag") == tag:
        return HttpResponseNotModified()
    unread = asked.filter(state__in=UNREAD).select_related(
        "judge__language_model", "judge__judge_prompt", "block"
    )
    context: dict[str, Any] = {
        "protocol": version.protocol,
        "version": version,
        "prompt_version": PROMPT_VERSION,
        "rows": rows,
        "waiting": sum(row["waiting"] for row in rows),
        "page": Paginator(unread.order_by("-id"), UNREAD_SHOWN).get_page(number),
        "page_number": number,
        "tag": tag,
        "may_ask": may_ask(version.protocol, request.user),
        "may_stop": bool(stoppable(version, request.user)),
    }
    if not sent_by_htmx(request):
        context |= {
            "values": VALUES,
            "comparisons": comparisons(version, distinct_judges(rows)),
            "effect": effect(version),
            "who_may_ask": WHO_MAY_ASK,
            "ask_form": ask_form or AskForm(auto_id="ask_%s"),
        }
    response = page_or_fragment(request, TEMPLATE, context, fragment="progress", status=status)
    response["HX-PTag"] = tag
    return response


def refused(request: HttpRequest, version: ProtocolVersion) -> HttpResponse:
    """403 with a sentence that says who may ask, and stop asking."""
    context = {
        "protocol": version.protocol,
        "heading": "This protocol is somebody else’s",
        "sentence": WHO_MAY_ASK,
    }
    return render(request, "judgments/review_refused.html", context, status=403)


@require_safe
@never_cache
def opinions(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Model judges under a protocol: progress, replies that were not read, agreement."""
    return show(request, current_version(request, slug))


@require_POST
def ask(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Ask a language model what the protocol asks."""
    version = current_version(request, slug)
    if not may_ask(version.protocol, request.user):
        return refused(request, version)
    form = AskForm(request.POST, auto_id="ask_%s")
    if form.is_valid():
        try:
            asked = ask_model(
                version=version,
                model=form.cleaned_data["model"],
                actor=request.user,
                limit=form.cleaned_data["limit"],
                recipe=drawn_recipe() if form.cleaned_data["drawn"] else None,
                samples=form.cleaned_data["samples"],
                prompt=form.cleaned_data["prompt"],
            )
        except (OpinionsRefused, RunRefused) as error:
            form.add_error(None, str(error))
        else:
            rest = f" {asked.left:,} are left for another time." if asked.left else ""
            messages.success(request, f"{asked.asked:,} are queued.{rest}")
            return redirect("opinions", slug)
    return show(request, version, ask_form=form, status=422)


@require_POST
def stop(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Cancel what still waits to be asked."""
    version = current_version(request, slug)
    try:
        stopped = stop_asking(version=version, actor=request.user)
    except PermissionError:
        return refused(request, version)
    if stopped:
        messages.success(request, "Stopped. What was written already is read all the same.")
    else:
        messages.info(request, "Nothing that you may stop was waiting any more.")
    return redirect("opinions", slug)


@require_safe
@never_cache
def opinion(request: HttpRequest, slug: str, opinion_id: int) -> HttpResponse:
    """One asking: what the model was asked, and what it wrote.

    Whoever reads that has seen another judge's answers: later judgments of theirs on the output
    are not blind.
    """
    version = current_version(request, slug)
    shown = found_or_404(
        opinions_under(version).select_related(
            "judge__language_model",
            "judge__judge_prompt",
            "output",
            "block",
            "judgment",
            "asked_as__prompt",
            "asked_as__run__recipe",
        ),
        f"The protocol “{version.protocol.title}” has no opinion {opinion_id}.",
        pk=opinion_id,
    )
    if shown.asked_as.text and request.method != "HEAD":
        reveal_answers(judge=judge_for(request), output=shown.output)
    samples = list(siblings_of(shown))
    # Opinions from before samples were kept have their answers in their judgment alone.
    given = (
        dict(
            shown.judge.answers.filter(judgment__form_token=shown.judgment.form_token).values_list(
                "criterion_version", "value"
            )
        )
        if shown.judgment and not shown.values
        else {}
    )
    read = [sample.values for sample in samples if sample.values]
    waiting = any(sample.state == OpinionState.WAITING for sample in samples)
    together = [] if waiting else combined(read)
    context = {
        "protocol": version.protocol,
        "opinion": shown,
        "reply": shown.asked_as,
        "samples": samples,
        "questions": [
            {
                "wording": wording,
                "value": shown.values[place] if shown.values else given.get(wording.pk, ""),
                "together": together[place] if together else "",
                "spread": spread([values[place] for values in read]),
            }
            for place, wording in enumerate(wordings_asked(shown.asked_as.prompt))
        ],
    }
    return render(request, "judgments/opinion.html", context)


def spread(values: list[str]) -> list[tuple[str, int]]:
    """How many samples gave which answer, in the order of the answers."""
    return [(value, values.count(value)) for value in VALUES if value in values]


def opinions_table(request: HttpRequest, slug: str) -> Table:
    """Agreement with people; as JSON with what became of each asking, and what suggestions do."""
    version = current_version(request, slug)
    asked = tallies(opinions_under(version))
    rows = [
        compared_record(version, part["judge"], row)
        for part in comparisons(version, distinct_judges(asked))
        for row in part["criteria"]
    ]

    def data(rows: list[Row]) -> dict[str, Any]:
        measured = effect(version)
        return {
            "protocol": version.protocol.slug,
            "version": version.number,
            "askings": [
                {
                    "model": row["judge"].key,
                    "prompt_version": row["prompt_version"],
                    "asked": row["asked"],
                    "about_own_outputs": row["own"],
                    **{state: row[state] for state in OpinionState.values},
                }
                for row in asked
            ],
            "compared_with_people": rows,
            "suggestions": measured
            and {
                **asdict(measured),
                "difference": measured.difference and measured.difference._asdict(),
            },
        }

    return Table(f"opinions-{slug}", COLUMNS, rows, data, public=False)
