"""A closed site: who may read it without an account (nobody), and who may sign up.

`ACCESS` is "public", "members" (an account is needed) or "invited" (and an invitation for that).
"""

import math
import uuid
from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Func, Value
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.deprecation import MiddlewareMixin
from django.utils.formats import date_format

from evaluations.accounts.invitations import InvitationClosed, take_at_sign_up
from evaluations.accounts.models import Invitation, InvitationState, User
from evaluations.common.throttle import DAY, address_of_the_day, take

log = structlog.get_logger(__name__)

INVITED_BY = "invitation"
"""The session's key of the invitation that a visitor came with."""

OPEN_WITHOUT_ACCOUNT = frozenset({
    "account_login", "account_logout", "account_signup", "account_inactive",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "account_confirm_email",
    "account_email_verification_sent", "first-staff", "invitation", "health", "terms", "privacy",
    "unsubscribe",
})  # fmt: skip
"""Names of the addresses that answer everybody: the way in, what one agrees to there, health."""


OPEN_TO_SUSPENDED = frozenset({
    "account_logout", "account_login", "judge-leave", "unsubscribe", "moderation-appeal",
})  # fmt: skip
"""What a suspended account may send all the same: it may always leave, and object."""

JUDGING = frozenset(
    {"judge-next", "judge", "judge-pair", "judge-prompt-next", "judge-prompt", "answer"}
)
"""Pages that only offer a form, and hold an item or a prompt for it."""


def is_closed(request: HttpRequest) -> bool:
    """Whether the visitor must sign in before anything is shown."""
    return settings.ACCESS != "public" and not request.user.is_authenticated


class ClosedSite(MiddlewareMixin):
    """Sends visitors of a closed site to the sign-in; what they send is refused."""

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not is_closed(request) or (match and match.view_name in OPEN_WITHOUT_ACCOUNT):
            return None
        if request.method in ("GET", "HEAD"):
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied("Sign in first: this site is open to its members only.")


class SuspendedAccounts(MiddlewareMixin):
    """Refuses what a suspended account sends, with the reason and the day on which it ends."""

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        user, match = request.user, request.resolver_match
        if not user.is_authenticated or user.suspended_until is None or not user.is_suspended:
            return None
        name = match.view_name if match else ""
        reads = request.method in ("GET", "HEAD") and name not in JUDGING
        if reads or name in OPEN_TO_SUSPENDED:
            return None
        until = date_format(user.suspended_until, "j F Y, H:i")
        return render(request, "accounts/suspended.html", {"until": until}, status=403)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Sign-up, which uses up the invitation that somebody came with, and the sending of mail."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; one that fails is in the log, without what it says: it holds a link."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            kind = template_prefix.rpartition("/")[2]
            log.error("A mail could not be sent.", kind=kind, error=type(error).__name__)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.ACCESS != "invited" or invitation_of(request) is not None

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        invitation = invitation_of(request)
        if invitation is None:
            made: User = super().save_user(request, user, form, commit)
            return made
        with transaction.atomic():
            made = super().save_user(request, user, form, commit)
            try:
                take_at_sign_up(token=invitation.token, user=made)
            except InvitationClosed:
                # Taken by another since the form was shown; its page says so.
                raise ImmediateHttpResponse(redirect(invitation)) from None
        return made


class SignUpForm(SignupForm):  # type: ignore[misc] # allauth has no types
    """Sign-up, of which one address has an allowance a day; the invited need none of it."""

    def clean_username(self) -> str:
        """Refuse a name that is another account's but for case and signs."""
        name: str = super().clean_username()
        plain = Func(
            Lower("username"), Value("[._-]"), Value(""), Value("g"), function="regexp_replace"
        )
        told = name.lower().translate(dict.fromkeys(map(ord, "._-")))
        if User.objects.annotate(plain=plain).filter(plain=told).exists():
            raise ValidationError("This is too like the name of another account. Choose another.")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        request = context.request
        limit = settings.SIGN_UPS_A_DAY
        if self.errors or limit == 0 or invitation_of(request) is not None:
            return cleaned
        if not take(f"sign-ups:{address_of_the_day(request)}", capacity=limit, refill_seconds=DAY):
            raise ValidationError(
                f"{limit} account{'s' if limit > 1 else ''} a day can be made at one address, and "
                f"{limit} {'were' if limit > 1 else 'was'} made at yours. One more is possible in "
                f"{math.ceil(24 / limit)} hours at the latest. A class or a group can be invited "
                "by whoever runs this site: that takes nothing from it."
            )
        return cleaned


def come_with(request: HttpRequest, invitation: Invitation) -> None:
    """Remember that a visitor came by this invitation, for their sign-up."""
    request.session[INVITED_BY] = str(invitation.token)


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The invitation that a visitor came with, while it is open."""
    token = request.session.get(INVITED_BY)
    found = Invitation.objects.filter(token=uuid.UUID(token)).first() if token else None
    return found if found is not None and found.state == InvitationState.OPEN else None
