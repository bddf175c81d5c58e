from typing import Any

from django.conf import settings
from django.http import HttpRequest

from evaluations import __version__


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs: the chosen theme and the version in the footer.

    `needs_account`: whether nothing is shown without one; `needs_invitation`: to sign up.
    `sends_mail`: whether there is a mail server; without one none is sent.
    """
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in {"light", "dark"} else "",
        "site_version": __version__,
        "sends_mail": bool(settings.EMAIL_HOST),
        "needs_account": settings.ACCESS != "public",
        "needs_invitation": settings.ACCESS == "invited",
    }
