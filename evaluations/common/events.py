"""What happened is told to whoever keeps the record of it, far above.

A stage says what happened to which of its rows, in the transaction of the action itself: so the
record is whole, and no stage needs to know who reads it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.dispatch import Signal

happened = Signal()
"""Sent with `happening`, a `Happening`; what a receiver raises undoes the action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that somebody did to a row."""

    kind: str
    """One of `evaluations/activity/kinds.py`, such as *version-published*."""
    about: models.Model
    actor: Any
    """The account that did it; None for the site itself."""
    title: str
    """What it is called now: the record keeps that, whatever it is called later."""
    number: int | None
    """Of a version, where there is one."""
    words: str
    """Why, or what is new, as whoever did it says."""
    concerns: tuple[int, ...]
    """Keys of the accounts that are directly meant: whose it is, who asked for it."""


def tell(
    kind: str,
    about: models.Model,
    *,
    actor: Any,
    title: str,
    number: int | None = None,
    words: str = "",
    concerns: Iterable[int | None] = (),
) -> None:
    """Let it be recorded that something happened; call it inside the action's transaction.

    Args:
        concerns: accounts that are meant; None, and the actor's own, are left out.
    """
    own = actor.pk if actor is not None else None
    meant = tuple(dict.fromkeys(key for key in concerns if key is not None and key != own))
    happened.send(
        type(about),
        happening=Happening(
            kind=kind, about=about, actor=actor, title=title, number=number, words=words,
            concerns=meant,
        ),
    )  # fmt: skip
