"""Showing others which definition is one's own, and showing it no more."""

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.leaderboards.models import ShownDefinition


@transaction.atomic
def show(*, owner: User, name: bool, everything: bool, outputs: bool) -> ShownDefinition:
    """Give what somebody chose of their page an address; the same one when they choose anew."""
    shown, _ = ShownDefinition.objects.update_or_create(
        owner=owner,
        defaults={"shows_name": name, "shows_all": everything, "shows_outputs": outputs},
    )
    return shown


def hide(*, owner: User) -> bool:
    """Take the address away for good; returns whether there was one. A later one is another."""
    deleted, _ = ShownDefinition.objects.filter(owner=owner).delete()
    return bool(deleted)
