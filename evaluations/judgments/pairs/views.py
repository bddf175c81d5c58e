"""The pair page's requests: serve, save, skip, undo, keep a draft."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from evaluations.common.fragments import whole_page_at
from evaluations.common.parameters import whole_number
from evaluations.judgments.answers.actions import JudgmentRefused, Stale
from evaluations.judgments.answers.drafts import forget_draft, kept_draft
from evaluations.judgments.answers.forms import TokenForm
from evaluations.judgments.items import queue
from evaluations.judgments.items.serving import remember_skip, skip, skipped_items
from evaluations.judgments.judges.guest_checks import GuestRefused, check_guest
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import Comparison, Judge
from evaluations.judgments.pairs.actions import (
    definitions_of,
    latest_comparison_id,
    open_definitions,
    submit_comparison,
    undo_comparison,
)
from evaluations.judgments.pairs.forms import PairForm
from evaluations.judgments.pairs.page import (
    LAST_PAIR,
    content_hash,
    draft_place,
    next_url,
    no_pair,
    refusal_of,
    salt_of,
    show,
)
from evaluations.judgments.pairs.places import (
    Place,
    Question,
    Scope,
    compared_place,
    named_place,
    next_place,
    on_sides,
    question_on,
    scope_from,
)

SKIPPED_PAIRS = "skipped_pairs"


def skipped_pairs(request: HttpRequest) -> list[tuple[int, int]]:
    return [(low, high) for low, high in request.session.get(SKIPPED_PAIRS, [])]


def following(request: HttpRequest, scope: Scope, after: Place | None = None) -> Place | None:
    return next_place(
        scope,
        visitor(request).judge,
        after=after,
        skipped=skipped_pairs(request),
        passed_items=skipped_items(request),
        salt=salt_of(request),
    )


@never_cache
def pair(request: HttpRequest) -> HttpResponse:
    """Two outputs and the question; saving stores the answer and brings the next two."""
    scope = scope_from(request.GET)
    place = named_place(scope, request.GET)
    if request.method == "POST":
        if place is None:
            raise Http404("The form names no pair.")
        return save(request, place)
    item = place.item if place is not None else None
    if refused := refusal_of(scope, visitor(request), item):
        return no_pair(request, scope, refused=refused)
    if place is None:
        if scope.version is not None and request.user.is_authenticated:
            judge_for(request)  # so that the pair is held for them
        try:
            place = following(request, scope)
        except queue.NotQualified as error:
            return no_pair(request, scope, refused=str(error))
        return redirect(place.url) if place is not None else no_pair(request, scope)
    return show(request, place)


def save(request: HttpRequest, place: Place) -> HttpResponse:
    """Store a comparison and bring the next pair; whatever is wrong, what was typed stays."""
    who = visitor(request)
    form = PairForm(request.POST)
    question: Question | None = question_on(place, who.judge)
    if not form.is_valid():
        return show(
            request, place, form, status=422,
            problem="Press one of the four answers. What you typed is kept.",
        )  # fmt: skip
    sent = form.cleaned_data
    sides = {place.one.pk: place.one, place.other.pk: place.other}
    left, right = sides.get(sent["left"]), sides.get(sent["right"])
    if sent["definition"] is not None:
        question = asked_question(place, who.judge, sent["definition"])
    if left is None or right is None or question is None or left is right:
        return stale(request, place, form, "This form is about another pair or question.")
    if sent["content"] != content_hash(left, right, question):
        return stale(
            request, place, form, "The question or an output changed after this page was opened."
        )
    if refused := refusal_of(place.scope, who, place.item):
        return show(request, place, form, question=question, status=409, problem=refused)
    try:
        guest_check = check_guest(request, sent["form_token"])
    except GuestRefused as error:
        return show(
            request, place, form, question=question, status=429, problem=error.sentence,
            offers_account=True,
        )  # fmt: skip
    judge = judge_for(request, sent["form_token"])
    try:
        submit_comparison(
            judge=judge,
            left=left,
            right=right,
            value=sent["value"],
            form_token=sent["form_token"],
            definition_version=question.definition,
            item=place.item,
            seen=sent["seen"],
            comment=sent["comment"],
            confidence=sent["confidence"],
            seconds=sent["seconds"],
            guest_check=guest_check,
            masked=left.names_model or right.names_model,
        )
    except Stale:
        return stale(
            request, place, form,
            "You saved or undid a comparison of these two after this page was opened.",
            question,
        )  # fmt: skip
    except JudgmentRefused as error:
        return show(request, place, form, question=question, status=409, problem=str(error))
    forget_draft(judge, draft_place(place, question))
    request.session[LAST_PAIR] = str(sent["form_token"])
    return onward(request, place)


def asked_question(place: Place, judge: Judge | None, number: int) -> Question | None:
    """The page of that definition version; None where it is not asked about this pair."""
    asked = definitions_of(place.item) if place.item is not None else [place.scope.definition]
    chosen = next((it for it in asked if it is not None and it.pk == number), None)
    return question_on(place, judge, chosen) if chosen is not None else None


def stale(
    request: HttpRequest, place: Place, form: PairForm, why: str, question: Question | None = None
) -> HttpResponse:
    """409: nothing is stored, the comment is kept, and answering again is one press."""
    judge = visitor(request).judge
    question = question or question_on(place, judge)
    left, right = on_sides(place, judge, salt_of(request))
    data: dict[str, Any] = dict(form.data.items())
    # A new form: its next sending is not a second sending of this one.
    for name, value in PairForm.opening(
        latest_comparison_id(judge, left, right), content_hash(left, right, question)
    ).items():
        data[name] = str(value)
    data["left"], data["right"] = str(left.pk), str(right.pk)
    data["definition"] = str(question.definition.pk) if question.definition else ""
    return show(
        request, place, PairForm(data), question=question, status=409,
        problem=f"{why} Nothing was overwritten and your comment is kept below: look again, "
        "then answer.",
    )  # fmt: skip


def onward(request: HttpRequest, after: Place) -> HttpResponse:
    """The item's next page, or the next pair."""
    judge = visitor(request).judge
    place: Place | None = after
    if after.item is None or not open_definitions(after.item, judge):
        try:
            place = following(request, after.scope, after)
        except queue.NotQualified as error:
            return no_pair(request, after.scope, refused=str(error))
    return bring(request, after.scope, place)


def bring(request: HttpRequest, scope: Scope, place: Place | None) -> HttpResponse:
    """That pair, or word that there is none: a fragment for htmx, else by redirect."""
    if not getattr(request, "htmx", None):
        return HttpResponseRedirect(place.url if place else next_url(scope), status=303)
    if place is None:
        return no_pair(request, scope)
    response = show(request, place)
    response["HX-Push-Url"] = place.url
    return response


@require_POST
def pair_skip(request: HttpRequest) -> HttpResponse:
    """Pass a pair by and bring the next one."""
    scope = scope_from(request.GET)
    place = named_place(scope, request.GET)
    if place is None:
        raise Http404("The form names no pair.")
    if refused := refusal_of(scope, visitor(request), place.item):
        return no_pair(request, scope, refused=refused)
    if place.item is not None:
        skip(request, place.item, visitor(request).judge)
    else:
        remember_skip(request, SKIPPED_PAIRS, list(place.ids))
    try:
        coming = following(request, scope, place)
    except queue.NotQualified as error:
        return no_pair(request, scope, refused=str(error))
    return bring(request, scope, coming)


@require_POST
def pair_undo(request: HttpRequest) -> HttpResponse:
    """Take back the last comparison and show that pair again."""
    scope = scope_from(request.GET)
    form = TokenForm(request.POST)
    judge = visitor(request).judge
    why = "it is undone already, or this browser did not save it."
    undone: Comparison | None = None
    if form.is_valid() and judge is not None:
        try:
            undone = undo_comparison(judge=judge, form_token=form.cleaned_data["form_token"])
        except Stale:
            why = "you compared the same two again since."
    if undone is None:
        messages.warning(request, f"That could not be undone: {why}")
        return whole_page_at(request, next_url(scope))
    request.session.pop(LAST_PAIR, None)
    try:
        place = compared_place(undone, scope)
    except Http404:
        messages.success(request, "Undone: what it had replaced is in force again.")
        return whole_page_at(request, next_url(scope))
    here = f"{place.url}&undone={undone.form_token}"
    if not getattr(request, "htmx", None):
        return HttpResponseRedirect(here, status=303)
    response = show(request, place, undone=undone.form_token)
    response["HX-Push-Url"] = here
    return response


@require_POST
def pair_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is typed and hold the pair on; answers with the times of both, as JSON."""
    place = named_place(scope_from(request.GET), request.GET)
    if place is None:
        raise Http404("The form names no pair.")
    token = TokenForm(request.POST)
    judge = visitor(request).judge
    number = whole_number(request.POST.get("definition", ""))
    question = asked_question(place, judge, number) if number is not None else None
    return kept_draft(
        request,
        draft_place(place, question or question_on(place, judge)),
        place.item,
        token.cleaned_data["form_token"] if token.is_valid() else None,
    )
