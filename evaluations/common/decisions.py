"""What a moderator decides is told to whoever keeps the public log, far above."""

from collections.abc import Callable
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
