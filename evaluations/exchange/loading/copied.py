"""Rows that come by the thousand, sent to PostgreSQL in streams.

As objects they would cost several times what all else of an import does. They may be made while
they are sent, and PostgreSQL stores the earlier ones meanwhile. No keys come back: where others
hang on rows, their keys are taken first.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

from django.db import connection, models
from django.utils import timezone

STEPS: Final = 'runs_step (output_id, segmentation, index, start, "end")'
LABELS: Final = (
    "judgments_steplabel (judgment_id, judge_id, step_id, correctness, role, is_current)"
)
AT_ONCE: Final = 2000
"""Short rows that are sent together, so that a trace of a million lines fits into memory."""
LONG_AT_ONCE: Final = 10
"""Of rows with texts."""
BEYOND_PLAIN: Final = ("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")


def copy_steps(rows: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Store steps: the key of an output, the segmentation, index, start and end of each."""
    copy_into(STEPS, (f"{o}\t{version}\t{i}\t{a}\t{b}\n" for o, version, i, a, b in rows))


def copy_labels(rows: Iterable[tuple[int, int, int, int]]) -> None:
    """Store current labels without a role: the keys of form, judge and step, and the rating."""
    copy_into(
        LABELS, (f"{form}\t{judge}\t{step}\t{said}\t\tt\n" for form, judge, step, said in rows)
    )


def take_keys(model: type[models.Model], count: int) -> list[int]:
    """So many keys of a table, in order, that no other row will have. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted(key for (key,) in cursor.fetchall())


def copy_rows(model: type[models.Model], rows: Iterable[Mapping[str, Any]], **all_of: Any) -> None:
    """Store rows by attribute: each names the same ones, and *all_of* what all have alike; the
    others get what the model has by default."""
    coming = iter(rows)
    first = next(coming, None)
    if first is None:
        return
    fields = {field.attname: field for field in model._meta.concrete_fields}
    rest = {
        name: timezone.now() if getattr(field, "auto_now_add", False) else field.get_default()
        for name, field in fields.items()
        if name not in first and not field.primary_key
    } | all_of
    ending = "".join(f"\t{told(value)}" for value in rest.values()) + "\n"
    columns = ", ".join(f'"{fields[name].column}"' for name in (*first, *rest))
    lines = (
        "\t".join([told(row[name]) for name in first]) + ending for row in chain([first], coming)
    )
    copy_into(f"{model._meta.db_table} ({columns})", lines, at_once=LONG_AT_ONCE)


def told(value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    said = json.dumps(value) if isinstance(value, dict | list) else str(value)
    for letter, instead in BEYOND_PLAIN:
        if letter in said:
            said = said.replace(letter, instead)
    return said


def copy_into(table: str, lines: Iterator[str], *, at_once: int = AT_ONCE) -> None:
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
        while some := "".join(islice(lines, at_once)):
            stream.write(some)
