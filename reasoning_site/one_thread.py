"""The site as an ASGI application: static files, and pages that one thread answers each."""

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from servestatic import ServeStaticASGI


class OneThread(ASGIHandler):
    """Hands each request to a thread once, with all middleware: no view of the site is
    asynchronous. Django’s own goes back and forth for the view, its template and most middleware,
    which took half of a short page’s time."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def as_it_says(headers: Any, path: str, url: str) -> None:
    """A static file is what its type says. It passes no middleware that would add this."""
    headers["X-Content-Type-Options"] = "nosniff"


def site() -> Any:
    """Pages, and before them the static files as they were collected; from their sources while
    developing."""
    if settings.DEBUG:
        return ASGIStaticFilesHandler(OneThread())
    return ServeStaticASGI(
        OneThread(),
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        add_headers_function=as_it_says,
    )
