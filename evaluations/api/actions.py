"""Making and revoking keys."""

import datetime as dt
import secrets
from typing import Final

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.api.models import SHOWN, ApiKey, Scope
from evaluations.api.querysets import digest_of

LONGEST_DAYS: Final = 365
MOST_KEYS: Final = 20
"""Keys in force of one person."""
BEGINS: Final = "bwd_"
"""How every key begins, so that one that got into a file is found."""


class KeyRefused(Exception):
    """The key cannot be made; the message says why."""


@transaction.atomic
def make_key(*, person: User, name: str, scope: str, days: int) -> tuple[ApiKey, str]:
    """Make a key that works for *days* days, 1 to 365; gives its row and the key, once.

    Raises:
        KeyRefused: with the reason.
    """
    User.objects.select_for_update().get(pk=person.pk)
    if person.is_suspended:
        raise KeyRefused("A suspended account makes no keys.")
    if scope not in Scope.values or not 1 <= days <= LONGEST_DAYS:
        raise KeyRefused(f"A key lasts from 1 to {LONGEST_DAYS} days, for something it may do.")
    if person.api_keys.in_force().count() >= MOST_KEYS:
        raise KeyRefused(f"{MOST_KEYS} keys are the most at once. Revoke one that is not used.")
    key = BEGINS + secrets.token_urlsafe(32)
    made = ApiKey.objects.create(
        person=person,
        name=name,
        prefix=key[:SHOWN],
        sha256=digest_of(key),
        scope=scope,
        expires_on=timezone.now().date() + dt.timedelta(days=days),
    )
    return made, key


def revoke_key(*, key: ApiKey, actor: User) -> None:
    """End a key at once and for good; one that was revoked stays as it is.

    Raises:
        PermissionError: for everybody but its person and staff.
    """
    if key.person_id != actor.pk and not actor.is_staff:
        raise PermissionError("Only whoever made a key and staff revoke it.")
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now(), kept={})
