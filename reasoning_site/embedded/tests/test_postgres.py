"""The launcher against the real PostgreSQL: starts, adoption, kills and odd surroundings."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from reasoning_site.embedded import binaries, places, postgres, processes
from reasoning_site.embedded.postgres import PostgresError, Server, available, database_url

ROOT = Path(__file__).resolve().parents[3]

Wait = Callable[[Callable[[], object]], None]


def ask(data_dir: Path, query: str) -> object:
    with psycopg.connect(database_url(data_dir)) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def postmaster(data_dir: Path) -> int:
    return int((places.cluster_dir(data_dir) / "postmaster.pid").read_text().split()[0])


def test_a_cold_start_makes_a_database_that_knows_unicode_and_no_network(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    with Server(data_dir, guardian=guardian, durable=False) as server:
        assert server.is_running()
        assert not server.adopted
        assert ask(data_dir, "SELECT current_user || '/' || current_database()") == (
            "reasoning/reasoning"
        )
        assert ask(data_dir, "SELECT upper('éß') || lower('Ж')") == "Éßж"
        assert ask(data_dir, "SHOW listen_addresses") == ""
        assert ask(data_dir, "SELECT rolsuper FROM pg_roles WHERE rolname = 'reasoning'") is False
        assert oct(server.sockets.stat().st_mode & 0o777) == "0o700"
    assert not server.is_running()


def test_what_was_stored_is_there_after_a_restart(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    with (
        Server(data_dir, guardian=guardian),
        psycopg.connect(database_url(data_dir)) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    with Server(data_dir, guardian=guardian):
        assert ask(data_dir, "SELECT value FROM kept") == 7


def test_a_live_server_is_adopted_and_the_last_user_stops_it(data_dir: Path) -> None:
    first = Server(data_dir, durable=False)
    first.start()
    second = Server(data_dir)
    second.start()
    assert second.adopted
    first.stop()
    assert second.is_running()
    assert ask(data_dir, "SELECT 1") == 1
    second.stop()
    assert not second.is_running()


def test_a_command_beside_a_running_site_does_not_stop_its_server(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    with Server(data_dir, guardian=guardian, durable=False) as site:
        with available(data_dir) as command:
            assert command.adopted
        assert site.is_running()


def test_a_server_left_by_a_killed_command_is_replaced_by_a_guarded_one(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    script = (
        "import os, sys; from pathlib import Path\n"
        "from reasoning_site.embedded.postgres import Server\n"
        "Server(Path(sys.argv[1]), durable=False).start(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(data_dir)], cwd=ROOT, check=False)
    left = postmaster(data_dir)
    assert processes.started_at(left)
    with Server(data_dir, guardian=guardian) as server:
        assert not server.adopted
        assert postmaster(data_dir) != left
        assert not processes.started_at(left)


def test_kill_9_of_the_server_and_a_new_start(data_dir: Path, guardian: processes.Guardian) -> None:
    with Server(data_dir, guardian=guardian) as server:
        killed = postmaster(data_dir)
        os.kill(killed, signal.SIGKILL)
        processes.wait_until_gone(killed, 10)
        assert not server.is_running()
        with Server(data_dir, guardian=guardian) as next_server:
            assert not next_server.adopted
            assert ask(data_dir, "SELECT 1") == 1


def test_a_stale_pid_that_now_belongs_to_another_program_is_no_obstacle(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    with Server(data_dir, guardian=guardian, durable=False) as server:
        pid_file = server.cluster / "postmaster.pid"
        text = pid_file.read_text()
    account = places.account(data_dir)
    # Same user as the server: PostgreSQL itself takes only such a process for a live server.
    other = processes.launch(
        ["/bin/sleep", "60"],
        env={"PATH": os.defpath},
        cwd=Path("/"),
        output=subprocess.DEVNULL,
        account=account,
    )
    try:
        stale = "\n".join([str(other.pid), *text.split("\n")[1:]])
        for path in (pid_file, server.sockets / f".s.PGSQL.{places.PORT}.lock"):
            path.write_text(stale)
            if account:
                os.chown(path, account.pw_uid, account.pw_gid)
        with Server(data_dir, guardian=guardian) as restarted:
            assert not restarted.adopted
            assert postmaster(data_dir) != other.pid
    finally:
        other.kill()
        other.wait()


def test_kill_9_of_the_process_that_holds_it_ends_the_server(
    data_dir: Path, eventually: Wait
) -> None:
    script = (
        "import signal, sys; from pathlib import Path\n"
        "from reasoning_site.embedded.postgres import Server\n"
        "from reasoning_site.embedded.processes import Guardian\n"
        "Server(Path(sys.argv[1]), guardian=Guardian(), durable=False).start()\n"
        "print('up', flush=True); signal.pause()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"up\n"
    pid = postmaster(data_dir)
    holder.kill()
    holder.communicate()
    eventually(lambda: processes.started_at(pid) is None)


def test_the_callers_environment_changes_nothing(
    data_dir: Path, guardian: processes.Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGPORT": "9999", "PGDATA": "/nowhere", "PGHOST": "nowhere.invalid", "PGUSER": "stranger",
        "PGDATABASE": "nothing", "LC_ALL": "xx_XX.UTF-8", "LANG": "tr_TR.UTF-8",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with Server(data_dir, guardian=guardian, durable=False):
        assert ask(data_dir, "SHOW port") == "5432"
        assert ask(data_dir, "SELECT upper('iı')") == "II"
        assert ask(data_dir, "SHOW lc_messages") == "C"


@pytest.mark.parametrize("name", ["x" * 100, 'Größe, with "quotes" and blanks'])
def test_a_long_or_odd_path(data_dir: Path, guardian: processes.Guardian, name: str) -> None:
    folder = data_dir / name
    folder.mkdir(mode=0o755)
    with Server(folder, guardian=guardian, durable=False) as server:
        socket_file = server.sockets / f".s.PGSQL.{places.PORT}"
        assert len(os.fsencode(socket_file)) <= places.SOCKET_PATH_LIMIT
        assert ask(folder, "SELECT 1") == 1
    if len(name) == 100:
        assert server.sockets.parent == Path("/tmp")
        assert not server.sockets.exists()


def test_the_guessable_socket_folder_of_somebody_else_is_refused(data_dir: Path) -> None:
    folder = data_dir / ("y" * 100)
    folder.mkdir(mode=0o755)
    trap = places.socket_dir(folder)
    trap.symlink_to(data_dir)
    try:
        with pytest.raises(PostgresError, match="remove it"):
            Server(folder).start()
    finally:
        trap.unlink()


def test_an_interrupted_first_start_leaves_nothing_in_the_way(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    unfinished = places.home(data_dir) / "cluster.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("half")
    with Server(data_dir, guardian=guardian, durable=False):
        assert ask(data_dir, "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_folder_that_is_no_cluster_is_left_alone_and_named(data_dir: Path) -> None:
    cluster = data_dir / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "letter.txt").write_text("dear")
    with pytest.raises(PostgresError, match=r"no PostgreSQL data folder"):
        Server(data_dir).start()
    assert (cluster / "letter.txt").read_text() == "dear"


def test_a_cluster_of_another_major_version_is_explained(data_dir: Path) -> None:
    cluster = data_dir / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("11\n")
    with pytest.raises(PostgresError, match=r"PostgreSQL 11.*backup.*restore.*running\.md"):
        Server(data_dir).start()


def test_without_the_wheel_the_distributions_programs_are_used(
    data_dir: Path, guardian: processes.Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_wheel", lambda: None)
    usable = [found for found in binaries.distribution() if found.major >= binaries.OLDEST]
    server = Server(data_dir, guardian=guardian, durable=False)
    if not usable:
        with pytest.raises(PostgresError, match="Install the wheel"):
            server.start()
        return
    with server:
        newest = max(found.major for found in usable)
        assert str(ask(data_dir, "SHOW server_version")).startswith(f"{newest}.")
        assert ask(data_dir, "SELECT upper('éж')") == "ÉЖ"


def test_the_wheel_is_copied_where_the_servers_user_cannot_enter(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = binaries._wheel()
    assert package is not None
    copied = binaries._copy(package, data_dir / "software")
    found = binaries._probe(copied / "pginstall" / "bin", places.account(data_dir))
    assert found is not None
    assert found.folder.is_relative_to(data_dir)
    monkeypatch.setattr(processes.subprocess, "run", None)  # a second copy asks nobody
    assert binaries._copy(package, data_dir / "software") == copied


def test_a_failing_server_shows_the_end_of_its_log(
    data_dir: Path, guardian: processes.Guardian
) -> None:
    with Server(data_dir, guardian=guardian, durable=False) as server:
        pass
    with (server.cluster / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(PostgresError, match="no_such_setting"):
        Server(data_dir, guardian=guardian).start()


def test_a_closed_data_folder_is_not_opened(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_dir / "elsewhere").mkdir()
    monkeypatch.setenv("EMBEDDED_POSTGRES_FOLDER", str(data_dir / "elsewhere"))
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    home = places.home(closed)
    if os.geteuid() == 0:
        assert home.parent == data_dir / "elsewhere"
    else:
        assert home == closed / "postgres"
    assert oct(closed.stat().st_mode & 0o777) == "0o700"
    # A cluster that is in the folder already stays where it is.
    (closed / "postgres" / "cluster").mkdir(parents=True)
    assert places.home(closed) == closed / "postgres"


def test_the_address_survives_readers_of_urls(tmp_path: Path) -> None:
    import dj_database_url

    odd = tmp_path / "Été %41 @home"
    parsed = dj_database_url.parse(database_url(odd))
    assert parsed["HOST"] == str(postgres.socket_dir(odd))
    assert (parsed["NAME"], parsed["USER"], parsed["PORT"]) == ("reasoning", "reasoning", 5432)
