"""Exports made and read again, for tests."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from evaluations.exchange.studies.archive import InFolder
from evaluations.exchange.studies.study import Study
from evaluations.exchange.studies.writing import write_study


def exported(study: Study, folder: Path) -> dict[str, Any]:
    """The manifest of a study that was written to a new folder."""
    return write_study(study, InFolder(folder), site="https://example.org")


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The objects of a file; none where it was not written."""
    path = folder / f"{name}.jsonl"
    return [json.loads(line) for line in path.open()] if path.exists() else []


def command(*arguments: str) -> str:
    """What a management command says."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()
