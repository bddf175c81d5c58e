"""How much memory this process holds and could still have, and how freed memory is given back.

The figures are Linux's. Elsewhere nothing is known, and nothing is refused for its size.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from pathlib import Path

# Of glibc's mallopt(3): from this size on a block is a mapping of its own, which goes back to the
# system when it is freed; so much free memory may stay on top of a heap; and so many heaps are
# there for all threads. By itself each thread gets one, and none fills the gaps of another.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 256 << 10
_HEAPS = 1

_CGROUP = Path("/sys/fs/cgroup")
_MACHINE = Path("/proc/meminfo")
_PROCESS = Path("/proc/self/status")


def resident() -> int:
    """Bytes of memory that this process holds now; 0 where the system does not say."""
    return _kilobytes(_PROCESS, "VmRSS") or 0


def free_memory() -> int | None:
    """Bytes that this process could still take, by the machine and the group it is confined to.

    None where the system does not say.
    """
    known = [_kilobytes(_MACHINE, "MemAvailable"), _left_in_group()]
    return min((free for free in known if free is not None), default=None)


def total_memory() -> int | None:
    """Bytes of the machine, or of the group that this process is confined to."""
    known = [_kilobytes(_MACHINE, "MemTotal"), _number(_group() / "memory.max")]
    return min((total for total in known if total is not None), default=None)


def keep_little() -> None:
    """Have the allocator of C give large blocks back as soon as they are freed; call it early.

    By itself glibc raises the limit with every large block that is freed, up to 32 MB, and then
    keeps a heap as large as it ever was. Does nothing under another allocator.
    """
    with suppress(OSError, AttributeError):
        c = ctypes.CDLL(None)
        c.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        c.mallopt(_M_TRIM_THRESHOLD, _LARGE)
        c.mallopt(_M_ARENA_MAX, _HEAPS)


def give_back() -> None:
    """Give the system what nothing in this process refers to any more."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def in_words(size: int) -> str:
    """A number of bytes to be read: 0.54 GB."""
    return f"{size / 1e9:.2f} GB"


def _kilobytes(file: Path, name: str) -> int | None:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    return None


def _group() -> Path:
    """The folder of this process' control group, of their second version."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                return _CGROUP / line.removeprefix("0::/")
    return _CGROUP


def _left_in_group() -> int | None:
    group = _group()
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    if limit is None or used is None:
        return None
    try:
        told = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        told = {}
    # Pages of files count as used, and go when somebody needs the room.
    return max(0, limit - used + int(told.get("inactive_file", 0)))


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # "max" is no limit
        return None
