"""Rendering the pair page: two outputs and the question, or why there is nothing to compare."""

import hashlib
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse

from evaluations.common.fragments import page_or_fragment
from evaluations.judgments.answers.drafts import draft_at, typed_in
from evaluations.judgments.answers.forms import TokenForm
from evaluations.judgments.items.serving import held_ahead
from evaluations.judgments.judges.guest_checks import check_in_words
from evaluations.judgments.judges.visitors import Visitor, visitor
from evaluations.judgments.models import Comparison, Item, Judge, Preference
from evaluations.judgments.pairs.actions import latest_comparison_id, of_pair
from evaluations.judgments.pairs.forms import PairForm
from evaluations.judgments.pairs.places import (
    Place,
    Question,
    Scope,
    lease_of,
    on_sides,
    question_on,
)
from evaluations.judgments.protocols.permissions import refusal, refusal_on
from evaluations.runs.models import Output
from evaluations.runs.reading import reading

TEMPLATE = "judgments/pair.html"
LAST_PAIR = "last_pair"
WORDS = {
    Preference.LEFT: "left",
    Preference.RIGHT: "right",
    Preference.TIE: "a tie",
    Preference.NEITHER: "neither of the two",
}


def salt_of(request: HttpRequest) -> str:
    """Stands for a visitor who has not judged yet, and leaves no row: the secret of their forms.

    It stays in the browser over reloads, and differs from visitor to visitor.
    """
    get_token(request)
    return str(request.META["CSRF_COOKIE"])


def refusal_of(scope: Scope, who: Visitor, item: Item | None = None) -> str:
    """Why this visitor may not judge under the scope's protocol, or *item*; empty when they may."""
    if item is not None:
        return refusal_on(item, who.user, who.judge)
    return refusal(scope.version.protocol, who.user, who.judge) if scope.version else ""


def next_url(scope: Scope) -> str:
    return f"{reverse('judge-pair')}{'?' if scope.query else ''}{scope.query}"


def no_pair(request: HttpRequest, scope: Scope, *, refused: str = "") -> HttpResponse:
    """Nothing to compare, or not for this visitor: what this is, why, and what to do next."""
    who = visitor(request)
    judged = who.judge is not None and who.judge.comparisons.filter(withdrawn_at=None).exists()
    context = {
        "scope": scope,
        "refused": refused,
        "judged": judged,
        "saved": saved_strip(request, who, None),
    }
    status = 403 if refused else 200
    response = page_or_fragment(request, TEMPLATE, context, fragment="item", status=status)
    if getattr(request, "htmx", None):
        response["HX-Push-Url"] = next_url(scope)
    return response


def content_hash(left: Output, right: Output, question: Question) -> str:
    """A hash of what the form shows, sides included: if it changes, the form is stale."""
    digest = hashlib.sha256()
    for text in (left.text, right.text):
        digest.update(hashlib.sha256(text.encode()).digest())
    digest.update(f"|{question.definition.pk if question.definition else ''}".encode())
    return digest.hexdigest()[:16]


def draft_place(place: Place, question: Question) -> str:
    """The name under which a judge's unsaved words on this page are kept."""
    definition = question.definition.pk if question.definition else ""
    return f"pair:{place.ids[0]}:{place.ids[1]}:{definition}"


def show(
    request: HttpRequest,
    place: Place,
    form: PairForm | None = None,
    *,
    question: Question | None = None,
    status: int = 200,
    problem: str = "",
    offers_account: bool = False,
    undone: uuid.UUID | None = None,
) -> HttpResponse:
    """The pair page, or the fragment that a save swaps in."""
    who = visitor(request)
    question = question or question_on(place, who.judge)
    left, right = on_sides(place, who.judge, salt_of(request))
    if form is not None and form.data.get("left") == str(right.pk):
        # A guest became a judge meanwhile: the form comes back with the sides that it showed.
        left, right = right, left
    lease = lease_of(place.item, who.judge)
    earlier = earlier_comparison(who.judge, place, question)
    draft = None
    if form is None:
        draft = draft_at(who.judge, draft_place(place, question))
        typed = typed_in(draft)
        initial: dict[str, Any] = {
            **PairForm.opening(
                latest_comparison_id(who.judge, left, right), content_hash(left, right, question)
            ),
            "left": left.pk,
            "right": right.pk,
            "definition": question.definition.pk if question.definition else None,
            "lease": lease.token if lease else None,
            **typed_before(who.judge, undone or undone_token(request)),
            **{name: typed[name] for name in ("comment", "confidence") if name in typed},
        }
        form = PairForm(initial=initial)
    whole = request.GET.get("all") == "1"
    context = {
        "place": place,
        "scope": place.scope,
        "question": question,
        "prompt": left.prompt,
        "sides": [
            ("left", left, reading(left, whole=whole, masked=True)),
            ("right", right, reading(right, whole=whole, masked=True)),
        ],
        "form": form,
        "lease": lease,
        "earlier": earlier,
        "earlier_words": WORDS[Preference(earlier.value)] if earlier else "",
        "draft": draft,
        "saved": saved_strip(request, who, place),
        "undone": undone,
        "saved_count": comparisons_saved(who.judge),
        "problem": problem,
        "offers_account": offers_account,
        "is_guest": who.is_guest,
        "single_keys": who.user is None or who.user.single_keys,
        "here": place.url,
        "skip_url": place.url_of("judge-pair-skip"),
        "draft_url": place.url_of("judge-pair-draft"),
        "draft_key": draft_place(place, question),
        "ahead": held_ahead(lease),
    }
    return page_or_fragment(request, TEMPLATE, context, fragment="item", status=status)


def earlier_comparison(judge: Judge | None, place: Place, question: Question) -> Comparison | None:
    """What this judge said of the two before, which a new answer replaces."""
    if judge is None:
        return None
    return Comparison.objects.filter(
        of_pair(place.one, place.other),
        judge=judge,
        definition_version=question.definition,
        is_current=True,
    ).first()


def typed_before(judge: Judge | None, undone: uuid.UUID | None) -> dict[str, Any]:
    """Comment and confidence of a form that was just undone: to be corrected, not retyped."""
    before = judge.comparisons.filter(form_token=undone).first() if judge and undone else None
    return {"comment": before.comment, "confidence": before.confidence} if before else {}


def undone_token(request: HttpRequest) -> uuid.UUID | None:
    form = TokenForm({"form_token": request.GET.get("undone", "")})
    return form.cleaned_data["form_token"] if form.is_valid() else None


def comparisons_saved(judge: Judge | None) -> int:
    """How many comparisons this judge saved and did not undo."""
    return judge.comparisons.filter(withdrawn_at=None).count() if judge is not None else 0


def saved_strip(request: HttpRequest, who: Visitor, now: Place | None) -> dict[str, Any] | None:
    """The last saved comparison, and the token that undoes it.

    The pages of its two outputs name model and recipe: they are linked once neither output is
    on this page.
    """
    token = request.session.get(LAST_PAIR)
    if not token or who.judge is None:
        return None
    last = who.judge.comparisons.filter(form_token=token, withdrawn_at=None).first()
    if last is None:
        return None
    shown = set(now.ids) if now is not None else set()
    known = not shown & {last.left_id, last.right_id}
    return {
        "token": token,
        "value": last.value,
        "words": WORDS[Preference(last.value)],
        "left": last.left_id if known else None,
        "right": last.right_id if known else None,
        "check": check_in_words(last.guest_check),
        "surplus": last.is_surplus,
    }
