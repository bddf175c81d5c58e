"""Files for tests of the writer: what a reader would yield, without a format; two whole files."""

import json
from collections.abc import Iterator
from typing import Any

from evaluations.accounts.models import User
from evaluations.exchange.loading.preview import Preview, look_over
from evaluations.exchange.loading.shelves import Source
from evaluations.exchange.loading.store_actions import Loaded, load
from evaluations.exchange.readers.records import Origin, Read, Record

GOOD = "".join(
    json.dumps(
        {"prompt": f"What is {n} plus 1?", "model": "brot-7b", "reference": str(n + 1),
         "output": f"<think>One more than {n}.</think>{n + 1}"}
    ) + "\n"
    for n in range(7)
)  # fmt: skip
BAD = GOOD + '{"prompt": "And?", "model": "brot-7b"}\nno json\n'


def record(line: int = 1, **fields: Any) -> Record:
    """A reply of brot-7b to a question about rolls."""
    told: dict[str, Any] = {
        "line": line,
        "prompt": "How many rolls are 3 trays of 24?",
        "model": "brot-7b",
        "trace": "Three trays of 24 are 72.",
        "answer": "72",
        "visibility": "full",
        "reference": "72",
        **fields,
    }
    told.setdefault("text", f"<think>{told['trace']}</think>{told['answer']}")
    told.setdefault(
        "origin",
        Origin(format="inspect", log="log-1", sample=told["prompt"], epoch=told.get("sample", 0)),
    )
    return Record(**told)


def several(count: int, **fields: Any) -> Iterator[Record]:
    """So many replies, each to a prompt of its own."""
    for number in range(count):
        yield record(number + 1, prompt=f"What is {number} plus 1?", reference=str(number + 1),
                     answer=str(number + 1), **fields)  # fmt: skip


def source(actor: User | None = None, **fields: Any) -> Source:
    return Source(
        **{
            "name": "bakers.eval",
            "format": "inspect",
            "sha256": "ab" * 32,
            "actor": actor,
            "licence": "CC BY 4.0",
            "visibility": "public",
            **fields,
        }
    )


def loaded(*reads: Read, actor: User | None = None, skips: bool = False, **fields: Any) -> Loaded:
    return load(iter(reads), source=source(actor, **fields), skips_refused=skips)


def previewed(*reads: Read, actor: User | None = None) -> Preview:
    return look_over(iter(reads), actor=actor)
