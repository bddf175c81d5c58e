"""Logs of Inspect made up for tests, packed in ways that the tool itself would not."""

import io
import json
import struct
import zipfile
import zlib
from typing import Any

from backports import zstd

HEADER = {
    "version": 2,
    "status": "success",
    "eval": {
        "eval_id": "own-eval",
        "task": "sums",
        "model": "own/brot-7b",
        "model_generate_config": {"temperature": 0.5, "seed": 3},
    },
}
_DEFLATED = 8
_ZSTANDARD = 93


def message(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def sample(content: Any = "4", id: Any = "sum", **more: Any) -> dict[str, Any]:
    """A sample with one question, one answer and whatever else is given."""
    answer = message(content)
    asked = {"role": "user", "content": "What is 2 + 2?"}
    return {
        "id": id,
        "epoch": 1,
        "input": "What is 2 + 2?",
        "target": "4",
        "messages": [asked, answer],
        "output": {"choices": [{"message": answer, "stop_reason": "stop"}], "time": 1.5},
        "scores": {"exact": {"value": "C"}},
    } | more


def document(*samples: Any, **more: Any) -> str:
    return json.dumps(HEADER | {"samples": list(samples)} | more, indent=1)


def archive(entries: dict[str, Any], *, header: Any = HEADER) -> bytes:
    """A packed log, its entries deflated."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, value in ({"header.json": header} if header else {}).items():
            packed.writestr(name, json.dumps(value))
        for name, value in entries.items():
            packed.writestr(name, value if isinstance(value, str | bytes) else json.dumps(value))
    return made.getvalue()


def packed_by_hand(
    entries: dict[str, bytes],
    *,
    kind: int = _DEFLATED,
    said: dict[str, int] | None = None,
    packed: dict[str, bytes] | None = None,
) -> bytes:
    """A packed log whose list of entries says of some (`said`) that they have another size.

    Some may be `packed` already.
    """
    body, listing = b"", b""
    entries = {"header.json": json.dumps(HEADER).encode()} | entries
    for name, content in entries.items():
        inner = (packed or {}).get(name) or _packed(content, kind)
        size = (said or {}).get(name, len(content))
        raw = name.encode()
        known = struct.pack(
            "<HHHHHLLLHH", 20, 0, kind, 0, 0, zlib.crc32(content[:size]), len(inner), size,
            len(raw), 0,
        )  # fmt: skip
        listing += b"PK\x01\x02" + struct.pack("<H", 20) + known
        listing += struct.pack("<HHHLL", 0, 0, 0, 0, len(body)) + raw
        body += b"PK\x03\x04" + known + raw + inner
    end = struct.pack("<HHHHLLH", 0, 0, len(entries), len(entries), len(listing), len(body), 0)
    return body + listing + b"PK\x05\x06" + end


def _packed(content: bytes, kind: int) -> bytes:
    if kind == _ZSTANDARD:
        return zstd.compress(content)
    if kind == _DEFLATED:
        inner = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return inner.compress(content) + inner.flush()
    return content
