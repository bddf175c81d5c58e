"""End the children of a process that died without ending them itself.

Run by path with `python -I -S`, never imported by the site: see `processes.Guardian`. It reads
lines from stdin: `+ GROUP RANK SIGNAL GRACE` puts a process group under guard, `- GROUP` takes it
out again. When stdin ends, because the process that held the other end is gone, however it went,
every group still on the list gets its signal, lower ranks first, and after its grace in seconds a
kill. Unlike a parent-death signal this keeps the order, works for grandchildren and for programs
that ignore signals, and needs no Linux.
"""

import os
import signal
import sys
import time


def send(group: int, number: int) -> bool:
    """False when the group is gone."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # macOS answers so for zombies
    return True


def end(groups: dict[int, tuple[int, int, float]]) -> None:
    for group, (_, number, _) in groups.items():
        send(group, number)
    limits = {group: time.monotonic() + grace for group, (_, _, grace) in groups.items()}
    while limits:
        for group, limit in list(limits.items()):
            if not send(group, 0):
                del limits[group]
            elif time.monotonic() > limit:
                send(group, signal.SIGKILL)
                del limits[group]
        time.sleep(0.02)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    guarded: dict[int, tuple[int, int, float]] = {}
    for line in sys.stdin:
        action, group, *rest = line.split()
        if action == "+":
            guarded[int(group)] = (int(rest[0]), int(rest[1]), float(rest[2]))
        else:
            guarded.pop(int(group), None)
    for rank in sorted({rank for rank, _, _ in guarded.values()}):
        end({group: entry for group, entry in guarded.items() if entry[0] == rank})


main()
