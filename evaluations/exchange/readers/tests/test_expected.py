"""Every file of the collection gives exactly what is written down for it."""

import gzip
import hashlib
import io
import json
import re
from collections import Counter
from typing import Any, BinaryIO

import pytest

from evaluations.exchange.readers.formats import FORMATS, guess, why_unknown
from evaluations.exchange.readers.records import Read, Record, Vote
from evaluations.exchange.readers.tests.files import (
    BIGBENCH,
    EXCHANGE,
    records_in,
    refused_in,
    skipped_in,
    with_files,
)
from evaluations.inference.split import split_output

pytestmark = with_files

_PATH = EXCHANGE / "expected.json"
FILES: dict[str, dict[str, Any]] = (
    json.loads(_PATH.read_text("utf-8"))["files"] if _PATH.is_file() else {}
)
NOT_READ = {"labelstudio": "Label Studio", "argilla": "Argilla"}
FORMAT_OF = {
    "inspect": "inspect",
    "lm-eval": "lm-eval",
    "chat": "chat",
    "arena": "arena",
    "prm800k": "prm800k",
    "eee": "eee",
}
CAUSES = {
    r"NUL byte": "holds the character NUL",
    r"NUL in output": "“output” holds the character NUL",
    r"half of a surrogate": "“output” holds half of a surrogate pair",
    r"^not JSON": "It is not JSON",
    r"not an object": "not a JSON object",
    r"^no (prompt|model|output)$": r"It has no “\1”",
    r"nested": "nested too deeply",
    r"is not text$": "is not text",
    r"is null$": "“output” is null",
    r"sample is not a whole": "“sample” is not a whole number",
    r"sample below 0": "“sample” is below 0",
    r"seed is not": "“seed” is not a whole number",
    r"prompt is blank": "“prompt” is empty",
    r"a conflict": "Line 17 has the same prompt, model and sample with another output",
    r"NaN": "NaN, which is not JSON",
    r"longer than 1 MB": "longer than 1 MB",
    r"not UTF-8": "not UTF-8.*Save it again as UTF-8",
    r"UTF-16": "UTF-16",
    r"no column output": "no column “output”",
    r"too few fields": "fewer fields",
    r"too many fields": "more fields",
    r"a quote that is never closed": "never closed",
    r"log-likelihood": "log-likelihood",
    r"tool call": "calls tools",
    r"more than one turn": "more than one turn",
    r"image": "holds an image",
    r"an error instead": "an error instead of a response",
    r"error batch_expired": "batch_expired",
    r"response without its request": "without its request: it has no prompt",
    r"no model is named": "names no model",
    r"multi_turn": "multi_turn",
    r"winner 'model_c'": "“winner” is none of",
    r"sample has an error": "has an error",
    r"invalidated by mira: (.*)": r"invalidated by mira: \1",
    r"evaluation_order 2": "“evaluation_order” is 2",
    r"type chat": "“type” is chat",
    r"quality control": "quality control",
    r"initial screening": "screening",
}
LEFT_TO_US = {"ferry"}
"""Samples of Inspect whose working stands before “Answer:”: this site's own division is used."""
NAMES = {
    "reasoning_tokens": "tokens_thought",
    "grade_first_scorer": "score",
    "trace_length": "",
    "trace_sha256": "",
}
PASSED_OVER = {
    *("line", "record", "id", "epoch", "doc_id", "why", "open", "grade_if_compared_exactly"),
    *("stop_reason_raw", "scores", "filtered", "grades", "prompt", "trace"),
}


def opened(name: str) -> BinaryIO:
    path = EXCHANGE / name
    content = path.read_bytes()
    return io.BytesIO(gzip.decompress(content) if path.suffix == ".gz" else content)


def companion_of(name: str, told: dict[str, Any]) -> BinaryIO | None:
    beside = told.get("results") or told.get("aggregate")
    if "batch-output" in name:
        beside = name.replace("-output", "-input")
    return opened(beside) if beside else None


def read_file(name: str, told: dict[str, Any]) -> list[Read]:
    file = opened(name)
    format = guess(file, name) or "own-jsonl"
    return list(FORMATS[format].read(file, companion=companion_of(name, told), name=name))


def fits(cause: str, why: str) -> bool:
    """Whether our sentence says the cause that is written down."""
    for known, ours in CAUSES.items():
        if found := re.search(known, cause):
            return re.search(re.sub(r"\\1", lambda _: re.escape(found[1]), ours), why) is not None
    raise AssertionError(f"no sentence is known for “{cause}”")


READ = [name for name in FILES if name.split("/")[0] not in NOT_READ]


def test_every_file_lies_there_as_it_was_made() -> None:
    for name, told in FILES.items():
        content = (EXCHANGE / name).read_bytes()
        assert len(content) == told["bytes"], name
        assert hashlib.sha256(content).hexdigest() == told["sha256"], name


@pytest.mark.parametrize("name", FILES)
def test_the_format_is_told_by_the_content(name: str) -> None:
    file = opened(name)
    first = name.split("/")[0]
    if first in NOT_READ:
        assert guess(file, name) == ""
        assert NOT_READ[first] in why_unknown(file, name)
    elif name == "own/empty.jsonl":
        assert (guess(file, name), why_unknown(file, name)) == ("", "The file is empty.")
    elif first == "own":
        assert guess(file, name) == ("own-jsonl" if ".jsonl" in name else "own-csv")
    else:
        assert guess(file, name) == FORMAT_OF[first]
    assert file.tell() == 0


@pytest.mark.parametrize("name", READ)
def test_counts_are_those_written_down(name: str) -> None:
    told = FILES[name]
    found = read_file(name, told)
    records, counts = records_in(found), told["counts"]
    outputs = len({record.origin.key for record in records})
    if "outputs_if_same_solution_is_one" in told:
        assert len(records) == counts["outputs"]
        assert outputs == told["outputs_if_same_solution_is_one"]
    else:
        assert outputs == counts["outputs"]
    assert len(refused_in(found)) == counts.get("refused", 0)
    measured = {
        "prompts": len({(record.system, record.prompt) for record in records}),
        "models": len({record.model for record in records}),
        "labellers": len({record.labeller for record in records}),
        "epochs": len({record.origin.epoch for record in records}),
        "comparisons": sum(isinstance(each, Vote) for each in found),
        "duplicates": len(records) - outputs,
        "skipped": len(skipped_in(found)),
        "second_lines_of_a_doc": len(skipped_in(found)),
        "samples": len(records) + len(refused_in(found)),
    }
    for count, value in measured.items():
        assert value == counts.get(count, value), count


@pytest.mark.parametrize("name", [name for name in READ if "visibility" in FILES[name]])
def test_traces_are_as_visible_as_the_log_shows(name: str) -> None:
    told = FILES[name]
    expected = Counter(told["visibility"])
    for record in told["records"]:
        if record.get("id") in LEFT_TO_US and "open" in record:
            expected["full"] += 1
            expected["not-written"] -= 1
    assert Counter(record.visibility for record in records_in(read_file(name, told))) == expected


@pytest.mark.parametrize(
    "name", [name for name in READ if "refused" in FILES[name] or "skipped" in FILES[name]]
)
def test_lines_are_refused_and_skipped_by_number_and_cause(name: str) -> None:
    told = FILES[name]
    found = read_file(name, told)
    for kind, ours in (("refused", refused_in(found)), ("skipped", skipped_in(found))):
        if kind not in told:
            continue
        expected = {each.get("line", each.get("record")): each["why"] for each in told[kind]}
        assert [each.line for each in ours] == list(expected)
        for each in ours:
            assert fits(expected[each.line], each.why), each


def compared(record: Record, told: dict[str, Any]) -> None:
    """Every field of a record that is written down."""
    told = dict(told)
    if told.get("id") in LEFT_TO_US and "open" in told:
        told |= split_output(told["answer"], "direct")._asdict()
    elif "own split_output" in told.get("why", ""):
        told |= split_output(told["text"], "direct")._asdict()
    prompt = told.get("prompt", record.prompt)
    if isinstance(prompt, list):
        system = [{"role": "system", "content": record.system}] if record.system else []
        assert prompt == [*system, {"role": "user", "content": record.prompt}]
    else:
        assert prompt == record.prompt
    if "trace_sha256" in told:
        assert len(record.trace) == told["trace_length"]
        assert hashlib.sha256(record.trace.encode()).hexdigest() == told["trace_sha256"]
    elif "trace" in told:
        assert record.trace == told["trace"]
    if "grades" in told:
        ((filter, score), *_) = told["grades"].items()
        assert (record.score, record.scorer) == (score, f"exact_match, {filter}")
    if "scores" in told:
        assert record.scorer == next(iter(told["scores"]))
    for name, value in told.items():
        ours = NAMES.get(name, name)
        if name not in PASSED_OVER and ours:
            empty = {None, ""} if value in (None, "") else {value}
            assert getattr(record, ours) in empty, (name, value)


def found_by(name: str, found: list[Read]) -> dict[object, list[Record]]:
    by: dict[object, list[Record]] = {}
    for record in records_in(found):
        key: object = record.line
        if name.startswith("inspect"):
            key = record.origin.sample, record.origin.epoch
        by.setdefault(key, []).append(record)
    return by


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in READ
        if "records" in FILES[name] and not name.startswith(("arena", "prm800k"))
    ],
)
def test_records_have_the_fields_written_down(name: str) -> None:
    told = FILES[name]
    by = found_by(name, read_file(name, told))
    for each in told["records"]:
        key = (each["id"], each["epoch"]) if "id" in each else each.get("line", each.get("record"))
        if each.get("refused"):
            assert key not in by
        else:
            # Several choices of a line stand in their order.
            compared(by[key].pop(0), each)


@pytest.mark.parametrize("name", [name for name in READ if name.startswith("inspect")])
def test_logs_of_inspect_say_what_their_headers_say(name: str) -> None:
    told = FILES[name]
    found = read_file(name, told)
    for record in records_in(found):
        assert record.model == told["model"]
        assert record.task == told["task"]
        assert record.settings == told["settings"]
    refused = [each for each in told["records"] if each.get("refused")]
    for each, ours in zip(refused, refused_in(found), strict=True):
        assert fits(each["why"], ours.why), ours
        if ": " in each["why"]:
            assert each["why"].partition(": ")[2] in ours.why
    if told["eval_id"]:
        logs = {record.origin.log for record in records_in(found)}
        assert logs == {told["eval_id"]} or told["inspect_ai"] == "0.3.66"


def test_every_shape_of_a_log_gives_the_same_records() -> None:
    for one, other in (
        ("bakers-monolith-zstd", "bakers-chunked-zstd"),
        ("bakers-monolith-zstd", "bakers-mixed-shapes"),
        ("bakers-monolith-zstd", "bakers-monolith-deflate"),
        ("bakers-odd-monolith", "bakers-odd-chunked"),
        ("bakers-long-monolith", "bakers-long-chunked"),
    ):
        names = [f"inspect/{each}.eval" for each in (one, other)]
        assert read_file(names[0], FILES[names[0]]) == read_file(names[1], FILES[names[1]])


@pytest.mark.parametrize("name", [name for name in READ if name.startswith("arena")])
def test_votes_are_those_written_down(name: str) -> None:
    told = FILES[name]
    found = read_file(name, told)
    votes = {vote.line: vote for vote in found if isinstance(vote, Vote)}
    models = {record.origin: record.model for record in records_in(found)}
    for each in told["records"]:
        vote = votes[each["line"]]
        if "outcome" in each:
            assert vote.side == ("same" if each["outcome"] == "tie" else each["outcome"])
        if "models" in each:
            assert [models[vote.left], models[vote.right]] == each["models"]
    if "fastchat" in name:
        assert [vote.side for vote in votes.values()] == ["left", "right", "same", "neither"]
        assert "127.0.0.1" not in repr(found)


def test_ratings_of_steps_are_those_written_down() -> None:
    name = "prm800k/bakers-phase.jsonl"
    found = {record.line: record for record in records_in(read_file(name, FILES[name]))}
    for each in FILES[name]["records"]:
        record = found.pop(each["line"])
        steps = [record.trace[step.start : step.end] for step in record.steps]
        ours = [(text, step.rating) for text, step in zip(steps, record.steps, strict=True)]
        expected = list(zip(each["steps"], each["ratings"], strict=True))
        # What a person wrote is none of the model's: the path is cut before it.
        assert ours == [step for step in expected if step[0] != "A step written by hand."]
        assert "\n".join(steps) == record.trace == record.text
    assert not found


def test_a_batch_alone_has_no_prompts() -> None:
    file = opened("chat/bakers-batch-output.jsonl")
    found = list(FORMATS["chat"].read(file))
    assert not records_in(found)
    assert [refused.line for refused in refused_in(found)] == [1, 2, 3, 4]


def test_samples_of_lm_eval_alone_ask_for_the_results() -> None:
    name = next(name for name in FILES if "think-kept" in name)
    (refused,) = refused_in(FORMATS["lm-eval"].read(opened(name), name=name))
    assert refused.line == 0
    assert "results_" in refused.why


@pytest.mark.skipif(not BIGBENCH.is_dir(), reason="BIGBENCH_DIR names no folder")
@pytest.mark.parametrize("path", sorted(BIGBENCH.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_marked_trace_comes_as_it_stands(path: Any) -> None:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    with path.open("rb") as file:
        assert guess(file, path.name) == "bigbench-mistake"
        found = records_in(FORMATS["bigbench-mistake"].read(file, name=path.name))
    for line, record in zip(lines, found, strict=True):
        steps = [record.trace[step.start : step.end] for step in record.steps]
        assert steps == line["steps"]
        assert record.first_error == line["mistake_index"]
        assert (record.prompt, record.reference) == (line["input"], line["target"])
        assert (record.answer, record.task) == (line["answer"] or "", path.stem)
