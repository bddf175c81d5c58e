"""The trigger itself: what may change, what may not, and under which condition."""

import pytest
from django.db import IntegrityError, connection, transaction

from evaluations.common.append_only import append_only

pytestmark = pytest.mark.django_db


def run(sql: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(str(sql))


def make_table(**guard: object) -> None:
    run("CREATE TABLE scratch (id int, text text, data jsonb, open boolean DEFAULT false)")
    run(append_only("scratch", **guard).sql)
    run("INSERT INTO scratch VALUES (1, 'a', '{}', false), (2, 'b', NULL, true)")


def test_only_the_named_columns_may_change() -> None:
    make_table(may_change=["open"])
    run("UPDATE scratch SET open = NOT open")
    for change in (
        "text = 'c'",
        "text = NULL",
        "data = '[1]'",
        "id = 3",
        "text = 'c', open = true",
    ):
        with pytest.raises(IntegrityError, match="scratch is append-only"), transaction.atomic():
            run(f"UPDATE scratch SET {change} WHERE id = 1")
    run("UPDATE scratch SET text = text")
    run("DELETE FROM scratch")


def test_with_no_column_named_nothing_may_change() -> None:
    make_table()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run("UPDATE scratch SET open = NOT open")


def test_rows_outside_the_condition_are_free() -> None:
    make_table(when="NOT OLD.open")
    run("UPDATE scratch SET text = 'c' WHERE id = 2")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run("UPDATE scratch SET text = 'c' WHERE id = 1")


def test_the_way_back_removes_the_trigger() -> None:
    make_table()
    run(append_only("scratch").reverse_sql)
    run("UPDATE scratch SET text = 'c'")


def test_what_the_database_works_out_itself_is_no_change() -> None:
    run("CREATE TABLE scratch (id int, text text, open boolean DEFAULT false,"
        " twice text GENERATED ALWAYS AS (text || text) STORED)")  # fmt: skip
    run(append_only("scratch", may_change=["open"]).sql)
    run("INSERT INTO scratch VALUES (1, 'a')")
    run("UPDATE scratch SET open = true")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run("UPDATE scratch SET text = 'b'")
