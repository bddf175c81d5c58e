"""What several tests of a file share, made once, where making it takes longer than using it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def kept(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is stored within is there for every test meanwhile, and gone at the end.

    Each test takes back what it changes itself, as it always does. The tests of such a file go to
    one process of pytest-xdist by a mark `xdist_group`: else each process makes it again.
    """
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
