"""Who comes to the API, and what every answer of it has. Keys alone: no cookie is ever read."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.formats import date_format
from django.utils.http import quote_etag
from django.views.defaults import bad_request

from evaluations.api.models import ApiKey
from evaluations.api.problems import MEDIA_TYPE, problem
from evaluations.common.throttle import address_of_the_day, take

ROOT: Final = "/api/v1/"
MINUTE: Final = 60
BY_ADDRESS, BY_KEY = 60, 600
"""Requests a minute of one address without a key, and of one person with all of their keys."""
READS: Final = ("GET", "HEAD")
EXPOSED: Final = "ETag, Link, Retry-After"
MEANT: Final = {
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not answer that method; the header “Allow” names those it does.",
    412: "This is not any more what “If-Match” says.",
    413: "This is too large.",
    500: "Something went wrong here. It is in the log of the site.",
}


class Doorway:
    """Middleware: below `ROOT` a request is its key's person's, or nobody's.

    It stands before the gates of a closed site and of suspended accounts, which know browsers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ROOT):
            return self.get_response(request)
        session: Any = request.session
        request.COOKIES = {}
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)  # else one that is none is set anew
        response = self.answer(request)
        request.session = session  # which nobody has looked at, so that no cookie is set
        return finished(request, response)

    def answer(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("Authorization", "")
        key = key_in(given)
        bucket = f"person:{key.person_id}" if key else f"address:{address_of_the_day(request)}"
        most = BY_KEY if key else BY_ADDRESS
        if not take(f"api:{bucket}", capacity=most, refill_seconds=MINUTE):
            why = f"{most} requests a minute are answered here. Go on slower."
            return problem(429, why, again_in=-(-MINUTE // most))
        if given and key is None:
            return unknown("This key is not known here, was revoked, or has expired.")
        if key is None and settings.ACCESS != "public":
            return unknown("This site is open to its members only: send a key.")
        if key is not None and key.person.is_suspended and key.person.suspended_until:
            until = date_format(key.person.suspended_until, "j F Y, H:i")
            return problem(403, f"The account of this key is suspended until {until} UTC.")
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return problem(404, "The address holds the character NUL, which no name has.")
        request.user = key.person if key else AnonymousUser()
        kept = dict(key.kept) if key else {}
        request.session = kept  # type: ignore[assignment] # all that is asked of it is a mapping
        request.api_key = key  # type: ignore[attr-defined] # a note of ours
        response = self.get_response(request)
        if key is not None:
            used(key, kept)
        return response


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what is refused before it comes to the doorway or a page, such as a wrong host."""
    if not request.path_info.startswith(ROOT):
        return bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        return problem(400, "The header “Host” names another site than this one.")
    return problem(400, MEANT[400])


def key_in(authorization: str) -> ApiKey | None:
    """The key in force that a header brings; one query where it brings any."""
    way, _, text = authorization.partition(" ")
    return ApiKey.objects.sent(text.strip()) if way.lower() == "bearer" else None


def used(key: ApiKey, kept: dict[str, Any]) -> None:
    """Note the day of use, and what the key was served. One query at most, mostly none."""
    today = timezone.now().date()
    changed: dict[str, Any] = {}
    if key.last_used_on != today:
        changed["last_used_on"] = today
    if kept != key.kept:
        changed["kept"] = kept
    if changed:
        ApiKey.objects.filter(pk=key.pk).update(**changed)


def unknown(detail: str) -> HttpResponse:
    response = problem(401, detail)
    response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What all answers have: problems in one form, who may keep them, and a tag of what they say.

    The tag is of the whole answer: verdicts and counts change without a new row.
    """
    keyed = "Authorization" in request.headers
    if request.method in READS and response.status_code == 200:
        response["Cache-Control"] = "private, no-cache" if keyed else "no-cache"
        tag = response["ETag"] = quote_etag(sha256(response.content).hexdigest()[:32])
        response = get_conditional_response(request, etag=tag, response=response) or response
    if response.status_code >= 400 and response["Content-Type"] != MEDIA_TYPE:
        said = problem(response.status_code, MEANT.get(response.status_code, "This is refused."))
        if response.has_header("Allow"):
            said["Allow"] = response["Allow"]
        response = said
    patch_vary_headers(response, ("Authorization",))
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "no-store"
    if request.method in READS and not keyed:
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = EXPOSED
    return response
