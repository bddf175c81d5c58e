"""A page for who opens an address that only a form may send to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class NotAllowedPage:
    """Middleware: an answer 405 without words becomes a page that leads to the address above."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or not request.accepts("text/html"):
            return response
        above = request.path.rstrip("/").rpartition("/")[0] + "/"
        page = render(request, "405.html", {"above": above}, status=405)
        page["Allow"] = response.get("Allow", "")
        return page
