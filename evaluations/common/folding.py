"""What readers folded is asked of whoever counts their flags, far above.

A page of any stage asks `folded_among`; the stage that stores flags answers, by `answers`.
"""

from collections.abc import Callable, Iterable
from typing import Final

from django.db.models import Model

FOLDED: Final = "Folded by readers, waiting for a moderator"
"""What stands in place of words that readers folded, wherever they are not behind a click."""

answers: list[Callable[[type[Model], frozenset[int]], set[int]]] = []
"""Each says which rows of a model, by their keys, are folded now."""


def folded_among(model: type[Model], keys: Iterable[int]) -> set[int]:
    """Keys of the rows that wait, folded, for a moderator; one query where there are any keys."""
    asked = frozenset(keys)
    return set().union(*(answer(model, asked) for answer in answers)) if asked else set()
