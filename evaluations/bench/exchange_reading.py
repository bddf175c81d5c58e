"""How quickly files of other tools are read: rows a second of each reader, beside plain JSON.

The files are made here, of replies with a trace of some 1,500 characters. Beside each stands how
long `json.loads` alone takes for the same lines, or samples: what a reader costs beyond that is
the telling apart of trace and answer, the checks and the digests.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.records import Record, Refused

ROWS: Final = 5_000
SENTENCE: Final = "Three trays of 24 rolls are 72 rolls, and 17 of them were sold by noon. "
TRACE: Final = SENTENCE * 20
RESULTS: Final = {
    "model_name": "brot-7b",
    "config": {"model_args": {}},
    "configs": {"bakers": {}},
}
HEADER: Final = {
    "version": 2,
    "status": "success",
    "eval": {"eval_id": "bench", "task": "bakers", "model": "own/brot-7b"},
}


class Made(NamedTuple):
    """A file, what each of its rows is as JSON, and its companion."""

    format: str
    content: bytes
    rows: list[str]
    companion: bytes = b""


def asked(number: int) -> str:
    return f"A baker makes {number} trays of 24 rolls and sells 17 rolls. How many are left?"


def own(number: int) -> dict[str, Any]:
    said = f"<think>\n{TRACE}\n</think>\n\n{number}"
    return {"prompt": asked(number), "model": "brot-7b", "output": said, "sample": 0, "seed": 7}


def own_apart(number: int) -> dict[str, Any]:
    apart = {"output": str(number), "reasoning": TRACE, "answer": str(number)}
    return {"prompt": asked(number), "model": "brot-7b"} | apart


def inspect_sample(number: int) -> dict[str, Any]:
    parts = [{"type": "reasoning", "reasoning": TRACE}, {"type": "text", "text": str(number)}]
    said = {"role": "assistant", "content": parts}
    return {
        "id": str(number),
        "epoch": 1,
        "input": asked(number),
        "target": str(number),
        "messages": [{"role": "user", "content": asked(number)}, said],
        "output": {"choices": [{"message": said, "stop_reason": "stop"}]},
        "scores": {"match": {"value": "C"}},
        "events": [{"event": "model", "text": SENTENCE} for _ in range(10)],
    }


def lm_eval(number: int) -> dict[str, Any]:
    return {
        "doc_id": number,
        "doc": {"question": asked(number)},
        "target": str(number),
        "arguments": {"gen_args_0": {"arg_0": asked(number), "arg_1": {"temperature": 0.7}}},
        "resps": [[f"{TRACE}\nThe answer is {number}."]],
        "filtered_resps": [str(number)],
        "filter": "none",
        "metrics": ["exact_match"],
        "exact_match": 1.0,
    }


def eee(number: int) -> dict[str, Any]:
    return {
        "evaluation_id": "bench",
        "model_id": "own/brot-7b",
        "evaluation_name": "bakers",
        "evaluation_result_id": "bench#1",
        "sample_id": str(number),
        "interaction_type": "single_turn",
        "input": {"raw": asked(number), "reference": [str(number)]},
        "output": {"raw": [str(number)], "reasoning_trace": [TRACE]},
        "evaluation": {"score": 1.0, "is_correct": True},
    }


def chat(number: int) -> dict[str, Any]:
    said = {"role": "assistant", "content": str(number), "reasoning_content": TRACE}
    messages = [{"role": "user", "content": asked(number)}]
    return {
        "request": {"model": "brot-7b", "messages": messages, "temperature": 0.7},
        "response": {"id": f"c{number}", "choices": [{"message": said, "finish_reason": "stop"}]},
    }


def arena(number: int) -> dict[str, Any]:
    question = {"role": "user", "content": asked(number)}
    said = [{"role": "assistant", "content": f"{TRACE}\nAnswer: {number + n}"} for n in (0, 1)]
    return {
        "winner": ("model_a", "model_b", "tie", "both_bad")[number % 4],
        "model_a": "brot-7b",
        "model_b": "kruste-1b",
        "conversation_a": [question, said[0]],
        "conversation_b": [question, said[1]],
    }


def prm800k(number: int) -> dict[str, Any]:
    steps = [
        {"completions": [{"text": f"{SENTENCE}{n}", "rating": 1}], "chosen_completion": 0}
        for n in range(20)
    ]
    question = {"problem": asked(number), "ground_truth_answer": str(number)}
    return {"labeler": "a", "question": question, "label": {"steps": steps}}


def bigbench_mistake(number: int) -> dict[str, Any]:
    return {
        "input": asked(number),
        "steps": [f"{SENTENCE}{n}" for n in range(20)],
        "answer": str(number),
        "target": str(number),
        "mistake_index": number % 20,
    }


def by_lines(
    format: str, row: Callable[[int], dict[str, Any]], rows: int, companion: object = None
) -> Made:
    lines = [json.dumps(row(number)) for number in range(rows)]
    beside = b"" if companion is None else json.dumps(companion).encode()
    return Made(format, "\n".join(lines).encode(), lines, beside)


def made(rows: int) -> Iterator[tuple[str, Made]]:
    """Each file under its name, one after the other, so that one alone lies in memory."""
    yield "own JSON Lines, thought between tags", by_lines("own-jsonl", own, rows)
    yield "own JSON Lines, thought apart", by_lines("own-jsonl", own_apart, rows)
    yield "own CSV, thought apart", _csv(rows)
    lines = [json.dumps(inspect_sample(number)) for number in range(rows)]
    yield "Inspect, packed", Made("inspect", _packed(lines), lines)
    log = json.dumps(HEADER)[:-1] + ', "samples": [' + ",".join(lines) + "]}"
    yield "Inspect, JSON", Made("inspect", log.encode(), lines)
    yield "lm-eval", by_lines("lm-eval", lm_eval, rows, RESULTS)
    yield "Every Eval Ever", by_lines("eee", eee, rows)
    yield "chat completions", by_lines("chat", chat, rows)
    yield "arena, two replies a row", by_lines("arena", arena, rows)
    yield "PRM800K", by_lines("prm800k", prm800k, rows)
    yield "BIG-Bench Mistake", by_lines("bigbench-mistake", bigbench_mistake, rows)


def _csv(rows: int) -> Made:
    written = io.StringIO()
    told = [own_apart(number) for number in range(rows)]
    writer = csv.DictWriter(written, list(told[0]))
    writer.writeheader()
    writer.writerows(told)
    return Made("own-csv", written.getvalue().encode(), [json.dumps(row) for row in told])


def _packed(lines: list[str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(HEADER))
        for number, line in enumerate(lines):
            archive.writestr(f"samples/{number}_epoch_1.json", line)
    return packed.getvalue()


def read(file: Made) -> int:
    """Read a file, and say how many replies it gave."""
    companion = io.BytesIO(file.companion) if file.companion else None
    records = 0
    for each in FORMATS[file.format].read(io.BytesIO(file.content), companion=companion):
        if isinstance(each, Refused):
            raise SystemExit(f"{file.format}: {each}")
        records += isinstance(each, Record)
    return records


def seconds(work: Callable[[], object], times: int) -> float:
    """The best of several tries: whatever else the machine does only makes it slower."""
    best = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of each file")
    parser.add_argument("--times", type=int, default=3, help="tries, of which the best counts")
    arguments = parser.parse_args()
    print(f"{'':38}{'rows/s':>9}{'MB/s':>7}{'JSON rows/s':>13}{'ratio':>7}")
    for name, file in made(arguments.rows):
        ours = seconds(lambda file=file: read(file), arguments.times)  # type: ignore[misc]
        plain = seconds(
            lambda file=file: [json.loads(row) for row in file.rows],  # type: ignore[misc]
            arguments.times,
        )
        rows, size = len(file.rows), len(file.content) / 1e6
        print(
            f"{name:38}{rows / ours:9,.0f}{size / ours:7.1f}{rows / plain:13,.0f}"
            f"{ours / plain:7.1f}"
        )


if __name__ == "__main__":
    main()
