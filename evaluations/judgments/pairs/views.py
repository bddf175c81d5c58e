"""The pair page's requests: serve, save, skip, undo, keep a draft."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from evaluations.judgments.pairs.page import PairLoop
from evaluations.judgments.pairs.places import names_a_pair


@never_cache
def pair(request: HttpRequest) -> HttpResponse:
    """Two outputs and the question; saving stores the answer and brings the next two."""
    loop = PairLoop(request)
    if loop.is_sent or names_a_pair(loop.scope, request.GET):
        return loop.page()
    return loop.serve()


@require_POST
def pair_skip(request: HttpRequest) -> HttpResponse:
    """Pass a pair by and bring the next one."""
    return PairLoop(request).skip()


@require_POST
def pair_undo(request: HttpRequest) -> HttpResponse:
    """Take back the last comparison and show that pair again."""
    return PairLoop(request).undo()


@require_POST
def pair_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is typed and hold the pair on; answers with the times of both, as JSON."""
    return PairLoop(request).draft()
