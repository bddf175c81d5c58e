"""Authors whom somebody hides from themselves: nobody else sees it, and nothing else changes."""

from typing import Any, Final

from django.db.models import Model

from evaluations.accounts.models import User
from evaluations.common.folding import HIDDEN
from evaluations.curation.models import Collection, Placement, Suggestion
from evaluations.debates.models import Statement

AUTHOR_OF: Final[dict[type[Model], str]] = {
    Collection: "owner",
    Placement: "added_by",
    Suggestion: "author",
    Statement: "author",
}
"""Whose words a row is."""


class HidingRefused(Exception):
    """Somebody cannot be hidden; the message says why."""


def hide(*, reader: User, author: User) -> None:
    """Put what an author writes behind a click for oneself; again changes nothing.

    Raises:
        HidingRefused: for oneself.
    """
    if author == reader:
        raise HidingRefused("You cannot hide yourself.")
    reader.hides.add(author)


def show_again(*, reader: User, author: User) -> None:
    """Hide an author no longer; nothing happens where they were not hidden."""
    reader.hides.remove(author)


def by_hidden(model: type[Model], keys: frozenset[int], reader: Any) -> dict[int, str]:
    """Which rows of a model are by somebody whom a reader hides; one query for an account.

    None by who hides their name: folded, words of "a member" would say who that is.
    """
    column = AUTHOR_OF.get(model)
    if column is None or not isinstance(reader, User):
        return {}
    rows = model._default_manager.filter(
        pk__in=keys, **{f"{column}__hidden_by": reader, f"{column}__hides_name": False}
    )
    return dict.fromkeys(rows.values_list("pk", flat=True), HIDDEN)
