"""Rendering the judging page: the output with its form, or why there is nothing to judge."""

import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from evaluations.common.fragments import page_or_fragment
from evaluations.judgments.answers.drafts import draft_at, typed_in
from evaluations.judgments.answers.forms import TokenForm
from evaluations.judgments.answers.staleness import latest_judgment_id
from evaluations.judgments.answers.suggestions import suggestion_for
from evaluations.judgments.items import queue
from evaluations.judgments.items.pages import Task
from evaluations.judgments.items.questions import Questions, content_hash
from evaluations.judgments.items.serving import held_ahead
from evaluations.judgments.judges.visitors import Visitor, visitor
from evaluations.judgments.judging.beside import (
    draft_place,
    earlier_answers,
    pace,
    saved_count,
    saved_strip,
)
from evaluations.judgments.judging.forms import JudgmentForm
from evaluations.judgments.models import Item, Judge, Judgment, ProtocolVersion
from evaluations.judgments.protocols.permissions import refusal, refusal_on
from evaluations.runs.models import Output
from evaluations.runs.reading import reading

TEMPLATE = "judgments/judge.html"


def with_query(url: str, questions: Questions, undone: uuid.UUID | None = None) -> str:
    """The address with what is asked, and with the form that was just undone, if any."""
    query = "&".join(filter(None, (questions.query, undone and urlencode({"undone": undone}))))
    return f"{url}?{query}" if query else url


def undone_token(request: HttpRequest) -> uuid.UUID | None:
    """The form that the address says was just undone; None where it names none."""
    form = TokenForm({"form_token": request.GET.get("undone", "")})
    return form.cleaned_data["form_token"] if form.is_valid() else None


def asked_by(version: ProtocolVersion) -> Questions:
    """What a protocol's address asks, before any page of an item is open."""
    query = "" if version.protocol.is_default else urlencode({"protocol": version.protocol.slug})
    return Questions(version.protocol.title, query=query)


def refused_page(request: HttpRequest, version: ProtocolVersion) -> HttpResponse | None:
    """The page that says why this visitor may not judge under a protocol; None if they may."""
    who = visitor(request)
    sentence = refusal(version.protocol, who.user, who.judge)
    return refused_with(request, version, sentence) if sentence else None


def refused_item(request: HttpRequest, item: Item | None) -> HttpResponse | None:
    """The same for one item, which may be for those alone who are qualified."""
    if item is None:
        return None
    who = visitor(request)
    sentence = refusal_on(item, who.user, who.judge)
    return refused_with(request, item.version, sentence) if sentence else None


def refused_with(request: HttpRequest, version: ProtocolVersion, sentence: str) -> HttpResponse:
    """403 with one sentence, as a page or in place of the output."""
    context = {"protocol": version.protocol, "sentence": sentence}
    return page_or_fragment(
        request, "judgments/refused.html", context, fragment="refused", status=403
    )


def nothing_left(
    request: HttpRequest, questions: Questions, version: ProtocolVersion | None = None
) -> HttpResponse:
    """The page for a judge who answered everything, or for a site without outputs."""
    context = {
        "questions": questions,
        "protocol": version.protocol if version else None,
        "any_outputs": Output.objects.finished().exists(),
        "saved": saved_strip(request, visitor(request)),
        "here": with_query(reverse("judge-next"), questions),
    }
    response = page_or_fragment(request, "judgments/done.html", context, fragment="done")
    if getattr(request, "htmx", None):
        response["HX-Push-Url"] = context["here"]
    return response


def held(task: Task, who: Visitor) -> Task:
    """The task with a lease for a judge who opens it by its address, where there is room."""
    if task.item is None or who.judge is None or task.lease is not None or task.is_repeat:
        return task
    return replace(task, lease=queue.lease_on(task.item, who.judge))


def suggestion(task: Task, judge: Judge | None) -> Any:
    """A model judge's answers, where the protocol shows them and the draw says so."""
    if task.version is None or judge is None or task.is_repeat:
        return None
    if not task.version.suggestion_share:
        return None
    return suggestion_for(task.version, judge, task.output, task.questions.wordings)


def show(
    request: HttpRequest,
    task: Task,
    form: JudgmentForm | None = None,
    *,
    status: int = 200,
    conflict: Judgment | None = None,
    problem: str = "",
    undone: uuid.UUID | None = None,
) -> HttpResponse:
    """The judging page, or the fragment that a save swaps in."""
    who = visitor(request)
    output, questions = task.output, task.questions
    suggested = suggestion(task, who.judge)
    arm = "" if suggested is None else ("shown" if suggested.shown else "hidden")
    draft = draft_at(who.judge, draft_place(task)) if form is None else None
    if form is None:
        form = JudgmentForm(
            questions,
            output,
            initial={
                **JudgmentForm.opening(
                    latest_judgment_id(who.judge, output), content_hash(output, questions)
                ),
                **earlier_answers(who.judge, task, undone=undone or undone_token(request)),
                **typed_in(draft),
                "page": questions.page,
                "arm": arm,
                "lease": task.lease.token if task.lease else "",
            },
        )
    whole = request.GET.get("all") == "1" or bool(questions.steps)
    shown = reading(output, whole=whole, masked=True)
    if form.is_bound and form.data.get("arm", "") != arm:
        # A form that comes back stays in the arm in which it was opened.
        suggested = None
    answers = suggested.answers if suggested else {}
    here = with_query(reverse("judge", args=[output.pk]), questions)
    context: dict[str, Any] = {
        "output": output,
        "reading": shown,
        "task": task,
        "questions": questions,
        "form": form,
        "draft": draft,
        "saved": saved_strip(request, who, output),
        "saved_count": saved_count(who.judge),
        "pace": pace(who.judge),
        "conflict": conflict,
        "problem": problem,
        "undone": undone,
        "is_guest": who.is_guest,
        "single_keys": who.user is None or who.user.single_keys,
        "suggestion": suggested,
        "criteria": [
            (wording, field, answers.get(wording.criterion.key, ""))
            for wording, field in form.criteria
        ],
        "here": here,
        "skip_url": with_query(reverse("judge-skip", args=[output.pk]), questions),
        "draft_url": with_query(reverse("judge-draft", args=[output.pk]), questions),
        "draft_key": draft_place(task),
        "ahead": held_ahead(task.lease),
    }
    return page_or_fragment(request, TEMPLATE, context, fragment="item", status=status)
