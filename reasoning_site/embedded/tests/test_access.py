"""Who may pass to the embedded server's files, who may connect, and what its log leaves out."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from reasoning_site.embedded import access, places, processes
from reasoning_site.embedded.postgres import PostgresError, Server, database_url
from reasoning_site.embedded.tests.test_postgres import ask

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="for those who start as root")


def test_files_are_closed_and_still_found(data_dir: Path, guardian: processes.Guardian) -> None:
    account = places.account(data_dir)
    with Server(data_dir, guardian=guardian, durable=False) as server:
        assert ask(data_dir, "SELECT 1") == 1
        modes = [path.stat().st_mode & 0o777 for path in (data_dir, server.home, server.log_file)]
        folder = 0o710 if account else 0o700
        assert modes == [folder, folder, 0o600]
        if account:
            assert data_dir.stat().st_gid == account.pw_gid
        assert places.home(data_dir) == server.home, "it is found again through its closed folder"


def test_the_log_holds_no_words_of_rows(data_dir: Path, guardian: processes.Guardian) -> None:
    with Server(data_dir, guardian=guardian, durable=False) as server:
        with psycopg.connect(database_url(data_dir), autocommit=True) as connection:
            connection.execute("CREATE TABLE t (name text PRIMARY KEY, n int CHECK (n > 0))")
            connection.execute("INSERT INTO t VALUES ('SECRET', 1)")
            for statement, values in (
                ("INSERT INTO t VALUES (%s, 1)", ["SECRET"]),
                ("INSERT INTO t VALUES ('SECRET', 1)", None),
                ("INSERT INTO t VALUES (%s, -1)", ["SECRET too"]),
            ):
                with pytest.raises(psycopg.IntegrityError):
                    connection.execute(statement, values)
        log = server.log_file.read_text()
    assert "duplicate key value" in log
    assert "SECRET" not in log


@as_root
def test_only_those_whom_the_map_names_may_connect(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    with Server(data_dir, guardian=guardian, durable=False) as server:
        # Even where somebody opens the folders.
        for folder in (server.home, server.sockets):
            folder.chmod(0o755)
        script = (
            "import os, sys, psycopg\n"
            "os.setgid(65534); os.setuid(65534)\n"
            "psycopg.connect(host=sys.argv[1], user=sys.argv[2], dbname='postgres')"
        )
        data_dir.chmod(0o755)
        for role in ("reasoning", "postgres"):
            done = subprocess.run(
                [sys.executable, "-c", script, str(server.sockets), role],
                capture_output=True,
                text=True,
            )
            assert "Peer authentication failed" in done.stderr


@as_root
def test_a_cluster_of_nobody_and_of_trust_gets_an_owner_of_its_own(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    with Server(data_dir, guardian=guardian) as server:
        with psycopg.connect(database_url(data_dir)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
        owner = server.cluster.stat().st_uid
    (server.cluster / "pg_hba.conf").write_text("local all all trust\n")
    for path in (server.sockets, server.cluster, *server.cluster.rglob("*")):
        os.chown(path, 65534, 65534)
    for folder in (data_dir, server.home):
        folder.chmod(0o755)
    with Server(data_dir, guardian=guardian):
        assert ask(data_dir, "SELECT value FROM kept") == 7
    owners = {path.stat().st_uid for path in (server.cluster, *server.cluster.rglob("*"))}
    assert owners == {owner}
    assert owner not in (0, 65534)


@as_root
def test_without_an_account_one_is_made_and_a_refusal_says_what_to_do(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, asked = pwd.getpwnam, []

    def find(name: str) -> pwd.struct_passwd:
        if name == "nobody" or (name == places.OWN_ACCOUNT and asked):
            return known("nobody")
        raise KeyError(name)

    def make(command: list[str], **_: object) -> None:
        asked.append(command)

    monkeypatch.setattr(pwd, "getpwnam", find)
    account = places.account(data_dir)
    assert account is not None
    assert (account.pw_name, account.pw_uid) == (places.OWN_ACCOUNT, places.NOT_MADE)
    assert places.home(data_dir) == data_dir / "postgres"
    with monkeypatch.context() as patched:
        patched.setattr(access.subprocess, "run", make)
        assert access.make_account() == known("nobody")
    ((program, *_, name),) = asked
    assert (program, name) == ("useradd", "by-what-definition")
    asked.clear()
    monkeypatch.setenv("PATH", str(data_dir))
    with pytest.raises(PostgresError, match=r"Make a system user of that name \(`nobody` is not"):
        Server(data_dir).start()
