"""Tokens of a text before anything is asked, where a model's tokenizer is on this machine.

Loads no weights, no torch and no transformers. What a chat template adds is not in the count.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluations.inference.cached import snapshot_of

FILE = "tokenizer.json"


def counted(path: str, revision: str, texts: Sequence[str]) -> list[int] | None:
    """Tokens of each text; None where the tokenizer is not at hand.

    `path` is a local folder or a Hugging Face id, as in `ModelSpec`.
    """
    file = _file(path, revision)
    tokenizer = _tokenizer(file) if file else None
    if tokenizer is None:
        return None
    found = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [len(each.ids) for each in found]


@lru_cache(maxsize=4)
def _tokenizer(file: Path) -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415

    try:
        return Tokenizer.from_file(str(file))
    except Exception:  # the library raises Exception itself for a file that it cannot read
        return None


def _file(path: str, revision: str) -> Path | None:
    if path.startswith("package:"):
        return None
    local = Path(path)
    folder = local if local.is_dir() else snapshot_of(path, revision)
    return folder / FILE if folder and (folder / FILE).is_file() else None
