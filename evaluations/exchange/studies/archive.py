"""A study as a folder or a zip: written file by file, each counted and hashed as it is written."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Protocol

DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Of every entry of a zip, so that equal contents give equal archives."""
MANIFEST: Final = "MANIFEST.json"
DAMAGED: Final = (
    OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
    UnicodeDecodeError,
)  # fmt: skip
"""What comes of a zip that cannot be read, or is not whole any more."""
REPORT_EVERY: Final = 500
Opened = IO[bytes]


class Place(Protocol):
    """Where the files go."""

    def opened(self, name: str) -> Any:
        """A context manager that gives a binary file of this name to write to."""


class InFolder:
    """A new folder; nothing there is overwritten."""

    def __init__(self, folder: Path) -> None:
        """Raises FileExistsError where the folder holds something, or is a file."""
        if folder.is_file():
            raise FileExistsError(f"{folder} is a file: name a new folder, or a new .zip.")
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileExistsError(f"{folder} holds something, and an export overwrites nothing.")
        self.folder = folder

    @contextmanager
    def opened(self, name: str) -> Iterator[Opened]:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            yield file


class InZip:
    """A zip that is written as it comes, within one folder of its name."""

    def __init__(self, zipped: zipfile.ZipFile, folder: str) -> None:
        self.zipped, self.folder = zipped, folder

    @contextmanager
    def opened(self, name: str) -> Iterator[Opened]:
        entry = zipfile.ZipInfo(f"{self.folder}/{name}", DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        with self.zipped.open(entry, "w", force_zip64=True) as file:
            yield file


class Archive:
    """What is written so far: name of a file to its SHA-256, bytes and, of JSON Lines, lines."""

    def __init__(self, place: Place, report: Callable[[str, int], None] | None = None) -> None:
        """Args:
        report: told the file and how many of its lines are written, now and then.
        """
        self.place, self.report = place, report or (lambda name, lines: None)
        self.files: dict[str, dict[str, Any]] = {}
        self.fields: dict[str, dict[str, type]] = {}
        """Of each file of JSON Lines, its fields and what the first value of each is."""

    def add_lines(self, name: str, lines: Iterable[Mapping[str, Any]]) -> int:
        """Write JSON Lines, in UTF-8, one at a time; no file where there is no line."""
        rows = iter(lines)
        first = next(rows, None)
        if first is None:
            return 0
        whole, size, count = hashlib.sha256(), 0, 0
        fields = self.fields[name] = dict.fromkeys(first, type(None))
        with self.place.opened(name) as file:
            for row in chained(first, rows):
                line = json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n"
                file.write(line)
                whole.update(line)
                size += len(line)
                count += 1
                for field, kind in fields.items():
                    if kind is type(None):
                        fields[field] = type(row.get(field))
                if count % REPORT_EVERY == 0:
                    self.report(name, count)
        self.report(name, count)
        self.files[name] = {"sha256": whole.hexdigest(), "bytes": size, "lines": count}
        return count

    def add_text(self, name: str, text: str | bytes) -> None:
        content = text.encode() if isinstance(text, str) else text
        with self.place.opened(name) as file:
            file.write(content)
        if name != MANIFEST:
            digest = hashlib.sha256(content).hexdigest()
            self.files[name] = {"sha256": digest, "bytes": len(content)}

    def add_json(self, name: str, value: Mapping[str, Any]) -> None:
        self.add_text(name, json.dumps(value, ensure_ascii=False, indent=1) + "\n")

    def close(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """Write the manifest last, and give it."""
        manifest = {**about, "files": dict(sorted(self.files.items()))}
        self.add_json(MANIFEST, manifest)
        return manifest


def chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


@contextmanager
def zip_at(target: Path | IO[bytes], folder: str) -> Iterator[InZip]:
    """A place in a new zip, which has its name only once it is whole.

    Raises:
        FileExistsError: where the name is taken.
    """
    if not isinstance(target, Path):
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
            yield InZip(zipped, folder)
        return
    if target.exists():
        raise FileExistsError(f"{target} exists already, and an export overwrites nothing.")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.unfinished")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as zipped:
            yield InZip(zipped, folder)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def zip_in_memory(folder: str, write: Callable[[InZip], Any]) -> bytes:
    """A small zip as bytes."""
    made = io.BytesIO()
    with zip_at(made, folder) as place:
        write(place)
    return made.getvalue()


def is_whole(path: Path) -> bool:
    """Whether a study's zip lies there of which every file can be read; reads all of it."""
    try:
        with zipfile.ZipFile(path) as zipped:
            names = [name.rpartition("/")[2] for name in zipped.namelist()]
            return MANIFEST in names and zipped.testzip() is None
    except DAMAGED:
        return False


@contextmanager
def written_at(target: Path) -> Iterator[Place]:
    """A place at a new folder, or in a new zip where the name ends so.

    Raises:
        FileExistsError: where something is there already.
    """
    if target.suffix != ".zip":
        yield InFolder(target)
        return
    with zip_at(target, target.stem) as place:
        yield place
