"""What is behind a click, and why, is asked of whoever knows, far above.

Readers fold what they flag, for everybody; and each reader hides whom they want to, for themselves.
A page of any stage asks `folded_among`; the stage that stores both answers, by `answers`.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.db.models import Model

FOLDED: Final = "Folded by readers, waiting for a moderator"
HIDDEN: Final = "By somebody whom you hide"
"""What stands in place of the words, wherever they are not behind a click."""

answers: list[Callable[[type[Model], frozenset[int], Any], dict[int, str]]] = []
"""Each says which rows of a model, by their keys, are behind a click for a reader, and why."""


def folded_among(model: type[Model], keys: Iterable[int], reader: Any) -> dict[int, str]:
    """Keys of the rows whose words are behind a click, each with what stands in their place.

    One query where there are any keys, and one for a reader who is signed in.

    Args:
        reader: the account that reads, or None.
    """
    asked = frozenset(keys)
    found: dict[int, str] = {}
    if asked:
        for answer in answers:
            found |= answer(model, asked, reader)
    return found
