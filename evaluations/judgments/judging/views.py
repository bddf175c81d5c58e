"""The judging page's requests: serve, show, save, skip, undo, keep a draft, give back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.parameters import with_query
from evaluations.judgments.items import queue
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.judging.page import OutputLoop
from evaluations.judgments.loop.order import token_in
from evaluations.judgments.models import Subject

OTHER_PAGES = {Subject.PAIR.value: "judge-pair", Subject.PROMPT.value: "judge-prompt-next"}


@require_safe
@never_cache
def judge_next(request: HttpRequest) -> HttpResponse:
    """Send the visitor to what has an open question, or say that all is judged."""
    loop = OutputLoop(request)
    if loop.version is not None and loop.version.subject in OTHER_PAGES:
        page = reverse(OTHER_PAGES[loop.version.subject])
        return redirect(f"{page}?{request.GET.urlencode()}")
    if loop.version is None and loop.questions.wordings and not loop.questions.about_output:
        return redirect(with_query(reverse("judge-prompt-next"), loop.questions.query))
    return loop.serve()


@never_cache
def judge(request: HttpRequest, output_id: int) -> HttpResponse:
    """One output with its questions; saving stores the answers and brings the next one."""
    return OutputLoop(request, output_id).page()


@require_POST
def skip(request: HttpRequest, output_id: int) -> HttpResponse:
    """Pass an output by and bring the next one."""
    return OutputLoop(request, output_id).skip()


@require_POST
def unskip(request: HttpRequest, output_id: int) -> HttpResponse:
    """Take back that an output was passed by, and show it."""
    return OutputLoop(request, output_id).unskip()


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the last save and show that output again."""
    return OutputLoop(request).undo()


@require_POST
def give_back(request: HttpRequest) -> HttpResponse:
    """End the hold on an item that was not opened; sent by a page as it is left."""
    token, judge = token_in(request.POST.get("lease", "")), visitor(request).judge
    if token is not None and judge is not None:
        queue.release_prefetched(token=token, judge=judge)
    return HttpResponse(status=204)


@require_POST
def draft(request: HttpRequest, output_id: int) -> HttpResponse:
    """Keep what is typed and hold the item on; answers with the times of both, as JSON."""
    return OutputLoop(request, output_id).draft()
