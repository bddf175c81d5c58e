"""Memory of an inference worker: at rest, with its model, while it writes the first run, after.

    python -m evaluations.bench.worker_memory [--outputs N]

A real worker, by `manage.py worker`, on a database of its own; printed by `bin/bench inference`
too. Ends with status 1 where it holds more than is aimed at.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from evaluations.bench.queue import scratch_database
from evaluations.inference.memory import in_words

ROOT = Path(__file__).resolve().parent.parent.parent
IDLE_SECONDS = 3
MOST_WRITING, MOST_AT_REST = 1.4e9, 0.4e9
LONGEST = 1800.0


def resident(pid: int) -> int:
    """Bytes that a process holds now; 0 once it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def launch(outputs: int) -> None:
    """The first run of a new site: its model, both recipes, two prompt sets."""
    from django.core.management import call_command  # noqa: PLC0415

    from evaluations.runs.loading import launch_first_run  # noqa: PLC0415

    call_command("load_catalogue", verbosity=0)
    launch_first_run(limit=max(1, outputs // 4) if outputs else None)


def watch(process: subprocess.Popen[bytes]) -> tuple[dict[str, int], int]:
    """The memory of a worker at each stage, and how many outputs it wrote."""
    from evaluations.runs.models import Output, Worker  # noqa: PLC0415

    held = {"before loading": 0, "highest while loading": 0, "highest while writing": 0}
    written, total = 0, Output.objects.count()
    deadline = time.monotonic() + LONGEST
    while written < total:
        assert time.monotonic() < deadline, f"{written} of {total} written"
        assert process.poll() is None, "the worker ended"
        now = resident(process.pid)
        begun = Output.objects.filter(attempt__gt=0).exists()
        stage = "highest while writing" if begun else "highest while loading"
        if not Worker.objects.exists():
            stage = "before loading"
        held[stage] = max(held[stage], now)
        written = Output.objects.filter(state__in=["done", "failed"]).count()
        time.sleep(0.2)
    held["just after"] = resident(process.pid)
    began = time.monotonic()
    while time.monotonic() < began + IDLE_SECONDS + 30:
        time.sleep(1)
        held["after unloading"] = resident(process.pid)
        if time.monotonic() > began + IDLE_SECONDS + 15 and held["after unloading"] < MOST_AT_REST:
            break
    return held, written


def measure(outputs: int) -> bool:
    """Print the memory of a worker; returns whether it holds no more than is aimed at."""
    with scratch_database(durable=False):
        launch(outputs)
        environment = {**os.environ, "INFERENCE_IDLE_SECONDS": str(IDLE_SECONDS)}
        environment["LOG_LEVEL"] = "ERROR"
        environment["CELERY_BROKER_URL"] = ""
        argv = [sys.executable, "manage.py", "worker"]
        process = subprocess.Popen(
            argv, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        began = time.monotonic()
        try:
            held, written = watch(process)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        print(f"memory of a worker ({written} outputs, {time.monotonic() - began:.0f} s):")
        for stage, size in held.items():
            print(f"  {stage + ':':<24}{in_words(size):>10}")
        good = held["highest while writing"] <= MOST_WRITING
        good = good and held["after unloading"] <= MOST_AT_REST
        print(
            f"  aimed at: {in_words(int(MOST_WRITING))} while writing, "
            f"{in_words(int(MOST_AT_REST))} after unloading: {'kept' if good else 'MISSED'}"
        )
        return good


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=0, help="about so many; 0: the whole run")
    chosen = parser.parse_args()
    if not measure(chosen.outputs):
        sys.exit("A worker holds more memory than is aimed at.")


if __name__ == "__main__":
    main()
