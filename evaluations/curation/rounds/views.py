"""Rounds: beginning one, joining it by code, its page, and what came of it."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.tables import Table
from evaluations.common.throttle import DAY, HOUR, address_of_the_day, take
from evaluations.curation.by_rule.views import rule_or_404
from evaluations.curation.folds import with_folding
from evaluations.curation.lookups import collection_or_404, may_see_retired, retired
from evaluations.curation.models import Round
from evaluations.curation.rounds.actions import (
    LASTS,
    MOST_OUTPUTS,
    MOST_PEOPLE,
    RoundRefused,
    begin_round,
    join_round,
    open_round,
)
from evaluations.curation.rounds.forms import CodeForm, RoundForm
from evaluations.curation.rounds.progress import finished_by, progress_of
from evaluations.curation.rounds.results import Results, records
from evaluations.curation.views import output_keys
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.judges.guest_checks import takes_guests
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import Judge, Member, Reveal
from evaluations.judgments.models.protocols import ROUND
from evaluations.leaderboards.yours.figures import figures_of
from evaluations.runs.models import Output

ROUNDS_A_DAY: Final = 10
MISSES_AN_HOUR: Final = 200
"""Codes that nobody has, typed at one address: a class that mistypes, not a machine that tries."""
OWN_ROWS: Final = 6
COLUMNS: Final = ("output", "prompt", "question", "person", "answer")


def round_or_404(request: HttpRequest, code: str) -> Round:
    """The round of a code, whoever asks; too many wrong ones from an address are refused."""
    if "\0" in code:
        raise Http404("No code of a round has such a character.")
    address = address_of_the_day(request)
    found = Round.objects.for_page().filter(protocol__slug=f"{ROUND}{code.lower()}").first()
    if found is None and not take(
        f"round-codes:{address}", capacity=MISSES_AN_HOUR, refill_seconds=HOUR
    ):
        raise PermissionDenied("Too many wrong codes came from this address: wait some minutes.")
    if found is None:
        raise Http404(f"No round has the code “{code}”. Look at it once more, letter by letter.")
    return found


def to_judge(keys: Sequence[int]) -> list[int]:
    """Those of some outputs that everybody can judge, in their order. One query."""
    public = set(
        Output.objects.finished()
        .distinct_samples()
        .filter(pk__in=keys)
        .values_list("pk", flat=True)
    )
    return [key for key in keys if key in public]


@never_cache
def rounds(request: HttpRequest) -> HttpResponse:
    """A code to type, and one's own rounds; a POST leads to the round of the code."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                return redirect(round_or_404(request, form.cleaned_data["code"]))
            except Http404 as error:
                form.add_error("code", str(error))
    user = request.user
    own = list(Round.objects.of(user)[:50]) if user.is_authenticated else []
    context = {"form": form, "own": own, "guests": takes_guests()}
    return render(request, "curation/rounds.html", context, status=status)


@login_required
@never_cache
def round_new(request: AuthenticatedHttpRequest, owner: str, slug: str) -> HttpResponse:
    """Turn a collection into a round: any member may."""
    collection = collection_or_404(request, owner, slug)
    if collection.retired_at is not None and not may_see_retired(request, collection):
        return retired(request, collection)
    with_folding([collection], None)
    begun_with = {"title": collection.name, "collection": collection}
    return beginning(request, output_keys(collection), collection.get_absolute_url(), begun_with)


@login_required
@never_cache
def rule_round_new(request: AuthenticatedHttpRequest, name: str) -> HttpResponse:
    """Turn what a rule finds now into a round."""
    rule = rule_or_404(name)
    back = reverse("collection-by-rule", args=[name])
    return beginning(request, rule.find().outputs, back, {"title": rule.title})


def beginning(
    request: AuthenticatedHttpRequest, outputs: Sequence[int], back: str, begun_with: dict[str, Any]
) -> HttpResponse:
    """The form that begins a round of some outputs, and what comes of it.

    Args:
        back: the page that shows them.
        begun_with: what `begin_round` takes of where they are from, with a title.
    """
    keys = to_judge(outputs)
    form = RoundForm(max(len(keys), 1), request.POST if request.method == "POST" else None)
    problem, status = "", 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            asked = {"block": said["block"], "form_token": said["form_token"], **begun_with}
            problem, status, begun = begin(request, keys[: said["outputs"]], asked)
            if begun is not None:
                return HttpResponseRedirect(begun.get_absolute_url(), status=303)
    context = {
        "title": begun_with["title"],
        "back": back,
        "form": form,
        "problem": problem,
        "there": len(keys),
        "left_out": len(outputs) - len(keys),
        "most": MOST_OUTPUTS,
        "people": MOST_PEOPLE,
        "days": LASTS.days,
    }
    return render(request, "curation/round_new.html", context, status=status)


def begin(
    request: AuthenticatedHttpRequest, chosen: Sequence[int], asked: dict[str, Any]
) -> tuple[str, int, Round | None]:
    """Begin it and let its owner take part; or why not, with a status.

    Args:
        asked: what else `begin_round` takes.
    """
    if not take(f"rounds:{request.user.pk}", capacity=ROUNDS_A_DAY, refill_seconds=DAY):
        return f"One account begins {ROUNDS_A_DAY} rounds a day: go on tomorrow.", 429, None
    try:
        begun = begin_round(actor=request.user, outputs=chosen, **asked)
    except RoundRefused as error:
        return str(error), 409, None
    join_round(round_=begun, judge=judge_for(request))
    return "", 303, begun


def is_in(found: Round, judge: Judge | None) -> bool:
    """Whether somebody takes part."""
    return (
        judge is not None and Member.objects.filter(protocol=found.protocol, judge=judge).exists()
    )


def owns(found: Round, request: HttpRequest) -> bool:
    return request.user.is_authenticated and found.protocol.owner_id == request.user.pk


@require_safe
@never_cache
def round_page(request: HttpRequest, code: str) -> HttpResponse:
    """A round: to join, to judge, how far it is, and once it has ended what came of it."""
    return show(request, round_or_404(request, code))


def show(
    request: HttpRequest, found: Round, *, problem: str = "", status: int = 200
) -> HttpResponse:
    judge, user = visitor(request).judge, request.user
    member, own = is_in(found, judge), owns(found, request)
    results = Results(found, judge)
    context: dict[str, Any] = {
        "round": found,
        "member": member,
        "own": own,
        "problem": problem,
        "address": request.build_absolute_uri(found.get_absolute_url()),
        "outputs": len(results.keys),
        "gone": results.version.items.count() - len(results.keys),
        "finished": finished_by(found, judge) if found.is_running else 0,
        "progress": progress_of(found, len(results.keys)) if own or not found.is_running else None,
        "most": MOST_PEOPLE,
        "wants_account": not (user.is_authenticated or takes_guests()),
        "moderates": user.is_authenticated and user.may_moderate and not own,
        "judge_url": f"{reverse('judge-next')}?protocol={found.protocol.slug}",
    }
    if not found.is_running and (member or own):
        context |= figures_of(results.closest(user), results.calls, user)
        context |= {"limit": OWN_ROWS, "opened": has_opened(results.keys, judge)}
        if context["opened"]:
            context |= {
                "results": results,
                "met": any(row.same is not None for row in results.agreement),
                "facts": results.parted("facts"),
                "words": results.parted("words"),
            }
    return render(request, "curation/round.html", context, status=status)


def has_opened(keys: Sequence[int], judge: Judge | None) -> bool:
    """Whether somebody was shown others' answers on all these outputs already. One query."""
    seen = Reveal.objects.filter(judge=judge, output__in=keys).count()
    return judge is not None and seen >= len(keys)


@require_POST
def round_join(request: HttpRequest, code: str) -> HttpResponse:
    """Take part, with or without an account, and begin to judge."""
    found = round_or_404(request, code)
    try:
        join_round(round_=found, judge=judge_for(request))
    except RoundRefused as error:
        return show(request, found, problem=str(error), status=409)
    judging = f"{reverse('judge-next')}?protocol={found.protocol.slug}"
    return HttpResponseRedirect(judging, status=303)


@login_required
@require_POST
def round_open(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """End it now, and open its page to those who took part."""
    found = round_or_404(request, code)
    sentence = request.POST.get("sentence", "")
    try:
        open_round(round_=found, actor=request.user, sentence=sentence)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except RoundRefused as error:
        return show(request, found, problem=str(error), status=409)
    messages.success(request, "The round has ended. Those who took part see what came of it.")
    return HttpResponseRedirect(found.get_absolute_url(), status=303)


@require_POST
def round_reveal(request: HttpRequest, code: str) -> HttpResponse:
    """Show what all said: recorded, so that what one says of these outputs later is not blind.

    No limit by address: these are the round's own people and outputs.
    """
    found = round_or_404(request, code)
    judge = visitor(request).judge
    if found.is_running or not (is_in(found, judge) or owns(found, request)):
        raise PermissionDenied("A round shows what came of it once it has ended, to its people.")
    results = Results(found, judge)
    for output in Output.objects.filter(pk__in=results.keys).defer("text", "trace"):
        reveal_answers(judge=judge_for(request), output=output)
    return HttpResponseRedirect(f"{found.get_absolute_url()}#answers", status=303)


def round_table(request: HttpRequest, code: str) -> Table:
    """Every answer of a round that has ended, for those who opened its page."""
    found = round_or_404(request, code)
    judge = visitor(request).judge
    results = Results(found, judge)
    if found.is_running or not (
        (is_in(found, judge) or owns(found, request)) and has_opened(results.keys, judge)
    ):
        raise PermissionDenied("A round's answers are for its people, once it has ended.")
    return Table(
        f"round-{found.code}", COLUMNS, records(results), lambda rows: {"rows": rows}, public=False
    )
