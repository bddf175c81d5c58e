"""Which format a file is in, by what it holds. Pure."""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

LOOKED_AT = 1_000_001
"""Bytes from the beginning: enough for one whole line."""
BOM = b"\xef\xbb\xbf"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WORKBOOK = b"[Content_Types].xml"
_OWN = frozenset({"prompt", "model", "output"})
_NOT_READ = {
    "label-studio": "This is an export of a Label Studio project. Such projects are not read; "
    "lines with “prompt”, “model” and “output” are.",
    "argilla": "This is a data set of Argilla. Such data sets are not read; lines with “prompt”, "
    "“model” and “output” are.",
    "gzip": "This file is packed with gzip. Unpack it first.",
    "parquet": "This is a Parquet file, which is not read. Save it as JSON Lines first, for "
    "example with the package datasets: Dataset.from_parquet(…).to_json(…).",
    "excel": "This is a workbook, such as Excel writes. Save it as CSV UTF-8 first.",
    "empty": "The file is empty.",
}


def guess(file: BinaryIO, name: str) -> str:
    """A name of `FORMATS`, or nothing where the content fits none (`why_unknown` says why).

    The name of the file decides nothing but where a beginning is no JSON. The file is left where
    it stood.
    """
    found = _kind(_beginning(file))
    return "" if found in _NOT_READ else found


def why_unknown(file: BinaryIO, name: str) -> str:
    """What a file is that `guess` knows no reader for, as a sentence."""
    return _NOT_READ.get(
        _kind(_beginning(file)), "What this file holds looks like none of the formats known here."
    )


def is_blank(file: BinaryIO) -> bool:
    """Whether there is nothing in a file but white space, whatever its format. It stays."""
    return _kind(_beginning(file)) == "empty"


def _beginning(file: BinaryIO) -> bytes:
    stood = file.tell()
    beginning = file.read(LOOKED_AT)
    file.seek(stood)
    return beginning


def _kind(beginning: bytes) -> str:
    if not beginning.removeprefix(BOM).strip():
        return "empty"
    if beginning.startswith(_ZIP):
        return "excel" if _WORKBOOK in beginning[:2_000] else "inspect"
    if beginning.startswith(b"\x1f\x8b"):
        return "gzip"
    if beginning.startswith(b"PAR1"):
        return "parquet"
    text = beginning.removeprefix(BOM).lstrip()
    if not text.startswith((b"{", b"[")):
        return "own-csv"
    for line in text.split(b"\n"):
        if line.strip():
            kind = _kind_of_line(line)
            if kind:
                return kind
    return _kind_of_document(text)


def _kind_of_line(line: bytes) -> str:
    """By the names in one line; nothing where it is no object of JSON or says nothing."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return kind_of(value) if isinstance(value, dict) else ""


def kind_of(value: Mapping[str, Any]) -> str:
    """By the names in one object."""
    names = value.keys()
    # Rows of our own may have any other column beside the three.
    if names >= _OWN:
        return "own-jsonl"
    if {"eval", "status"} <= names:
        return "inspect"
    if {"doc_id", "resps"} <= names:
        return "lm-eval"
    if "interaction_type" in names or {"evaluation_result_id", "sample_id"} <= names:
        return "eee"
    if {"label", "question"} <= names:
        return "prm800k"
    if {"input", "steps", "mistake_index"} <= names:
        return "bigbench-mistake"
    if "winner" in names or ("type" in names and ("states" in names or "state" in names)):
        return "arena"
    if "_server_id" in names:
        return "argilla"
    if {"prompt", "output"} <= names or {"prompt", "model"} <= names:
        return "own-jsonl"
    if names & {"response", "choices", "messages", "custom_id"} or {"message", "done"} <= names:
        return "chat"
    return ""


def _kind_of_document(text: bytes) -> str:
    """By the beginning of a document that spans lines, or of a line that was cut."""
    head = text[:20_000]
    if text.startswith(b"["):
        return "label-studio" if b'"annotations"' in head else ""
    if b'"eval"' in head and b'"status"' in head:
        return "inspect"
    return "own-jsonl" if b'"prompt"' in head else ""
