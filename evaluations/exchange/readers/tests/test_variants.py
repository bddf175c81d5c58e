"""The formats as other versions of a tool, and other programs, write them."""

import io
import json
from typing import Any

import pytest

from evaluations.exchange.readers.companions import companion_name
from evaluations.exchange.readers.formats import FORMATS, guess, is_blank, why_unknown
from evaluations.exchange.readers.records import Skipped
from evaluations.exchange.readers.tests.files import (
    one_record,
    one_refusal,
    read,
    records_in,
    refused_in,
)
from evaluations.exchange.readers.tests.good_lines import ROW, lines_by_format
from evaluations.exchange.readers.tests.logs import document, sample

GERMAN = "prompt;model;output;seconds;score;sample;tokens_out\n"


def lines(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def test_semicolons_come_with_decimal_commas() -> None:
    record = one_record(read("own-csv", GERMAN + "What?;brot-7b;4;1,5;0,25;3,0;12\n"))
    assert (record.seconds, record.score, record.sample, record.tokens_out) == (1.5, 0.25, 3, 12)
    among_commas = 'prompt,model,output,seconds\nWhat?,brot-7b,4,"1,5"\n'
    assert "“seconds” is not a number" in one_refusal(read("own-csv", among_commas)).why


def test_columns_with_gaps_come_as_floats() -> None:
    rows = "prompt,model,output,sample,seed\nWhat?,a,4,1.0,7.0\nWhat?,a,5,,\nWhat?,a,6,2.5,\n"
    found = read("own-csv", rows)
    assert [(each.sample, each.seed) for each in records_in(found)] == [(1, 7), (0, None)]
    assert "“sample” is not a whole number" in refused_in(found)[0].why
    floats = read("own-jsonl", json.dumps(ROW | {"sample": 1.0, "seed": -7.0, "tokens_out": 3e2}))
    assert (one_record(floats).sample, one_record(floats).seed) == (1, -7)
    assert one_record(floats).tokens_out == 300
    for odd in (1.5, 1e300, 2.0**60):
        why = one_refusal(read("own-jsonl", json.dumps(ROW | {"seed": odd}))).why
        assert why == "“seed” is not a whole number."


@pytest.mark.parametrize("before", ["\n", "\r\n\r\n", "sep=;\r\n", '"sep=;"\n', "\ufeffsep=;\n\n"])
def test_what_stands_before_the_header_is_passed_over(before: str) -> None:
    record = one_record(read("own-csv", before + "prompt;model;output\nWhat?;brot-7b;4\n"))
    assert (record.line, record.answer) == (1, "4")


def test_replies_of_two_revisions_or_tasks_do_not_clash() -> None:
    for name in ("maker", "model_revision", "task"):
        rows = [ROW | {"sample": 0, name: "a"}, ROW | {"sample": 0, name: "b", "output": "5"}]
        found = read("own-jsonl", lines(*rows))
        assert [each.sample for each in records_in(found)] == [0, 0]
        del rows[0]["sample"], rows[1]["sample"]
        assert [each.sample for each in records_in(read("own-jsonl", lines(*rows)))] == [0, 0]


@pytest.mark.parametrize(
    "arguments",
    [
        [["What?", {"temperature": 0.5}]],
        {"gen_args_0": {"arg_0": [{"role": "user", "content": "What?"}], "arg_1": {}}},
        {"gen_args_0": {"arg_0": ['[{"role": "user", "content": "What?"}]'], "arg_1": {}}},
    ],
)
def test_what_lm_eval_asked_stands_in_several_forms(arguments: Any) -> None:
    (line,) = lines_by_format()["lm-eval"]
    results = json.dumps({"model_name": "m", "configs": {"t": {}}})
    found = read("lm-eval", json.dumps(line | {"arguments": arguments}), companion=results)
    assert [each.prompt for each in records_in(found)] == ["What?", "What?"]
    if isinstance(arguments, list):
        assert records_in(found)[0].settings == {"temperature": 0.5}


@pytest.mark.parametrize(
    ("asked", "resps"),
    [
        ({"arg_0": "A text to weigh."}, [["-123.4"]]),
        ({"arg_0": "A text to weigh."}, [[-123.4]]),
        ({"arg_0": "Three and", "arg_1": " four"}, [[["-1.5", "False"]], [["-2.5", "False"]]]),
        ({"arg_0": "Three and", "arg_1": " four"}, [["-1.5"]]),
    ],
)
def test_what_lm_eval_only_weighed_is_no_reply(asked: Any, resps: Any) -> None:
    (line,) = lines_by_format()["lm-eval"]
    results = json.dumps({"model_name": "m", "configs": {"t": {}}})
    weighed = line | {"arguments": {"gen_args_0": asked}, "resps": resps}
    why = one_refusal(read("lm-eval", json.dumps(weighed), companion=results)).why
    assert "log-likelihood" in why
    asked["arg_1"] = {"until": ["."]}
    wrote = line | {"arguments": {"gen_args_0": asked}, "resps": [["-123.4"]]}
    assert one_record(read("lm-eval", json.dumps(wrote), companion=results)).answer == "-123.4"


@pytest.mark.parametrize("arguments", [[], [[]], [{}], {}, None, [["", {}]], "What?"])
def test_an_lm_eval_line_that_asked_nothing_is_refused(arguments: Any) -> None:
    (line,) = lines_by_format()["lm-eval"]
    results = json.dumps({"model_name": "m", "configs": {"t": {}}})
    one_refusal(read("lm-eval", json.dumps(line | {"arguments": arguments}), companion=results))


def test_the_input_of_a_batch_may_begin_with_a_mark() -> None:
    asked = {"messages": [{"role": "user", "content": "What?"}], "model": "m"}
    request = {"custom_id": "a", "body": asked}
    said = {"choices": [{"message": {"role": "assistant", "content": "4"}}], "model": "m"}
    answer = {"custom_id": "a", "response": {"status_code": 200, "body": said}}
    beside = "\ufeff" + lines(request, request | {"custom_id": "b"})
    found = read("chat", lines(answer, answer | {"custom_id": "b"}), companion=beside)
    assert [each.prompt for each in records_in(found)] == ["What?", "What?"]


def test_tools_among_the_parts_of_a_reply_are_called_so() -> None:
    parts = [{"type": "tool_use", "name": "oven"}, {"type": "text", "text": "4"}]
    assert one_refusal(read("inspect", document(sample(parts)))).why == "It calls tools."
    assert one_record(read("inspect", document(sample(parts[1:])))).answer == "4"


def test_what_is_no_battle_is_not_passed_over() -> None:
    assert one_refusal(read("arena", json.dumps(ROW))).why.startswith("It is no battle")
    (said,) = read("arena", json.dumps({"type": "chat", "state": {}}))
    assert said == Skipped(1, "No vote: “type” is chat.")


def test_a_reference_that_cannot_be_kept_is_left_out() -> None:
    record = one_record(read("inspect", document(sample(target="4\x00"))))
    assert (record.reference, record.answer) == ("", "4")
    assert one_record(read("inspect", document(sample(target=["4", "four"])))).reference == ""


@pytest.mark.parametrize(
    "more",
    [{"winner": "brot-7b"}, {"label": 1, "question": "a"}, {"messages": []}, {"response": 1}],
)
def test_rows_of_our_own_may_have_columns_that_others_have(more: dict[str, Any]) -> None:
    assert guess(io.BytesIO(json.dumps(ROW | more).encode()), "rows.jsonl") == "own-jsonl"


def test_workbooks_and_files_of_nothing_are_told() -> None:
    workbook = io.BytesIO(b"PK\x03\x04" + b"\x00" * 26 + b"[Content_Types].xml" + b"\x00" * 50)
    assert guess(workbook, "rows.xlsx") == ""
    assert "workbook" in why_unknown(workbook, "rows.xlsx")
    for nothing in (b"", b" \n\t\n", b"\xef\xbb\xbf\n"):
        assert is_blank(io.BytesIO(nothing))
        assert guess(io.BytesIO(nothing), "rows.csv") == ""
    assert not is_blank(io.BytesIO(b"\xef\xbb\xbf{}"))


@pytest.mark.parametrize(
    ("format", "name", "companion"),
    [
        (
            "lm-eval",
            "samples_own_bakers_gen_2026-11-28T19-39-58.940979.jsonl",
            "results_2026-11-28T19-39-58.940979.json",
        ),
        ("lm-eval", "bakers.jsonl", ""),
        ("eee", "c1e5215d_samples.jsonl", "c1e5215d.json"),
        ("eee", "samples.jsonl", ""),
        ("chat", "bakers-batch-output.jsonl", "bakers-batch-input.jsonl"),
        ("chat", "batch_67_output.jsonl", "batch_67_input.jsonl"),
        ("chat", "bakers.jsonl", ""),
        ("own-jsonl", "output.jsonl", ""),
    ],
)
def test_companions_have_the_names_that_their_tools_give(
    format: str, name: str, companion: str
) -> None:
    assert companion_name(format, name) == companion


def test_every_format_that_can_have_a_companion_names_one() -> None:
    named = {format for format in FORMATS if companion_name(format, "samples_output_samples.jsonl")}
    assert named == {name for name, format in FORMATS.items() if format.companion}
