"""What lies in the zip of a release: read entry by entry, and never unpacked."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Final
from zipfile import BadZipFile, ZipFile

from evaluations.common.markdown import Document, to_document
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.release_actions import FOLDER
from evaluations.exchange.studies.archive import MANIFEST

PIECE: Final = 1 << 18
"""Bytes that are sent at once."""


@dataclass(frozen=True)
class Stored:
    """A release whose zip lies on this machine."""

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text(MANIFEST))
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """Each file, the manifest too, to its bytes."""
        with ZipFile(self.path) as zipped:
            return {
                entry.filename.removeprefix(f"{FOLDER}/"): entry.file_size
                for entry in zipped.infolist()
            }

    @cached_property
    def card(self) -> Document:
        """The data card without what it says to the Hugging Face Hub."""
        _, _, words = self.text("README.md").split("---\n", 2)
        return to_document(words)

    def text(self, name: str) -> str:
        return b"".join(self.pieces(name)).decode()

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file that `sizes` names.

        Raises:
            FileNotFoundError: at once, where the release was let go meanwhile.
        """
        with ZipFile(self.path) as zipped:
            return pieces_of(zipped.open(f"{FOLDER}/{name}"))

    def whole(self) -> Iterator[bytes]:
        """The bytes of the zip; raises as `pieces` does."""
        return pieces_of(self.path.open("rb"))


def pieces_of(opened: IO[bytes]) -> Iterator[bytes]:
    """A file's bytes to its end, which is open already: what is let go meanwhile is still sent."""
    with opened as file:
        while piece := file.read(PIECE):
            yield piece


def stored_of(release: DataRelease) -> Stored | None:
    """What lies in a release; None where its zip is not on this machine, or is not whole."""
    stored = Stored(release.file)
    with suppress(FileNotFoundError, BadZipFile):
        return stored if MANIFEST in stored.sizes else None
    return None
