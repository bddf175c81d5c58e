"""The runner with fake children: what ends when, and that nothing is ever left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from reasoning_site.embedded.processes import started_at

ROOT = Path(__file__).resolve().parents[3]
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

    @property
    def pids(self) -> dict[str, int]:
        fields = [line.split() for line in self.text.splitlines() if line.startswith("pid ")]
        return {name: int(pid) for _, name, pid in fields}

    def end(self) -> int:
        """Read to the end and return the exit code."""
        output, _ = self.process.communicate(timeout=30)
        self.text += output
        return self.process.returncode

    def nobody_left(self) -> bool:
        return not any(started_at(pid) for pid in self.pids.values())


def child(name: str, code: str, **options: object) -> dict[str, object]:
    return {"name": name, "code": code, **options}


def test_when_one_ends_all_end_with_its_code() -> None:
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
    while "ended with code 3" not in site.text:
        assert site.read_line()
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
    while "stopping" not in site.text:
        assert site.read_line()
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
