"""The prompt page's requests: serve, show, save, skip, undo, keep a draft."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.judgments.about_prompts.page import PromptLoop


@require_safe
@never_cache
def prompt_next(request: HttpRequest) -> HttpResponse:
    """Send the visitor to a prompt with an open question, or say that all is answered."""
    return PromptLoop(request).serve()


@never_cache
def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    """One prompt with its questions; saving stores the answers and brings the next one."""
    return PromptLoop(request, slug).page()


@require_POST
def prompt_skip(request: HttpRequest, slug: str) -> HttpResponse:
    """Pass a prompt by and bring the next one."""
    return PromptLoop(request, slug).skip()


@require_POST
def prompt_undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take back the last answers about a prompt and show it again."""
    return PromptLoop(request, slug).undo()


@require_POST
def prompt_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep what is typed and hold the prompt on; answers with the times of both, as JSON."""
    return PromptLoop(request, slug).draft()
