"""The pages on which people answer what models are asked."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.judgments.by_hand import actions
from evaluations.judgments.by_hand.forms import ConsentForm, DraftForm, HandForm, OwnForm
from evaluations.judgments.by_hand.prompts import asked, shows_working
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import LICENCE, Consent, Writing, WrittenByHand
from evaluations.prompts.models import Prompt

TEMPLATE = "judgments/answer.html"
OWN_A_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answer(request: HttpRequest) -> HttpResponse:
    """A prompt to answer, or what somebody wrote to it; before that what this is, and consent."""
    who = visitor(request)
    consented = who.judge is not None and Consent.objects.filter(judge=who.judge).exists()
    if who.user is None or not consented:
        return before(request)
    judge = judge_for(request)
    if request.method == "POST":
        return sent(request)
    writing = actions.draw(judge=judge) if request.method == "GET" else None
    if writing is None:
        return render(request, TEMPLATE, {"nothing": True, "is_any": is_any()})
    return page(request, writing)


def before(request: HttpRequest, form: ConsentForm | None = None) -> HttpResponse:
    """What this page is, for visitors and for who has not agreed yet."""
    context = {"consent": form or ConsentForm(), "is_any": is_any(), "licence": LICENCE}
    is_bad = form is not None or request.method == "POST"
    return render(request, TEMPLATE, context, status=422 if is_bad else 200)


def is_any() -> bool:
    """Whether any set is open to people."""
    return Prompt.objects.open_to_people().exists()


@require_POST
@login_required
def agree(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Agree, once."""
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return before(request, form)
    actions.consent(judge=judge_for(request))
    return HttpResponseRedirect(reverse("answer"), status=303)


def page(
    request: HttpRequest, writing: Writing, form: HandForm | None = None, problem: str = ""
) -> HttpResponse:
    """The prompt as a model reads it, with the fields."""
    closed = not actions.is_open(writing)
    context: dict[str, Any] = {
        "writing": writing,
        "asked": asked(writing.recipe, writing.prompt),
        "form": form or HandForm(writing),
        "shows_working": shows_working(writing.recipe),
        "problem": actions.SEEN_SINCE if closed else problem,
        "closed": closed,
    }
    status = 409 if problem else 422 if form is not None and form.errors else 200
    return render(request, TEMPLATE, context, status=status)


def sent(request: HttpRequest) -> HttpResponse:
    """Store what was written; whatever is wrong, it stays typed."""
    judge = judge_for(request)
    token = DraftForm({"token": request.POST.get("token")})
    before_them = Writing.objects.filter(judge=judge).select_related("prompt", "recipe")
    known = token.is_valid() and before_them.filter(token=token.cleaned_data["token"]).first()
    if not known:
        again = (
            token.is_valid()
            and WrittenByHand.objects.filter(judge=judge, token=token.cleaned_data["token"]).first()
        )
        if again:
            return HttpResponseRedirect(reverse("answer-sent", args=[again.output_id]), status=303)
        typed = "\n\n".join(filter(None, map(request.POST.get, ("working", "answer"))))
        return render(request, TEMPLATE, {"lost": True, "typed": typed}, status=409)
    form = HandForm(known, request.POST)
    if not form.is_valid():
        return page(request, known, form)
    said = {"working": "", **form.cleaned_data}
    try:
        made = actions.send(judge=judge, **said)
    except actions.HandRefused as refusal:
        return page(request, known, form, str(refusal))
    return HttpResponseRedirect(reverse("answer-sent", args=[made.output_id]), status=303)


@require_POST
@login_required
def keep(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Keep a draft: by itself while somebody writes, or when they press for it."""
    form = DraftForm(request.POST)
    kept = actions.keep(judge=judge_for(request), **form.cleaned_data) if form.is_valid() else None
    if "press" not in request.POST:
        if kept is None or kept.kept_at is None:
            return JsonResponse({"problem": "Another prompt is before you now."}, status=409)
        return JsonResponse({"saved_at": kept.kept_at.isoformat()})
    if kept is None:
        typed = "\n\n".join(filter(None, map(request.POST.get, ("working", "answer"))))
        return render(request, TEMPLATE, {"lost": True, "typed": typed}, status=409)
    messages.success(request, "Kept. Go on whenever you like: the time runs on.")
    return HttpResponseRedirect(reverse("answer"), status=303)


@require_POST
@login_required
def pass_by(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Another prompt instead; this one does not come again."""
    form = DraftForm(request.POST)
    if form.is_valid():
        had_seen = request.POST.get("why") == "seen"
        token = form.cleaned_data["token"]
        actions.pass_by(judge=judge_for(request), token=token, had_seen=had_seen)
    return HttpResponseRedirect(reverse("answer"), status=303)


@require_safe
@never_cache
@login_required
def done(request: AuthenticatedHttpRequest, output_id: int) -> HttpResponse:
    """What was sent, and how it is taken back. Neither its grade nor others' texts are here: who
    wrote to a prompt may still judge what others wrote to it."""
    judge = visitor(request).judge
    own = WrittenByHand.objects.for_list().filter(judge=judge, output=output_id).first()
    if judge is None or own is None:
        raise Http404(f"You sent no text {output_id}.")
    return render(request, "judgments/answer_sent.html", {"own": own, "output": own.output})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def mine(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Everything that one sent: to take back, and to say who sees one's name."""
    judge = judge_for(request)
    if request.method == "POST":
        return changed(request)
    page = Paginator(judge.written.for_list(), OWN_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "judgments/answer_mine.html", {"page": page})


def changed(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Do what the form says with one of one's own texts, or with all."""
    form, judge = OwnForm(request.POST), judge_for(request)
    done, said = False, ""
    if form.is_valid():
        output, do = form.cleaned_data["output"], form.cleaned_data["do"]
        if do == "withdraw":
            count = actions.withdraw(judge=judge)
            done = True
            said = f"{count} text{'' if count == 1 else 's'} taken back, and what you agreed to."
        elif do == "take-back":
            done = actions.take_back(judge=judge, output=output)
            said = "Taken back: nobody reads, judges or counts it any more."
        else:
            shown = do == "show-name"
            done = actions.show_name(judge=judge, output=output, shown=shown)
            said = f"Your name {'stands beside it now' if shown else 'is not shown any more'}."
    if done:
        messages.success(request, said)
    else:
        messages.warning(request, "That was not done: the text is not yours, or is taken back.")
    return HttpResponseRedirect(reverse("answer-mine"), status=303)
