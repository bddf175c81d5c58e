"""Writing to accounts: the first staff account is made through a one-time link."""

from django.core import signing
from django.db import connection, transaction

from evaluations.accounts.models import User

SALT = "first-staff-account"
LINK_SECONDS = 7 * 24 * 60 * 60


class LinkUsed(Exception):
    """The link is too old, was not made by this site, or a staff account exists already."""


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


def change_preferences(*, user: User, single_keys: bool) -> User:
    """Store a person's own settings."""
    user.single_keys = single_keys
    user.save(update_fields=["single_keys"])
    return user
