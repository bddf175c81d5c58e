"""Writing to accounts: the first staff account, a person's own settings, and roles."""

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.db import connection, transaction

from evaluations.accounts.keys import BY_NAME, USUAL, as_key, conflicts, problem_with
from evaluations.accounts.models import Digest, Role, User
from evaluations.common.throttle import DAY

SALT = "first-staff-account"
LINK_SECONDS = 7 * DAY


class LinkUsed(Exception):
    """The link is too old, was not made by this site, or a staff account exists already."""


class KeysRefused(Exception):
    """Keys that cannot be used together; `problems` is action to a sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class RoleRefused(Exception):
    """The role cannot be given; the message says why."""


def setup_token() -> str | None:
    """A token for the link that makes the first staff account; None once there is one."""
    if User.objects.filter(is_staff=True, is_active=True).exists():
        return None
    return signing.dumps("first", salt=SALT)


def check_setup_token(*, token: str) -> None:
    """Raise `LinkUsed` with a readable reason unless the token still opens the door."""
    try:
        signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature as error:
        raise LinkUsed(
            "This link is not valid (any more). Start the site again to get a new one."
        ) from error
    if User.objects.filter(is_staff=True, is_active=True).exists():
        raise LinkUsed("This link was used: a staff account exists. Sign in with it instead.")


@transaction.atomic
def create_first_staff(*, token: str, username: str, password: str, email: str = "") -> User:
    """Make the first staff account.

    A lock makes the link work once, also when two people open it at the same moment.

    Raises:
        LinkUsed: with the reason.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [SALT])
    check_setup_token(token=token)
    return User.objects.create_superuser(username=username, email=email, password=password)


def change_preferences(*, user: User, wanted: Mapping[str, Any], origin: str) -> User:
    """Store a person's own settings.

    Args:
        wanted: the fields of the form.
        origin: the site's address as this person reaches it, where links in mails lead to.
    """
    if wanted["digest"] != Digest.OFF:
        user.mail_origin = origin
        user.refused_mails = 0
    for name, value in wanted.items():
        setattr(user, name, value)
    user.save(update_fields=[*wanted, "mail_origin", "refused_mails"])
    return user


def change_keys(*, user: User, keys: Mapping[str, str]) -> User:
    """Store a person's own single keys; actions that are left out get their usual key.

    Raises:
        KeysRefused: for a key that is not one visible character, or one that does two things on
            the same page; nothing is stored.
    """
    chosen = {
        name: as_key(key)
        for name, key in keys.items()
        if name in BY_NAME and not BY_NAME[name].is_fixed
    }
    problems = {name: problem for name, key in chosen.items() if (problem := problem_with(key))}
    if not problems:
        problems = conflicts({**USUAL, **chosen})
    if problems:
        raise KeysRefused(problems)
    user.keys = {name: key for name, key in chosen.items() if key != USUAL[name]}
    user.save(update_fields=["keys"])
    return user


@transaction.atomic
def change_role(*, person: User, role: str, actor: User) -> User:
    """Give a person a role, also a lesser one; whether they are staff is not touched.

    Raises:
        PermissionError: when *actor* is not staff.
        RoleRefused: for an unknown role.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may change roles.")
    if role not in Role.values:
        raise RoleRefused(f"“{role}” is not a role.")
    User.objects.select_for_update().get(pk=person.pk)
    person.role = role
    person.save(update_fields=["role"])
    return person
