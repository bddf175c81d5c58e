"""Files that are made while they are read, and the memory that reading them needs."""

import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

MEGABYTE = 1_000_000


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """Fails where the block needs more memory than that beyond what was there before."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTE, f"{peak / MEGABYTE:.1f} MB"


class Made(io.RawIOBase):
    """A file that is made while it is read, so that little of it lies in memory."""

    def __init__(self, *pieces: tuple[bytes, int]) -> None:
        self._pieces = [piece for piece, times in pieces for _ in range(times)]
        self._size = sum(map(len, self._pieces))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        begin = 0
        for piece in self._pieces:
            if self._at < begin + len(piece):
                taken = piece[self._at - begin :][: len(buffer)]
                buffer[: len(taken)] = taken
                self._at += len(taken)
                return len(taken)
            begin += len(piece)
        return 0


def made(*pieces: tuple[bytes, int]) -> BinaryIO:
    return io.BufferedReader(Made(*pieces))  # type: ignore[return-value]
