"""The runner with fake children: what ends and restarts when, and that nothing is left behind."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reasoning_site.embedded.processes import Guardian, started_at
from reasoning_site.embedded.runner import Program, Runner, pause_after

ROOT = Path(__file__).resolve().parents[3]
FAILS = "import sys; print('awake', flush=True); sys.exit(3)"
SLEEPS = "import time; print('awake', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('awake', flush=True); time.sleep(60)"
)
FINISHES_ITS_TASK = (
    "import signal, sys, time\n"
    "def finish(*_):\n"
    "    time.sleep(1); print('task finished', flush=True); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, finish)\n"
    "print('awake', flush=True)\n"
    "while True: time.sleep(60)"
)
HAS_A_CHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print('grandchild', child.pid, flush=True); time.sleep(60)"
)

Wait = Callable[[Callable[[], object]], None]


class FakeSite:
    """The runner in a process of its own; `lines` is what it printed until it was ready."""

    def __init__(self, *children: dict[str, object]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reasoning_site.embedded.tests.fake_site", json.dumps(children)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.text = ""
        awaited = len(children)
        while "Ready" not in self.text or self.text.count("awake") < awaited:
            line = self.read_line()
            awaited -= "grandchild" in line
            if not line:
                break

    def read_line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.text += line
        return line

    def read_until(self, text: str) -> None:
        while text not in self.text:
            assert self.read_line(), self.text

    @property
    def started(self) -> list[tuple[str, int]]:
        fields = [line.split() for line in self.text.splitlines() if line.startswith("pid ")]
        return [(name, int(pid)) for _, name, pid in fields]

    @property
    def pids(self) -> dict[str, int]:
        """Of each child that which was started last."""
        return dict(self.started)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        output, _ = self.process.communicate(timeout=30)
        self.text += output
        return self.process.returncode

    def nobody_left(self) -> bool:
        return not any(started_at(pid) for _, pid in self.started)


def child(name: str, code: str, **options: object) -> dict[str, object]:
    return {"name": name, "code": code, **options}


def worker(code: str, **options: object) -> dict[str, object]:
    return child("worker", code, rank=1, essential=False, restarts=True, **options)


def test_when_an_essential_one_ends_all_end_with_its_code() -> None:
    dies = "import time, sys; print('awake', flush=True); time.sleep(0.5); sys.exit(7)"
    site = FakeSite(child("web", SLEEPS), child("worker", dies, rank=1))
    assert site.end() == 7
    assert "worker ended with code 7" in site.text
    assert site.nobody_left()


def test_a_child_killed_by_a_signal_gives_the_shells_code() -> None:
    site = FakeSite(child("web", SLEEPS), child("worker", SLEEPS))
    os.kill(site.pids["worker"], signal.SIGKILL)
    assert site.end() == 128 + 9
    assert site.nobody_left()


def test_an_inessential_child_may_end() -> None:
    done = "import sys; print('awake done', flush=True); sys.exit(3)"
    site = FakeSite(child("web", SLEEPS), child("first-run", done, essential=False))
    site.read_until("ended with code 3")
    assert site.process.poll() is None
    site.process.send_signal(signal.SIGINT)
    assert site.end() == 0


def test_lines_carry_the_name_and_no_colour_off_a_terminal() -> None:
    site = FakeSite(child("web", SLEEPS))
    site.process.terminate()
    assert site.end() == 0
    assert "      web | awake\n" in site.text
    assert "\033" not in site.text


def test_interrupt_lets_tasks_finish_in_the_order_of_ranks() -> None:
    says = FINISHES_ITS_TASK.replace("time.sleep(1); print('task", "print('web")
    site = FakeSite(child("worker", FINISHES_ITS_TASK, rank=1), child("web", says, rank=0))
    site.process.send_signal(signal.SIGINT)
    assert site.end() == 0
    assert site.text.index("web finished") < site.text.index("task finished")
    assert site.nobody_left()


def test_a_stubborn_child_is_killed_after_its_grace() -> None:
    site = FakeSite(child("worker", STUBBORN, grace=0.5))
    site.process.send_signal(signal.SIGINT)
    assert site.end() == 0
    assert "worker did not end" in site.text
    assert site.nobody_left()


def test_a_second_interrupt_kills_at_once() -> None:
    site = FakeSite(child("worker", STUBBORN, grace=60), child("other", STUBBORN, grace=60, rank=2))
    site.process.send_signal(signal.SIGINT)
    site.read_until("stopping")
    started = time.monotonic()
    site.process.send_signal(signal.SIGINT)
    assert site.end() == 130
    assert time.monotonic() - started < 5
    assert site.nobody_left()


def test_grandchildren_go_as_well() -> None:
    site = FakeSite(child("web", HAS_A_CHILD))
    grandchild = int(site.text.split("grandchild ")[1].split()[0])
    site.process.send_signal(signal.SIGINT)
    assert site.end() == 0
    assert started_at(grandchild) is None


def test_kill_9_of_the_runner_leaves_no_orphan(eventually: Wait) -> None:
    site = FakeSite(
        child("web", SLEEPS),
        child("family", HAS_A_CHILD, rank=1),
        child("stubborn", STUBBORN, rank=1, grace=0.5),
    )
    grandchild = int(site.text.split("grandchild ")[1].split()[0])
    site.process.kill()
    site.end()
    eventually(site.nobody_left)
    assert started_at(grandchild) is None


def test_the_pause_doubles_up_to_a_minute_and_a_good_minute_begins_anew() -> None:
    pauses = [0.0]
    for _ in range(8):
        pauses.append(pause_after(pauses[-1], ran=59))
    assert pauses[1:] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pause_after(60, ran=60) == 1


def test_a_killed_worker_is_started_again_and_web_stays(eventually: Wait) -> None:
    site = FakeSite(child("web", SLEEPS), worker(SLEEPS))
    first = site.pids
    for pause in (1, 2):
        former = site.pids["worker"]
        os.kill(former, signal.SIGKILL)
        site.read_until(f"   worker | ended with code 137; starting it again in {pause} s\n")
        started = time.monotonic()
        while site.pids["worker"] == former:
            assert site.read_line()
        assert time.monotonic() - started > pause - 0.5
    assert started_at(first["web"]) is not None
    assert site.pids["web"] == first["web"]
    site.process.kill()  # the guardian knows the new one
    site.end()
    eventually(site.nobody_left)


def test_what_a_killed_worker_leaves_ends_before_it_is_started_again(eventually: Wait) -> None:
    site = FakeSite(worker(HAS_A_CHILD))
    grandchild = int(site.text.split("grandchild ")[1].split()[0])
    os.kill(site.pids["worker"], signal.SIGKILL)
    site.read_until("starting it again")
    eventually(lambda: started_at(grandchild) is None)
    site.process.terminate()
    assert site.end() == 0
    assert site.nobody_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_while_a_restart_is_pending(number: signal.Signals) -> None:
    site = FakeSite(child("web", SLEEPS), worker(FAILS))
    site.read_until("ended with code 3; starting it again in 4 s")
    signalled = time.monotonic()
    site.process.send_signal(number)
    assert site.end() == 0
    assert time.monotonic() - signalled < 3
    assert site.text.count("   worker | awake") == 3
    assert site.nobody_left()


def test_a_second_signal_kills_at_once_while_a_restart_is_pending() -> None:
    site = FakeSite(child("web", STUBBORN, grace=60), worker(FAILS))
    site.read_until("starting it again")
    site.process.send_signal(signal.SIGINT)
    site.read_until("stopping")
    started = time.monotonic()
    site.process.send_signal(signal.SIGINT)
    assert site.end() == 130
    assert time.monotonic() - started < 5
    assert site.nobody_left()


def test_a_restart_that_cannot_be_done_or_recorded_is_no_end(tmp_path: Path) -> None:
    def record(pids: object) -> None:
        raise OSError("disk full")

    script = tmp_path / "once"
    script.write_text('#!/bin/sh\nrm "$0"\n')
    script.chmod(0o755)
    output, guardian = io.StringIO(), Guardian()
    with Runner(cwd=tmp_path, guardian=guardian, record=record, output=output) as runner:
        runner.start(Program("worker", [script], essential=False, restarts=True))
        runner.wait(2)
    guardian.close()
    assert "could not be recorded: disk full" in output.getvalue()
    assert "ended with code 0; starting it again in 1 s" in output.getvalue()
    assert "could not be started" in output.getvalue()
    assert "starting it again in 2 s" in output.getvalue()
