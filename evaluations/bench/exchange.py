"""How long an import takes from a file to its rows, an export of them to its files, and how much
memory, beside plain JSON.

    bin/bench exchange [--outputs N] [--steps N]

The file is of this site's own JSON Lines, made here: of each reply a trace of so many lines, and a
reference that a grader checks. A hundred thousand of 20 lines are nearly as many as a file may
hold. It is looked over as for a preview, imported, and imported again, in a PostgreSQL server of
its own. Then each output is judged with five answers, and the run is written as its page has a
worker write it; frozen with its boards, all of the site as a release, as replies, as scores for
Inspect and as a frozen board for Every Eval Ever. Memory is what the process held at most beyond
what it held after a small import and export; of each of the last ways, by how much more it held at
most then. Exits with 1 where not every reply is there in the end, once and with its steps, where
not every line is in the files, or where memory grew by 300 MB before the last ways.
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
from evaluations.bench.ways.going_out import define, ways_out
from evaluations.bench.ways.writing import CRITERIA, Written, judge, write_out
from evaluations.exchange.readers.formats import FORMATS, LARGEST_FILE

OUTPUTS: Final = 10_000
STEPS: Final = 20
FEW: Final = 600
FORMAT: Final = "own-jsonl"
MOST_MEGABYTES: Final = 300
UNIT: Final = 1_000_000 if sys.platform == "darwin" else 1_000
"""What makes megabytes of how the system counts memory."""


class Took(NamedTuple):
    seconds: float
    megabytes: float
    silence: float
    """The longest time in which no progress was told."""


class Heard:
    """Takes progress, and notes how long none was told."""

    def __init__(self) -> None:
        self.last, self.longest = time.perf_counter(), 0.0

    def __call__(self, *_: object) -> None:
        now = time.perf_counter()
        self.last, self.longest = now, max(self.longest, now - self.last)


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


def took(work: Callable[[Heard], object]) -> Took:
    before, since, heard = peak(), time.perf_counter(), Heard()
    work(heard)
    heard()
    return Took(time.perf_counter() - since, peak() - before, heard.longest)


def parse(path: Path) -> None:
    """What any reader of the file must do."""
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def look(path: Path, heard: Heard) -> int:
    from evaluations.exchange.loading.preview import look_over  # noqa: PLC0415

    with path.open("rb") as file:
        reads = FORMATS[FORMAT].read(file, name=path.name)
        return look_over(reads, actor=None, heard=heard).outputs


def bring_in(path: Path, heard: Heard) -> Any:
    from evaluations.exchange.loading.shelves import Source  # noqa: PLC0415
    from evaluations.exchange.loading.store_actions import load  # noqa: PLC0415

    source = Source(
        name=path.name, format=FORMAT, sha256=path.stem.rjust(64, "0"), actor=None,
        licence="own", visibility="public",
    )  # fmt: skip
    with path.open("rb") as file:
        return load(FORMATS[FORMAT].read(file, name=path.name), source=source, heard=heard)


def measured(path: Path, outputs: int, steps: int) -> bool:
    """Print what each part takes; whether all came in, and went out."""
    from evaluations.runs.models import Output, Run, Step  # noqa: PLC0415

    plain = took(lambda heard: parse(path)).seconds
    print(f"{outputs:,} outputs of {steps} steps, {path.stat().st_size / 1e6:.0f} MB")
    print(f"{'':24}{'s':>8}{'outputs/s':>11}{'JSON':>7}{'MB more':>9}{'silent s':>10}")
    print(f"{'json.loads alone':24}{plain:8.1f}{outputs / plain:11,.0f}{1:7.1f}", flush=True)
    small = peak()
    for name, work in (("looked over", look), ("imported", bring_in), ("imported again", bring_in)):
        found = took(lambda heard, work=work: work(path, heard))  # type: ignore[misc]
        print(
            f"{name:24}{found.seconds:8.1f}{outputs / found.seconds:11,.0f}"
            f"{found.seconds / plain:7.1f}{found.megabytes:9.0f}{found.silence:10.1f}",
            flush=True,
        )
    stored = Output.objects.filter(run__model__name="large")
    came = (stored.count(), Step.objects.filter(output__in=stored).count())
    judge(Run.objects.get(model__name="large"))
    written = {}
    found = took(lambda heard: written.update(write_out("large", heard)))
    lines = sum(each.lines for each in written.values())
    print(
        f"{'written, in all':24}{found.seconds:8.1f}{outputs / found.seconds:11,.0f}"
        f"{'':7}{found.megabytes:9.0f}{found.silence:10.1f}"
    )
    print(f"{'':24}{'s':>8}{'lines/s':>11}{'JSON':>7}{'MB more':>9}")
    for name, each in written.items():
        print(said(name, each), flush=True)
    more = peak() - small
    print(f"{lines:,} lines; in all {more:.0f} MB more than after a small import and export")
    is_all = True
    for name, way in ways_out("large", define()).items():
        before, each = peak(), way()
        print(f"{said(name, each)}{peak() - before:9.0f}", flush=True)
        is_all = is_all and each.lines > 0
    went = (written["outputs.jsonl"].lines, written["answers.jsonl"].lines)
    return (
        came == (outputs, outputs * steps)
        and went == (outputs, outputs * len(CRITERIA))
        and is_all
        and more < MOST_MEGABYTES
    )


def said(name: str, written: Written) -> str:
    """A file or a way out as a row of the table."""
    times = written.seconds / max(written.plain, 1e-9)
    return f"{name:24}{written.seconds:8.1f}{written.lines / written.seconds:11,.0f}{times:7.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=OUTPUTS)
    parser.add_argument("--steps", type=int, default=STEPS, help="lines of each trace, from 2")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, scratch_database(durable=True):
        small, large = Path(folder) / "small.jsonl", Path(folder) / "large.jsonl"
        from evaluations.runs.models import Run  # noqa: PLC0415

        write(small, FEW, chosen.steps, "small")
        write(large, chosen.outputs, chosen.steps, "large")
        if large.stat().st_size > LARGEST_FILE:
            raise SystemExit("The file would be larger than what is read: ask for fewer.")
        bring_in(small, Heard())
        judge(Run.objects.get(model__name="small"))
        write_out("small", Heard())
        if not measured(large, chosen.outputs, chosen.steps):
            raise SystemExit("Not every line is there, once, or memory grew too much.")


if __name__ == "__main__":
    main()
