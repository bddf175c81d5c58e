"""Whole page or named fragment: one helper decides, for every view."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect


def page_or_fragment(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render *template*, or only its partial *fragment* when htmx asks for a part.

    A page and its fragments share one file; the fragment is a `partialdef` in it.
    A history restore always gets the whole page.
    """
    htmx = getattr(request, "htmx", None)
    part = bool(htmx) and not htmx.history_restore_request and not htmx.boosted
    name = f"{template}#{fragment}" if fragment and part else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ("HX-Request",))
    return response


def whole_page_at(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser on to *url* as a whole page, also where htmx asked for a part."""
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url)
    return redirect(url)
