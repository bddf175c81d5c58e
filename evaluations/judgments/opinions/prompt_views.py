"""Prompts of model judges: the list, writing one, and a version with an example of an output."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named
from evaluations.judgments.models import Block, JudgePrompt
from evaluations.judgments.opinions.actions import asked_about, block_wordings
from evaluations.judgments.opinions.forms import PromptForm
from evaluations.judgments.opinions.prompt_actions import (
    WHO_MAY_WRITE,
    PromptRefused,
    write_prompt,
)
from evaluations.judgments.opinions.prompts import (
    NEEDED,
    PLACES,
    PROMPT_VERSION,
    faults_in,
    judging_prompt,
)
from evaluations.runs.models import Output

OWN = "\n\n".join(f"{{{name}}}" for name in PLACES)
"""The site's own prompt, as a wording to begin with."""


def writers_only(request: HttpRequest) -> None:
    if not (request.user.is_authenticated and request.user.may_run_models):
        raise PermissionDenied(WHO_MAY_WRITE)


@require_safe
@login_required
@never_cache
def prompts(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every prompt of model judges, the newest version of each first."""
    writers_only(request)
    context = {"prompts": JudgePrompt.objects.select_related("made_by")}
    return render(request, "judgments/judge_prompts.html", context)


@login_required
@never_cache
def new_prompt(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Write a prompt; drawn again with an example where that is pressed."""
    writers_only(request)
    return edit(request, None)


@login_required
@never_cache
def prompt(request: AuthenticatedHttpRequest, slug: str, number: int) -> HttpResponse:
    """One version of a prompt, what it asks about an output, and the form that changes it."""
    writers_only(request)
    shown = found_or_404(
        JudgePrompt.objects.select_related("made_by"),
        f"There is no version {number} of a judge prompt “{slug}”.",
        slug=slug,
        number=number,
    )
    return edit(request, shown)


def edit(request: AuthenticatedHttpRequest, shown: JudgePrompt | None) -> HttpResponse:
    """The page on which a wording is written; a press of “Show an example” stores nothing."""
    sent = request.POST if request.method == "POST" else None
    start = {"body": shown.body if shown else OWN, "output": named(request.GET, "output")}
    form = PromptForm(sent, initial=start, is_new=shown is None)
    stores = sent is not None and sent.get("press") != "example"
    if stores and form.is_valid():
        try:
            stored = write_prompt(
                actor=request.user,
                body=form.cleaned_data["body"],
                title=form.cleaned_data.get("title", ""),
                revised=shown,
            )
        except PromptRefused as refusal:
            form.add_error("body", str(refusal))
        else:
            return redirect(stored)
    body = (sent.get("body") or "" if sent is not None else start["body"]).strip()
    example, problem = example_of(body, sent.get("output") if sent else start["output"])
    context: dict[str, Any] = {
        "shown": shown,
        "form": form,
        "example": example,
        "problem": problem,
        "places": PLACES,
        "needed": NEEDED,
        "prompt_version": PROMPT_VERSION,
        "versions": JudgePrompt.objects.filter(slug=shown.slug) if shown else (),
        "goes_on": shown is not None
        and (shown.used_at is not None or shown.made_by_id != request.user.pk),
    }
    status = 422 if stores and form.errors else 200
    return render(request, "judgments/judge_prompt.html", context, status=status)


def example_of(body: str, key: str | None) -> tuple[str, str]:
    """What a wording asks about an output with the default block; and why there is none."""
    if why := faults_in(body):
        return "", why
    outputs = Output.objects.written().filter(run__visibility="public", run__purpose="answers")
    if key and not (key.isdecimal() and len(key) < 19):
        return "", f"“{key[:20]}” is no number of an output."
    found = outputs.filter(pk=key) if key else outputs.order_by("-pk")
    output = found.select_related("prompt", "run__model").first()
    if output is None:
        return "", f"There is no public output {key}." if key else "There are no outputs yet."
    block = Block.objects.filter(is_default=True).first()
    wordings = block_wordings(block) if block else ()
    if not wordings:
        return "", "There is no block of criteria to ask yet."
    return judging_prompt(asked_about(output, wordings), body), ""
