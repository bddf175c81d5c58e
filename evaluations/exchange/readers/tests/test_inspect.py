"""Logs of Inspect made up here: thoughts in each of their shapes, and what is not one answer."""

import json
from typing import Any

import pytest

from evaluations.exchange.readers.records import Refused
from evaluations.exchange.readers.tests.files import (
    one_record,
    one_refusal,
    read,
    records_in,
    refused_in,
    skipped_in,
)
from evaluations.exchange.readers.tests.logs import HEADER, archive, document, message, sample


def thought(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "reasoning", "reasoning": text} | more


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


REDACTED = thought("c2VjcmV0", redacted=True)
SUMMARY = thought("c2VjcmV0", redacted=True, summary="It added.")


@pytest.mark.parametrize(
    ("content", "trace", "answer", "visibility"),
    [
        ("4", "", "4", "not-written"),
        (None, "", "", "not-written"),
        ([text("2"), text("3")], "", "2\n3", "not-written"),
        ("<think>Two.</think>4", "Two.", "4", "full"),
        ("Two and two.\nAnswer: 4", "Two and two.", "4", "full"),
        ([thought("Two."), text("Answer: 4")], "Two.", "Answer: 4", "full"),
        ([thought("A"), text("Hm."), thought("B"), text("4")], "A\n\nHm.\n\nB", "4", "full"),
        ([thought("Two.")], "Two.", "", "full"),
        ([SUMMARY, text("4")], "It added.", "4", "summary"),
        ([thought("One."), SUMMARY, text("4")], "One.\n\nIt added.", "4", "summary"),
        ([thought("", summary="It added."), text("4")], "It added.", "4", "summary"),
        ([REDACTED, text("4")], "", "4", "redacted"),
        ([thought("One."), text("Hm."), REDACTED, text("4")], "", "Hm.\n\n4", "redacted"),
        ([SUMMARY, REDACTED, text("4")], "", "4", "redacted"),
        ([thought(" "), text("4")], "", "4", "not-written"),
    ],
)  # fmt: skip
def test_thoughts_are_as_visible_as_their_blocks(
    content: Any, trace: str, answer: str, visibility: str
) -> None:
    record = one_record(read("inspect", document(sample(content))))
    assert (record.trace, record.answer, record.visibility) == (trace, answer, visibility)
    assert "c2VjcmV0" not in repr(record)


def with_usage(tokens: int, content: Any = "4") -> dict[str, Any]:
    made = sample(content)
    made["output"]["usage"] = {"input_tokens": 3, "output_tokens": 9, "reasoning_tokens": tokens}
    return made


def test_tokens_of_a_thought_without_a_text_say_that_it_is_hidden() -> None:
    hidden = one_record(read("inspect", document(with_usage(5))))
    assert (hidden.visibility, hidden.tokens_thought, hidden.tokens_out) == ("hidden", 5, 9)
    assert one_record(read("inspect", document(with_usage(0)))).visibility == "not-written"
    shown = with_usage(5, [thought("Two."), text("4")])
    assert one_record(read("inspect", document(shown))).visibility == "full"
    # The working is not the thought that was counted.
    answered = one_record(read("inspect", document(with_usage(5, "Two.\nAnswer: 4"))))
    assert (answered.visibility, answered.trace) == ("hidden", "")


def test_a_thought_beside_the_content_is_read_too() -> None:
    made = sample()
    made["output"]["choices"][0]["message"] = message("4", reasoning="Two.")
    record = one_record(read("inspect", document(made)))
    assert (record.trace, record.answer, record.visibility) == ("Two.", "4", "full")


def test_a_sample_says_what_was_asked_and_scored() -> None:
    record = one_record(read("inspect", document(sample(epoch=3, id=7))))
    assert (record.model, record.task, record.settings["temperature"]) == (
        "own/brot-7b",
        "sums",
        0.5,
    )
    assert (record.origin.log, record.origin.sample, record.origin.epoch) == ("own-eval", "7", 3)
    assert (record.sample, record.seed, record.seconds, record.reference) == (2, 3, 1.5, "4")
    assert (record.score, record.scorer, record.stop_reason) == (1.0, "exact", "stop")


@pytest.mark.parametrize(
    ("value", "score"),
    [("C", 1), ("P", 0.5), ("I", 0), ("N", 0), (0.25, 0.25), (True, 1), (7, None), ("x", None)]
    + [([1], None), (float("nan"), None)],
)
def test_only_scores_from_0_to_1_are_kept(value: Any, score: float | None) -> None:
    made = sample(scores={"exact": {"value": value}, "later": {"value": "I"}})
    assert one_record(read("inspect", document(made))).score == score


def talk(*roles: str, **more: Any) -> list[dict[str, Any]]:
    return [{"role": role, "content": "a"} | more for role in roles]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"error": {"message": "out of flour"}}, "has an error: out of flour"),
        ({"invalidation": {"author": "mira", "reason": "seen"}}, "invalidated by mira: seen"),
        ({"messages": talk("user", "assistant", "user", "assistant")}, "more than one turn"),
        ({"messages": talk("user", "assistant", "tool", "assistant")}, "calls tools"),
        ({"messages": talk("user", "assistant", tool_calls=[{}])}, "calls tools"),
        ({"input": talk("user", "assistant", "user")}, "more than one turn"),
        ({"input": talk("system")}, "no message is the user's"),
        ({"input": " "}, "“input” is empty"),
        ({"input": [{"role": "user", "content": [{"type": "image", "image": "x"}]}]}, "an image"),
        ({"input": "attachment://5"}, "does not hold"),
        ({"output": {"choices": []}}, "wrote nothing"),
        ({"id": None}, "no “id”"),
    ],
)
def test_what_is_not_one_question_and_one_answer_is_refused(more: Any, why: str) -> None:
    assert why in one_refusal(read("inspect", document(sample(**more)))).why


def test_a_system_message_is_kept_apart() -> None:
    made = sample(input=[*talk("system"), {"role": "user", "content": "What?"}])
    record = one_record(read("inspect", document(made)))
    assert (record.system, record.prompt) == ("a", "What?")


def test_other_choices_are_counted() -> None:
    made = sample()
    made["output"]["choices"] *= 3
    found = read("inspect", document(made))
    assert len(records_in(found)) == 1
    assert "3 choices" in skipped_in(found)[0].why


def test_one_question_may_be_several_items() -> None:
    made = [sample(id=id, epoch=epoch) for epoch in (1, 2) for id in "ab"]
    assert [each.sample for each in records_in(read("inspect", document(*made)))] == [0, 1, 2, 3]
    keys = {each.origin.key for each in records_in(read("inspect", document(*made)))}
    assert len(keys) == 4


def chunked(id: str, made: dict[str, Any], attachments: list[str]) -> dict[str, Any]:
    """A sample in chunks, its attachments two a chunk."""
    folder = f"samples/{id}_epoch_1"
    entries: dict[str, Any] = {
        f"{folder}/attachments/{start}.json": attachments[start : start + 2]
        for start in range(0, len(attachments), 2)
    }
    messages = made.pop("messages")
    entries |= {f"{folder}/messages/{at}.json": [each] for at, each in enumerate(messages)}
    return entries | {f"{folder}/sample.json": made}


def test_samples_in_chunks_find_their_texts_and_turns() -> None:
    made = sample("attachment://2", id="a", input="attachment://0", target="attachment://1")
    several = sample(id="b", messages=talk("user", "assistant", "user", "assistant"))
    lost = sample("attachment://9", id="c")
    log = archive(
        chunked("a", made, ["What?", "4", "Two.\nAnswer: 4"])
        | chunked("b", several, [])
        | chunked("c", lost, ["x"])
    )
    record, *rest = read("inspect", log)
    assert [record] == records_in([record])
    assert (record.prompt, record.reference, record.trace, record.answer) == (
        "What?", "4", "Two.", "4",
    )  # fmt: skip
    assert rest == [
        Refused(2, "It has more than one turn."),
        Refused(3, "It refers to an attachment that the log does not hold."),
    ]


def test_a_sample_in_one_piece_finds_its_texts_by_their_hash() -> None:
    made = sample([thought("attachment://cd"), text("4")], input="attachment://ab")
    made["attachments"] = {"ab": "What?", "cd": "Two."}
    record = one_record(read("inspect", document(made)))
    assert (record.prompt, record.trace) == ("What?", "Two.")


def test_samples_stand_in_the_order_of_epoch_and_id_whatever_they_are_called() -> None:
    names = ["b", "a/b 1_epoch_1", "ä"]
    entries: dict[str, Any] = {}
    for epoch in (2, 1):
        for name in names:
            entries[f"samples/{name}_epoch_{epoch}.json"] = sample(id=name, epoch=epoch)
    found = records_in(read("inspect", archive(entries)))
    assert [each.line for each in found] == [1, 2, 3, 4, 5, 6]
    told = [(each.origin.epoch, each.origin.sample) for each in found]
    assert told == [(epoch, name) for epoch in (1, 2) for name in sorted(names)]


def test_a_sample_in_both_shapes_counts_once() -> None:
    log = archive({"samples/a_epoch_1.json": sample(id="a")} | chunked("a", sample(id="a"), []))
    found = read("inspect", log)
    assert len(records_in(found)) == 1
    assert refused_in(found) == [Refused(2, "The sample stands twice in the log.")]


def test_a_run_that_was_broken_off_is_read_by_its_journal() -> None:
    entries = {"_journal/start.json": HEADER, "samples/a_epoch_1.json": sample()}
    assert one_record(read("inspect", archive(entries, header=None))).model == "own/brot-7b"


def test_a_later_version_is_refused() -> None:
    assert "version 3" in one_refusal(read("inspect", document(sample(), version=3))).why


def test_values_beside_the_samples_may_be_anything() -> None:
    odd = '"samples": [], {}] \\" \\\\'
    log = json.dumps(
        {
            "a": odd,
            odd: [{"samples": [1, [2]]}],
            **HEADER,
            "samples": [sample()],
            "z": [[], {"b": odd}],
        }
    )
    assert one_record(read("inspect", log)).answer == "4"
