"""Where files of other tools lie that are too many to keep here, and what is read of bytes."""

import io
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.records import Read, Record, Refused, Skipped

_BESIDE = Path(__file__).parents[5] / "shared" / "data"
EXCHANGE = Path(os.environ.get("EXCHANGE_DIR") or _BESIDE / "exchange")
BIGBENCH = Path(os.environ.get("BIGBENCH_DIR") or _BESIDE / "bigbench-mistake")
with_files = pytest.mark.skipif(
    not (EXCHANGE / "expected.json").is_file(), reason="EXCHANGE_DIR names no folder of files"
)


def read(
    format: str, content: bytes | str, *, companion: bytes | str = b"", name: str = ""
) -> list[Read]:
    """All that is read of a file with this content."""
    beside = io.BytesIO(_bytes(companion)) if companion else None
    file = io.BytesIO(_bytes(content))
    return list(FORMATS[format].read(file, companion=beside, name=name))


def _bytes(content: bytes | str) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")


def records_in(found: Iterable[Read]) -> list[Record]:
    return [each for each in found if isinstance(each, Record)]


def refused_in(found: Iterable[Read]) -> list[Refused]:
    return [each for each in found if isinstance(each, Refused)]


def last_refused(found: Iterable[Read]) -> Refused:
    return refused_in(found)[-1]


def skipped_in(found: Iterable[Read]) -> list[Skipped]:
    return [each for each in found if isinstance(each, Skipped)]


def one_record(found: Iterable[Read]) -> Record:
    """The record of a file that gives one and nothing else."""
    (record,) = found
    assert isinstance(record, Record), record
    return record


def one_refusal(found: Iterable[Read]) -> Refused:
    (refused,) = found
    assert isinstance(refused, Refused), refused
    return refused
