"""Standing: how much an account may do in a day. It buys volume, never weight.

It is computed whenever it is asked for, from how long the account exists, what its person judged
and what moderators had to take back, and stored nowhere.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.utils import timezone

from evaluations.accounts.models import Invitation, Role, User

FIRST_ACCOUNTS: Final = 50
"""So many accounts of a site are members at once: its founders know each other."""
FIRST_DAY: Final = dt.timedelta(days=1)
ESTABLISHED_AFTER: Final = dt.timedelta(days=7)
ENOUGH_JUDGED: Final = 10
"""Blind judgments that an established account has given."""
TAKEN_BACK_WITHIN: Final = dt.timedelta(days=90)


class Standing(models.TextChoices):
    NEW = "new", "a new account"
    MEMBER = "member", "a member"
    ESTABLISHED = "established", "an established member"


has_judged: list[Callable[[User, int], bool]] = []
"""Whether somebody gave so many blind judgments; told by the stage that stores them."""
had_to_be_taken_back: list[Callable[[User, dt.datetime], bool]] = []
"""Whether moderators took back what somebody published since a moment; told by each stage."""


def standing_of(user: User) -> Standing:
    """The standing of an account now; makes at most six queries."""
    if is_new(user):
        return Standing.NEW
    now = timezone.now()
    if (
        now - user.date_joined >= ESTABLISHED_AFTER
        and any(told(user, ENOUGH_JUDGED) for told in has_judged)
        and not any(told(user, now - TAKEN_BACK_WITHIN) for told in had_to_be_taken_back)
    ):
        return Standing.ESTABLISHED
    return Standing.MEMBER


def is_new(user: User) -> bool:
    """Whether an account is younger than a day, or has no confirmed address where mail works.

    Staff, people with a role, the invited and a site's first accounts never are.
    """
    if user.is_staff or user.role != Role.MEMBER:
        return False
    young = timezone.now() - user.date_joined < FIRST_DAY
    unconfirmed = bool(settings.EMAIL_HOST) and not confirmed_address(user)
    if not young and not unconfirmed:
        return False
    if Invitation.objects.filter(used_by=user).exists():
        return False
    return User.objects.filter(pk__lt=user.pk)[:FIRST_ACCOUNTS].count() >= FIRST_ACCOUNTS


def confirmed_address(user: User) -> str:
    """The address that somebody confirmed, the primary one first; empty where there is none."""
    found = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")
    address: str | None = found.values_list("email", flat=True).first()
    return address or ""


def becomes_member(user: User) -> str:
    """What makes a new account a member, as the end of a sentence."""
    at = user.date_joined + FIRST_DAY
    if at > timezone.now():
        return f"from {at:%H:%M} UTC on {at.day} {at:%B}, a day after signing up"
    return "once you have confirmed your e-mail address"
