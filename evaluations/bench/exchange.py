"""How long an import takes from a file to its rows, and how much memory, beside plain JSON.

    bin/bench exchange [--outputs N] [--steps N]

The file is of this site's own JSON Lines, made here: of each reply a trace of so many lines, and a
reference that a grader checks. A hundred thousand of 20 lines are nearly as many as a file may
hold. It is looked over as for a preview, imported, and imported again, in a PostgreSQL server of
its own. Memory is what the process held at most beyond what it held after a small import. Exits
with 1 where not every reply is there in the end, once and with its steps.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from evaluations.bench.exchange_reading import SENTENCE, asked
from evaluations.bench.queue import scratch_database
from evaluations.exchange.readers.formats import FORMATS, LARGEST_FILE

OUTPUTS: Final = 10_000
STEPS: Final = 20
FEW: Final = 600
FORMAT: Final = "own-jsonl"
UNIT: Final = 1_000_000 if sys.platform == "darwin" else 1_000
"""What makes megabytes of how the system counts memory."""


class Took(NamedTuple):
    seconds: float
    megabytes: float


def peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNIT


def write(path: Path, outputs: int, steps: int, model: str) -> None:
    """A file of replies, each to a prompt of its own."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(outputs):
            trace = "\n".join(f"{SENTENCE.strip()} Tray {step}." for step in range(steps))
            row = {
                "prompt": asked(number),
                "model": model,
                "output": f"<think>\n{trace}\n</think>\n\n{number}",
                "reference": str(number % 1000),
                "stop_reason": "stop",
            }
            file.write(json.dumps(row) + "\n")


def took(work: Callable[[], object]) -> Took:
    before, since = peak(), time.perf_counter()
    work()
    return Took(time.perf_counter() - since, peak() - before)


def parse(path: Path) -> None:
    """What any reader of the file must do."""
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def look(path: Path) -> int:
    from evaluations.exchange.loading.preview import look_over  # noqa: PLC0415

    with path.open("rb") as file:
        return look_over(FORMATS[FORMAT].read(file, name=path.name), actor=None).outputs


def bring_in(path: Path) -> Any:
    from evaluations.exchange.loading.shelves import Source  # noqa: PLC0415
    from evaluations.exchange.loading.store_actions import load  # noqa: PLC0415

    source = Source(
        name=path.name, format=FORMAT, sha256=path.stem.rjust(64, "0"), actor=None,
        licence="own", visibility="private",
    )  # fmt: skip
    with path.open("rb") as file:
        return load(FORMATS[FORMAT].read(file, name=path.name), source=source)


def measured(path: Path, outputs: int, steps: int) -> bool:
    """Print what each part takes; whether all came in."""
    from evaluations.runs.models import Output, Step  # noqa: PLC0415

    plain = took(lambda: parse(path)).seconds
    print(f"{outputs:,} outputs of {steps} steps, {path.stat().st_size / 1e6:.0f} MB")
    print(f"{'':24}{'s':>8}{'outputs/s':>11}{'JSON':>7}{'MB more':>9}")
    print(f"{'json.loads alone':24}{plain:8.1f}{outputs / plain:11,.0f}{1:7.1f}")
    for name, work in (("looked over", look), ("imported", bring_in), ("imported again", bring_in)):
        found = took(lambda work=work: work(path))  # type: ignore[misc]
        print(
            f"{name:24}{found.seconds:8.1f}{outputs / found.seconds:11,.0f}"
            f"{found.seconds / plain:7.1f}{found.megabytes:9.0f}",
            flush=True,
        )
    stored = Output.objects.filter(run__model__name="large")
    return (stored.count(), Step.objects.filter(output__in=stored).count()) == (
        outputs,
        outputs * steps,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=OUTPUTS)
    parser.add_argument("--steps", type=int, default=STEPS, help="lines of each trace, from 2")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, scratch_database(durable=True):
        small, large = Path(folder) / "small.jsonl", Path(folder) / "large.jsonl"
        write(small, FEW, chosen.steps, "small")
        write(large, chosen.outputs, chosen.steps, "large")
        if large.stat().st_size > LARGEST_FILE:
            raise SystemExit("The file would be larger than what is read: ask for fewer.")
        bring_in(small)
        if not measured(large, chosen.outputs, chosen.steps):
            raise SystemExit("Not every reply is there, once and with its steps.")


if __name__ == "__main__":
    main()
