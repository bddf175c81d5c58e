"""A forgotten password: the form only asks for a link, and the light worker looks whose it is.

So nobody can tell by how long the form takes whether an address has an account.
"""

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.forms import ResetPasswordForm, default_token_generator
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core import context
from celery import current_app
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpRequest
from kombu.exceptions import KombuError

log = structlog.get_logger(__name__)

SEND = "accounts.send_reset_links"
"""Name of the task; its message holds the address and where the site is, and no link."""


class ResetForm(ResetPasswordForm):  # type: ignore[misc] # allauth has no types
    """Asks for a link to set a new password; says and does the same for every address."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email

    def save(self, request: HttpRequest, **_: Any) -> str:
        email = self.clean_email()
        origin = request.build_absolute_uri("/")
        transaction.on_commit(lambda: ask_worker(email, origin))
        return email


def ask_worker(email: str, origin: str) -> None:
    """Enqueue the sending. A dead broker is in the log; whoever waits for a link asks again."""
    try:
        current_app.send_task(SEND, args=[email, origin], retry=False)
    except (KombuError, OSError) as error:
        log.exception("No link for a new password could be asked for.", error=str(error))


def send_links(email: str, origin: str) -> None:
    """Send each account that uses an address a link to set a new password; nobody else a word.

    Args:
        origin: where the site was asked, such as `https://example.org/`: links lead there.
    """
    where = urlsplit(origin)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "SERVER_NAME": where.hostname or "localhost",
            "SERVER_PORT": str(where.port or {"https": 443}.get(where.scheme, 80)),
            "HTTP_HOST": where.netloc,
            "HTTP_X_FORWARDED_PROTO": where.scheme,
            "wsgi.url_scheme": where.scheme,
            "wsgi.input": BytesIO(),
        }
    )
    users = filter_users_by_email(
        email.lower(), is_active=True, prefer_verified=True, for_login=True
    )
    with context.request_context(request):
        request_password_reset(request, email, users, default_token_generator)
