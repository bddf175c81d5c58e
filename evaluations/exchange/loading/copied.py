"""Rows that come by the dozen with each output, sent to PostgreSQL in one stream.

A trace may have a hundred steps, and each a label: as objects they would cost several times what
all else of an import does. Of rows that go in like this no keys come back.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from django.db import connection

STEPS: Final = 'runs_step (output_id, segmentation, index, start, "end")'
LABELS: Final = (
    "judgments_steplabel (judgment_id, judge_id, step_id, correctness, role, is_current)"
)
AT_ONCE: Final = 2000
"""Rows that are sent together, so that a trace of a million short lines fits into memory."""


def copy_steps(rows: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Store steps: the key of an output, the segmentation, index, start and end of each."""
    copy_into(STEPS, (f"{o}\t{version}\t{i}\t{a}\t{b}\n" for o, version, i, a, b in rows))


def copy_labels(rows: Iterable[tuple[int, int, int, int]]) -> None:
    """Store current labels without a role: the keys of form, judge and step, and the rating."""
    copy_into(
        LABELS, (f"{form}\t{judge}\t{step}\t{said}\t\tt\n" for form, judge, step, said in rows)
    )


def copy_into(table: str, lines: Iterator[str]) -> None:
    """Send lines as COPY reads them, in the transaction that is open."""
    first = next(lines, None)
    if first is None:
        return
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN") as stream,
    ):
        stream.write(first)
        while some := "".join(islice(lines, AT_ONCE)):
            stream.write(some)
