"""Files that mean harm, or came to it: each is refused in a sentence, in bounded memory."""

import io
import json
import random
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.exchange.readers.formats import FORMATS, guess, why_unknown
from evaluations.exchange.readers.records import Read, Record, Refused
from evaluations.exchange.readers.tests.files import (
    one_record,
    one_refusal,
    read,
    records_in,
    refused_in,
)
from evaluations.exchange.readers.tests.logs import (
    HEADER,
    archive,
    document,
    packed_by_hand,
    sample,
)

ROW = {"prompt": "What is 2 + 2?", "model": "brot-7b", "output": "4"}
LINE = json.dumps(ROW)
MEGABYTE = 1_000_000
BY_LINES = [name for name in FORMATS if name not in ("own-csv", "inspect")]


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """Fails where the block needs more memory than that beyond what was there before."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTE, f"{peak / MEGABYTE:.1f} MB"


def last_refused(found: list[Read]) -> Refused:
    return refused_in(found)[-1]


class Made(io.RawIOBase):
    """A file that is made while it is read, so that little of it lies in memory."""

    def __init__(self, *pieces: tuple[bytes, int]) -> None:
        self._pieces = [piece for piece, times in pieces for _ in range(times)]
        self._size = sum(map(len, self._pieces))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        begin = 0
        for piece in self._pieces:
            if self._at < begin + len(piece):
                taken = piece[self._at - begin :][: len(buffer)]
                buffer[: len(taken)] = taken
                self._at += len(taken)
                return len(taken)
            begin += len(piece)
        return 0


def made(*pieces: tuple[bytes, int]) -> BinaryIO:
    return io.BufferedReader(Made(*pieces))  # type: ignore[return-value]


# Lines


@pytest.mark.parametrize("format", BY_LINES)
def test_a_line_of_forty_megabytes_is_refused_and_the_next_one_read(format: str) -> None:
    companion = io.BytesIO(b'{"model_name": "m"}') if FORMATS[format].companion else None
    file = made((b'{"prompt": "', 1), (b"x" * MEGABYTE, 40), (b'"}\n', 1), (b"{}\n", 1))
    with at_most(8):
        found = list(FORMATS[format].read(file, companion=companion))
    assert found[0] == Refused(1, "The line is longer than 1 MB.")
    assert found[1].line == 2


def test_a_record_of_forty_megabytes_is_refused_and_the_next_one_read() -> None:
    file = made(
        (b'prompt,model,output\na,b,"', 1), ((b"x" * 999 + b"\n") * 1_000, 40), (b'"\nc,d,e\n', 1)
    )
    with at_most(12):
        refused, record = FORMATS["own-csv"].read(file)
    assert refused == Refused(1, "The record is longer than 1 MB.")
    assert isinstance(record, Record)
    assert (record.line, record.prompt) == (2, "c")


def test_a_quote_that_swallows_forty_megabytes_is_refused() -> None:
    file = made((b'prompt,model,output\na,b,"', 1), ((b"c,d,e" + b"x" * 994 + b"\n") * 1_000, 40))
    with at_most(8):
        refused = one_refusal(list(FORMATS["own-csv"].read(file)))
    assert (refused.line, refused.why) == (1, "A quote that opens in this record is never closed.")


def test_many_lines_need_no_more_memory_than_their_digests() -> None:
    def lines() -> Iterator[bytes]:
        for number in range(4_000):
            yield json.dumps(ROW | {"prompt": f"{number} " + "x" * 1_000}).encode() + b"\n"

    file = io.BytesIO(b"".join(lines()))
    with at_most(2.5):
        assert sum(isinstance(each, Record) for each in FORMATS["own-jsonl"].read(file)) == 4_000


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_above_200_megabytes_is_not_begun(format: str, tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(200 * MEGABYTE + 1)
    with path.open("rb") as file, at_most(2):
        assert (
            one_refusal(list(FORMATS[format].read(file))).why == "A file may have at most 200 MB."
        )


def test_more_lines_than_can_be_read_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluations.exchange.readers.lines.MOST_LINES", 3)
    monkeypatch.setattr("evaluations.exchange.readers.own_csv.MOST_LINES", 3)
    found = read("own-jsonl", f"{LINE}\n" * 5)
    assert len(records_in(found)) == 3
    assert last_refused(found).line == 4
    assert not refused_in(read("own-jsonl", f"{LINE}\n" * 3))
    found = read("own-csv", "prompt,model,output\n" + "a,b,c\n" * 5)
    assert len(records_in(found)) == 3
    assert last_refused(found).line == 4


def test_more_replies_than_can_be_read_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluations.exchange.readers.formats.MOST_REPLIES", 3)
    monkeypatch.setattr("evaluations.exchange.readers.formats.MOST_ELSE", 2)
    found = read("own-jsonl", f"{LINE}\n" * 5)
    assert len(records_in(found)) == 3
    assert "split the file" in last_refused(found).why
    assert len(refused_in(read("own-jsonl", "no\n" * 5))) == 3


# What stands in a line


@pytest.mark.parametrize("format", BY_LINES)
@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"a": "\x00"}', "NUL"),
        ('{"a": "é"}'.encode("latin-1"), "not UTF-8"),
        (b'{"a": ' + b"[" * 2_000 + b"]" * 2_000 + b"}", "nested too deeply"),
        (b'{"a": ' + b'{"a":' * 2_000 + b"1" + b"}" * 2_000 + b"}", "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "more digits than can be read"),
        (b'{"a": "cut', "not JSON"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (b"[1, 2]", "not an object"),
        (b"null", "not an object"),
    ],
    ids=["NUL", "latin-1", "lists", "objects", "digits", "cut", "two", "list", "null"],
)
def test_a_bad_line_is_refused_and_the_next_one_read(format: str, line: bytes, why: str) -> None:
    companion = b'{"model_name": "m"}' if FORMATS[format].companion else b""
    found = read(format, line + b"\n{}\n", companion=companion)
    assert [each.line for each in found] == [1, 2]
    assert why in refused_in(found)[0].why


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_json(name: str) -> None:
    refused = one_refusal(read("own-jsonl", f'{{"prompt": "a", "model": "m", "seed": {name}}}'))
    assert refused.why == f"It holds {name}, which is not JSON."


def test_a_number_too_large_for_a_float_is_refused() -> None:
    assert "not a number" in one_refusal(read("own-jsonl", LINE[:-1] + ', "seconds": 1e999}')).why
    kept = one_record(read("own-jsonl", LINE[:-1] + ', "settings": {"a": 1e999, "b": 1}}'))
    assert kept.settings == {"b": 1}


def test_of_a_name_that_stands_twice_the_last_counts() -> None:
    record = one_record(read("own-jsonl", LINE[:-1] + ', "model": "kruste-1b"}'))
    assert record.model == "kruste-1b"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("format", ["own-jsonl", "own-csv"])
def test_utf_16_is_refused_with_what_to_do(format: str, encoding: str) -> None:
    text = f"{LINE}\n{LINE}\n" if format == "own-jsonl" else "prompt,model,output\na,b,c\n"
    refused = one_refusal(read(format, text.encode(encoding)))
    assert refused.line == 0
    assert "UTF-16" in refused.why
    assert "Save it again as UTF-8" in refused.why


def test_csv_that_is_not_utf_8_further_down_is_refused_as_a_file() -> None:
    text = b"prompt,model,output\na,b,c\n" + "ä,b,c\n".encode("latin-1") + b"d,e,f\n"
    found = read("own-csv", text)
    assert last_refused(found).line == 0
    assert "record 2 shows it" in last_refused(found).why


def test_a_million_columns_are_refused() -> None:
    header = b"prompt,model,output" + b"," * 900_000
    with at_most(40):
        assert "more than 200 columns" in one_refusal(read("own-csv", header + b"\na,b,c\n")).why
    with at_most(40):
        found = read("own-csv", b"prompt,model,output\na,b,c" + b"," * 900_000 + b"\nd,e,f\n")
    assert "more fields" in refused_in(found)[0].why
    assert records_in(found)[0].line == 2


def test_csv_cut_in_the_middle_says_where() -> None:
    found = read("own-csv", "prompt,model,output\na,b,c\nd,e")
    assert [each.line for each in records_in(found)] == [1]
    assert last_refused(found).line == 2


# Packed logs


def test_a_bomb_is_known_by_its_listing() -> None:
    bomb = packed_by_hand({"samples/a_epoch_1.json": b"0" * 30 * MEGABYTE})
    with at_most(2):
        refused = one_refusal(read("inspect", bomb))
    assert (refused.line, "more than 200 times" in refused.why) == (0, True)


def test_a_log_that_says_it_is_larger_than_2_gigabytes_is_not_unpacked() -> None:
    names = {f"samples/{each}_epoch_1.json": b"{}" for each in "abc"}
    log = packed_by_hand(names, said=dict.fromkeys(names, 900 * MEGABYTE))
    assert "larger than 2 GB" in one_refusal(read("inspect", log)).why


@pytest.mark.parametrize("kind", [8, 93])
def test_a_bomb_whose_listing_lies_is_stopped_while_it_is_unpacked(kind: int) -> None:
    name = "samples/a_epoch_1.json"
    content = b'{"id": "a"}' + b" " * 60 * MEGABYTE
    bomb = packed_by_hand(
        {name: content, "samples/b_epoch_1.json": json.dumps(sample()).encode()},
        kind=kind,
        said={name: 11},
    )
    with at_most(4):
        refused, record = read("inspect", bomb)
    assert refused == Refused(1, "It is larger than the list of entries says.")
    assert isinstance(record, Record)


def test_an_entry_that_asks_for_much_memory_is_refused() -> None:
    name = "samples/a_epoch_1.json"
    options = {int(zstd.CompressionParameter.window_log): 27}
    content = json.dumps(sample(more=random.Random(1).randbytes(200_000).hex())).encode()
    packer = zstd.ZstdCompressor(options=options)
    packed = packer.compress(content) + packer.flush()
    log = packed_by_hand({name: content}, kind=93, packed={name: packed})
    assert one_refusal(read("inspect", log)).why == "It is damaged."
    assert one_record(read("inspect", packed_by_hand({name: content}, kind=93)))


def test_a_listing_that_is_too_large_is_not_read() -> None:
    size = 9 * MEGABYTE
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 9, 9, size, 0, 0)
    with at_most(20):
        refused = one_refusal(read("inspect", b"PK\x03\x04" + b"\0" * size + end))
    assert "larger than 8 MB" in refused.why


def test_entries_that_lie_over_one_another_are_counted_as_what_they_say() -> None:
    content = random.Random(2).randbytes(100_000) + b"0" * 900_000
    log = packed_by_hand({"samples/a_epoch_1.json": content})
    at = log.rfind(b"PK\x01\x02")
    entry = log[at : log.rfind(b"PK\x05\x06")]
    count = 200
    more = b"".join(
        entry.replace(b"a_epoch", b"%c_epoch" % (65 + each % 26)) for each in range(count)
    )
    start = log.find(b"PK\x01\x02")
    listing = log[start:at] + more
    end = struct.pack("<HHHHLLH", 0, 0, count + 1, count + 1, len(listing), start, 0)
    refused = one_refusal(read("inspect", log[:start] + listing + b"PK\x05\x06" + end))
    assert refused.line == 0


def test_no_name_of_an_entry_is_taken_for_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["samples/../../evil_epoch_1.json", "samples//etc/passwd_epoch_1.json"]
    log = archive({name: sample(id=name) for name in names})
    assert {record.origin.sample for record in records_in(read("inspect", log))} == set(names)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_packed_log_that_is_cut_off_is_refused(share: float) -> None:
    log = archive({f"samples/{each}_epoch_1.json": sample(id=each) for each in range(9)})
    refused = one_refusal(read("inspect", log[: int(len(log) * share)]))
    assert refused.line == 0
    assert "cut off" in refused.why


@pytest.mark.parametrize("kind", [0, 8, 93])
def test_a_damaged_entry_is_refused_and_the_others_read(kind: int) -> None:
    content = json.dumps(sample(id="a") | {"more": random.Random(3).randbytes(500).hex()}).encode()
    log = packed_by_hand(
        {
            "samples/a_epoch_1.json": content,
            "samples/b_epoch_1.json": json.dumps(sample()).encode(),
        },
        kind=kind,
    )
    at = log.find(b"a_epoch_1.json") + 14 + 300
    log = log[:at] + bytes([log[at] ^ 0xFF]) + log[at + 1 :]
    refused, record = read("inspect", log)
    assert refused == Refused(1, "It is damaged.")
    assert isinstance(record, Record)


def test_entries_packed_otherwise_or_encrypted_are_refused() -> None:
    log = packed_by_hand({"samples/a_epoch_1.json": b"{}"}, kind=14)
    assert "packed in a way" in one_refusal(read("inspect", log)).why
    log = archive({"samples/a_epoch_1.json": sample()})
    at = log.rfind(b"PK\x01\x02") + 8
    assert (
        one_refusal(read("inspect", log[:at] + b"\x01" + log[at + 1 :])).why == "It is encrypted."
    )


def test_a_sample_too_large_to_hold_is_refused_and_the_others_read() -> None:
    large = sample(id="a") | {"more": random.Random(4).randbytes(9 * MEGABYTE).hex()}
    log = archive({"samples/a_epoch_1.json": large, "samples/b_epoch_1.json": sample()})
    refused, record = read("inspect", log)
    assert refused == Refused(1, "It is larger than 16 MB.")
    assert isinstance(record, Record)


def test_a_sample_of_too_many_values_is_refused() -> None:
    log = packed_by_hand({"samples/a_epoch_1.json": b'{"a": [' + b"[]," * 600_000 + b"0]}"}, kind=0)
    with at_most(8):
        assert "more than 500,000 values" in one_refusal(read("inspect", log)).why


def test_a_zip_that_is_no_log_is_refused() -> None:
    assert "no header" in one_refusal(read("inspect", archive({"a.txt": "b"}, header=None))).why
    assert "no samples" in one_refusal(read("inspect", archive({}))).why
    assert "“eval” is missing" in one_refusal(read("inspect", archive({}, header={"a": 1}))).why


# Logs in JSON


def test_a_log_in_json_is_read_sample_by_sample() -> None:
    begin, one = json.dumps(HEADER)[:-1] + ', "samples": [', json.dumps(sample(events="x" * 50_000))
    file = made((begin.encode(), 1), (one.encode() + b",", 400), (one.encode() + b"]}", 1))
    with at_most(8):
        assert sum(isinstance(each, Record) for each in FORMATS["inspect"].read(file)) == 401


def test_a_sample_in_json_too_large_to_hold_is_refused_and_the_others_read() -> None:
    begin, one = json.dumps(HEADER)[:-1] + ', "samples": [', json.dumps(sample()).encode()
    file = made(
        (begin.encode(), 1),
        (b'{"events": [0', 1),
        (b', "' + b"x" * 90_000 + b'"', 400),
        (b"]}, " + one + b"]}", 1),
    )
    with at_most(60):
        refused, record = FORMATS["inspect"].read(file)
    assert refused == Refused(1, "The sample is larger than 16 MB.")
    assert isinstance(record, Record)


def test_a_text_too_long_to_hold_ends_a_log_in_json() -> None:
    begin = json.dumps(HEADER)[:-1] + ', "samples": [{"a": "'
    with at_most(150):
        found = list(FORMATS["inspect"].read(made((begin.encode(), 1), (b"x" * MEGABYTE, 90))))
    assert "too long" in last_refused(found).why


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_log_in_json_that_is_cut_off_gives_what_stands_before(share: float) -> None:
    log = document(*(sample(id=each) for each in range(9)))
    found = read("inspect", log[: int(len(log) * share)])
    assert "cut off" in last_refused(found).why
    assert last_refused(found).line == len(records_in(found)) + 1
    assert len(records_in(found)) < 9 or share > 0.9


def test_a_log_in_json_that_is_none_is_refused() -> None:
    for text in (
        "[1]",
        "{}",
        '{"samples": []}',
        '{"samples": [{}]}',
        "{",
        "",
        '{"eval": {"model": "m"}}',
    ):
        assert one_refusal(read("inspect", text)).line == 0, text


# Companions


@pytest.mark.parametrize("format", ["lm-eval", "eee"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no", "not JSON"),
        (b"[]", "not an object"),
        (b"\xff\xfe{\x00}\x00", "NUL"),
        (b'{"a": "' + b"x" * 17 * MEGABYTE, "larger than 16 MB"),
        (b'{"a": [' + b"[]," * 600_000 + b"0]}", "more than 500,000 values"),
    ],
    ids=["text", "list", "utf-16", "large", "many"],
)
def test_a_bad_companion_is_refused_as_a_file(format: str, content: bytes, why: str) -> None:
    refused = one_refusal(read(format, "{}", companion=content))
    assert refused.line == 0
    assert why in refused.why


def test_a_bad_input_file_of_a_batch_leaves_lines_without_prompts() -> None:
    line = {"custom_id": "a", "response": {"body": {"choices": [{"message": {"content": "4"}}]}}}
    for companion in (b"\xff" * 3_000_000, b'{"custom_id": 5}\n["a"]\nno\n'):
        refused = one_refusal(read("chat", json.dumps(line), companion=companion))
        assert "no such “custom_id”" in refused.why


# Anything at all


@settings(max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(sorted(FORMATS)))
def test_no_bytes_break_a_reader(content: bytes, format: str) -> None:
    read(format, content, companion=content)
    guess(io.BytesIO(content), "x")
    assert why_unknown(io.BytesIO(content), "x")


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def lines_by_format() -> dict[str, list[dict[str, Any]]]:
    """A good line of each format, to be spoiled."""
    told = {"role": "assistant", "content": "4", "reasoning": "Two and two."}
    asked = [{"role": "user", "content": "What is 2 + 2?"}]
    talk = [*asked, told]
    return {
        "own-jsonl": [ROW | {"sample": 1, "seed": 2, "reasoning": "a", "settings": {"a": 1}}],
        "lm-eval": [
            {
                "doc_id": 0,
                "target": "4",
                "arguments": {"gen_args_0": {"arg_0": "What?", "arg_1": {"temperature": 1}}},
                "resps": [["4", "5"]],
                "filter": "none",
                "metrics": ["acc"],
                "acc": 1.0,
            }
        ],
        "eee": [
            {
                "evaluation_id": "e",
                "model_id": "m",
                "evaluation_name": "n",
                "evaluation_result_id": "r",
                "sample_id": "s",
                "interaction_type": "single_turn",
                "input": {"raw": "What?", "reference": ["4"]},
                "output": {"raw": ["4"], "reasoning_trace": ["a"]},
                "token_usage": {"reasoning_tokens": 5},
                "evaluation": {"score": 1},
            }
        ],
        "chat": [
            {
                "request": {"messages": asked, "model": "m", "seed": 1, "options": {"seed": 1}},
                "response": {
                    "choices": [{"message": told, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1, "completion_tokens_details": {}},
                },
            },
            {"messages": talk, "model": "m"},
        ],
        "arena": [
            {
                "winner": "tie",
                "model_a": "a",
                "model_b": "b",
                "conversation_a": talk,
                "conversation_b": talk,
                "conv_metadata": {"sum_assistant_a_tokens": 1},
            },
            {
                "type": "leftvote",
                "models": ["a", "b"],
                "states": [{"messages": [["U", "What?"], ["A", "4"]], "model_name": "a"}] * 2,
            },
        ],
        "prm800k": [
            {
                "labeler": "a",
                "question": {"problem": "What?", "ground_truth_answer": "4"},
                "label": {
                    "steps": [{"completions": [{"text": "4", "rating": 1}], "chosen_completion": 0}]
                },
            }
        ],
        "bigbench-mistake": [
            {
                "input": "What?",
                "steps": ["a", "b"],
                "answer": "4",
                "target": "4",
                "mistake_index": 1,
            }
        ],
        "inspect": [
            sample([{"type": "reasoning", "reasoning": "a"}, {"type": "text", "text": "4"}])
        ],
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a value stands within another, all of them."""
    if isinstance(value, dict):
        inner = [place for key, each in value.items() for place in places(each, (*path, key))]
    elif isinstance(value, list):
        inner = [place for at, each in enumerate(value) for place in places(each, (*path, at))]
    else:
        inner = []
    return [path, *inner] if path else inner


def put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    copy = json.loads(json.dumps(value))
    held = copy
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = odd
    return copy


@settings(max_examples=300)
@given(st.data())
def test_whatever_stands_in_a_place_of_a_line_it_is_read_or_refused(data: st.DataObject) -> None:
    """Each place of a good line of each format holds something else in turn."""
    format = data.draw(st.sampled_from(sorted(lines_by_format())))
    line = data.draw(st.sampled_from(lines_by_format()[format]))
    spoiled = put(line, data.draw(st.sampled_from(places(line))), data.draw(ODD))
    companion = json.dumps({"model_name": "m"}) if FORMATS[format].companion else b""
    content = document(spoiled) if format == "inspect" else json.dumps(spoiled)
    for each in read(format, content, companion=companion):
        if isinstance(each, Record):
            for text in (each.prompt, each.text, each.trace, each.answer, each.model):
                assert "\x00" not in text
                text.encode()
            assert bool(each.trace.strip()) == (each.visibility in ("full", "summary"))
        else:
            assert each.line >= 0


def test_good_lines_are_records() -> None:
    for format, lines in lines_by_format().items():
        for line in lines:
            companion = json.dumps({"model_name": "m"}) if FORMATS[format].companion else b""
            content = document(line) if format == "inspect" else json.dumps(line)
            assert records_in(read(format, content, companion=companion)), format
