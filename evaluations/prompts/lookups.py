"""Prompt sets and prompts that somebody may change."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404
from evaluations.prompts.models import Prompt, PromptSet

View = Callable[..., HttpResponse]


def keepers_only(view: View) -> View:
    """A view of a set, for its owner and staff: 404 for who may not read it, 403 for others."""

    @wraps(view)
    def checked(request: AuthenticatedHttpRequest, slug: str, **captured: Any) -> HttpResponse:
        readable = PromptSet.objects.to_answer().readable_by(request.user)
        found = found_or_404(readable, f"There is no prompt set “{slug}”.", slug=slug)
        check(found, request)
        return view(request, found, **captured)

    return never_cache(login_required(checked))


def prompt_keepers_only(view: View) -> View:
    """The same for a view of a prompt, which is read with its set and its family."""

    @wraps(view)
    def checked(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
        readable = Prompt.objects.readable_by(request.user).for_list()
        found = found_or_404(readable, f"There is no prompt “{slug}”.", slug=slug)
        check(found.prompt_set, request)
        return view(request, found)

    return never_cache(login_required(checked))


def check(prompt_set: PromptSet, request: AuthenticatedHttpRequest) -> None:
    if not prompt_set.guarded_by(request.user):
        raise PermissionDenied("Only its owner and staff change this prompt set.")
