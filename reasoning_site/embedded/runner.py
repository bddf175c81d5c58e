"""Run the site's processes together: prefixed logs, restarts, none left behind.

When an essential program ends, all end. A program that restarts is started again after a pause.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

from reasoning_site.embedded.processes import Guardian, launch, signal_group

COLOURS = (36, 33, 32, 35, 34, 31)  # of ANSI terminals
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_PAUSE = 1.0  # seconds before a program is started again; doubled by each failure
LONGEST_PAUSE = 60.0
WELL_SECONDS = 60.0  # who ran so long has run well, and gets the first pause again


@dataclass(frozen=True)
class Program:
    """One process to run. Lower ranks are stopped first.

    An inessential one may end; with `restarts` it is then started again.
    """

    name: str
    argv: Sequence[str | Path]
    rank: int = 0
    grace_seconds: float = 10.0
    essential: bool = True
    restarts: bool = False
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Event:
    """A program ended with a code, or (name None) a signal asks to stop."""

    name: str | None
    code: int


def pause_after(former: float, ran: float) -> float:
    """Seconds until the next start of a program that ran so long after a pause of `former`."""
    if not former or ran >= WELL_SECONDS:
        return FIRST_PAUSE
    return min(2 * former, LONGEST_PAUSE)


class Stopped(Exception):
    """The run is over; `code` is the exit code for the shell."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Runner:
    """Starts programs, waits until an essential one ends or a signal comes, stops them in order.

    Use it in the main thread: `with Runner(...) as runner`. It takes over SIGINT, SIGTERM and
    SIGHUP: the first asks everything to end, a second kills at once. `record` is given all
    process ids after each start.
    """

    def __init__(
        self,
        *,
        cwd: Path,
        guardian: Guardian,
        record: Callable[[Mapping[str, int]], None] = lambda pids: None,
        output: TextIO | None = None,
    ) -> None:
        self._cwd = cwd
        self._guardian = guardian
        self._record = record
        self._output = output or sys.stdout
        self._coloured = self._output.isatty()
        # What happened, and programs whose pause is over.
        self._events: queue.SimpleQueue[_Event | Program] = queue.SimpleQueue()
        self._programs: dict[str, tuple[Program, subprocess.Popen[bytes]]] = {}
        self._started: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._readers: dict[str, threading.Thread] = {}
        self._names: list[str] = []
        self._signals = 0
        self._writing = threading.Lock()
        self._former: dict[int, object] = {}

    def __enter__(self) -> "Runner":
        for number in STOP_SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started by nohup
            self._former[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            for number, handler in self._former.items():
                signal.signal(number, handler)  # type: ignore[arg-type]

    @property
    def killed(self) -> bool:
        """Whether a second signal asked to end at once."""
        return self._signals > 1

    @property
    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, (_, process) in self._programs.items()}

    def start(self, program: Program) -> None:
        """Start a program; its output appears line by line behind its name."""
        self._started[program.name] = time.monotonic()
        process = launch(
            program.argv,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.env},
            cwd=self._cwd,
            output=subprocess.PIPE,
        )
        self._guardian.watch(
            process.pid,
            rank=program.rank,
            number=signal.SIGTERM,
            grace_seconds=program.grace_seconds,
        )
        self._programs[program.name] = (program, process)
        reader = threading.Thread(target=self._read, args=(program.name, process), daemon=True)
        reader.start()
        self._readers[program.name] = reader
        threading.Thread(target=self._await, args=(program.name, process), daemon=True).start()
        try:
            self._record(self.pids)
        except OSError as error:  # such as a full disk; the guardian knows the process as well
            self.say(f"the process could not be recorded: {error}", program.name)

    def watch(self, name: str, is_running: Callable[[], bool]) -> None:
        """Treat what was started elsewhere like an essential program: its end ends everything."""

        def look() -> None:
            while is_running():
                time.sleep(1)
            self._events.put(_Event(name, 1))

        threading.Thread(target=look, daemon=True).start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until something ends the run, or `seconds` have passed. Raises Stopped."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                event = self._events.get(timeout=left)
            except queue.Empty:
                return
            if isinstance(event, Program):
                self._start_again(event)
            else:
                self._judge(event)

    def stop(self) -> None:
        """Ask all programs to end, rank by rank; kill those whose grace has passed."""
        ranks = {program.rank for program, _ in self._programs.values()}
        for rank in sorted(ranks):
            group = [entry for entry in self._programs.values() if entry[0].rank == rank]
            started = time.monotonic()
            for _, process in group:
                if process.poll() is None and not self.killed:
                    signal_group(process.pid, signal.SIGTERM)
            for program, process in group:
                limit = started + program.grace_seconds
                while process.poll() is None and not self.killed and time.monotonic() < limit:
                    time.sleep(0.02)
                if process.poll() is None and not self.killed:
                    self.say(f"{program.name} did not end in {program.grace_seconds:.0f} s: killed")
                # To the whole group in any case: a program may leave children of its own.
                signal_group(process.pid, signal.SIGKILL)
                process.wait()
                self._guardian.forget(process.pid)
        self._programs.clear()
        for reader in self._readers.values():
            reader.join(timeout=1)

    def say(self, text: str, name: str = "site") -> None:
        """Print text behind a coloured name, whole lines at a time."""
        if not text.strip():
            return
        if name not in self._names:
            self._names.append(name)
        prefix = f"{name:>9} | "
        if self._coloured:
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            prefix = f"\033[{colour}m{prefix}\033[0m"
        self.print("\n".join(prefix + line for line in text.splitlines()))

    def print(self, text: str) -> None:
        """Print text as it is. A closed terminal or pipe must not keep us from stopping."""
        with self._writing:
            try:
                print(text, file=self._output, flush=True)
            except OSError:
                pass

    def _judge(self, event: _Event) -> None:
        if event.name is None:
            self.say("stopping; once more kills at once")
            raise Stopped(event.code, "signal")
        program = self._programs[event.name][0] if event.name in self._programs else None
        code = event.code if event.code >= 0 else 128 - event.code
        if program is not None and not program.essential:
            _, process = self._programs.pop(event.name)
            signal_group(process.pid, signal.SIGKILL)  # it may leave children of its own
            self._guardian.forget(process.pid)
            if program.restarts:
                self._start_later(program, f"ended with code {code}")
            elif code:
                self.say(f"ended with code {code}", event.name)
            return
        self.say(f"{event.name} ended with code {code}: stopping everything")
        raise Stopped(code, event.name)

    def _start_later(self, program: Program, reason: str) -> None:
        ran = time.monotonic() - self._started[program.name]
        pause = pause_after(self._pauses.get(program.name, 0.0), ran)
        self._pauses[program.name] = pause
        self.say(f"{reason}; starting it again in {pause:.0f} s", program.name)
        timer = threading.Timer(pause, self._events.put, [program])
        timer.daemon = True  # no reason to stay once everything stops
        timer.start()

    def _start_again(self, program: Program) -> None:
        try:
            self.start(program)
        except OSError as error:  # such as no memory for another process
            self._start_later(program, f"could not be started ({error})")

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals == 1:
            self._events.put(_Event(None, 0))
            return
        for _, process in list(self._programs.values()):
            signal_group(process.pid, signal.SIGKILL)

    def _read(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            # Of a progress bar that is drawn over and over, its last state.
            self.say(line.decode(errors="replace").rstrip().rpartition("\r")[2], name)

    def _await(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self._events.put(_Event(name, process.wait()))
