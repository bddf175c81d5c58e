"""This site's own rows: what they say comes through unchanged, from JSON Lines and from CSV."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.exchange.readers.own import row_of
from evaluations.exchange.readers.records import Origin, Record
from evaluations.exchange.readers.tests.files import (
    one_record,
    one_refusal,
    read,
    records_in,
    refused_in,
)
from evaluations.exchange.readers.tests.good_lines import ROW
from evaluations.inference.thought import joined

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=80)
said = texts.filter(lambda text: bool(text.strip()))
names = st.text("abcdefghij -.:/", min_size=1, max_size=20).map(str.strip).filter(bool)
stripped = said.map(str.strip)
whole = st.integers(0, 10_000)


def lines(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record that a reply can be: apart, inline, all trace, or without a trace."""
    trace, answer = draw(stripped), draw(stripped)
    kind = draw(st.sampled_from(("apart", "inline", "all", "summary", "none")))
    visibility: Any = "full"
    if kind == "all":
        text, answer = trace, ""
    elif kind == "inline":
        text = f"<think>\n{trace}\n</think>\n\n{answer}"
    elif kind == "none":
        text, trace = answer, ""
        visibility = draw(st.sampled_from(("hidden", "redacted", "not-written")))
    else:
        text = joined(trace, answer)
        visibility = "summary" if kind == "summary" else "full"
    return Record(
        line=1,
        prompt=draw(said),
        model=draw(names),
        text=text,
        trace=trace,
        answer=answer,
        visibility=visibility,
        origin=Origin(format="own"),
        system=draw(texts),
        maker=draw(texts),
        model_revision=draw(texts),
        settings=draw(st.dictionaries(names, st.integers() | st.booleans() | names, max_size=3)),
        sample=draw(whole),
        seed=draw(st.none() | st.integers(-(2**63), 2**63 - 1)),
        stop_reason=draw(st.sampled_from(("", "stop", "length", "content_filter"))),
        tokens_in=draw(st.none() | whole),
        tokens_out=draw(st.none() | whole),
        tokens_thought=draw(st.none() | whole),
        seconds=draw(st.none() | st.floats(0, 1e6)),
        reference=draw(texts),
        grader=draw(texts),
        score=draw(st.none() | st.floats(0, 1)),
        scorer=draw(texts),
        task=draw(texts),
        licence=draw(texts),
    )


def same(ours: Record, again: Record) -> bool:
    fields = set(Record.__dataclass_fields__) - {"origin"}
    return all(getattr(ours, name) == getattr(again, name) for name in fields)


@given(records())
def test_a_record_written_as_a_row_is_read_as_the_same_one(record: Record) -> None:
    assert same(record, one_record(read("own-jsonl", json.dumps(row_of(record)))))


def test_lines_of_twenty_kilobytes_and_emoji_come_through() -> None:
    row = ROW | {"output": "🥐 " * 8_000, "reasoning": "é\n" * 9_000, "answer": "🥐"}
    record = one_record(read("own-jsonl", json.dumps(row)))
    assert (record.trace, record.answer) == (row["reasoning"], "🥐")
    assert record.text.endswith(row["output"])


@given(
    st.lists(st.fixed_dictionaries({"prompt": said, "model": names, "output": texts}), max_size=5),
    st.sampled_from(",;\t"),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
    st.booleans(),
)
def test_csv_gives_every_field_back(
    rows: list[dict[str, str]], sign: str, end: str, bom: bool, all_quoted: bool
) -> None:
    if end == "\n" and not all_quoted:
        # Python's writer leaves a carriage return there without quotes, where it ends a record.
        rows = [{name: text.replace("\r", " ") for name, text in row.items()} for row in rows]
        rows = [row for row in rows if row["prompt"].strip()]
    written = io.StringIO()
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    writer = csv.DictWriter(written, list(ROW), delimiter=sign, lineterminator=end, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    found = read("own-csv", ("\ufeff" if bom else "") + written.getvalue())
    assert not refused_in(found)
    ours = [(record.line, record.prompt, record.model, record.text) for record in records_in(found)]
    assert ours == [
        (number, row["prompt"], row["model"], row["output"])
        for number, row in enumerate(rows, start=1)
    ]


@given(st.binary(max_size=300), st.sampled_from(("own-jsonl", "own-csv")))
def test_no_bytes_are_more_than_a_reader_can_take(content: bytes, format: str) -> None:
    read(format, content)
    read(format, b"prompt,model,output\n" + content)


@pytest.mark.parametrize(
    ("more", "parts"),
    [
        ({}, ("", "4", "not-written")),
        ({"reasoning": "Two and two."}, ("Two and two.", "4", "full")),
        ({"reasoning": "4"}, ("4", "4", "full")),
        ({"reasoning": "4", "output": "42"}, ("4", "42", "full")),
        ({"reasoning": "  "}, ("", "4", "not-written")),
        ({"reasoning": "Two.", "answer": "four"}, ("Two.", "four", "full")),
        ({"answer": "four"}, ("", "four", "not-written")),
        ({"answer": ""}, ("", "4", "not-written")),
        ({"output": "<think>Two.</think>4"}, ("Two.", "4", "full")),
        ({"output": "<think>Two.</think>4", "answer": "four"}, ("Two.", "four", "full")),
        ({"output": "<think>Two.", "stop_reason": "length"}, ("Two.", "", "full")),
        ({"output": "Two.</think>4"}, ("Two.", "4", "full")),
        ({"output": "Two and two.\nAnswer: 4"}, ("Two and two.", "4", "full")),
        (
            {"output": "Two and two.\nAnswer: 4", "stop_reason": "max_tokens"},
            ("", "Two and two.\nAnswer: 4", "not-written"),
        ),
        ({"visibility": "hidden"}, ("", "4", "hidden")),
        ({"visibility": "redacted"}, ("", "4", "redacted")),
        ({"visibility": "summary", "reasoning": "It added."}, ("It added.", "4", "summary")),
        ({"output": ""}, ("", "", "not-written")),
    ],
)
def test_parts_are_told_apart(more: dict[str, str], parts: tuple[str, str, str]) -> None:
    record = one_record(read("own-jsonl", json.dumps(ROW | more)))
    assert (record.trace, record.answer, record.visibility) == parts


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"visibility": "seen"}, "“visibility” is none of"),
        ({"visibility": "hidden", "reasoning": "Two."}, "there is “reasoning”"),
        ({"visibility": "summary"}, "there is no “reasoning”"),
        ({"reasoning": 5}, "“reasoning” is not text"),
        ({"tokens_out": -1}, "“tokens_out” is below 0"),
        ({"tokens_out": 2**40}, "“tokens_out” is above"),
        ({"sample": True}, "“sample” is not a whole number"),
        ({"seed": 2**70}, "64 bits"),
        ({"seconds": "long"}, "“seconds” is not a number"),
        ({"score": 1.5}, "“score” is above 1"),
        ({"model": "m" * 201}, "more than 200 characters"),
        ({"reference": "\ud800"}, "half of a surrogate pair"),
    ],
)
def test_what_is_wrong_is_named(more: dict[str, Any], why: str) -> None:
    assert why in one_refusal(read("own-jsonl", json.dumps(ROW | more))).why


def test_a_reply_that_comes_again_has_the_same_origin() -> None:
    first, second = records_in(read("own-jsonl", lines(ROW, ROW)))
    assert first.origin.key == second.origin.key
    csv_text = "prompt,model,output\nWhat is 2 + 2?,brot-7b,4\n"
    assert one_record(read("own-csv", csv_text)).origin.key == first.origin.key


def test_replies_without_a_sample_are_numbered_and_with_one_may_not_clash() -> None:
    rows = [ROW, ROW | {"output": "5"}, ROW | {"output": "6"}, ROW | {"output": "5"}]
    assert [record.sample for record in records_in(read("own-jsonl", lines(*rows)))] == [0, 1, 2, 1]
    clash = read("own-jsonl", lines(ROW | {"sample": 3}, ROW | {"sample": 3, "output": "5"}))
    assert "Line 1 has the same prompt, model and sample" in refused_in(clash)[0].why
    others = read(
        "own-jsonl", lines(ROW | {"sample": 3}, ROW | {"sample": 3, "system": "Be brief."})
    )
    assert len(records_in(others)) == 2


def test_a_row_that_was_refused_takes_no_sample() -> None:
    found = read(
        "own-jsonl", lines(ROW | {"sample": 0, "seed": "x", "output": "5"}, ROW | {"sample": 0})
    )
    assert [type(each).__name__ for each in found] == ["Refused", "Record"]


def test_rows_of_csv_may_leave_fields_empty() -> None:
    text = (
        "prompt;model;output;sample;seed;seconds;settings;flavour\n"
        'A?;m;"a ""b""\nc";;;;;rye\n'
        ";;;;;;;\n"
        'B?;m;x;2;7;1.5;"{""temperature"": 0.5}";\n'
    )
    first, second = records_in(read("own-csv", text))
    assert (first.text, first.sample, first.seed, first.seconds) == ('a "b"\nc', 0, None, None)
    assert (second.line, second.sample, second.seed, second.seconds) == (3, 2, 7, 1.5)
    assert second.settings == {"temperature": 0.5}


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("prompt,model\na,b\n", 1, "no column “output”"),
        ("prompt,model,output,output\na,b,c,d\n", 1, "two columns “output”"),
        ("prompt,model,output\ra,b,c\r", 1, "carriage return"),
        ('prompt,model,output\na,b,"c"d\n', 1, "A quote stands where none can be"),
        ('prompt,model,output\na,b,"c\nd', 1, "never closed"),
        ("prompt,model,output,settings\na,b,c,{\n", 1, "“settings” is not JSON"),
        ("prompt,model,output,sample\na,b,c,two\n", 1, "“sample” is not a whole number"),
        ("prompt,model,output\n ,b,c\n", 1, "“prompt” is empty"),
    ],
)
def test_what_is_wrong_with_csv_is_named(text: str, line: int, why: str) -> None:
    refused = one_refusal(read("own-csv", text))
    assert refused.line == line
    assert why in refused.why


def test_reading_goes_on_behind_a_bad_record() -> None:
    text = 'prompt,model,output\na,b,"c"d "e\nf"\ng,h,i\nj,k\nl,m,n\n'
    found = read("own-csv", text)
    assert [each.line for each in refused_in(found)] == [1, 3]
    assert [(each.line, each.prompt) for each in records_in(found)] == [(2, "g"), (4, "l")]
