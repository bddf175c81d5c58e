"""A backup in a folder where nothing is yet: `manage.py restore` makes the database itself."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from psycopg import sql

from evaluations.judgments.models import Answer
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.leaderboards.tests.freezing import freeze
from evaluations.pages.backups import make_backup
from reasoning_site.embedded import postgres
from reasoning_site.embedded.places import database_url

ROOT = Path(__file__).resolve().parents[3]
GROWN = {"django_migrations", "django_content_type", "auth_permission"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the account of the database may enter, also where we are root."""
    made = Path(tempfile.mkdtemp(prefix="restored-"))
    made.chmod(0o755)
    monkeypatch.setenv("EMBEDDED_POSTGRES_FOLDER", str(made))
    yield made
    shutil.rmtree(made)


def restore(path: Path, data: Path) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "SECRET_KEY")}
    return subprocess.run(
        [sys.executable, "manage.py", "restore", str(path)],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(data), "FIRST_RUN": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_empty_folder_becomes_the_site_that_was_backed_up(folder: Path) -> None:
    make_criterion("one")
    version = make_definition("taylor", {"all": ["one"]})
    for answer in ("yes", "no"):
        give(make_judge(), make_output(), {"one": answer})
    freeze(version, make_user("researcher"))
    make_backup(folder / "site.zip")
    manifest = json.loads(ZipFile(folder / "site.zip").read("manifest.json"))
    data = folder / "data"

    done = restore(folder / "site.zip", data)
    assert done.returncode == 0, done.stderr
    assert "all counts agree. 1 of 1 frozen boards are what they were." in done.stdout
    assert (data / "secret_key").read_text() == manifest["secret_key"]
    with postgres.available(data), psycopg.connect(database_url(data)) as there:
        for name, table in manifest["tables"].items():
            counted = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            (rows,) = there.execute(counted).fetchone() or (0,)
            assert rows == table["rows"] or (name in GROWN and rows > table["rows"]), name
        answers = there.execute("SELECT id, value FROM judgments_answer ORDER BY id").fetchall()
    assert answers == list(Answer.objects.order_by("pk").values_list("pk", "value"))

    again = restore(folder / "site.zip", data)
    assert again.returncode == 1
    assert "not empty" in again.stderr
