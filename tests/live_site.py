"""The whole site as a user starts it: `manage.py dev` in its own process, on its own data."""

import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg

from reasoning_site.embedded.places import cluster_dir, database_url

ROOT = Path(__file__).resolve().parent.parent
CLEARED = ("DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "DATA_DIR", "PORT", "FIRST_RUN")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Console:
    """A shell of a site's Django that stays open, since each start takes seconds.

    Every piece of code has its own names and its own connection to the database. The passwords of
    people whom it makes are hashed quickly; the site hashes them again when they sign in.
    """

    LOOP = """
import contextlib, io, json, sys, traceback
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import close_old_connections
PBKDF2PasswordHasher.iterations = 1
for line in sys.stdin:
    said, error = io.StringIO(), ""
    with contextlib.redirect_stdout(said):
        try:
            exec(json.loads(line), {"__name__": "console"})
        except BaseException:
            error = traceback.format_exc()
        close_old_connections()
    print(json.dumps([said.getvalue(), error]), flush=True)
"""
    SECONDS = 300

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "--no-imports", "-c", self.LOOP],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def run(self, code: str) -> str:
        """What the code printed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(code).encode() + b"\n")
        self._process.stdin.flush()
        answered, _, _ = select.select([self._process.stdout], [], [], self.SECONDS)
        line = self._process.stdout.readline() if answered else b""
        assert line, f"no answer within {self.SECONDS} s\n{self._log.read_text()[-4000:]}"
        said, error = json.loads(line)
        assert not error, said + error
        return str(said)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


@dataclass
class LiveSite:
    """One running site. `lines` is everything it printed so far.

    `start_seconds` is how long the last start took, `ready_at` when it ended (Unix time).
    """

    data_dir: Path
    options: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    start_seconds: float = 0.0
    ready_at: float = 0.0
    is_stopping: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in CLEARED}
        return {
            **kept,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "DISK_FLOOR_MB": "0",
            "PYTHONUNBUFFERED": "1",
            **self.options,
        }

    def start(self, timeout: float = 600) -> None:
        """Start the site and wait for its address: minutes, where many share a machine."""
        started = time.monotonic()
        self.is_stopping = False
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "dev"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        printed: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(printed,), daemon=True).start()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                line = printed.get(timeout=1)
            except queue.Empty:
                continue
            if line is None:
                break
            if f"Ready: {self.url}/" in line:
                self.start_seconds = time.monotonic() - started
                self.ready_at = time.time()
                return
        self.stop()
        raise AssertionError("The site did not start:\n" + "".join(self.lines[-60:]))

    def _read(self, printed: "queue.Queue[str | None]") -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            printed.put(line)
        printed.put(None)

    def begin_to_stop(self) -> None:
        """Ctrl-C, once: the second would kill."""
        assert self.process is not None
        if console := self.__dict__.pop("console", None):
            console.close()
        if self.process.poll() is None and not self.is_stopping:
            self.process.send_signal(signal.SIGINT)
        self.is_stopping = True

    def stop(self, timeout: float = 30) -> int:
        """Ctrl-C, and wait for the end; returns the exit status."""
        assert self.process is not None
        self.begin_to_stop()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def processes(self) -> dict[int, list[str]]:
        """Every live process that was started for this site's data or works in its database.

        Process id to arguments. Zombies have neither environment nor folder, and do not count.
        """
        own = f"DATA_DIR={self.data_dir}".encode()
        cluster = cluster_dir(self.data_dir)
        found: dict[int, list[str]] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                ours = own in (folder / "environ").read_bytes().split(b"\0")
                if ours or (folder / "cwd").readlink() == cluster:
                    arguments = (folder / "cmdline").read_bytes().decode(errors="replace")
                    found[int(folder.name)] = arguments.rstrip("\0").split("\0")
            except OSError:
                continue  # it ended meanwhile
        return found

    def recorded(self) -> dict[str, int]:
        """The process id of each program, as the runner wrote it down for the next start."""
        entries = json.loads((self.data_dir / "processes.json").read_text())
        return {entry["name"]: entry["pid"] for entry in entries}

    def wait_for_the_end(self, timeout: float) -> None:
        """Wait until no process of this site is left."""
        deadline = time.monotonic() + timeout
        while left := self.processes():
            assert time.monotonic() < deadline, f"Left behind: {left}\n{self.tail()}"
            time.sleep(0.1)

    @cached_property
    def console(self) -> Console:
        return Console(self.environment, self.data_dir / "console.log")

    def manage(self, *arguments: str) -> str:
        """Run a management command on this site's data; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python code inside the site's Django; returns what it printed."""
        return self.console.run(code).strip()

    def wait_for(self, code: str, expected: str, timeout: float = 90) -> str:
        """Run *code* until it prints *expected*."""
        deadline = time.monotonic() + timeout
        while True:
            said = self.shell(code)
            if said == expected:
                return said
            if time.monotonic() > deadline:
                raise AssertionError(f"Expected {expected!r}, got {said!r}.\n" + self.tail())
            time.sleep(0.2)

    def wait_for_row(self, sql: str, expected: tuple[object, ...], timeout: float = 300) -> None:
        """Ask the embedded database until it gives *expected*. Unlike `wait_for` it costs nothing
        beside a site that works hard."""
        deadline = time.monotonic() + timeout
        with psycopg.connect(database_url(self.data_dir), autocommit=True) as connection:
            while (row := connection.execute(sql).fetchone()) != expected:
                assert time.monotonic() < deadline, f"{row} is not {expected}.\n{self.tail()}"
                time.sleep(0.1)

    def tail(self, count: int = 40) -> str:
        """The last lines that the site printed."""
        return "".join(self.lines[-count:])
