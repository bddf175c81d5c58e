"""Addresses of mail that people confirmed; to others nothing is sent that was not asked for."""

from allauth.account.models import EmailAddress

from evaluations.accounts.models import User


def confirmed_address(user: User) -> str:
    """Somebody's confirmed address, the primary one first; empty where there is none."""
    found = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")
    address: str | None = found.values_list("email", flat=True).first()
    return address or ""


def has_confirmed_address(user: User) -> bool:
    return bool(confirmed_address(user))
