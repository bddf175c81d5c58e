from contextlib import suppress
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from evaluations.accounts.models import User
from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.me.attach import AlreadyAttached, attach_guest
from evaluations.judgments.models import Judge, JudgeKind


@receiver(user_logged_in)
def keep_what_the_guest_judged(request: HttpRequest, user: User, **_: Any) -> None:
    """Signing up or in gives the visitor's earlier judgments to the account."""
    key = request.session.pop(GUEST_KEY, None) if hasattr(request, "session") else None
    guest = Judge.objects.filter(guest_key=key, kind=JudgeKind.GUEST).first() if key else None
    if guest is not None:
        with suppress(AlreadyAttached):
            attach_guest(guest=guest, user=user)


@receiver(user_logged_out)
def forms_end_with_the_session(request: HttpRequest, **_: Any) -> None:
    """A form that an account opened is refused after signing out, not saved as a guest's."""
    rotate_token(request)
