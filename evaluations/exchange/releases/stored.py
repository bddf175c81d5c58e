"""What lies in the zip of a release: read entry by entry, and never unpacked."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Final
from zipfile import ZipFile

from evaluations.common.markdown import Document, to_document
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.release_actions import FOLDER
from evaluations.exchange.studies.archive import DAMAGED, MANIFEST

PIECE: Final = 1 << 18
"""Bytes that are sent at once."""


@dataclass(frozen=True)
class Stored:
    """The zip of a release, which is open: what is let go meanwhile is read to its end."""

    zipped: ZipFile

    @property
    def sizes(self) -> dict[str, int]:
        """Each file, the manifest too, to its bytes."""
        return {
            entry.filename.removeprefix(f"{FOLDER}/"): entry.file_size
            for entry in self.zipped.infolist()
        }

    @property
    def card(self) -> Document | None:
        """The data card without what it says to the Hugging Face Hub; None where it is damaged."""
        with suppress(KeyError, ValueError, *DAMAGED):
            _, _, words = self.zipped.read(f"{FOLDER}/README.md").decode().split("---\n", 2)
            return to_document(words)
        return None

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file that `sizes` names."""
        return pieces_of(self.zipped.open(f"{FOLDER}/{name}"))

    def whole(self) -> tuple[Iterator[bytes], int]:
        """The bytes of the zip, and how many there are."""
        opened: Any = self.zipped.fp
        file = os.fdopen(os.dup(opened.fileno()), "rb")
        file.seek(0)
        return pieces_of(file), os.fstat(file.fileno()).st_size


def pieces_of(opened: IO[bytes]) -> Iterator[bytes]:
    """A file's bytes to its end, which is open already."""
    with opened as file:
        while piece := file.read(PIECE):
            yield piece


@contextmanager
def stored_of(release: DataRelease) -> Iterator[Stored | None]:
    """What lies in a release; None where its zip cannot be read on this machine, or is not whole.

    What was begun within is read to its end after it, too.
    """
    with ExitStack() as held:
        stored = None
        with suppress(*DAMAGED):
            stored = Stored(held.enter_context(ZipFile(release.file)))
        yield stored if stored is not None and MANIFEST in stored.sizes else None
