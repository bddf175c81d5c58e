"""Keeping what a process holds in memory as the database has it.

Triggers log each change with its transaction (`leaderboards_change`). Whoever kept the snapshot
of their last look asks for the rows of transactions that this snapshot did not see: exact in
whatever order transactions commit, and one query of a few rows where nothing happened.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection, transaction

Held = TypeVar("Held")

KEPT_DAYS = 7
"""How long changes stay in the log."""

# Whoever looked longer ago reads everything again: the log may have been cut meanwhile.
TRUSTED_SECONDS = (KEPT_DAYS - 1) * 24 * 3600.0

WAIT_SECONDS = 2.0
"""How long a request waits for another that brings the matrix up to date, before it takes the
one from before."""

# Transactions above the end of the present snapshot are of another server, before a restore.
CHANGES = """
WITH now AS MATERIALIZED (
    SELECT pg_current_snapshot() AS snapshot, pg_current_xact_id_if_assigned() AS own)
SELECT now.snapshot::text, now.own::text, c.id, c.part, c.keys
FROM now LEFT JOIN leaderboards_change c ON c.transaction >= pg_snapshot_xmin({seen})
    AND (NOT pg_visible_in_snapshot(c.transaction, {seen}) OR c.transaction = now.own)
    AND (c.transaction < pg_snapshot_xmax(now.snapshot) OR c.transaction = now.own)
ORDER BY c.id
"""


@dataclass(frozen=True)
class Change:
    """What one statement changed: a part of the matrix, and the keys; None for all of it."""

    part: str
    keys: list[int] | None


@dataclass(frozen=True)
class State(Generic[Held]):
    """What was read, and up to where.

    `owner` is the transaction that alone may use it, since it has changes of its own in it that
    nobody else sees yet and that may be rolled back; `applied` are the changes in it that the
    snapshot does not tell.
    """

    database: str
    held: Held
    snapshot: str
    read_at: float
    owner: str | None = None
    applied: frozenset[int] = frozenset()

    @property
    def trusted(self) -> bool:
        """Of this database, and not older than the log."""
        same = self.database == connection.settings_dict["NAME"]
        return same and time.monotonic() - self.read_at <= TRUSTED_SECONDS


@dataclass(frozen=True)
class Look:
    """What the log says now, to a transaction that wrote (its `owner`) or to anybody."""

    snapshot: str
    owner: str | None
    changes: dict[int, Change]

    def continues(self, state: State[Any]) -> bool:
        """Whether this is the state's transaction, and nothing in the state was rolled back."""
        return self.owner == state.owner and state.applied <= self.changes.keys()


class Keeper(Generic[Held]):
    """One thing held by this process for all its requests.

    Args:
        fill: reads it whole.
        change: the same after changes, without touching what it was given.
    """

    def __init__(
        self, fill: Callable[[], Held], change: Callable[[Held, list[Change]], Held]
    ) -> None:
        self.fill = fill
        self.change = change
        self._lock = threading.Lock()
        self._shared: State[Held] | None = None
        self._own = threading.local()

    def forget(self) -> None:
        """Read everything again at the next request."""
        self._shared = None
        self._own = threading.local()

    def current(self) -> Held:
        """As the database has it now. One query; more where something changed."""
        own: State[Held] | None = getattr(self._own, "state", None)
        for state in (own, self._shared):
            if state is None or not state.trusted:
                continue
            look = look_at(state.snapshot)
            if state.owner is not None and not look.continues(state):
                self._own.state = None
            elif look.changes.keys() <= state.applied:
                return state.held
            elif look.owner is None:
                return self.caught_up(state)
            else:
                return self.in_own_transaction(state)
        return self.read()

    def caught_up(self, before: State[Held]) -> Held:
        """The shared state after the changes since; the one before where that takes too long."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            return before.held
        try:
            with one_snapshot():
                return self._catch_up(self._shared or before)
        finally:
            self._lock.release()

    def _catch_up(self, state: State[Held]) -> Held:
        look = look_at(state.snapshot)
        if look.changes and look.owner is None:
            held = self.change(state.held, list(look.changes.values()))
            state = State(state.database, held, look.snapshot, time.monotonic())
            self._shared = state
        return state.held

    @contextmanager
    def at_this_moment(self) -> Iterator[Held]:
        """What is held, exactly as the queries of the block see the database."""
        held = self.current()
        if connection.in_atomic_block:
            yield held
            return
        with one_snapshot():
            with self._lock:
                # The snapshot begins with the first query: whoever had the lock before saw less.
                if self._shared is not None:
                    held = self._catch_up(self._shared)
            yield held

    def in_own_transaction(self, state: State[Held]) -> Held:
        """What a transaction that wrote sees, kept from all others: it may be rolled back."""
        with self._lock:
            look = look_at(state.snapshot)
            new = [change for key, change in look.changes.items() if key not in state.applied]
            held = self.change(state.held, new)
        self._own.state = State(
            state.database,
            held,
            state.snapshot,
            state.read_at,
            look.owner,
            frozenset(look.changes),
        )
        return held

    def read(self) -> Held:
        """Everything, from the database. Requests that come meanwhile wait, and find it read."""
        with self._lock, one_snapshot():
            began, look, shared = time.monotonic(), look_at(None), self._shared
            if shared is not None and shared.trusted and not look_at(shared.snapshot).changes:
                return shared.held
            database = connection.settings_dict["NAME"]
            held = self.fill()
            changes = frozenset(look.changes)
            state = State(database, held, look.snapshot, began, look.owner, changes)
            if look.owner is None:
                self._shared = state
            else:
                self._own.state = state
            return held


def look_at(seen: str | None) -> Look:
    """What changed since a snapshot, with what the transaction itself wrote. One query."""
    snapshot = "pg_current_snapshot()" if seen is None else "%s::pg_snapshot"
    with connection.cursor() as cursor:
        cursor.execute(CHANGES.format(seen=snapshot), [] if seen is None else [seen] * 2)
        rows = cursor.fetchall()
    changes = {key: Change(part, keys) for _, _, key, part, keys in rows if key is not None}
    return Look(rows[0][0], rows[0][1], changes)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """All queries of the block see the database at one moment, except inside a transaction."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def forget_old_changes() -> int:
    """Cut the log to `KEPT_DAYS`; returns how many rows went."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM leaderboards_change WHERE written_at < now() - make_interval(days => %s)",
            [KEPT_DAYS],
        )
        return int(cursor.rowcount)
