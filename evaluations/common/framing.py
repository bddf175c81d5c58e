"""Pages that may stand in a frame on any site."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

FRAMED: Final = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": ["*"],
}


def framed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that any site may frame: no script runs in it, and it sends nothing.

    What is not there is said in the frame, too: the site's own page of a 404 may stand in none.
    """

    @wraps(view)
    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            context = {
                "heading": "There is nothing here",
                "address": request.build_absolute_uri("/"),
            }
            return render(request, "frame.html", context, status=404)

    answered: Callable[..., Any] = csp_replace(FRAMED)(found)
    return require_safe(xframe_options_exempt(answered))
