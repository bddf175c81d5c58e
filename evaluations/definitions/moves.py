"""Who may move a definition from which state to which: the one table that decides.

The state of a definition is that of its version in force; without one it is a draft.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from django.contrib.auth.models import AnonymousUser

from evaluations.accounts.models import User
from evaluations.definitions.models import Definition, State, StateChange

Visitor: TypeAlias = User | AnonymousUser
By = Literal["owner", "staff"]


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed change of state. `by`: staff alone, or the owner too; `meaning` for a page."""

    verb: str
    before: State
    after: State
    by: By
    meaning: str

    @property
    def who(self) -> str:
        return "its owner and staff" if self.by == "owner" else "staff"


MOVES: Final[tuple[Move, ...]] = (
    Move("publish", State.DRAFT, State.PUBLISHED, "owner",
         "The wording is frozen, gets its number and is in force."),
    Move("retire", State.PUBLISHED, State.RETIRED, "owner",
         "It leaves the lists and default leaderboards; its addresses keep working."),
    Move("restore", State.RETIRED, State.PUBLISHED, "owner",
         "It is listed again as it was."),
    Move("merge", State.PUBLISHED, State.MERGED, "owner",
         "Another definition says the same; its page names and links that one."),
    Move("merge", State.RETIRED, State.MERGED, "owner",
         "The same for one that was retired before."),
    Move("restore", State.MERGED, State.PUBLISHED, "staff",
         "The merging was a mistake; it is listed again."),
)  # fmt: skip


class MoveRefused(ValueError):
    """The state does not allow it; the message says why."""


def acts_as_owner(definition: Definition, user: Visitor) -> bool:
    """Whether somebody decides about a definition: its owner, and staff about every one."""
    if not user.is_authenticated:
        return False
    return user.is_staff or (definition.owner_id is not None and definition.owner_id == user.pk)


def may_use(move: Move, definition: Definition, user: Visitor) -> bool:
    """Whether somebody may make this move. What staff retired, only staff restores."""
    if not user.is_authenticated:
        return False
    if user.is_staff:
        return True
    if move.by != "owner" or not acts_as_owner(definition, user):
        return False
    return move.verb != "restore" or not last_retired_by_staff(definition, user)


def last_retired_by_staff(definition: Definition, owner: User) -> bool:
    """Whether somebody else than its owner retired a definition the last time. One query."""
    retired = StateChange.objects.filter(version__definition=definition, verb="retire").last()
    return retired is not None and retired.actor_id != owner.pk


def is_retired_by_staff(definition: Definition, owner: User) -> bool:
    """Whether a definition is retired now, and not by its owner. At most two queries."""
    version = definition.versions.in_force().first()
    return (
        version is not None
        and version.state == State.RETIRED
        and last_retired_by_staff(definition, owner)
    )


def open_moves(definition: Definition, state: str, user: Visitor) -> list[Move]:
    """The moves that a visitor may make from a state, in the order of the table."""
    return [move for move in MOVES if move.before == state and may_use(move, definition, user)]


def checked(verb: str, definition: Definition, state: str, actor: User | None) -> Move:
    """The move that a verb means from a state; without *actor* it is the site's own.

    Raises:
        PermissionError: when *actor* may not make it.
        MoveRefused: when there is no such move from this state.
    """
    moves = [move for move in MOVES if move.verb == verb]
    move = next((move for move in moves if move.before == state), None)
    if actor is not None and not any(may_use(each, definition, actor) for each in moves):
        raise PermissionError(f"Only {moves[0].who} may {verb} a definition.")
    if move is None:
        states = " or ".join(NOUNS[each.before] for each in moves)
        raise MoveRefused(f"Only {states} can be {PAST[verb]}; this is {State(state).label}.")
    if actor is not None and not may_use(move, definition, actor):
        raise PermissionError(f"Only {move.who} may {verb} what is {State(state).label}.")
    return move


NOUNS: Final = {
    State.DRAFT: "a draft",
    State.PUBLISHED: "a published definition",
    State.RETIRED: "a retired one",
    State.MERGED: "a merged one",
}
PAST: Final = {
    "publish": "published",
    "retire": "retired",
    "restore": "restored",
    "merge": "merged",
}


def retired_by_staff(user: User, since: dt.datetime) -> bool:
    """Whether staff retired a definition of this person's since a moment. One query."""
    return (
        StateChange.objects.filter(
            version__definition__owner=user, verb="retire", created_at__gte=since
        )
        .exclude(actor=user)
        .exists()
    )
