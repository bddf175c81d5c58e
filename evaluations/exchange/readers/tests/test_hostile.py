"""Files that mean harm, or came to it: each is refused in a sentence, in bounded memory."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.exchange.readers.formats import FORMATS, guess, why_unknown
from evaluations.exchange.readers.records import Record, Refused
from evaluations.exchange.readers.tests.bounded import MEGABYTE, at_most, made
from evaluations.exchange.readers.tests.files import (
    last_refused,
    one_record,
    one_refusal,
    read,
    records_in,
    refused_in,
)
from evaluations.exchange.readers.tests.good_lines import ROW, lines_by_format
from evaluations.exchange.readers.tests.logs import document

LINE = json.dumps(ROW)
BY_LINES = [name for name in FORMATS if name not in ("own-csv", "inspect")]


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
        (b"[1, 2]", "not a JSON object"),
        (b"null", "not a JSON object"),
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


# Companions


@pytest.mark.parametrize("format", ["lm-eval", "eee"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no", "not JSON"),
        (b"[]", "not a JSON object"),
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
