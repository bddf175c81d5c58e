"""Tokens of a text before anything is asked, where a model's tokenizer is on this machine.

Loads no weights, no torch and no transformers. What a chat template adds is not in the count.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = "tokenizer.json"


def counted(path: str, revision: str, texts: Sequence[str]) -> list[int] | None:
    """Tokens of each text; None where the tokenizer is not at hand.

    `path` is a local folder or a Hugging Face id, as in `ModelSpec`.
    """
    tokenizer = _tokenizer(path, revision)
    if tokenizer is None:
        return None
    found = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [len(each.ids) for each in found]


@lru_cache(maxsize=4)
def _tokenizer(path: str, revision: str) -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415

    file = _file(path, revision)
    if file is None:
        return None
    try:
        return Tokenizer.from_file(str(file))
    except Exception:  # the library raises Exception itself for a file that it cannot read
        return None


def _file(path: str, revision: str) -> Path | None:
    if path.startswith("package:"):
        return None
    local = Path(path) / FILE
    if local.is_file():
        return local
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    try:
        kept = try_to_load_from_cache(path, FILE, revision=revision or None)
    except HFValidationError:
        return None
    return Path(kept) if isinstance(kept, str) else None
