"""The files of the catalogue, as they are."""

import json
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).parent


def read(name: str) -> list[dict[str, Any]]:
    """The entries of one of the catalogue's files."""
    entries: list[dict[str, Any]] = json.loads((CATALOGUE / name).read_text(encoding="utf-8"))
    return entries
