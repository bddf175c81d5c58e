"""Start child processes that do not outlive us, and tell one process from another."""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

GUARDIAN = Path(__file__).with_name("guardian.py")
ON_LINUX = sys.platform == "linux"


class Guardian:
    """A small process of its own that ends our children should we be killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # out of reach of Ctrl-C
        )

    def watch(self, group: int, *, rank: int, number: signal.Signals, grace_seconds: float) -> None:
        """Guard a process group; on our death lower ranks get their signal first."""
        self._tell(f"+ {group} {rank} {int(number)} {grace_seconds}")

    def forget(self, group: int) -> None:
        """Call this as soon as a group has ended: its number may be given to others."""
        self._tell(f"- {group}")

    def close(self) -> None:
        """Let it end; what it still guards is ended by it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # somebody killed it; the record of processes is the second line of defence


def launch(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | int,
    account: pwd.struct_passwd | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in its own process group, with stdin closed and both outputs to `output`.

    With `account`, a superuser starts it as that ordinary user.
    """
    rights = rights_of(account)
    return subprocess.Popen(
        [*map(str, argv)],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0,  # Ctrl-C must reach us alone: the order of stopping is ours
        **rights,
    )


def rights_of(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """The arguments that make `subprocess` run a program as that user."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def started_at(pid: int) -> str | None:
    """When process `pid` started, as an opaque text: a pid alone may belong to a newer process.

    None when there is no such process, or only a zombie.
    """
    if ON_LINUX:
        fields = _stat(pid)
        return fields[19] if fields and fields[0] not in "ZX" else None
    state, _, start = _ps(pid, "stat=,lstart=").partition(" ")
    return start.strip() if state and "Z" not in state else None


def is_postgres_in(pid: int, cluster: Path) -> bool:
    """Whether `pid` is a live PostgreSQL process that works in the data folder `cluster`."""
    if not started_at(pid):
        return False
    if not ON_LINUX:
        command = _ps(pid, "command=")
        return "postgres" in command and str(cluster) in command
    try:
        name = Path(f"/proc/{pid}/comm").read_text()
        return name.startswith("postgres") and os.readlink(f"/proc/{pid}/cwd") == str(cluster)
    except OSError:
        return False  # it ended, or belongs to another user: our server never does


def postgres_processes_in(cluster: Path) -> list[int]:
    """Every live PostgreSQL process of the data folder, orphaned backends included (Linux)."""
    if not ON_LINUX:
        return []
    pids = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return [pid for pid in pids if is_postgres_in(pid, cluster)]


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for a process that may not be our child. True when it has ended."""
    deadline = time.monotonic() + seconds
    identity = started_at(pid)
    while identity is not None and started_at(pid) == identity:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def signal_group(process_group: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group; one that is already gone is no error."""
    try:
        os.killpg(process_group, number)
    except (ProcessLookupError, PermissionError):
        pass


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The second field is the name in brackets and may hold blanks and brackets itself.
    return text.rpartition(")")[2].split()


def _ps(pid: int, columns: str) -> str:
    result = subprocess.run(["ps", "-o", columns, "-p", str(pid)], capture_output=True, text=True)
    return result.stdout.strip()
