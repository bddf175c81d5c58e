"""The formats one by one on lines made up here, and how they are told apart."""

import io
import json
from typing import Any

import pytest

from evaluations.exchange.readers.formats import FORMATS, guess, why_unknown
from evaluations.exchange.readers.records import Vote
from evaluations.exchange.readers.tests.files import (
    one_record,
    one_refusal,
    read,
    records_in,
    refused_in,
    skipped_in,
)
from evaluations.exchange.readers.tests.good_lines import lines_by_format

ENCRYPTED = {"type": "reasoning.encrypted", "data": "c2VjcmV0"}
SUMMARY = {"type": "reasoning.summary", "summary": "It did."}
ASKED = [{"role": "user", "content": "What is 2 + 2?"}]


def lines(*rows: Any) -> str:
    return "\n".join(map(json.dumps, rows))


def changed(format: str, at: int = 0, **more: Any) -> dict[str, Any]:
    return lines_by_format()[format][at] | more


# Telling them apart


def test_every_format_is_told_by_one_of_its_lines() -> None:
    for format, rows in lines_by_format().items():
        for row in rows:
            content = {"eval": {}, "status": "success"} if format == "inspect" else row
            file = io.BytesIO(b"\xef\xbb\xbf\n" + json.dumps(content).encode())
            assert guess(file, "any.txt") == format
            assert file.tell() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b" \n", "empty"),
        (b"\x1f\x8b...", "Unpack it first"),
        (b"PAR1...", "Parquet"),
        (b'[{"annotations": []}]', "Label Studio"),
        (b'{"_server_id": 1}', "Argilla"),
        (b'{"a": 1}', "none of the formats"),
    ],
)
def test_what_is_not_read_is_named(content: bytes, said: str) -> None:
    assert guess(io.BytesIO(content), "x") == ""
    assert said in why_unknown(io.BytesIO(content), "x")


def test_what_a_format_says_of_itself_is_complete() -> None:
    for name, format in FORMATS.items():
        assert format.name == name
        assert format.title
        assert format.about.endswith(".")
        assert all(extension.startswith(".") for extension in format.extensions)


# Chat completions


def answered(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = {"choices": [{"message": {"role": "assistant"} | message, "finish_reason": "stop"}]}
    return {"request": {"messages": ASKED, "model": "m"}, "response": response | more}


@pytest.mark.parametrize(
    ("message", "trace", "answer", "visibility"),
    [
        ({"content": "4", "reasoning": "Two."}, "Two.", "4", "full"),
        ({"content": "4", "reasoning_content": "Two."}, "Two.", "4", "full"),
        ({"content": "4", "thinking": "Two."}, "Two.", "4", "full"),
        ({"content": "<think>Two.</think>4"}, "Two.", "4", "full"),
        ({"content": "<think>Two."}, "Two.", "", "full"),
        ({"content": None, "reasoning": "Two."}, "Two.", "", "full"),
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Two."}]}]
             + [{"type": "text", "text": "4"}]},
            "Two.", "4", "full",
        ),
        ({"content": "4", "reasoning_details": [ENCRYPTED]}, "", "4", "redacted"),
        ({"content": "4", "reasoning_details": [SUMMARY]}, "It did.", "4", "summary"),
        ({"content": "4", "reasoning_details": [SUMMARY, ENCRYPTED]}, "It did.", "4", "summary"),
        ({"content": None, "refusal": "No."}, "", "No.", "not-written"),
        ({"content": ""}, "", "", "not-written"),
        ({"content": "Two.\nAnswer: 4"}, "Two.", "4", "full"),
    ],
)  # fmt: skip
def test_thoughts_of_chats_are_read_as_of_servers(
    message: dict[str, Any], trace: str, answer: str, visibility: str
) -> None:
    record = one_record(read("chat", lines(answered(message))))
    assert (record.trace, record.answer, record.visibility) == (trace, answer, visibility)


def test_counted_thoughts_are_hidden() -> None:
    usage = {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 5}}
    record = one_record(read("chat", lines(answered({"content": "4"}, usage=usage))))
    assert (record.visibility, record.tokens_thought, record.tokens_out) == ("hidden", 5, 9)


def test_settings_are_kept_and_messages_are_not() -> None:
    row = answered({"content": "4"})
    row["request"] |= {"temperature": 0.5, "seed": 7, "tools": [], "stop": ["x"], "stream": False}
    record = one_record(read("chat", lines(row)))
    assert record.settings == {"temperature": 0.5, "stop": ["x"]}
    assert record.seed == 7


def test_the_same_response_twice_is_the_same_reply_and_another_one_is_not() -> None:
    row = answered({"content": "4"}, id="r1")
    first, second = records_in(read("chat", lines(row, row)))
    assert first.origin.key == second.origin.key
    first, second = records_in(read("chat", lines(*[answered({"content": "4"})] * 2)))
    assert first.origin.key != second.origin.key
    assert (first.sample, second.sample) == (0, 1)


def test_a_batch_finds_its_prompts_in_any_order() -> None:
    asked = [
        {"custom_id": id, "body": {"messages": [{"role": "user", "content": id}], "model": "m"}}
        for id in "abc"
    ]
    said = [
        {
            "custom_id": id,
            "response": {"status_code": 200, "body": answered({"content": id})["response"]},
        }
        for id in "cxa"
    ]
    found = read("chat", lines(*said), companion=lines(*asked))
    assert [(each.prompt, each.answer) for each in records_in(found)] == [("c", "c"), ("a", "a")]
    assert "no such “custom_id”" in refused_in(found)[0].why


# lm-eval

RESULTS = {
    "model_name": "brot-7b",
    "date": 5.5,
    "config": {"model_args": "pretrained=brot-7b", "model_sha": "abc"},
    "configs": {"sums": {"filter_list": [{"name": "vote", "filter": [{"function": "majority"}]}]}},
}


def lm_eval(row: dict[str, Any], **more: Any) -> Any:
    return read(
        "lm-eval", lines(row), companion=json.dumps(RESULTS | more), name="samples_sums_1.jsonl"
    )


def test_repeats_are_samples_and_the_score_is_the_first_one_s() -> None:
    first, second = records_in(lm_eval(changed("lm-eval")))
    assert [(each.sample, each.text, each.score) for each in (first, second)] == [
        (0, "4", 1.0),
        (1, "5", None),
    ]
    assert (first.task, first.model_revision, first.reference) == ("sums", "abc", "4")
    assert first.settings == {"temperature": 1}
    voted = records_in(lm_eval(changed("lm-eval", filter="vote")))
    assert [each.score for each in voted] == [None, None]


@pytest.mark.parametrize(
    "arguments", [{"think_end_token": "</think>"}, "a=b,think_end_token=</think>"]
)
def test_a_thought_that_was_cut_off_the_log_is_hidden(arguments: Any) -> None:
    row = changed("lm-eval", resps=[["Two.\nAnswer: 4", "<think>Two."]])
    found = records_in(lm_eval(row, config={"model_args": arguments}))
    assert [each.visibility for each in found] == ["hidden", "full"]
    assert found[0].answer == "Two.\nAnswer: 4"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"resps": [[["-1.5", "True"]]]}, "log-likelihood"),
        ({"resps": []}, "no reply"),
        ({"resps": [["4"], ["5"]]}, "several requests"),
        ({"doc_id": None}, "no “doc_id”"),
        ({"arguments": {}}, "“arguments” is null"),
    ],
)
def test_what_lm_eval_did_not_have_written_is_refused(more: dict[str, Any], why: str) -> None:
    assert why in one_refusal(lm_eval(changed("lm-eval", **more))).why


# Every Eval Ever


def test_scores_of_levels_and_of_several_outputs_are_not_kept() -> None:
    result = {"evaluation_result_id": "r", "metric_config": {"score_type": "levels"}}
    levels = json.dumps({"evaluation_results": [result]})
    assert one_record(read("eee", lines(changed("eee")))).score == 1
    assert one_record(read("eee", lines(changed("eee")), companion=levels)).score is None
    several = changed("eee", output={"raw": ["4", "5"]})
    assert [each.score for each in records_in(read("eee", lines(several)))] == [None, None]


def test_rows_of_another_metric_are_skipped_and_other_outputs_are_not() -> None:
    row = changed("eee")
    other = changed("eee", output={"raw": ["5"]})
    found = read("eee", lines(row, row | {"evaluation_result_id": "s"}, other))
    assert [each.line for each in skipped_in(found)] == [2]
    assert [(each.origin.epoch, each.sample) for each in records_in(found)] == [(0, 0), (1, 1)]


def test_traces_that_do_not_fit_their_outputs_are_refused() -> None:
    row = changed("eee", output={"raw": ["4", "5"], "reasoning_trace": ["a"]})
    assert "not as many texts" in one_refusal(read("eee", lines(row))).why
    row = changed("eee", error="timeout")
    assert "has an error: timeout" in one_refusal(read("eee", lines(row))).why


# Arenas


@pytest.mark.parametrize("at", [0, 1])
def test_a_battle_is_two_replies_and_a_vote(at: int) -> None:
    left, right, vote = read("arena", lines(changed("arena", at)))
    assert records_in([left, right]) == [left, right]
    assert isinstance(vote, Vote)
    assert (vote.left, vote.right) == (left.origin, right.origin)  # type: ignore[union-attr]
    assert vote.side == ("same", "left")[at]


def test_battles_of_several_turns_or_prompts_are_refused() -> None:
    row = changed("arena")
    longer = row["conversation_a"] * 2
    found = read("arena", lines(changed("arena", conversation_a=longer, conversation_b=longer)))
    assert "more than one turn" in one_refusal(found).why
    other = [{"role": "user", "content": "What else?"}, row["conversation_a"][-1]]
    found = read("arena", lines(changed("arena", conversation_b=other)))
    assert "different prompts" in one_refusal(found).why


# PRM800K


def step(*texts: str, chosen: int | None = 0, human: str | None = None) -> dict[str, Any]:
    completions = [{"text": text, "rating": 1} for text in texts]
    return {"completions": completions, "chosen_completion": chosen, "human_completion": human}


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ([step("a"), step("b", "c", chosen=1)], ["a", "c"]),
        ([step("a"), step("b", chosen=None)], ["a", "b"]),
        ([step("a"), step("b", "c", chosen=None), step("d")], ["a"]),
        ([step("a"), step("b", chosen=None, human="mine"), step("d")], ["a"]),
    ],
)
def test_the_path_is_what_was_chosen_of_the_model_s(steps: list[Any], path: list[str]) -> None:
    record = one_record(read("prm800k", lines(changed("prm800k", label={"steps": steps}))))
    assert [record.trace[each.start : each.end] for each in record.steps] == path


def test_a_path_that_a_person_began_is_skipped() -> None:
    label = {"steps": [step("a", chosen=None, human="mine")]}
    found = read("prm800k", lines(changed("prm800k", label=label)))
    assert [each.why for each in skipped_in(found)] == [
        "No step that the model wrote was chosen first."
    ]


def test_a_solution_that_two_people_labelled_has_one_origin() -> None:
    first, second = records_in(
        read("prm800k", lines(changed("prm800k"), changed("prm800k", labeler="b")))
    )
    assert first.origin == second.origin
    assert (first.labeller, second.labeller) == ("a", "b")


# BIG-Bench Mistake


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"steps": []}, "at least one step"),
        ({"steps": ["a", " "]}, "“step 2” is empty"),
        ({"steps": ["a", 5]}, "“step 2” is not text"),
        ({"mistake_index": 2}, "there are 2 steps"),
        ({"mistake_index": True}, "neither a whole number nor null"),
        ({"target": ""}, "“target” is empty"),
    ],
)
def test_marked_traces_that_are_none_are_refused(more: dict[str, Any], why: str) -> None:
    row = changed("bigbench-mistake", **more)
    assert why in one_refusal(read("bigbench-mistake", lines(row))).why


def test_a_question_comes_once() -> None:
    row = changed("bigbench-mistake")
    found = read(
        "bigbench-mistake", lines(row, row | {"steps": ["c", "d"]}), name="a/word_sorting.jsonl"
    )
    assert "The same question stands in line 1" in refused_in(found)[0].why
    assert records_in(found)[0].task == "word_sorting"
