"""What the frame of every page says to whoever is signed in."""

from collections.abc import Callable

from django.http import HttpRequest

from evaluations.accounts.models import User
from evaluations.activity.notices.told import unread_count


def notices(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """`unread_notices`: a number for the masthead, counted only where a page shows it."""
    user = getattr(request, "user", None)
    return {"unread_notices": lambda: unread_count(user) if isinstance(user, User) else 0}
