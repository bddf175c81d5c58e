"""Zip files of strangers: their entries by the listing, each unpacked within bounds. Pure.

Nothing is ever written, and no name of an entry is ever taken for a path. What the listing says
is checked before anything is unpacked, and while unpacking nothing it says is trusted.
"""

import copy
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol

from evaluations.exchange.readers.checks import Unfit

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGEST = 2_000_000_000
"""Bytes of all entries together, unpacked."""
MOST_TIMES = 200
"""How many times as large as packed all entries together may be, unpacked."""
LARGEST_LISTING = 8_000_000
"""Bytes of the listing at the end of the file: some 80,000 entries."""
_ZSTANDARD = 93
_WINDOW = 25
"""Of zstd, as a power of 2: what an entry may ask to be held in memory while it is unpacked."""
_PIECE = 1 << 16


class _Unpacker(Protocol):
    def unpack(self, piece: bytes, most: int) -> bytes: ...

    @property
    def waits(self) -> bool: ...


class _Bounded:
    """A file of which no more is read at once than a listing may have, whatever its size says."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        read = self._file.read(min(size, LARGEST_LISTING + 1) if size >= 0 else LARGEST_LISTING + 1)
        if len(read) > LARGEST_LISTING:
            raise Unfit("The list of its entries is larger than 8 MB.")
        return read


class Archive:
    """A zip file. Raises Unfit where it is none, is cut off, or is larger than allowed."""

    def __init__(self, file: BinaryIO) -> None:
        size = file.seek(0, 2)
        try:
            self._zip = zipfile.ZipFile(_Bounded(file))
        except Unfit:
            raise
        except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError):
            raise Unfit("It is not a complete zip file. It may have been cut off.") from None
        self._left = LARGEST
        entries = self._zip.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        # Entries may lie over one another, and then say that they are larger than the file.
        packed = min(size, sum(entry.compress_size for entry in entries))
        if unpacked > LARGEST:
            raise Unfit("Unpacked it would be larger than 2 GB.")
        if unpacked > MOST_TIMES * max(packed, 1):
            raise Unfit(f"Unpacked it would be more than {MOST_TIMES} times as large.")
        self.entries: Mapping[str, zipfile.ZipInfo] = {
            entry.filename: entry for entry in entries if not entry.is_dir()
        }

    def read(self, name: str, *, largest: int) -> bytes:
        """An entry, unpacked. Raises Unfit for one that is damaged or larger than `largest`."""
        entry = self.entries[name]
        if entry.flag_bits & 1:
            raise Unfit("It is encrypted.")
        if entry.file_size > largest:
            raise Unfit(f"It is larger than {largest // 1_000_000} MB.")
        if entry.file_size > MOST_TIMES * max(entry.compress_size, 1_000):
            raise Unfit(f"Unpacked it would be more than {MOST_TIMES} times as large.")
        made = bytearray()
        for piece in self._unpacked(entry):
            made += piece
            self._left -= len(piece)
            if len(made) > entry.file_size:
                raise Unfit("It is larger than the list of entries says.")
            if self._left < 0:
                raise Unfit("What was unpacked so far is larger than 2 GB.")
        if len(made) != entry.file_size or zlib.crc32(made) != entry.CRC:
            raise Unfit("It is damaged.")
        return bytes(made)

    def _unpacked(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """Pieces of bounded size: the module zipfile unpacks what it read at once in whole."""
        try:
            unpacker = _unpacker_of(entry.compress_type)
            with self._zip.open(_as_it_lies(entry)) as packed:
                while piece := packed.read(_PIECE):
                    while out := unpacker.unpack(piece, _PIECE):
                        yield out
                        piece = b""
                        if unpacker.waits:
                            break
            while out := unpacker.unpack(b"", _PIECE):
                yield out
        except Unfit:
            raise
        except (zipfile.BadZipFile, zlib.error, zstd.ZstdError, EOFError, OSError, struct.error):
            raise Unfit("It is damaged.") from None
        except (NotImplementedError, RuntimeError, ValueError):
            raise Unfit("It is packed in a way that is not read here.") from None


def _as_it_lies(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """An entry that is read without being unpacked."""
    raw = copy.copy(entry)
    raw.compress_type = zipfile.ZIP_STORED
    raw.file_size = entry.compress_size
    # Without it the check of what is read, which is of the unpacked bytes, is left out.
    del raw.CRC
    return raw


class _Stored:
    waits = True

    def unpack(self, piece: bytes, most: int) -> bytes:
        return piece


class _Deflated:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(-zlib.MAX_WBITS)

    def unpack(self, piece: bytes, most: int) -> bytes:
        if self._inner.eof:
            return b""
        return self._inner.decompress(self._inner.unconsumed_tail + piece, most)

    @property
    def waits(self) -> bool:
        return not self._inner.unconsumed_tail


class _Zstandard:
    def __init__(self) -> None:
        bound = {int(zstd.DecompressionParameter.window_log_max): _WINDOW}
        self._inner = zstd.ZstdDecompressor(options=bound)

    def unpack(self, piece: bytes, most: int) -> bytes:
        if self._inner.eof:
            return b""
        return self._inner.decompress(piece, most)

    @property
    def waits(self) -> bool:
        return self._inner.needs_input


def _unpacker_of(kind: int) -> _Unpacker:
    if kind == zipfile.ZIP_STORED:
        return _Stored()
    if kind == zipfile.ZIP_DEFLATED:
        return _Deflated()
    if kind == _ZSTANDARD:
        return _Zstandard()
    raise NotImplementedError
