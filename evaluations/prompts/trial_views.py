"""The page on which a grader is tried before prompts rest on it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluations.common.parameters import named
from evaluations.common.throttle import HOUR, take
from evaluations.grading import GRADERS
from evaluations.inference.answer import FOUND_HOW
from evaluations.prompts.models import Grader, Prompt
from evaluations.prompts.trial_forms import TrialForm
from evaluations.prompts.trials import MOST_REPLIES, tried

TEMPLATE = "prompts/graders.html"
TRIALS_AN_HOUR = 60


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def graders(request: HttpRequest) -> HttpResponse:
    """What there is of graders, for everybody; those who write prompts try one on replies.

    Patterns and expressions are work for the server, so nobody else sends any, and not too often.
    """
    user = request.user
    may_try = user.is_authenticated and user.may_write_prompts
    context: dict[str, Any] = {
        "graders": [(name, grader, Grader(name).label) for name, grader in GRADERS.items()],
        "may_try": may_try,
        "most": MOST_REPLIES,
    }
    if request.method != "POST":
        context["form"] = opening(request)
        return render(request, TEMPLATE, context)
    if not may_try:
        raise PermissionDenied("Staff and researchers try graders, as they write prompts.")
    context["form"] = form = TrialForm(request.POST)
    if form.is_valid():
        if not take(f"graders:{user.pk}", capacity=TRIALS_AN_HOUR, refill_seconds=HOUR):
            form.add_error(None, f"{TRIALS_AN_HOUR} trials an hour are the most. Go on later.")
            return render(request, TEMPLATE, context, status=429)
        form.try_reference()
    if not form.is_valid():
        return render(request, TEMPLATE, context, status=422)
    told = form.cleaned_data
    found = tried(
        told["grader"], told["reference"], told["parameters"], told["strategy"], form.replies
    )
    context["rows"] = [{"it": one, "how": FOUND_HOW.get(one.how, "")} for one in found]
    context["as_they_must"] = sum(one.is_as_it_must is True for one in found)
    return render(request, TEMPLATE, context)


def opening(request: HttpRequest) -> TrialForm:
    """The form as it opens: with what a prompt's grader is told, for who changes its set."""
    prompts = Prompt.objects.readable_by(request.user).select_related("prompt_set")
    prompt = prompts.filter(slug=named(request.GET, "prompt")).exclude(grader="").first()
    if prompt is None or not prompt.prompt_set.guarded_by(request.user):
        return TrialForm()
    return TrialForm.of(prompt)
