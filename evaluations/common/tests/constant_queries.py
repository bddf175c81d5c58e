"""Checks that pages make as many queries for many rows as for few."""

from collections.abc import Callable, Sequence

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def assert_queries_do_not_grow(
    client: Client, paths: Sequence[str], grow: Callable[[int], object]
) -> None:
    """Counts the queries of each page with two rows and with six.

    Args:
        grow: makes one row more; gets its number, from 0.
    """

    def queries() -> list[int]:
        counts = []
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200, path
            counts.append(len(captured))
        return counts

    grow(0)
    queries()
    grow(1)
    before = queries()
    for n in range(2, 6):
        grow(n)
    assert queries() == before
