"""What the site drew for a visitor, by address: in their session, or in a cookie before that.

Who only looks gets no session, since that is a row; the cookie has the site's signature. What it
says goes into one session, once: a copy of it in another browser says nothing any more.
"""

import math
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from evaluations.common.throttle import DAY, take

SERVED = "served"
IN_SESSION, IN_COOKIE = 50, 5
"""So many addresses are remembered, the newest."""


def remember(request: HttpRequest, here: str) -> None:
    """Note in the session that *here* was served."""
    kept = [it for it in request.session.get(SERVED, []) if it != here]
    request.session[SERVED] = [*kept, here][-IN_SESSION:]


def remember_in_browser(request: HttpRequest, response: HttpResponse, here: str) -> None:
    """Note in a cookie that *here* was served."""
    drawn = f"{here}#{secrets.token_hex(8)}"
    kept = " ".join([*in_cookie(request), drawn][-IN_COOKIE:])
    response.set_signed_cookie(
        SERVED, kept, max_age=DAY, secure=settings.TLS, httponly=True, samesite="Lax"
    )


def was_served(request: HttpRequest, here: str) -> bool:
    return here in request.session.get(SERVED, []) or bool(drawings(request, here))


def redeem(request: HttpRequest, here: str) -> bool:
    """Whether *here* was served to this visitor alone; what their cookie says is used up by it."""
    if here not in request.session.get(SERVED, []) and any(
        take(f"served:{number}", capacity=1, refill_seconds=math.inf)
        for number in drawings(request, here)
    ):
        remember(request, here)
    return here in request.session.get(SERVED, [])


def drawings(request: HttpRequest, here: str) -> list[str]:
    """The numbers of the times that the cookie names *here*."""
    split = (it.rpartition("#") for it in in_cookie(request))
    return [number for address, _, number in split if address == here]


def in_cookie(request: HttpRequest) -> list[str]:
    """The addresses that this browser was served before it had a session, with their numbers."""
    kept = request.get_signed_cookie(SERVED, default="", max_age=DAY) or ""
    return kept.split()
