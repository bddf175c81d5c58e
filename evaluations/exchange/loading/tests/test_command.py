"""With what the command ends, and which file beside the one that it is given it reads too."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluations.exchange.models import ImportJob
from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.tests.good_lines import ROW, lines_by_format
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

CSV = "prompt,model,output\nWhat is 2 + 2?,brot-7b,4\n"
WHEN = "2026-11-28T19-39-58.940979"


def ended(path: Path, **options: Any) -> tuple[int, str]:
    """The exit code of an import, and what was said."""
    said = io.StringIO()
    try:
        call_command("import_outputs", str(path), stdout=said, **options)
    except SystemExit as stopped:
        return int(stopped.code or 0), said.getvalue()
    except CommandError as error:
        return error.returncode, said.getvalue() + str(error)
    return 0, said.getvalue()


def written(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


def test_what_is_no_file_ends_with_two(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    good = written(tmp_path / "rows.jsonl", ROW)
    for path in (tmp_path, tmp_path / "pipe.jsonl"):
        code, said = ended(path, json=True)
        assert (code, "is no file" in said) == (2, True)
        assert ended(good, companion=path)[0] == 2
    assert ended(tmp_path / "missing.jsonl")[0] == 2
    code, said = ended(good, licence="x" * 41)
    assert (code, "at most 40 characters" in said) == (2, True)
    assert ended(good, companion=tmp_path / "missing.json")[0] == 2
    assert not Output.objects.exists()


@pytest.mark.parametrize("format", ["", *FORMATS])
def test_an_empty_file_ends_with_two_in_every_format(tmp_path: Path, format: str) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"\xef\xbb\xbf \n")
    code, said = ended(path, format=format, json=True)
    assert (code, "The file is empty." in said) == (2, True)


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "own-csv"])
def test_a_file_read_as_another_format_stores_nothing(tmp_path: Path, format: str) -> None:
    """Not even where refused lines are left out: there would be nothing left."""
    path = tmp_path / "rows.csv"
    path.write_text(CSV, "utf-8")
    for skips in (False, True):
        code, said = ended(path, format=format, json=True, skip_refused=skips)
        assert code == 1
        assert json.loads(said)["outputs"] == 0
        assert json.loads(said)["refused"]
    assert not ImportJob.objects.exists()
    assert ended(path, json=True)[0] == 0


def test_refused_lines_end_with_one_until_they_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", ROW, {"prompt": "And?"})
    for more in ({}, {"dry_run": True}):
        code, said = ended(path, json=True, **more)
        assert (code, len(json.loads(said)["refused"])) == (1, 1)
    code, said = ended(path, json=True, skip_refused=True, dry_run=True)
    assert (code, json.loads(said)["outputs"], Output.objects.count()) == (0, 1, 0)
    assert ended(path, json=True, skip_refused=True, licence="CC BY 4.0")[0] == 0
    assert Output.objects.get().prompt.licence == "CC BY 4.0"
    assert ended(path, skip_refused=True)[0] == 0
    assert Output.objects.count() == 1


def test_a_companion_is_found_beside_its_file(tmp_path: Path) -> None:
    (line,) = lines_by_format()["lm-eval"]
    samples = written(tmp_path / f"samples_sums_{WHEN}.jsonl", line)
    code, said = ended(samples, json=True, dry_run=True)
    assert (code, json.loads(said)["outputs"]) == (1, 0)
    written(tmp_path / f"results_{WHEN}.json", {"model_name": "brot-7b", "configs": {"sums": {}}})
    code, said = ended(samples, json=True, dry_run=True)
    assert (code, json.loads(said)["outputs"]) == (0, 2)
    assert f"With results_{WHEN}.json" in ended(samples)[1]
    assert Output.objects.first().run.model.name == "brot-7b"


def test_a_name_that_is_no_text_is_no_hindrance(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/br\xf6t.jsonl"))
    path.write_text(json.dumps(ROW), "utf-8")
    assert ended(path)[0] == 0
    assert ImportJob.objects.get().name == "br?t.jsonl"
