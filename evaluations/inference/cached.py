"""Where the files of a Hugging Face model lie on this machine, told without asking the hub.

The layout is that of `huggingface_hub`: a folder for each commit, and a file for each branch or
tag that names its commit. Loads neither torch nor transformers.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from huggingface_hub import constants

_MAIN = "main"


def snapshot_of(path: str, revision: str) -> Path | None:
    """The folder with what was fetched of a model; None where nothing was.

    Of a `revision` (a commit, branch or tag) only that one. Without it the commit that was the
    main one when the model was last loaded; where that was not noted, the newest folder.
    """
    try:
        kept = _folder(path)
        note = kept / "refs" / (revision or _MAIN)
        commit = note.read_text(encoding="utf-8").strip() if note.is_file() else revision
        found = kept / "snapshots" / commit
        if commit and found.is_dir():
            return found
        if revision:
            return None
        others = (kept / "snapshots").iterdir()
        return max(others, key=lambda each: each.stat().st_mtime, default=None)
    except (OSError, ValueError):
        return None


def note_commit(path: str, revision: str, commit: str) -> None:
    """Keep which commit a revision was; a cache that cannot be written is left as it is.

    The hub's own client does so for a branch that it is asked for, but not for a commit.
    """
    if revision == commit:
        return
    note = _folder(path) / "refs" / (revision or _MAIN)
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        fresh = note.with_name(f"{note.name}.new")
        fresh.write_text(commit, encoding="utf-8")
        fresh.replace(note)


def _folder(path: str) -> Path:
    return Path(constants.HF_HUB_CACHE) / f"models--{path.replace('/', '--')}"
