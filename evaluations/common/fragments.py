"""Whole page or named fragment: one helper decides, for every view."""

from typing import Any, TypeGuard

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class HtmxHttpRequest(HttpRequest):
    """A request that htmx sent."""

    htmx: HtmxDetails


def sent_by_htmx(request: HttpRequest) -> TypeGuard[HtmxHttpRequest]:
    """Whether htmx sent a request, so that a fragment may be the answer."""
    return bool(getattr(request, "htmx", None))


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
    part = sent_by_htmx(request) and not (
        request.htmx.history_restore_request or request.htmx.boosted
    )
    name = f"{template}#{fragment}" if fragment and part else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ("HX-Request",))
    return response


def whole_page_at(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser on to *url* as a whole page, also where htmx asked for a part."""
    if sent_by_htmx(request):
        return HttpResponseClientRedirect(url)
    return redirect(url)
