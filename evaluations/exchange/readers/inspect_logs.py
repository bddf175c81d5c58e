"""Logs of Inspect: packed (.eval), in each shape of its samples, and as JSON. Pure.

Of a packed log `line` counts samples in the order of epoch and id, whatever the order in the file;
of a log in JSON in the order of the file.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from evaluations.exchange.readers.archives import Archive
from evaluations.exchange.readers.checks import Unfit, list_of, mapping_of
from evaluations.exchange.readers.documents import LARGEST_PART, Cut, parts_of, value_in
from evaluations.exchange.readers.inspect_samples import (
    REFERS,
    Log,
    Sample,
    log_in,
    record_in,
)
from evaluations.exchange.readers.records import Read, Refused, Skipped
from evaluations.exchange.readers.samples import Samples

_FOLDER = "samples/"
_CHUNKED = "/sample.json"
_MONOLITH = ".json"
_HEADERS = ("header.json", "_journal/start.json")
_EPOCH = re.compile(r"(?s)(?P<id>.*)_epoch_(?P<epoch>[0-9]{1,9})\Z")
_HEAD = ("version", "eval", "plan", "status")


class _Entry(NamedTuple):
    """Where a sample stands in a packed log."""

    epoch: int
    id: str
    name: str


def read_inspect(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One record a sample."""
    start = file.tell()
    packed = file.read(2) == b"PK"
    file.seek(start)
    yield from _packed(file) if packed else _document(file)


def _packed(file: BinaryIO) -> Iterator[Read]:
    try:
        archive = Archive(file)
        log = _log_of(archive)
    except Unfit as error:
        yield Refused(0, f"The log cannot be read. {error}")
        return
    entries = sorted(filter(None, map(_entry_of, archive.entries)))
    if not entries:
        yield Refused(0, "The log holds no samples.")
    parts = _chunks_in(archive)
    samples = Samples()
    before: tuple[int, str] | None = None
    for line, entry in enumerate(entries, start=1):
        if (entry.epoch, entry.id) == before:
            yield Refused(line, "The sample stands twice in the log.")
            continue
        before = (entry.epoch, entry.id)
        try:
            data = value_in(archive.read(entry.name, largest=LARGEST_PART))
            if not isinstance(data, dict):
                raise Unfit("The sample is no object of JSON.")
            if entry.name.endswith(_CHUNKED):
                folder = entry.name.removesuffix(_CHUNKED)
                sample = _Chunks(archive, folder, parts.get(folder, {})).sample(data)
            else:
                sample = _whole(data)
            read = _read(sample, line, log, samples)
        except Unfit as error:
            yield Refused(line, str(error))
        else:
            yield from read


def _log_of(archive: Archive) -> Log:
    """From the header, or from the beginning of the journal, where a run was broken off."""
    for name in _HEADERS:
        if name in archive.entries:
            return log_in(mapping_of(value_in(archive.read(name, largest=LARGEST_PART))))
    raise Unfit("It has no header, so it is no log of Inspect.")


def _entry_of(name: str) -> _Entry | None:
    """The sample whose name this is; ids may hold slashes, and “_epoch_1” too."""
    if not name.startswith(_FOLDER):
        return None
    for ending in (_CHUNKED, _MONOLITH):
        found = _EPOCH.match(name.removeprefix(_FOLDER).removesuffix(ending))
        if name.endswith(ending) and found:
            return _Entry(int(found["epoch"]), found["id"], name)
    return None


def _read(sample: Sample, line: int, log: Log, samples: Samples) -> list[Read]:
    record, others = record_in(sample, line, log, samples)
    read: list[Read] = [record]
    if others:
        why = f"The model wrote {others + 1} choices; the first is read, which was scored."
        read.append(Skipped(line, why))
    return read


def _whole(data: Mapping[str, Any]) -> Sample:
    """A sample in one piece, its attachments by their hash."""
    attachments = mapping_of(data.get("attachments"))

    def attachment(text: str) -> str:
        if not text.startswith(REFERS):
            return text
        return _found(attachments.get(text.removeprefix(REFERS)))

    return Sample(data, attachment, lambda: iter(list_of(data.get("messages"))))


def _found(text: object) -> str:
    if not isinstance(text, str):
        raise Unfit("It refers to an attachment that the log does not hold.")
    return text


def _chunks_in(archive: Archive) -> Mapping[str, Mapping[str, list[int]]]:
    """Of each sample in chunks, where its messages and attachments begin."""
    chunks: dict[str, dict[str, list[int]]] = {}
    for name in archive.entries:
        found = re.match(r"(?s)(.*)/(messages|attachments)/([0-9]{1,9})\.json\Z", name)
        if found:
            chunks.setdefault(found[1], {}).setdefault(found[2], []).append(int(found[3]))
    for of_sample in chunks.values():
        for starts in of_sample.values():
            starts.sort()
    return chunks


class _Chunks:
    """A sample in chunks, its attachments by their place; each chunk is read when it is needed."""

    def __init__(self, archive: Archive, folder: str, starts: Mapping[str, list[int]]) -> None:
        self._archive, self._folder, self._starts = archive, folder, starts

    def sample(self, data: Mapping[str, Any]) -> Sample:
        return Sample(data, self._attachment, self._messages)

    def _chunk(self, kind: str, start: int) -> list[Any]:
        name = f"{self._folder}/{kind}/{start}.json"
        return list_of(value_in(self._archive.read(name, largest=LARGEST_PART)))

    def _messages(self) -> Iterator[Any]:
        for start in self._starts.get("messages", []):
            yield from self._chunk("messages", start)

    def _attachment(self, text: str) -> str:
        if not text.startswith(REFERS):
            return text
        place = text.removeprefix(REFERS)
        if place.isascii() and place.isdigit() and len(place) < 10:
            starts = [each for each in self._starts.get("attachments", []) if each <= int(place)]
            if starts:
                chunk = self._chunk("attachments", starts[-1])
                at = int(place) - starts[-1]
                return _found(chunk[at] if at < len(chunk) else None)
        return _found(None)


def _document(file: BinaryIO) -> Iterator[Read]:
    """A log in JSON, read sample by sample; its header stands before them, as Inspect writes it."""
    head: dict[str, Any] = {}
    log: Log | None = None
    samples = Samples()
    line = 0
    try:
        for part in parts_of(file, "samples"):
            if not part.place:
                if part.name in _HEAD and part.raw is not None:
                    head[part.name] = value_in(part.raw)
                continue
            line = part.place
            log = log or log_in(head)
            try:
                if part.raw is None:
                    raise Unfit("The sample is larger than 16 MB.")
                data = value_in(part.raw)
                if not isinstance(data, dict):
                    raise Unfit("The sample is no object of JSON.")
                read = _read(_whole(data), line, log, samples)
            except Unfit as error:
                yield Refused(line, str(error))
            else:
                yield from read
        if not line:
            log_in(head)
            yield Refused(0, "The log holds no samples.")
    except Cut as error:
        yield Refused(line + 1 if line else 0, f"The log cannot be read to its end. {error}")
    except Unfit as error:
        yield Refused(0, f"The log cannot be read. {error}")
