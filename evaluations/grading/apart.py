"""Work that may never end, in a process of its own that is killed at its limit.

A pattern can run for years and a power of powers fill the memory, and neither can be stopped
within a process. One process serves one kind of work, one piece after the other; it is started
with the first piece, ends by itself when none came for a while or its parent is gone, and is
killed at the limit. It has no part of this process's environment but what Python needs.
"""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import Any, Final

from evaluations.grading.grade import NotGraded, TimedOut

ROOT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 90.0
"""Until its libraries are loaded on a busy machine; counts towards no limit."""
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


class Apart:
    """A process for one kind of work of `evaluations.grading.apart_process`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, seconds: float, **work: Any) -> Any:
        """What the process makes of a piece of work.

        Raises:
            TimedOut: after so many seconds; the process is killed.
            NotGraded: where its library is not installed, or it cannot go on.
            Refused: with what is wrong with the work itself.
        """
        with self._lock:
            if self._owner != os.getpid():  # this process was forked from one that had started it
                self._process, self._owner = None, os.getpid()
            try:
                answer = self._answer(seconds, work)
            except BaseException:
                self._end()
                raise
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["value"]

    def close(self) -> None:
        """End the process; the next piece of work starts another."""
        with self._lock:
            self._end()

    def _answer(self, seconds: float, work: dict[str, Any]) -> dict[str, Any]:
        for _ in range(2):
            if self._process and self._process.poll() is not None:  # it had rested long enough
                self._end()
            process = self._process or self._started()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps(work).encode() + b"\n")
                process.stdin.flush()
            except BrokenPipeError:
                self._end()
                continue
            answer = self._line(process, seconds)
            if answer is not None:
                return answer
            self._end()
            if process.returncode != 0:
                break
        raise NotGraded("the grader stopped before its end")

    def _started(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._process = process = subprocess.Popen(  # noqa: S603 - of this site, without a shell
            [sys.executable, "-m", "evaluations.grading.apart_process", self.kind],
            cwd=ROOT,
            env=kept,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ready = self._line(process, START_SECONDS)
        if ready is None or "refused" in ready:
            raise NotGraded(ready["refused"] if ready else "the grader does not start")
        return process

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any] | None:
        """The next line that it writes; None where it ended instead."""
        assert process.stdout is not None
        read, until = b"", time.monotonic() + seconds
        while not read.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise TimedOut
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                return None
            read += piece
        answer: dict[str, Any] = json.loads(read)
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        process.wait()


class Refused(Exception):
    """What is wrong with a piece of work, in words."""


PROCESSES: Final = {kind: Apart(kind) for kind in ("regex", "math-verify", "reasoning-gym")}
