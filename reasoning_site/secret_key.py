"""The site's secret key, made once in the data folder when none is given."""

import os
import secrets
from pathlib import Path


def load_or_create(path: Path) -> str:
    """Return the key kept in *path*, making the file (mode 0600) the first time.

    Two processes that start together agree on one key: the file is linked into place
    complete, and whoever comes second reads the winner's.
    """
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    draft = drafted(path, secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def replace(path: Path, key: str) -> None:
    """Keep *key* in *path* (mode 0600); another one that is there goes to a file beside it."""
    draft = drafted(path, key)
    if path.exists() and path.read_text(encoding="ascii").strip() != key:
        path.replace(path.with_name(f"{path.name}.replaced"))
    draft.replace(path)


def drafted(path: Path, key: str) -> Path:
    """A file beside *path* that holds the key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return draft
