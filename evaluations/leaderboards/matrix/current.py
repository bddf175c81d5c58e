"""The judgment matrix: every current answer as integer columns, in the memory of a web process.

Filled from PostgreSQL once, then brought up to date with what changed, and shared by all requests
of the process. Rules are evaluated on it, so a definition proposed a minute ago has a board.
"""

from evaluations.leaderboards.matrix.fill import read_everything
from evaluations.leaderboards.matrix.fresh import Keeper
from evaluations.leaderboards.matrix.narrowed import Beyond, stored_beyond
from evaluations.leaderboards.matrix.stored import StoredMatrix


def fill() -> StoredMatrix:
    """The whole matrix, read from PostgreSQL."""
    return StoredMatrix(read_everything())


keeper: Keeper[StoredMatrix] = Keeper(lambda: fill(), StoredMatrix.changed)


def matrix_beyond(beyond: Beyond | None) -> StoredMatrix:
    """The matrix, or for a board that names what is not public one of its own.

    Kept until anything changes. A few queries where it is not kept.
    """
    held = current_matrix()
    if beyond is None:
        return held
    return held.narrowed.once(beyond, lambda: StoredMatrix(stored_beyond(held.stored, beyond)))


def current_matrix() -> StoredMatrix:
    """The matrix as the database has it now: one query, and a few more after a change."""
    return keeper.current()
