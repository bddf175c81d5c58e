"""Backups: one moment of a site that goes on, restored as a whole or not at all."""

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from django.conf import settings as site_settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from evaluations.judgments.models import Answer, Judge, Judgment
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.leaderboards.tests.freezing import first_answer, freeze, tamper
from evaluations.pages import backups, restoring
from evaluations.pages.backups import BackupError, count, make_backup
from evaluations.pages.management.commands import restore as restore_command
from evaluations.pages.models import Backup
from evaluations.pages.restoring import Restored, broken_snapshots, restore_backup
from evaluations.pages.tasks import back_up
from evaluations.runs.models import Output
from reasoning_site.secret_key import load_or_create

OUTPUTS = 2000
JUDGED = 30
LATER = ("account", "0009_emailaddress_unique_primary_email")

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def elsewhere() -> Iterator[None]:
    """An empty database of the site's ordinary role, in which everything goes on meanwhile."""
    here, there = connections["default"], connection.copy()
    name = f"{here.settings_dict['NAME']}_elsewhere"
    there.settings_dict["NAME"] = name
    there.settings_dict["OPTIONS"]["pool"] = False
    address = here.get_connection_params()
    server = psycopg.connect(
        host=address["host"], port=address["port"], user=address["user"],
        password=address.get("password"), dbname=address["dbname"], autocommit=True,
    )  # fmt: skip
    with server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        connections["default"] = there
        try:
            yield
        finally:
            there.close()
            connections["default"] = here
            ContentType.objects.clear_cache()
            server.execute(f'DROP DATABASE "{name}"')


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def site_of_judgments() -> tuple[Judge, list[Output]]:
    """Two thousand outputs, of which some were judged for a frozen board."""
    make_criterion("one")
    make_criterion("two", process=True)
    version = make_definition("taylor", {"all": ["one", "two"]})
    prompt = make_prompt()
    for name in ("babbler", "prattler"):
        run = make_run(make_model(name), make_recipe(name))
        first = make_output(run=run, prompt=prompt, tokens_out=7)
        Output.objects.bulk_create(
            make_copy(first, sample=number) for number in range(1, OUTPUTS // 2)
        )
    judge = make_judge(user=make_user("ada"))
    outputs = list(Output.objects.order_by("sample", "run"))
    for output in outputs[:JUDGED]:
        give(judge, output, {"one": "yes", "two": "no"})
    freeze(version, make_user("researcher"))
    return judge, outputs[JUDGED:]


def make_copy(output: Output, *, sample: int) -> Output:
    fields = {f.attname: getattr(output, f.attname) for f in Output._meta.concrete_fields}
    # Text with all that a line of COPY has to write in another way.
    text = f"No. {sample}:\ttab, \\n backslash,\r\nnew line, \\N, 東京"
    return Output(**fields | {"id": None, "sample": sample, "seed": sample, "text": text})


@contextmanager
def judging(judge: Judge, outputs: list[Output]) -> Iterator[Callable[[], None]]:
    """A thread that judges one output after the other; gives a way to wait for the next."""
    done, stop = threading.Semaphore(0), threading.Event()

    def judge_on() -> None:
        for output in outputs:
            if stop.is_set():
                break
            give(judge, output, {"one": "yes", "two": "no"})
            done.release()
        connections.close_all()

    def wait_for_another() -> None:
        while done.acquire(blocking=False):
            pass
        assert done.acquire(timeout=20), "nobody judges any more"

    thread = threading.Thread(target=judge_on)
    thread.start()
    try:
        yield wait_for_another
    finally:
        stop.set()
        thread.join()


def test_a_site_that_is_judged_meanwhile_is_restored_as_of_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, capsys: Any
) -> None:
    path = tmp_path / "site.zip"
    judge, outputs = site_of_judgments()
    erased = make_output(run=outputs[0].run)
    erased_key = erased.pk
    erased.delete()
    real = backups.write_table

    def write_table(cursor: Any, archive: ZipFile, name: str) -> dict[str, Any]:
        if name.startswith("judgments_"):
            wait_for_another()
        return real(cursor, archive, name)

    monkeypatch.setattr(backups, "write_table", write_table)
    every_table = set(tables())
    with connection.cursor() as cursor:  # another's, with a sequence
        cursor.execute("CREATE TABLE ledger (id serial PRIMARY KEY)")
    call_command("migrate", LATER[0], "0008", verbosity=0)  # an earlier release
    try:
        with judging(judge, outputs) as wait_for_another:
            wait_for_another()
            call_command("backup", path)
    finally:
        call_command("migrate", LATER[0], verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE ledger")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    manifest = json.loads(ZipFile(path).read("manifest.json"))
    assert manifest["secret_key"] == site_settings.SECRET_KEY
    assert set(manifest["tables"]) == every_table - backups.BEGUN_ANEW
    assert manifest["tables"]["runs_output"]["rows"] == OUTPUTS
    assert JUDGED < manifest["tables"]["judgments_judgment"]["rows"] < Judgment.objects.count()
    texts = dict(Output.objects.values_list("pk", "text"))

    monkeypatch.delenv("SECRET_KEY")
    settings.DATA_DIR = tmp_path / "data"
    load_or_create(tmp_path / "data" / "secret_key")  # as the settings do at each start
    with elsewhere():
        call_command("restore", path)
        assert "all counts agree. 1 of 1 frozen boards are" in capsys.readouterr().out
        with connection.cursor() as cursor:
            for name, table in manifest["tables"].items():
                grown = name in {"django_migrations", "django_content_type", "auth_permission"}
                assert grown or count(cursor, name) == table["rows"], name
        assert LATER in MigrationRecorder(connection).applied_migrations()
        assert dict(Output.objects.values_list("pk", "text")) == texts
        assert Answer.objects.count() == 2 * Judgment.objects.count(), "not of one moment"
        # A number that a frozen board may know an erased row by is not given again.
        assert make_output(run=outputs[0].run).pk > erased_key
        key = tmp_path / "data" / "secret_key"
        assert key.read_text() == site_settings.SECRET_KEY
        assert key.stat().st_mode & 0o777 == 0o600
        assert {path.name for path in key.parent.iterdir()} == {key.name, f"{key.name}.replaced"}
        with pytest.raises(CommandError, match=r"not empty: it holds \d+ tables, .*\(\d+ rows\)"):
            call_command("restore", path)
        tamper("judgments_answer", first_answer(), "value = 'partly'")
        assert len(broken_snapshots()) == 1


@pytest.mark.django_db
def test_what_does_not_match_is_no_success(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = Restored(tables=1, rows=1, snapshots=2, same_catalogue=False, broken=["taylor/x"])
    monkeypatch.setattr(restore_command, "restore_backup", lambda path: outcome)
    with pytest.raises(CommandError, match=r"do not match them: taylor/x"):
        call_command("restore", tmp_path / "site.zip")


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["cut", "first", "middle", "last", "empty", "missing"])
def test_a_damaged_file_is_refused(tmp_path: Path, where: str) -> None:
    path = tmp_path / "site.zip"
    sealed(path, {"format": 1}, {})
    whole = bytearray(path.read_bytes())
    if where == "cut":
        del whole[-1]
    elif where == "empty":
        whole.clear()
    elif where != "missing":
        whole[{"first": 0, "middle": len(whole) // 2, "last": -1}[where]] ^= 1
    path.write_bytes(whole)
    if where == "missing":
        path.unlink()
    with pytest.raises(BackupError, match=r"cut short or altered|No such file"):
        restore_backup(path)


def sealed(path: Path, manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    """A file as a backup writes it."""
    with path.open("w+b") as file:
        with ZipFile(file, "w") as archive:
            archive.comment = b"0" * backups.SEAL
            archive.writestr("manifest.json", json.dumps(manifest))
            for name, content in members.items():
                archive.writestr(f"tables/{name}", content)
        backups.seal(file)


PLAIN: dict[str, Any] = {
    "format": 1,
    "site": "9.9",
    "secret_key": "only for tests",
    "migrations": [],
    "tables": {"sheep": {"columns": ["name"], "rows": 2}},
    "sequences": {},
    "catalogue": "",
}


@pytest.mark.django_db
@pytest.mark.parametrize("lacks", ["catalogue", "format", "migrations", "secret_key", "all"])
def test_a_whole_file_that_is_no_backup_is_refused_in_words(tmp_path: Path, lacks: str) -> None:
    path = tmp_path / "site.zip"
    sealed(path, {key: value for key, value in PLAIN.items() if lacks not in (key, "all")}, {})
    with pytest.raises(BackupError, match="whole, and yet no backup of a site"):
        restore_backup(path)
    with path.open("wb+") as file:
        file.write(b"no zip" + b"0" * backups.SEAL)
        backups.seal(file)
    with pytest.raises(BackupError, match="whole, and yet no backup of a site"):
        restore_backup(path)


@pytest.mark.parametrize(
    ("change", "rows", "words"),
    [
        ({"format": 2}, b"a\nb\n", "has format 2; this release reads 1"),
        ({"migrations": [["runs", "0099_later"]]}, b"a\nb\n", r"release 9\.9.*runs\.0099_later"),
        (
            {"migrations": [["runs", "0001_initial"], ["runs", "0004_judging"]]},
            b"a\nb\n",
            r"release 9\.9, before migrations that this one holds together: runs\.0002_guards",
        ),
        ({"secret_key": "another"}, b"a\nb\n", "SECRET_KEY is not the key of this backup"),
        ({}, b"a\n", r"counts differ: sheep \(2 rows in the backup, 1 here\)"),
        ({}, b"a\na\n", "Nothing was restored, since the database says: duplicate key"),
        ({"tables": {}}, b"", "The tables differ: sheep"),
    ],
)
def test_what_cannot_be_taken_as_a_whole_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    rows: bytes,
    words: str,
) -> None:
    def migrate_to(applied: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE sheep (name text PRIMARY KEY)")

    monkeypatch.setattr(restoring, "migrate_to", migrate_to)
    path = tmp_path / "site.zip"
    sealed(path, PLAIN | change, {"sheep": rows})
    with elsewhere():
        with pytest.raises(BackupError, match=words):
            restore_backup(path)
        assert tables() == []


@pytest.mark.django_db
def test_a_backup_of_before_is_known_by_the_migrations_of_today() -> None:
    loader = MigrationLoader(connection)
    today = {key for key in loader.disk_migrations if key[0] == "leaderboards"}
    before = sorted(name for key in today for name in loader.disk_migrations[key].replaces or [key])
    assert ("leaderboards", "0002_changes") in before
    assert ("leaderboards", "0003_changes") not in before
    for migrations in (before, [*before, *today], list(today)):
        known = restoring.as_known_today([list(each) for each in migrations])
        assert known == (today, [], [])


def test_nothing_is_overwritten_and_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.zip"
    path.write_text("precious")
    with pytest.raises(CommandError, match="overwrites nothing"):
        call_command("backup", path)
    assert path.read_text() == "precious"
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", tmp_path / "nowhere" / "site.zip")

    def no_space(file: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(backups, "write", no_space)
    with pytest.raises(BackupError, match="No space left"):
        make_backup(tmp_path / "other.zip")
    assert list(tmp_path.iterdir()) == [path]
    assert not Backup.objects.exists()


def test_the_last_nightly_backups_are_kept_and_only_those(tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "nights"
    settings.BACKUP_DIR, settings.BACKUP_KEEP = str(folder), 2
    back_up()
    others = {"site-before-upgrade.zip", "site-2020.zip"}
    old = {f"site-2020-01-0{day}T030000Z.zip" for day in (1, 2, 3)}
    leftover = f".site-2020-01-04T030000Z.zip.{uuid.uuid4().hex}.unfinished"
    for name in others | old | {leftover}:
        (folder / name).touch()
    (newest,) = {path.name for path in folder.glob("site-*")} - others - old
    (folder / newest).rename(folder / "site-2020-01-05T030000Z.zip")
    back_up()
    kept = sorted({path.name for path in folder.iterdir()} - others)
    assert kept[0] == "site-2020-01-05T030000Z.zip"
    assert len(kept) == 2
    assert [backup.size for backup in Backup.objects.all()] == [
        (folder / name).stat().st_size for name in kept
    ]


def test_no_check_of_a_foreign_key_has_to_be_made_at_once() -> None:
    """Rows are loaded table by table, and keys may point at later ones or in a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT condeferred")
        assert cursor.fetchall() == []
