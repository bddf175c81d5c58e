"""Restoring a backup into an empty database: all of it, or nothing."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.check import check_snapshot
from evaluations.pages.backups import (
    BEGUN_ANEW,
    CHUNK,
    FORMAT,
    SEAL,
    BackupError,
    catalogue_digest,
    copy_statement,
    count,
    digest_before_seal,
)
from reasoning_site.secret_key import replace

SHOWN = 5


@dataclass(frozen=True)
class Restored:
    """What was restored: rows and tables, and of the snapshots those that no longer hold."""

    tables: int
    rows: int
    snapshots: int
    same_catalogue: bool
    broken: list[str]


def restore_backup(path: Path) -> Restored:
    """Restore into the database of the settings, which must be empty, and check what came of it.

    The schema is brought to the state of the backup, the rows are loaded and counted, and the
    schema is brought on to the state of this release, in one transaction.

    Raises:
        BackupError: for a damaged or foreign file, a newer one, or a database that holds something.
            Nothing was written then.
    """
    refuse_damage(path)
    try:
        return restored_from(path)
    except (BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise BackupError(f"{path} is whole, and yet no backup of a site: {error}.") from error


def restored_from(path: Path) -> Restored:
    """The same from a file that is whole; what it lacks raises a KeyError before anything stays."""
    with ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        same_catalogue = manifest["catalogue"] == catalogue_digest()
        refuse_unfit(manifest)
        try:
            with transaction.atomic():
                load(archive, manifest)
                if not os.environ.get("SECRET_KEY"):
                    replace(settings.DATA_DIR / "secret_key", manifest["secret_key"])
        except (DatabaseError, psycopg.Error) as error:  # COPY raises the driver's own
            reason = str(error).strip().splitlines()[0]
            raise BackupError(f"Nothing was restored, since the database says: {reason}") from error
    return Restored(
        tables=len(manifest["tables"]),
        rows=sum(table["rows"] for table in manifest["tables"].values()),
        snapshots=Snapshot.objects.count(),
        same_catalogue=same_catalogue,
        broken=broken_snapshots(),
    )


def broken_snapshots() -> list[str]:
    """The frozen boards that the rows of the database do not bear out."""
    return [
        f"{snapshot.version.definition.slug}/{snapshot.name}"
        for snapshot in Snapshot.objects.select_related("version__definition").order_by("pk")
        if not check_snapshot(snapshot).holds
    ]


def refuse_damage(path: Path) -> None:
    """Read the whole file before anything is written."""
    try:
        with path.open("rb") as file:
            whole = digest_before_seal(file) == file.read(SEAL).decode("ascii", "replace")
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from error
    if not whole:
        raise BackupError(
            f"{path} is not a whole backup: it was cut short or altered, or is another file."
            " Nothing was restored."
        )


def refuse_unfit(manifest: dict[str, Any]) -> None:
    """Refuse a backup that this release or this database cannot take."""
    if manifest["format"] != FORMAT:
        raise BackupError(
            f"The backup has format {manifest['format']}; this release reads {FORMAT}."
        )
    _, unknown, half = as_known_today(manifest["migrations"])
    if unknown:
        raise BackupError(
            f"The backup was made by release {manifest['site']}, which knows migrations that this"
            f" one does not: {few(unknown)}. Restore it with that release or a later one."
        )
    if half:
        raise BackupError(
            f"The backup was made by release {manifest['site']}, before migrations that this one"
            f" holds together: {few(half)}. Restore it with a release between the two, and back"
            " that up."
        )
    if os.environ.get("SECRET_KEY", manifest["secret_key"]) not in ("", manifest["secret_key"]):
        raise BackupError(
            "SECRET_KEY is not the key of this backup. Take it out of the environment: the backup"
            f" brings its own, which is then kept in {settings.DATA_DIR / 'secret_key'}."
        )
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        if there:
            held = [f"{name} ({rows} rows)" for name in there if (rows := count(cursor, name))]
            raise BackupError(
                f"The database is not empty: it holds {len(there)} tables, {few(held or there)}."
                " Restore into a new DATA_DIR or a new database. Nothing was changed."
            )


def as_known_today(
    migrations: list[list[str]],
) -> tuple[set[tuple[str, str]], list[str], list[str]]:
    """The migrations of a backup by their names of today; those of no name that is known; and
    those that hold several of before together, of which the backup has some and lacks some."""
    applied = {(app, name) for app, name in migrations}
    known = MigrationExecutor(connection).loader.disk_migrations
    parts = {key: set(each.replaces) for key, each in known.items() if each.replaces}
    before = set().union(*parts.values())
    whole = {key for key, replaced in parts.items() if replaced <= applied}
    half = {key for key in parts if parts[key] & applied} - whole - applied
    today = (applied - before) | whole
    unknown = today - set(known)
    return today, sorted(map(".".join, unknown)), sorted(map(".".join, half))


def few(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" * (len(names) > SHOWN))


def load(archive: ZipFile, manifest: dict[str, Any]) -> None:
    """Bring schema and rows to the state of the backup, and the schema on to that of today."""
    tables = manifest["tables"]
    with connection.cursor() as cursor:
        # PostgreSQL alters no table while checks of its rows are put off.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        applied, _, _ = as_known_today(manifest["migrations"])
        migrate_to(applied)
        made = set(connection.introspection.table_names(cursor)) - BEGUN_ANEW
        if made != set(tables):
            raise BackupError(f"The tables differ: {few(sorted(made ^ set(tables)))}.")
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        cursor.execute(sql.SQL("TRUNCATE {}").format(names))  # what migrations wrote
        # Foreign keys may point at rows of tables that come later, or at each other.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for name, table in tables.items():
            statement = copy_statement(name, table["columns"], "FROM STDIN")
            with archive.open(f"tables/{name}") as member, cursor.copy(statement) as rows:
                while part := member.read(CHUNK):
                    rows.write(part)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name, last in manifest["sequences"].items():
            cursor.execute(
                "SELECT setval(%s::regclass, %s, %s)",
                [connection.ops.quote_name(name), last or 1, last is not None],
            )
        wrong = [
            f"{name} ({table['rows']} rows in the backup, {loaded} here)"
            for name, table in tables.items()
            if (loaded := count(cursor, name)) != table["rows"]
        ]
        if wrong:
            raise BackupError(f"Nothing was restored, since counts differ: {few(wrong)}.")
        call_command("migrate", interactive=False, verbosity=0)


def migrate_to(applied: set[tuple[str, str]]) -> None:
    """Make the tables as exactly these migrations leave them."""
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    executor.migrate(
        [
            node
            for node in sorted(applied & set(graph.nodes))
            if not any(
                child.key[0] == node[0] and child.key in applied
                for child in graph.node_map[node].children
            )
        ]
    )
