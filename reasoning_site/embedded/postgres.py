"""A PostgreSQL server of the site's own, for one machine.

It listens on a UNIX socket in a private folder and nowhere else. It is the default for trying the
site and for small installations; DATABASE_URL names a real server instead.
"""

import fcntl
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Self

from reasoning_site.embedded import access, binaries, places, processes
from reasoning_site.embedded.places import (
    NAME,
    PORT,
    PostgresError,
    cluster_dir,
    database_url,
    home,
    socket_dir,
)

__all__ = [
    "PostgresError",
    "Server",
    "available",
    "cluster_dir",
    "database_url",
    "home",
    "socket_dir",
]

log = logging.getLogger(__name__)

SUPERUSER = "postgres"
START_SECONDS = 60.0  # recovery after a crash is included
STOP_SECONDS = 20.0
LOG_LIMIT = 10_000_000  # bytes
# An allow-list: PG* and LC_* of the caller change what initdb and the server do.
PASSED_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Server:
    """The embedded server of one data folder.

    With a `guardian` the server belongs to this process and ends with it, even on kill -9. Without
    one it is shared: whoever uses it last stops it. `durable=False` is for tests: a power cut may
    then destroy the cluster.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        guardian: processes.Guardian | None = None,
        durable: bool = True,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.durable = durable
        self.adopted = False
        self.home = home(self.data_dir)
        self.cluster = self.home / "cluster"
        self.sockets = socket_dir(self.data_dir)
        self.log_file = self.home / "server.log"
        self._guardian = guardian
        self._account = places.account(self.data_dir)
        self._child: subprocess.Popen[bytes] | None = None
        self._users: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, or adopt a live one; returns when it accepts connections.

        The first start makes the cluster, the role and the database. Raises PostgresError.
        """
        if self._users is not None:
            return
        try:
            if self._account is not None and self._account.pw_uid == places.NOT_MADE:
                self._account = access.make_account()
            self._make_folders()
            with self._start_lock(), ExitStack() as undo:
                self._users = (self.home / "users.lock").open("a")
                undo.callback(self._release)
                pid = self._live_pid()
                if pid and self._guardian and self._nobody_else():
                    # What an interrupted command left behind: replace it by a child of ours.
                    _stop_process(pid)
                    pid = None
                self.adopted = pid is not None and self._wait_until_ready(pid)
                if not self.adopted:
                    self._launch()
                self._ensure_database()
                fcntl.flock(self._users, fcntl.LOCK_SH)
                undo.pop_all()
        except OSError as error:
            raise PostgresError(f"The embedded PostgreSQL cannot start: {error}") from error

    def stop(self) -> None:
        """Stop the server: always when it is guarded by us, else when nobody else uses it."""
        if self._users is None:
            return
        with self._start_lock():
            pid = self._child.pid if self._child and self.is_running() else self._live_pid()
            if pid and ((self._guardian and not self.adopted) or self._nobody_else()):
                _stop_process(pid, self._child)
                if self.home not in self.sockets.parents:
                    shutil.rmtree(self.sockets, ignore_errors=True)
            self._release(stop_child=False)

    def is_running(self) -> bool:
        """Whether a live server works in the cluster, ours or another's."""
        if self._child is not None and self._child.poll() is not None:
            return False  # reaped here, so that it does not stay a zombie
        return self._live_pid() is not None

    # Starting ------------------------------------------------------------------------------

    def _make_folders(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        for folder in (self.data_dir, self.home):
            is_passed = folder == self.home or folder in self.home.parents
            access.close(folder, self._account if is_passed else None)
        is_foreign = self.cluster.exists() and self.cluster.stat().st_uid != os.geteuid()
        if self._account is None and is_foreign:
            raise PostgresError(
                f"{self.cluster} belongs to another user. Start as that user or as root, or choose"
                " another DATA_DIR."
            )
        # In /tmp the name can be guessed, so a folder of somebody else must not be used.
        try:
            self.sockets.mkdir(mode=0o700)
            self._give_away(self.sockets)
        except FileExistsError:
            status = self.sockets.lstat()
            trusted = {os.geteuid(), self._account.pw_uid if self._account else os.geteuid()}
            if not stat.S_ISDIR(status.st_mode) or (
                status.st_uid not in trusted and self.home not in self.sockets.parents
            ):
                raise PostgresError(
                    f"{self.sockets} is not a folder of the server's user; remove it."
                ) from None
            self.sockets.chmod(0o700)
            self._give_away(self.sockets)

    def _give_away(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _launch(self) -> None:
        if self._account and self.data_dir not in self.home.parents:
            log.warning(
                "The user %s cannot enter %s: the database is kept in %s.",
                self._account.pw_name,
                self.data_dir,
                self.home,
            )
        existing = self.cluster / "PG_VERSION"
        major = int(existing.read_text()) if existing.exists() else None
        programs = binaries.find(user=self._account, copies=self.home / "software", major=major)
        if major is None:
            self._initialise(programs)
        self._clear_stale_files()
        if self._account is not None:
            access.give_away(self.cluster, self._account)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT:
            self.log_file.rename(self.log_file.with_suffix(".log.1"))
        self.log_file.touch(mode=0o600)
        self.log_file.chmod(0o600)
        settings = [
            "listen_addresses=",
            f"port={PORT}",
            "unix_socket_directories=" + '"{}"'.format(str(self.sockets).replace('"', '""')),
            "jit=off",
            "log_destination=stderr",
            "logging_collector=off",
            *access.QUIET,
            *access.rules(self.home, self.cluster, roles=(NAME, SUPERUSER)),
            *(() if self.durable else UNSAFE_BUT_FAST),
        ]
        with self.log_file.open("ab") as output:
            arguments = [part for setting in settings for part in ("-c", setting)]
            self._child = processes.launch(
                [programs.folder / "postgres", "-D", self.cluster, *arguments],
                env=self._environment(),
                cwd=self.cluster,
                output=output,
                account=self._account,
            )
        if self._guardian:
            self._guardian.watch(
                self._child.pid, rank=9, number=signal.SIGINT, grace_seconds=STOP_SECONDS
            )
        if not self._wait_until_ready(self._child.pid):
            raise PostgresError(
                f"The embedded PostgreSQL did not start. The end of {self.log_file}:\n"
                + "\n".join(self.log_file.read_text(errors="replace").splitlines()[-8:])
            )

    def _initialise(self, programs: binaries.Binaries) -> None:
        """Make the cluster beside its place and rename it: an interrupted start leaves nothing."""
        if self.cluster.exists():
            raise PostgresError(
                f"{self.cluster} exists but is no PostgreSQL data folder (no PG_VERSION)."
                " Move it away and start again."
            )
        unfinished = self.home / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give_away(unfinished)
        if programs.major >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            # Plain C would break upper, lower and icontains outside ASCII.
            character_type = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"
            locale = ["--locale=C", f"--lc-ctype={character_type}"]
        command: list[str | Path] = [
            programs.folder / "initdb", "-D", unfinished, "-U", SUPERUSER, "-E", "UTF8",
            "--auth-local=peer", "--auth-host=scram-sha-256", *locale,
        ]  # fmt: skip
        if not self.durable:
            command.append("--no-sync")
        child = processes.launch(
            command,
            env=self._environment(),
            cwd=unfinished,
            output=subprocess.PIPE,
            account=self._account,
        )
        output, _ = child.communicate()
        if child.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise PostgresError(f"initdb failed:\n{output.decode(errors='replace').strip()}")
        unfinished.rename(self.cluster)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}
        return {**kept, "LC_ALL": "C"}

    def _clear_stale_files(self) -> None:
        """Remove a pid file and a socket lock that would stop the start for no reason.

        PostgreSQL itself copes with a pid that is gone, and checks shared memory while it does. It
        refuses only when the pid now belongs to some other process, and that is handled here.
        """
        deadline = time.monotonic() + STOP_SECONDS
        # After a kill -9 of the server its backends notice within moments; never run beside them.
        while orphans := processes.postgres_processes_in(self.cluster):
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"Processes of an earlier server still work in {self.cluster}:"
                    f" {', '.join(map(str, orphans))}. End them and start again."
                )
            time.sleep(0.05)
        lock = self.sockets / f".s.PGSQL.{PORT}.lock"
        for path in (self.cluster / "postmaster.pid", lock):
            pid = _pid_in(path)
            if pid and processes.started_at(pid):
                path.unlink(missing_ok=True)

    def _wait_until_ready(self, pid: int) -> bool:
        """True once the server accepts connections, False if it ended before that."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._child is not None and self._child.poll() is not None:
                return False
            if self._child is None and not processes.started_at(pid):
                return False
            # `ready` is the last line of the pid file once connections are accepted.
            if _status_in(self.cluster / "postmaster.pid") == "ready" and self._live_pid():
                return True
            time.sleep(0.01)
        raise PostgresError(
            f"The embedded PostgreSQL (process {pid}) accepted no connection within"
            f" {START_SECONDS:.0f} s; see {self.log_file}."
        )

    def _ensure_database(self) -> None:
        import psycopg
        from psycopg import sql

        try:
            with psycopg.connect(
                host=str(self.sockets),
                port=PORT,
                user=SUPERUSER,
                dbname="postgres",
                autocommit=True,
                connect_timeout=10,
            ) as connection:
                name = sql.Identifier(NAME)
                role = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME])
                if not role.fetchone():
                    # CREATEDB lets the test-suite make its databases; nothing else is granted.
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(name))
                base = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if not base.fetchone():
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
        except psycopg.Error as error:
            raise PostgresError(f"The embedded PostgreSQL cannot be used: {error}") from error

    # Sharing -------------------------------------------------------------------------------

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        """One process at a time starts or stops the server of a data folder."""
        with (self.home / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _nobody_else(self) -> bool:
        """Whether no other process holds the users' lock; turns our own hold into the only one."""
        assert self._users is not None
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(self, *, stop_child: bool = True) -> None:
        if stop_child and self._child is not None and self._child.poll() is None:
            _stop_process(self._child.pid, self._child)
        if self._child is not None and self._guardian:
            self._guardian.forget(self._child.pid)
        self._child = None
        if self._users is not None:
            self._users.close()
            self._users = None

    def _live_pid(self) -> int | None:
        pid = _pid_in(self.cluster / "postmaster.pid")
        return pid if pid and processes.is_postgres_in(pid, self.cluster) else None


@contextmanager
def available(data_dir: Path) -> Iterator[Server]:
    """A running server for the time of one command: adopted if there is one, else started."""
    with Server(data_dir) as server:
        yield server


def _pid_in(path: Path) -> int | None:
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return None


def _status_in(path: Path) -> str:
    """The status line of a pid file (line 8, padded); empty while it is being written."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return ""
    return lines[7].strip() if len(lines) > 7 else ""


def _stop_process(pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
    """Fast shutdown, then immediate, then a kill; waits for the end each time."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            break
        try:
            if child is not None and child.pid == pid:
                child.wait(STOP_SECONDS)
                break
        except subprocess.TimeoutExpired:
            continue
        if processes.wait_until_gone(pid, STOP_SECONDS):
            break
