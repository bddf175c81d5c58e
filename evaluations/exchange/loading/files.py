"""A file's bytes in the database, in pieces, and out of it again."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, cast

from evaluations.exchange.models import ImportJob, ImportPart
from evaluations.exchange.readers.formats import FORMATS, guess, is_blank, why_unknown

MOST_MEGABYTES: Final = 200
MOST_BYTES: Final = MOST_MEGABYTES * 1_000_000
PART: Final = 1_000_000
IN_MEMORY: Final = 5_000_000
"""Bytes of a file that is put together again before it goes to the disk."""


class Unusable(Exception):
    """There is nothing in a file that could be read; the message says why."""


def in_parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one megabyte; the last may be shorter."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


def keep(job: ImportJob, pieces: Iterable[bytes], *, companion: bool = False) -> str:
    """Store a file's bytes, never more than a piece in memory; gives their SHA-256."""
    digest = hashlib.sha256()
    for number, data in enumerate(in_parts(pieces)):
        digest.update(data)
        ImportPart.objects.create(job=job, companion=companion, number=number, data=data)
    return digest.hexdigest()


@contextmanager
def put_together(job: ImportJob, *, companion: bool = False) -> Iterator[BinaryIO]:
    """The file again, at its beginning, for a while."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        parts = ImportPart.objects.filter(job=job, companion=companion).order_by("number")
        for key in list(parts.values_list("pk", flat=True)):
            file.write(bytes(ImportPart.objects.values_list("data", flat=True).get(pk=key)))
        file.seek(0)
        yield cast(BinaryIO, file)


def format_in(file: BinaryIO, name: str, chosen: str = "") -> str:
    """The format that somebody chose, else the one that a file looks like.

    Raises:
        Unusable: where it looks like none or is empty, or the chosen one is not known.
    """
    if chosen and chosen not in FORMATS:
        raise Unusable(f"“{chosen}” is no format. There are {', '.join(FORMATS)}.")
    found = chosen or guess(file, name)
    if not found or is_blank(file):
        raise Unusable(why_unknown(file, name))
    return found
