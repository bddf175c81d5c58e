"""The judging loop: one output, a few questions, save and next."""

import uuid
from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from evaluations.common.fragments import page_or_fragment
from evaluations.common.throttle import address_of_the_day, take
from evaluations.judgments.actions import (
    JudgmentRefused,
    Stale,
    latest_judgment_id,
    skip_output,
    submit_judgment,
    undo_judgment,
)
from evaluations.judgments.forms import JudgmentForm, SkipForm, UndoForm
from evaluations.judgments.judges import Visitor, judge_for, visitor
from evaluations.judgments.models import Answer, Judge, Judgment
from evaluations.judgments.serving import Questions, content_hash, next_output, questions_from
from evaluations.judgments.verdicts import verdicts_on
from evaluations.runs.models import Output
from evaluations.runs.reading import reading

TEMPLATE = "judgments/judge.html"
DAY = 24 * 60 * 60
LAST_SAVED = "last_saved"


def with_query(url: str, questions: Questions, undone: uuid.UUID | None = None) -> str:
    """The address with what is asked, and with the form that was just undone, if any."""
    query = "&".join(filter(None, (questions.query, undone and urlencode({"undone": undone}))))
    return f"{url}?{query}" if query else url


def undone_token(request: HttpRequest) -> uuid.UUID | None:
    """The form that the address says was just undone; None where it names none."""
    form = UndoForm({"form_token": request.GET.get("undone", "")})
    return form.cleaned_data["form_token"] if form.is_valid() else None


def output_or_404(output_id: int) -> Output:
    """An output that can be judged, or a 404 that says what is missing."""
    output = Output.objects.finished().for_judging().filter(pk=output_id).first()
    if output is None:
        raise Http404(f"There is no output {output_id} to judge.")
    if output.names_model:
        raise Http404(
            f"Output {output_id} gives away which model wrote it, so it is not served to judges."
        )
    return output


@require_safe
@never_cache
def judge_next(request: HttpRequest) -> HttpResponse:
    """Send the visitor to an output with an open question, or say that all is judged."""
    questions = questions_from(request.GET)
    output = next_output(visitor(request).judge, questions)
    if output is None:
        return nothing_left(request, questions)
    return redirect(with_query(reverse("judge", args=[output.pk]), questions))


def nothing_left(request: HttpRequest, questions: Questions) -> HttpResponse:
    """The page for a judge who answered everything, or for a site without outputs."""
    context = {
        "questions": questions,
        "any_outputs": Output.objects.finished().exists(),
        "saved": saved_strip(request, visitor(request)),
        "here": with_query(reverse("judge-next"), questions),
    }
    response = page_or_fragment(request, "judgments/done.html", context, fragment="done")
    if getattr(request, "htmx", None):
        response["HX-Push-Url"] = context["here"]
    return response


@never_cache
def judge(request: HttpRequest, output_id: int) -> HttpResponse:
    """One output with its questions; saving stores the answers and brings the next one."""
    questions = questions_from(request.GET)
    output = output_or_404(output_id)
    if request.method == "POST":
        return save(request, output, questions)
    return show(request, output, questions)


def show(
    request: HttpRequest,
    output: Output,
    questions: Questions,
    form: JudgmentForm | None = None,
    *,
    status: int = 200,
    conflict: Judgment | None = None,
    problem: str = "",
    undone: uuid.UUID | None = None,
) -> HttpResponse:
    """The judging page, or the fragment that a save swaps in."""
    who = visitor(request)
    if form is None:
        form = JudgmentForm(
            questions,
            initial={
                **JudgmentForm.opening(
                    latest_judgment_id(who.judge, output), content_hash(output, questions)
                ),
                **earlier_answers(
                    who.judge, output, questions, undone=undone or undone_token(request)
                ),
            },
        )
    context = {
        "output": output,
        "reading": reading(output, whole=request.GET.get("all") == "1"),
        "questions": questions,
        "form": form,
        "saved": saved_strip(request, who),
        "saved_count": saved_count(who.judge),
        "conflict": conflict,
        "problem": problem,
        "is_guest": who.is_guest,
        "single_keys": who.user is None or who.user.single_keys,
        "here": with_query(reverse("judge", args=[output.pk]), questions),
        "skip_url": with_query(reverse("judge-skip", args=[output.pk]), questions),
        "draft_key": f"{output.pk}:{questions.query}",
    }
    return page_or_fragment(request, TEMPLATE, context, fragment="item", status=status)


def earlier_answers(
    judge: Judge | None, output: Output, questions: Questions, *, undone: uuid.UUID | None = None
) -> dict[str, str]:
    """What this judge answered before, so that looking again starts from it.

    With *undone*, also what that form said: it was taken back to be corrected, not retyped.
    """
    if judge is None:
        return {}
    # A later row wins, so that what was undone yields to what was saved after it.
    mine = (
        Answer.objects.filter(Q(is_current=True) | Q(judgment__form_token=undone), judge=judge)
        .filter(Q(output=output) | Q(prompt=output.prompt_id))
        .order_by("id")
    )
    typed = judge.judgments.filter(form_token=undone).order_by("id").first() if undone else None
    initial = {"comment": typed.comment} if typed else {}
    if questions.definition is not None:
        given = mine.filter(definition_version=questions.definition).last()
        if given is None:
            return initial
        return {
            **initial,
            "answer-direct": given.value,
            "words": given.words,
            "reason": given.reason,
        }
    return initial | {
        f"answer-{answer.criterion.key}": answer.value
        for answer in mine.to(questions.wordings).select_related("criterion")
        if answer.criterion is not None
    }


def saved_count(judge: Judge | None) -> int:
    """How many forms this judge saved and did not undo."""
    if judge is None:
        return 0
    return judge.judgments.standing().values("form_token").distinct().count()


def saved_strip(request: HttpRequest, who: Visitor) -> dict[str, Any] | None:
    """The last saved form: the output's verdicts by it, and the token that undoes it."""
    token, output_id = request.session.get(LAST_SAVED, (None, None))
    if not token or who.judge is None:
        return None
    if not who.judge.judgments.standing().filter(form_token=token).exists():
        return None
    output = Output.objects.finished().for_reading().filter(pk=output_id).first()
    if output is None:
        return None
    mine = Answer.objects.on(output).filter(judge=who.judge)
    # Counts without names: the strip stands above the next output, which is judged blind.
    counts = Counter(found.verdict for found in verdicts_on(output, mine) if not found.is_open)
    return {
        "output": output,
        "settled": counts.total(),
        "counts": counts.most_common(),
        "token": token,
    }


def save(request: HttpRequest, output: Output, questions: Questions) -> HttpResponse:
    """Store a form and bring the next output; whatever is wrong, what was typed stays."""
    form = JudgmentForm(questions, request.POST)
    if not form.is_valid():
        return show(request, output, questions, form, status=422)
    if form.cleaned_data["content"] != content_hash(output, questions):
        return stale(
            request, output, questions, form,
            "The questions or the output changed after this page was opened.",
        )  # fmt: skip
    if not request.user.is_authenticated and not take(
        f"guest-judgments:{address_of_the_day(request)}",
        capacity=settings.GUEST_JUDGMENTS_A_DAY,
        refill_seconds=DAY,
    ):
        return show(
            request, output, questions, form, status=429,
            problem=f"Guests at one address may save {settings.GUEST_JUDGMENTS_A_DAY} judgments a "
            "day, and that many were saved. Sign up to go on: what you judged comes along.",
        )  # fmt: skip
    judge = judge_for(request, form.cleaned_data["form_token"])
    try:
        submit_judgment(
            judge=judge,
            output=output,
            answers=form.answers(),
            direct=form.direct(),
            form_token=form.cleaned_data["form_token"],
            seen=form.cleaned_data["seen"],
            comment=form.cleaned_data["comment"],
            seconds=form.cleaned_data["seconds"],
        )
    except Stale:
        return stale(
            request, output, questions, form,
            "You saved or undid a judgment of this output after this page was opened.",
        )  # fmt: skip
    except JudgmentRefused as error:
        return show(request, output, questions, form, status=409, problem=str(error))
    request.session[LAST_SAVED] = (str(form.cleaned_data["form_token"]), output.pk)
    return onward(request, questions, after=output.pk)


def stale(
    request: HttpRequest, output: Output, questions: Questions, form: JudgmentForm, why: str
) -> HttpResponse:
    """409: nothing is stored, all that was typed is kept, and saving again is one click."""
    who = visitor(request)
    data = form.data.copy()
    data["seen"] = str(latest_judgment_id(who.judge, output))
    data["content"] = content_hash(output, questions)
    # A new form: its next sending is not a second sending of this one.
    data["form_token"] = str(uuid.uuid4())
    earlier = Judgment.objects.filter(pk=int(data["seen"])).first()
    return show(
        request, output, questions, JudgmentForm(questions, data), status=409,
        conflict=earlier,
        problem=f"{why} Nothing was overwritten and your answers are kept below: look again, "
        "then save.",
    )  # fmt: skip


def onward(request: HttpRequest, questions: Questions, after: int) -> HttpResponse:
    """The next output: as a fragment with its address for htmx, else by redirect."""
    output = next_output(visitor(request).judge, questions, after=after)
    if not getattr(request, "htmx", None):
        if output is None:
            return HttpResponseRedirect(with_query(reverse("judge-next"), questions), status=303)
        return HttpResponseRedirect(
            with_query(reverse("judge", args=[output.pk]), questions), status=303
        )
    if output is None:
        return nothing_left(request, questions)
    response = show(request, output, questions)
    response["HX-Push-Url"] = with_query(reverse("judge", args=[output.pk]), questions)
    return response


@require_POST
def skip(request: HttpRequest, output_id: int) -> HttpResponse:
    """Pass an output by and bring the next one."""
    questions = questions_from(request.GET)
    output = output_or_404(output_id)
    if not request.user.is_authenticated and not take(
        f"guest-skips:{address_of_the_day(request)}",
        capacity=settings.GUEST_JUDGMENTS_A_DAY,
        refill_seconds=DAY,
    ):
        # Nothing is lost by not remembering it: the next output comes all the same.
        return onward(request, questions, after=output.pk)
    form = SkipForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    skip_output(judge=judge_for(request), output=output, reason=reason)
    return onward(request, questions, after=output.pk)


def not_undone(request: HttpRequest, questions: Questions, why: str) -> HttpResponse:
    """Say why nothing was undone and go on; a whole page, since only those show messages."""
    messages.warning(request, f"That could not be undone: {why}")
    url = with_query(reverse("judge-next"), questions)
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url)
    return redirect(url)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the last save and show that output again."""
    questions = questions_from(request.GET)
    form = UndoForm(request.POST)
    judge = visitor(request).judge
    last, output_id = request.session.pop(LAST_SAVED, (None, None))
    if not form.is_valid() or judge is None:
        return not_undone(request, questions, "this browser holds no saved judgment by that name.")
    token = form.cleaned_data["form_token"]
    try:
        judged = undo_judgment(judge=judge, form_token=token)
    except Stale:
        return not_undone(request, questions, "you saved newer answers to the same questions.")
    if judged is not None:
        output_id = judged.pk
    elif last != str(token):
        return not_undone(
            request, questions, "it is undone already, or this browser did not save it."
        )
    output = output_or_404(output_id)
    here = with_query(reverse("judge", args=[output.pk]), questions, undone=token)
    if not getattr(request, "htmx", None):
        return HttpResponseRedirect(here, status=303)
    response = show(request, output, questions, undone=token)
    response["HX-Push-Url"] = here
    return response
