"""JSON documents larger than a line: in whole, or taken apart as they are read. Pure."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from evaluations.exchange.readers.checks import Unfit
from evaluations.exchange.readers.lines import BOM, NotJson, json_in

LARGEST_PART = 16_000_000
"""Bytes of one value that is read at once, such as a sample with its events."""
MOST_VALUES = 500_000
"""Values within one: each costs memory, however short it is."""
_PIECE = 1 << 18
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],]|"', re.DOTALL)


class Cut(Exception):
    """A document that ends before it is complete, or that is none."""


class Part(NamedTuple):
    """A value of the outermost object under its `name`; `raw` is None where it is too large.

    Of the list that is taken apart each element is a part of its own, at its `place` from 1.
    """

    name: str
    place: int
    raw: bytes | None


def document_in(file: BinaryIO) -> dict[str, Any]:
    """A document that is an object, in whole. Raises Unfit where it is none, or too large."""
    raw = file.read(LARGEST_PART + 1)
    if len(raw) > LARGEST_PART:
        raise Unfit("It is larger than 16 MB.")
    value = value_in(raw.removeprefix(BOM))
    if not isinstance(value, dict):
        raise Unfit("It is not a JSON object.")
    return value


def value_in(raw: bytes) -> Any:
    """The value of a piece of JSON, NaN taken for null. Raises Unfit where it is none."""
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MOST_VALUES:
        raise Unfit(f"It holds more than {MOST_VALUES:,} values.")
    value = json_in(raw, not_numbers=True)
    if isinstance(value, NotJson):
        raise Unfit(value.why)
    return value


def parts_of(file: BinaryIO, apart: str) -> Iterator[Part]:
    """The values of a document's outermost object, the list under the name `apart` one by one.

    Never more than one part of it is held. Raises Cut where the document is not complete.
    """
    return _Scanner(file, apart).parts()


class _Scanner:
    """Goes over a document by its brackets, commas and strings, and keeps the part it is in."""

    def __init__(self, file: BinaryIO, apart: str) -> None:
        self._file = file
        self._apart = f'"{apart}"'.encode()
        self._buffer = b""
        self._at = 0
        """Where in the buffer the next token is looked for."""
        self._part = 0
        """Where in the buffer the part begins; what stood before is gone."""
        self._dropped = False
        """Whether the part was too large to be kept."""

    def parts(self) -> Iterator[Part]:
        if self._token() != b"{":
            raise Cut("It is not an object of JSON.")
        name, depth, index, in_list = b"", 1, 0, False
        expects_name = True
        self._begin()
        while True:
            token = self._token()
            if not token:
                raise Cut("It is cut off before its end.")
            outer = 2 if in_list else 1
            if token[:1] == b'"':
                if expects_name and depth == 1:
                    name, expects_name = token, False
                    self._begin()
            elif token in (b"{", b"["):
                depth += 1
                if depth == 2 and token == b"[" and name == self._apart and not in_list:
                    in_list, index = True, 0
                    self._begin()
            elif token == b",":
                if depth == outer:
                    index += 1
                    part = self._end(name, index if in_list else 0)
                    if name:
                        yield part
                    expects_name = not in_list
            else:
                if depth == outer:
                    part = self._end(name, index + 1 if in_list else 0)
                    if name and (part.raw is None or part.raw.strip()):
                        yield part
                    if in_list:
                        in_list = False
                        name = b""
                depth -= 1
                if depth == 0:
                    return

    def _begin(self) -> None:
        self._part, self._dropped = self._at, False

    def _end(self, name: bytes, index: int) -> Part:
        """The part that ends before the token that was read last."""
        raw = None if self._dropped else self._buffer[self._part : self._at - 1]
        self._begin()
        if raw is not None and not index:
            raw = raw.lstrip(b" \t\r\n").removeprefix(b":")
        return Part(name[1:-1].decode("utf-8", "replace"), index, raw)

    def _token(self) -> bytes:
        """The next bracket, comma or string; nothing at the end of the file."""
        while True:
            found = _TOKEN.search(self._buffer, self._at)
            if found and found[0] != b'"':
                self._at = found.end()
                return found[0]
            # What is left begins with an unfinished string, or holds no token.
            self._at = found.start() if found else len(self._buffer)
            if not self._more():
                return b""

    def _more(self) -> bool:
        """Read on, and let go of what no part needs."""
        piece = self._file.read(max(_PIECE, len(self._buffer) // 2))
        if len(self._buffer) - self._part > LARGEST_PART:
            self._dropped = True
        keep = self._at if self._dropped else self._part
        if self._at - keep > LARGEST_PART or len(self._buffer) - self._at > 2 * LARGEST_PART:
            raise Cut("It holds a text that is too long.")
        self._buffer = self._buffer[keep:] + piece
        self._at -= keep
        self._part = max(0, self._part - keep)
        return bool(piece)
