"""Who may send a file that is larger than what the site takes of everybody."""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import Error, close_old_connections

from evaluations.accounts.models import User
from evaluations.exchange.loading.files import MOST_BYTES

PATH: Final = "/data/import/"
BESIDE: Final = 10_000_000
"""Bytes of a request beside its file: a small companion, and the form."""
MOST: Final = MOST_BYTES + BESIDE


async def room_for_files(scope: dict[str, Any]) -> int:
    """How many bytes a request may send beyond what everybody may; 0 for most.

    Asked before the body is read, so it looks only at the address and at whose session it is.
    """
    if scope["path"] != PATH or scope["method"] != "POST":
        return 0
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    return MOST if await sync_to_async(looked_up)(may_import, cookies.decode("latin-1")) else 0


def looked_up(may: Callable[[str], bool], text: str) -> bool:
    """What *may* says, outside of any request of Django's: no connection stays open."""
    close_old_connections()
    try:
        return may(text)
    finally:
        close_old_connections()


def may_import(cookies: str) -> bool:
    """Whether these cookies are those of somebody who may import."""
    try:
        sent = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return False
    if sent is None:
        return False
    try:
        session = import_module(settings.SESSION_ENGINE).SessionStore(sent.value)
        person = User.objects.filter(pk=session.get(SESSION_KEY), is_active=True).first()
    except (Error, ValueError):
        return False
    return person is not None and person.may_run_models and not person.is_suspended
