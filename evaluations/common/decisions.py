"""What a moderator decides is told to whoever keeps the public log, far above."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.db.models import Model
from django.dispatch import Signal

decided = Signal()
"""Sent in the action's transaction with `about` (the row), `actor` (whose decision it is), `verb`,
`kind` and `label` of what it is about, its `url`, a `reason` code and a public `sentence`; "" for
what is not said.
`concerns` are the keys of the accounts that are meant, None among them being nobody."""

bars: Final[list[Callable[[Model, Any], str]]] = []
"""Each says why somebody may not decide about a row, asked of whoever knows, far above; empty where
they may."""


def barred(about: Model, actor: Any) -> str:
    """Why somebody who moderates may not decide about a row; empty where they may."""
    return next((words for bar in bars if (words := bar(about, actor))), "")


waits: Final[list[Callable[[type[Model], frozenset[int]], set[int]]]] = []
"""Each says which rows of a model, by their keys, moderators have yet to decide about."""
asks: Final[list[Callable[[Model], bool]]] = []
"""Each says whether a moderator asked for other words of a row."""


def waiting_among(model: type[Model], keys: Iterable[int]) -> set[int]:
    """Keys of the rows about which moderators have yet to decide. One query, or none."""
    asked = frozenset(keys)
    return {key for told in waits if asked for key in told(model, asked)}


def is_asked_to_reword(about: Model) -> bool:
    """Whether a moderator asked for other words of a row, and that stands. One query."""
    return any(told(about) for told in asks)
