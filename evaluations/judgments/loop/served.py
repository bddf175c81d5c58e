"""What the site drew for a visitor, by address: in their session, or in a cookie before that.

Who only looks gets no session, since that is a row; the cookie has the site's signature.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from evaluations.common.throttle import DAY

SERVED = "served"
IN_SESSION, IN_COOKIE = 50, 5
"""So many addresses are remembered, the newest."""


def remember(request: HttpRequest, here: str) -> None:
    """Note in the session that *here* was served."""
    kept = [it for it in request.session.get(SERVED, []) if it != here]
    request.session[SERVED] = [*kept, here][-IN_SESSION:]


def remember_in_browser(request: HttpRequest, response: HttpResponse, here: str) -> None:
    """Note in a cookie that *here* was served."""
    kept = " ".join([*in_cookie(request), here][-IN_COOKIE:])
    response.set_signed_cookie(
        SERVED, kept, max_age=DAY, secure=settings.TLS, httponly=True, samesite="Lax"
    )


def was_served(request: HttpRequest, here: str) -> bool:
    return here in request.session.get(SERVED, []) or here in in_cookie(request)


def in_cookie(request: HttpRequest) -> list[str]:
    """The addresses that this browser was served before it had a session."""
    kept = request.get_signed_cookie(SERVED, default="", max_age=DAY) or ""
    return kept.split()
