"""The judging loop: one output, a few questions, save and next."""

import uuid
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.fragments import whole_page_at
from evaluations.common.throttle import DAY, address_of_the_day, take
from evaluations.judgments.answers.actions import (
    JudgmentRefused,
    Served,
    Stale,
    skip_output,
    submit_judgment,
    undo_judgment,
)
from evaluations.judgments.answers.drafts import forget_draft, kept_draft
from evaluations.judgments.answers.forms import TokenForm
from evaluations.judgments.answers.staleness import latest_judgment_id
from evaluations.judgments.items import queue, repeats
from evaluations.judgments.items.pages import (
    Task,
    item_of,
    repeat_on,
    task_from,
    task_on,
    version_asked,
)
from evaluations.judgments.items.questions import (
    Questions,
    content_hash,
    next_output,
    questions_from,
)
from evaluations.judgments.judges.guest_checks import GuestRefused, check_guest
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.judging.beside import LAST_SAVED, draft_place, last_saved, remember_saved
from evaluations.judgments.judging.forms import GiveBackForm, JudgmentForm, SkipForm
from evaluations.judgments.judging.page import (
    asked_by,
    held,
    nothing_left,
    refused_item,
    refused_page,
    refused_with,
    show,
    with_query,
)
from evaluations.judgments.models import Judgment, ProtocolVersion
from evaluations.judgments.protocols.permissions import refusal_on
from evaluations.runs.models import Output


def output_or_404(output_id: int) -> Output:
    """An output that can be judged, or a 404 that says what is missing."""
    output = Output.objects.finished().for_judging().filter(pk=output_id).first()
    if output is None:
        raise Http404(f"There is no output {output_id} to judge.")
    return output


def next_task(
    request: HttpRequest, version: ProtocolVersion, *, after: Task | None = None
) -> Task | None:
    """The next item of a protocol with the page that is open on it; None when nothing is left.

    Somebody who never judged gets an item without a lease: reading leaves no trace, the first
    typing takes the lease.
    """
    who = visitor(request)
    judge = judge_for(request) if who.judge is None and who.user is not None else who.judge
    past = repeats.due(version, judge) if judge is not None else None
    # One that was skipped is left alone: what is drawn stays until something is saved.
    skipped = after is not None and after.is_repeat and past is not None and after.item == past.item
    if past is not None and past.item is not None and not skipped:
        output = Output.objects.for_judging().get(pk=past.output_id)
        return repeat_on(past.item, output, judge, past.page)
    for attempt in ("as it is", "filled up"):
        if judge is None:
            item, lease = queue.peek(version), None
        else:
            lease = queue.next_item(version, judge, after=after.item if after else None)
            item = lease.item if lease else None
        if item is not None:
            output = Output.objects.for_judging().get(pk=item.output_id)
            return task_on(item, output, judge, lease=lease)
        if attempt == "filled up" or not queue.fill_items(version):
            return None
    return None


@require_safe
@never_cache
def judge_next(request: HttpRequest) -> HttpResponse:
    """Send the visitor to an output with an open question, or say that all is judged."""
    version = version_asked(request.GET)
    if version is None:
        questions = questions_from(request.GET)
        if questions.wordings and not questions.about_output:
            return redirect(with_query(reverse("judge-prompt-next"), questions))
        output = next_output(visitor(request).judge, questions)
        if output is None:
            return nothing_left(request, questions)
        return redirect(with_query(reverse("judge", args=[output.pk]), questions))
    if version.subject != "output":
        page = "judge-pair" if version.subject == "pair" else "judge-prompt-next"
        return redirect(f"{reverse(page)}?{request.GET.urlencode()}")
    if refused := refused_page(request, version):
        return refused
    try:
        task = next_task(request, version)
    except queue.NotQualified as error:
        return refused_with(request, version, str(error))
    if task is None:
        return nothing_left(request, asked_by(version), version)
    return redirect(with_query(reverse("judge", args=[task.output.pk]), task.questions))


@never_cache
def judge(request: HttpRequest, output_id: int) -> HttpResponse:
    """One output with its questions; saving stores the answers and brings the next one."""
    output = output_or_404(output_id)
    who, posting = visitor(request), request.method == "POST"
    # What somebody typed comes back with the reason, also when the protocol was closed meanwhile.
    version = version_asked(request.GET, also_closed=posting)
    if version is not None and not posting and (refused := refused_page(request, version)):
        return refused
    if version is not None and version.protocol.is_default and item_of(version, output) is None:
        queue.fill_items(version)
    if posting:
        page = request.POST.get("page", "")
        answered = [name.removeprefix("answer-") for name in request.POST]
        task = task_from(
            request.GET, output, who.judge, page=page, also_closed=True, again=answered
        )
        return save(request, task)
    page, again = request.GET.get("page", ""), request.GET.getlist("again")
    task = task_from(request.GET, output, who.judge, page=page, again=again)
    if refused := refused_item(request, task.item):
        return refused
    return show(request, held(task, who))


def save(request: HttpRequest, task: Task) -> HttpResponse:
    """Store a form and bring the next output; whatever is wrong, what was typed stays."""
    output, questions = task.output, task.questions
    form = JudgmentForm(questions, output, request.POST)
    who = visitor(request)
    if task.item is not None and (why := refusal_on(task.item, who.user, who.judge)):
        return show(request, task, form, status=409, problem=why)
    if not form.is_valid():
        return show(request, task, form, status=422)
    if form.cleaned_data["content"] != content_hash(output, questions):
        return stale(
            request, task, form, "The questions or the output changed after this page was opened."
        )
    try:
        guest_check = check_guest(request, form.cleaned_data["form_token"])
    except GuestRefused as error:
        return show(request, task, form, status=429, problem=str(error))
    judge = judge_for(request, form.cleaned_data["form_token"])
    try:
        submit_judgment(
            judge=judge,
            output=output,
            answers=form.answers(),
            direct=form.direct(),
            holistic=form.cleaned_data.get("answer-holistic", ""),
            marks=form.cleaned_data["marks"],
            steps=form.step_answers(),
            form_token=form.cleaned_data["form_token"],
            seen=form.cleaned_data["seen"],
            comment=form.cleaned_data["comment"],
            confidence=form.cleaned_data.get("confidence"),
            expected_agreement=form.cleaned_data.get("expected_agreement"),
            seconds=form.cleaned_data["seconds"],
            served=Served(
                item=task.item,
                page=questions.page,
                position=None if task.is_repeat else task.number,
                finishes=task.finishes,
                masked=output.names_model,
                suggestion_shown={"shown": True, "hidden": False}.get(form.cleaned_data["arm"]),
                guest_check=guest_check,
                is_repeat=task.is_repeat,
            ),
        )
    except Stale:
        return stale(
            request, task, form,
            "You saved or undid a judgment of this output after this page was opened.",
        )  # fmt: skip
    except JudgmentRefused as error:
        return show(request, task, form, status=409, problem=str(error))
    forget_draft(judge, draft_place(task))
    remember_saved(request, form.cleaned_data["form_token"], task)
    return onward(request, task)


def stale(request: HttpRequest, task: Task, form: JudgmentForm, why: str) -> HttpResponse:
    """409: nothing is stored, all that was typed is kept, and saving again is one click."""
    who = visitor(request)
    data = form.data.copy()
    data["seen"] = str(latest_judgment_id(who.judge, task.output))
    data["content"] = content_hash(task.output, task.questions)
    # A new form: its next sending is not a second sending of this one.
    data["form_token"] = str(uuid.uuid4())
    earlier = Judgment.objects.filter(pk=int(data["seen"])).first()
    return show(
        request, task, JudgmentForm(task.questions, task.output, data), status=409,
        conflict=earlier,
        problem=f"{why} Nothing was overwritten and your answers are kept below: look again, "
        "then save.",
    )  # fmt: skip


def onward(request: HttpRequest, task: Task) -> HttpResponse:
    """What comes after a save or a skip: the item's next page, or the next output.

    As a fragment with its address for htmx, else by redirect.
    """
    coming = following(request, task)
    if isinstance(coming, HttpResponse):
        return coming
    if not getattr(request, "htmx", None):
        url = reverse("judge", args=[coming.output.pk]) if coming else reverse("judge-next")
        asked = coming.questions if coming else asked_on(task)
        return HttpResponseRedirect(with_query(url, asked), status=303)
    if coming is None:
        return nothing_left(request, asked_on(task), task.version)
    response = show(request, coming)
    response["HX-Push-Url"] = with_query(
        reverse("judge", args=[coming.output.pk]), coming.questions
    )
    return response


def asked_on(task: Task) -> Questions:
    """What is asked after this task where no output is open: the protocol, or the same again."""
    return asked_by(task.version) if task.version is not None else task.questions


def following(request: HttpRequest, task: Task) -> Task | HttpResponse | None:
    """The item's next page, else the next item or output; None when nothing is left."""
    who = visitor(request)
    if task.item is None:
        output = next_output(who.judge, task.questions, after=task.output.pk)
        return Task(output, task.questions) if output else None
    if not task.finishes and not task.is_repeat:
        return held(task_on(task.item, task.output, who.judge), who)
    try:
        return next_task(request, task.item.version, after=task)
    except queue.NotQualified as error:
        return refused_with(request, task.item.version, str(error))


@require_POST
def skip(request: HttpRequest, output_id: int) -> HttpResponse:
    """Pass an output by and bring the next one."""
    output = output_or_404(output_id)
    task = task_from(request.GET, output, visitor(request).judge)
    if refused := refused_item(request, task.item):
        return refused
    if task.is_repeat:
        return onward(request, task)
    # Whatever page of the item was open, skipping leaves the item.
    leaving = replace(task, finishes=True)
    if not request.user.is_authenticated and not take(
        f"guest-skips:{address_of_the_day(request)}",
        capacity=settings.GUEST_JUDGMENTS_A_DAY,
        refill_seconds=DAY,
    ):
        # Nothing is lost by not remembering it: the next output comes all the same.
        return onward(request, leaving)
    form = SkipForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    skip_output(judge=judge_for(request), output=output, item=task.item, reason=reason)
    return onward(request, leaving)


def not_undone(request: HttpRequest, url: str, why: str) -> HttpResponse:
    """Say why nothing was undone and go on; a whole page, since only those show messages."""
    messages.warning(request, f"That could not be undone: {why}")
    return whole_page_at(request, url)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the last save and show that output again."""
    version = version_asked(request.GET)
    questions = asked_by(version) if version else questions_from(request.GET)
    onwards = with_query(reverse("judge-next"), questions)
    form = TokenForm(request.POST)
    judge = visitor(request).judge
    last, output_id, _ = last_saved(request)
    request.session.pop(LAST_SAVED, None)
    if not form.is_valid() or judge is None:
        return not_undone(request, onwards, "this browser holds no saved judgment by that name.")
    token = form.cleaned_data["form_token"]
    said = judge.judgments.filter(form_token=token).order_by("id").first()
    try:
        judged = undo_judgment(judge=judge, form_token=token)
    except Stale:
        return not_undone(
            request,
            onwards,
            "you saved newer answers to the same questions, or a later page about the same output.",
        )
    if judged is not None:
        output_id = judged.pk
    elif last != str(token):
        return not_undone(
            request, onwards, "it is undone already, or this browser did not save it."
        )
    if said is not None and said.is_repeat:
        messages.success(request, "Undone: your first answers were in force all the time.")
        return whole_page_at(request, onwards)
    try:
        page = said.page if said is not None else ""
        asked = request.GET.copy()
        asked.pop("repeat", None)  # of the page above which the strip stands
        task = task_from(asked, output_or_404(output_id), judge, page=page)
    except Http404:
        # The strip may stand above another protocol, or the page is not asked any more.
        messages.success(request, "Undone: what it had replaced is in force again.")
        return whole_page_at(request, onwards)
    task = held(task, visitor(request))
    here = with_query(reverse("judge", args=[task.output.pk]), task.questions, undone=token)
    if not getattr(request, "htmx", None):
        return HttpResponseRedirect(here, status=303)
    response = show(request, task, undone=token)
    response["HX-Push-Url"] = here
    return response


@require_POST
def give_back(request: HttpRequest) -> HttpResponse:
    """End the hold on an item that was not opened; sent by a page as it is left."""
    form = GiveBackForm(request.POST)
    judge = visitor(request).judge
    if form.is_valid() and judge is not None:
        queue.release_prefetched(token=form.cleaned_data["lease"], judge=judge)
    return HttpResponse(status=204)


@require_POST
def draft(request: HttpRequest, output_id: int) -> HttpResponse:
    """Keep what is typed and hold the item on; answers with the times of both, as JSON."""
    output = output_or_404(output_id)
    form = TokenForm(request.POST)
    token = form.cleaned_data["form_token"] if form.is_valid() else None
    task = task_from(request.GET, output, visitor(request).judge, page=request.POST.get("page", ""))
    return kept_draft(request, draft_place(task), task.item, token)
