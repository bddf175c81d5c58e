"""Backups: every row of the site as it was at one moment, in one file.

The file is a zip: `manifest.json`, and one member a table with its rows as `COPY` writes them. Its
last `SEAL` bytes, the comment of the zip, are the SHA-256 of all bytes before them, in hexadecimal.
"""

import hashlib
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from psycopg import sql

from evaluations import __version__
from evaluations.leaderboards.snapshots.hash import METHOD_VERSION
from evaluations.pages.models import Backup

FORMAT = 1
SEAL = 64  # characters of a SHA-256
CHUNK = 1 << 20  # bytes
# A restored site begins both anew: what was remembered for speed, and which rows a process that
# runs has to read again. Its own triggers write the second while rows are loaded.
BEGUN_ANEW = {"common_cache", "leaderboards_change"}
NIGHTLY = "site-????-??-??T??????Z.zip"
ONE_MOMENT = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL extra_float_digits = 1",  # all digits, also where the server is set up otherwise
)
COLUMNS = """
SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
SEQUENCES = """
SELECT sequencename::text, last_value FROM pg_sequences
WHERE schemaname = current_schema() AND EXISTS (
    SELECT FROM pg_depend WHERE deptype IN ('a', 'i') AND refobjid = ANY(%s::regclass[])
    AND objid = format('%%I.%%I', schemaname, sequencename)::regclass
) ORDER BY sequencename
"""


class BackupError(Exception):
    """A backup cannot be made or restored; the message is for the operator."""


def make_backup(path: Path) -> dict[str, Any]:
    """Write a backup while the site runs; returns its manifest.

    The file has its name, and mode 0600, only once it is whole and on the disk.

    Raises:
        BackupError: where the name is taken or the file cannot be written.
    """
    refuse_to_overwrite(path)
    try:
        descriptor, name = tempfile.mkstemp(".unfinished", f".{path.name}.", path.parent)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                manifest = write(file)
                seal(file)
                os.fsync(file.fileno())
            refuse_to_overwrite(path)
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise BackupError(f"The backup cannot be written to {path}: {error.strerror}.") from error
    Backup.objects.create(size=path.stat().st_size)
    return manifest


def make_nightly_backup() -> None:
    """Write a backup to the folder of the settings, and keep the last ones there."""
    folder = Path(settings.BACKUP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in folder.glob(f".{NIGHTLY}.*.unfinished"):  # of a process that was killed
        leftover.unlink()
    make_backup(folder / f"site-{timezone.now():%Y-%m-%dT%H%M%SZ}.zip")
    for old in sorted(folder.glob(NIGHTLY))[: -settings.BACKUP_KEEP]:
        old.unlink()


def refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        raise BackupError(f"{path} exists already, and a backup overwrites nothing.")


def write(file: IO[bytes]) -> dict[str, Any]:
    """All rows and the manifest, as of one moment."""
    with (
        ZipFile(file, "w", ZIP_DEFLATED) as archive,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        archive.comment = b"0" * SEAL
        for statement in ONE_MOMENT:
            cursor.execute(statement)
        names = tables_of_the_site(cursor)
        if not names:
            raise BackupError("The database is empty: there is nothing to back up.")
        # A migration would rewrite a table behind our back: it has to wait.
        locked = sql.SQL(", ").join(map(sql.Identifier, names))
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(locked))
        tables = {name: write_table(cursor, archive, name) for name in names}
        cursor.execute(SEQUENCES, [[connection.ops.quote_name(name) for name in names]])
        manifest = {
            "format": FORMAT,
            "made_at": timezone.now().isoformat(timespec="seconds"),
            "site": __version__,
            "method": METHOD_VERSION,
            "catalogue": catalogue_digest(),
            "postgresql": cursor.connection.info.parameter_status("server_version"),
            "python": platform.python_version(),
            "secret_key": settings.SECRET_KEY,
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "tables": tables,
            "sequences": dict(cursor.fetchall()),
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    return manifest


def tables_of_the_site(cursor: Any) -> list[str]:
    """Without what somebody else keeps in the database, which no restored site would have."""
    ours = set(connection.introspection.django_table_names(include_views=False))
    ours.add(MigrationRecorder.Migration._meta.db_table)
    return sorted(ours.intersection(connection.introspection.table_names(cursor)) - BEGUN_ANEW)


def write_table(cursor: Any, archive: ZipFile, name: str) -> dict[str, Any]:
    """Add the rows of a table; returns its columns and how many rows it has."""
    cursor.execute(COLUMNS, [connection.ops.quote_name(name)])
    (columns,) = cursor.fetchone()
    with (
        archive.open(f"tables/{name}", "w", force_zip64=True) as member,
        cursor.copy(copy_statement(name, columns, "TO STDOUT")) as rows,
    ):
        for part in rows:
            member.write(part)
    return {"columns": columns, "rows": count(cursor, name)}


def copy_statement(table: str, columns: list[str], direction: str) -> sql.Composed:
    """COPY with its columns named: a table that was altered may have them in another order."""
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), listed, sql.SQL(direction))


def count(cursor: Any, table: str) -> int:
    cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return int(cursor.fetchone()[0])


def catalogue_digest() -> str:
    """The version of the catalogue that this release brings: a SHA-256 over its files."""
    files = sorted((settings.BASE_DIR / "evaluations").glob("*/catalogue/*.json"))
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def seal(file: IO[bytes]) -> None:
    """Put the digest of all other bytes at the end."""
    digest = digest_before_seal(file)
    file.seek(-SEAL, os.SEEK_END)
    file.write(digest.encode())
    file.flush()


def digest_before_seal(file: IO[bytes]) -> str:
    """SHA-256 of all bytes but the seal; leaves the file there."""
    left = file.seek(0, os.SEEK_END) - SEAL
    file.seek(0)
    whole = hashlib.sha256()
    while left > 0 and (part := file.read(min(CHUNK, left))):
        whole.update(part)
        left -= len(part)
    return whole.hexdigest()
