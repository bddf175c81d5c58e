"""Views for some accounts only: others sign in first, or are told that it is not open to them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from evaluations.accounts.models import User
from evaluations.accounts.requests import AuthenticatedHttpRequest

View = Callable[..., HttpResponse]


def only(may: Callable[[User], bool], refusal: str) -> Callable[[View], View]:
    """A decorator for views of those for whom *may* holds; nothing of them is cached."""

    def gate(view: View) -> View:
        @wraps(view)
        def checked(request: AuthenticatedHttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user):
                raise PermissionDenied(refusal)
            return view(request, *args, **kwargs)

        return never_cache(login_required(checked))

    return gate


staff_only = only(lambda user: user.is_staff, "This is for the staff of this site.")
moderators_only = only(lambda user: user.may_moderate, "This is for moderators and staff.")
