"""Requests of people who are signed in."""

from django.http import HttpRequest

from evaluations.accounts.models import User


class AuthenticatedHttpRequest(HttpRequest):
    """A request behind `login_required` or another check that somebody is signed in."""

    user: User
