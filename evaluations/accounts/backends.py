"""Signing in by a name or an address, at one price."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from evaluations.accounts.models import User


class NameOrAddress(AuthenticationBackend):  # type: ignore[misc] # allauth has no types
    """Takes one hash for each account that is tried, and one where there is none.

    The form gives what was typed as a name and as an address, which would try an account that is
    found by its address twice: how long it takes would tell that there is one.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        self._tried: set[int] = set()
        found: User | None = super().authenticate(request, **credentials)
        return found

    def _check_password(self, user: User | None, password: str) -> User | None:
        if user is None or user.pk in self._tried:
            return None
        self._tried.add(user.pk)
        found: User | None = super()._check_password(user, password)
        return found
