"""The distribution's PostgreSQL, with a password and an ordinary role, and its Redis.

Both listen on loopback ports of their own, for as long as a block runs.
"""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from reasoning_site.embedded import binaries, places
from reasoning_site.embedded.processes import Guardian, launch
from tests.live_site import free_port

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(f"postgresql://admin:s3cret@127.0.0.1:{port}/postgres"):
                return
        except psycopg.OperationalError:
            assert process.poll() is None, process.args
            assert time.monotonic() < deadline
            time.sleep(0.1)


@contextmanager
def external_services() -> Iterator[dict[str, str]]:
    """Starts both and gives the two variables that name them; skips where one is missing."""
    programs = max(binaries.distribution(), key=lambda found: found.major, default=None)
    redis = shutil.which("redis-server")
    missing = [
        name for name, found in (("PostgreSQL", programs), ("redis-server", redis)) if not found
    ]
    if missing or programs is None or redis is None:
        pytest.skip(
            f"LEFT OUT: nothing was tested on external services, because {' and '.join(missing)}"
            " of the distribution is not installed."
        )
    folder = Path(tempfile.mkdtemp(prefix="external-"))
    folder.chmod(0o755)
    account = places.account(folder)
    password = folder / "password"
    password.write_text("s3cret")
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    if account:
        shutil.chown(cluster, account.pw_uid, account.pw_gid)
    database_port, broker_port = free_port(), free_port()
    guardian = Guardian()
    running: list[subprocess.Popen[bytes]] = []

    def run(*argv: str | Path, wait: bool = False) -> subprocess.Popen[bytes]:
        with (folder / "log").open("ab") as log:
            process = launch(argv, env=ENVIRONMENT, cwd=Path("/"), output=log, account=account)
        if wait:
            assert process.wait(60) == 0, (folder / "log").read_text()
        else:
            guardian.watch(process.pid, rank=0, number=signal.SIGINT, grace_seconds=5)
            running.append(process)
        return process

    try:
        run(
            programs.folder / "initdb", "-D", cluster, "-U", "admin", "-E", "UTF8", "--no-sync",
            "--auth=scram-sha-256", f"--pwfile={password}", "--locale=C", "--lc-ctype=C.UTF-8",
            wait=True,
        )  # fmt: skip
        server = run(
            programs.folder / "postgres", "-D", cluster, "-p", str(database_port),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off",
        )  # fmt: skip
        run(
            redis, "--port", str(broker_port), "--bind", "127.0.0.1", "--save", "",
            "--daemonize", "no", "--logfile", "",
        )  # fmt: skip
        wait_for_port(database_port, server)
        address = f"postgresql://admin:s3cret@127.0.0.1:{database_port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE ROLE site LOGIN PASSWORD 's3cret'")
            connection.execute("CREATE DATABASE site OWNER site")
        yield {
            "DATABASE_URL": f"postgresql://site:s3cret@127.0.0.1:{database_port}/site",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{broker_port}/0",
        }
    finally:
        for process in running:
            process.send_signal(signal.SIGINT)
            process.wait(30)
            guardian.forget(process.pid)
        guardian.close()
        shutil.rmtree(folder)
