"""What the head of a GGUF file says, read without its weights and without any library.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Any

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
            12: "d"}  # fmt: skip
_STRING, _ARRAY = 8, 9


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 0

    def number(self, code: str) -> Any:
        (value,) = struct.unpack_from(f"<{code}", self.data, self.at)
        self.at += struct.calcsize(f"<{code}")
        return value

    def string(self) -> str:
        length = self.number("Q")
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            inner, count = self.number("I"), self.number("Q")
            return [self.value(inner) for _ in range(count)]
        return self.number(_NUMBERS[kind])


def read_header(file: Path) -> dict[str, Any]:
    """Keys and values of the head. Raises ValueError for what is no such file, OSError."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reader = _Reader(data)
        if data[:4] != b"GGUF":
            raise ValueError(f"{file.name} is no GGUF file.")
        reader.at = 4
        if reader.number("I") not in (2, 3):
            raise ValueError(f"{file.name} has a version that is not known here.")
        reader.number("Q")
        found: dict[str, Any] = {}
        try:
            for _ in range(reader.number("Q")):
                name = reader.string()
                found[name] = reader.value(reader.number("I"))
        except (KeyError, struct.error) as error:
            raise ValueError(f"The head of {file.name} cannot be read.") from error
    return found
