"""What is checked before anything is started, with a message that says what to do."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from reasoning_site.embedded.processes import signal_group, started_at, wait_until_gone

GRACE_SECONDS = 5.0


class Refusal(Exception):
    """The site is not started; the message says why and what helps."""


def check_disk(folder: Path, floor_mb: int) -> None:
    """Refuse when the file system of `folder` has less than `floor_mb` megabytes free."""
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < floor_mb:
        raise Refusal(
            f"Too little disk space: {free_mb} MB are free at {folder}, and at least {floor_mb} MB"
            " are wanted. Free some, choose another place with DATA_DIR, or lower the floor with"
            " DISK_FLOOR_MB."
        )


def check_port(host: str, port: int) -> None:
    """Refuse when the address cannot be listened on; proposes the next free port."""
    try:
        _try_to_listen(host, port)
    except OSError as error:
        if not _answers(host, port) and not isinstance(error, PermissionError):
            reason = f"cannot be listened on ({error.strerror or error})"
        elif isinstance(error, PermissionError):
            reason = "needs rights that this user does not have"
        else:
            reason = "is in use by another program"
        raise Refusal(
            f"Port {port} on {host} {reason}. Choose another one, for example"
            f" PORT={_free_port(host, port)} bin/start"
        ) from None


@contextlib.contextmanager
def single_instance(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for this process; refuse when another runner holds it.

    The lock is the kernel's, so that one left by a killed runner does not count.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "dev.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            raise Refusal(
                f"The site is already running with the data folder {data_dir}"
                + (f" (process {holder})" if holder else "")
                + ". Stop it first, or choose another DATA_DIR and PORT."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def record_processes(data_dir: Path, pids: Mapping[str, int]) -> None:
    """Write down what runs, so that the next start can end what this one could not."""
    entries = [{"name": name, "pid": pid, "started": started_at(pid)} for name, pid in pids.items()]
    draft = data_dir / "processes.json.new"
    draft.write_text(json.dumps(entries, indent=1))
    draft.replace(data_dir / "processes.json")


def end_leftovers(data_dir: Path) -> list[str]:
    """End the recorded processes of a runner that was killed; returns their names.

    Call it while holding `single_instance`. A pid that was given to a newer process is left alone.
    """
    path = data_dir / "processes.json"
    try:
        entries = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    alive = [
        entry
        for entry in entries
        if entry["started"] is not None and started_at(entry["pid"]) == entry["started"]
    ]
    for entry in alive:
        signal_group(entry["pid"], signal.SIGTERM)
    for entry in alive:
        if not wait_until_gone(entry["pid"], GRACE_SECONDS):
            signal_group(entry["pid"], signal.SIGKILL)
            wait_until_gone(entry["pid"], GRACE_SECONDS)
    path.unlink(missing_ok=True)
    return [entry["name"] for entry in alive]


def _try_to_listen(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do, so that connections which are winding down do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port(host: str, port: int) -> int:
    for candidate in range(max(port, 1024) + 1, 65536):
        try:
            _try_to_listen(host, candidate)
        except OSError:
            continue
        return candidate
    return 0
