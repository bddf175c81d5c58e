"""Trace and answer: nothing is lost, and nothing is called an answer that was not given."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluations.inference.split import split_output

CASES = [
    # direct
    ("direct", "Paris", "", "Paris"),
    ("direct", "  8\n", "", "8"),
    ("direct", "", "", ""),
    ("direct", "Answer: 8", "", "8"),
    ("direct", "The answer is 8.", "", "The answer is 8."),
    ("direct", "**Answer:** 8", "", "8"),
    ("direct", "**Answer: 8**", "", "8"),
    ("direct", "3 + 5 = 8\nAnswer: 8", "3 + 5 = 8", "8"),
    ("direct", "<answer>8</answer>", "", "8"),
    ("direct", "Answer：8", "", "8"),
    ("direct", "He wrote `<answer>` there.", "", "He wrote `<answer>` there."),
    ("direct", "Two lines\nof answer", "", "Two lines\nof answer"),
    ("direct", "He gave an answering smile.", "", "He gave an answering smile."),
    # step by step
    ("step-by-step", "1. Add.\n2. Get 8.\nAnswer: 8", "1. Add.\n2. Get 8.", "8"),
    ("step-by-step", "1. Add.\n2. Answer: 8", "1. Add.", "8"),
    ("step-by-step", "1. Add.\n\n**Final Answer:** 8 apples", "1. Add.", "8 apples"),
    ("step-by-step", "We add. So the answer is 8.", "We add.", "So the answer is 8."),
    (
        "step-by-step",
        "As 3 + 5 = 8, the final answer is: 8",
        "As 3 + 5 = 8,",
        "the final answer is: 8",
    ),
    ("step-by-step", "We add.\nTHE ANSWER IS 8", "We add.", "THE ANSWER IS 8"),
    ("step-by-step", "We add. Answer: 8", "We add.", "8"),
    ("step-by-step", "We add.\n### Answer\n8", "We add.", "8"),
    (
        "step-by-step",
        "We add.\nThe answer to the riddle is a map.",
        "We add.",
        "The answer to the riddle is a map.",
    ),
    ("step-by-step", "Answer: 7? No.\nCheck.\nAnswer: 8", "Answer: 7? No.\nCheck.", "8"),
    ("step-by-step", "Answer: 7\nCheck.\nAnswer:", "", "7\nCheck.\nAnswer:"),
    ("step-by-step", "We add.\nAnswer:", "We add.\nAnswer:", ""),
    ("step-by-step", "We add.\nIt is 8.\n", "We add.", "It is 8."),
    ("step-by-step", "We just know it.", "We just know it.", ""),
    ("step-by-step", "Yes.", "", "Yes."),
    ("step-by-step", " 42 apples \n", "", "42 apples"),
    ("step-by-step", "Add. Eight.", "Add. Eight.", ""),
    ("step-by-step", "", "", ""),
    # thoughts
    ("direct", "<think>3 + 5</think>8", "3 + 5", "8"),
    ("direct", "<think>3 + 5\nAnswer: 7", "3 + 5\nAnswer: 7", ""),
    ("direct", "<think></think>\n\n8", "", "8"),
    ("direct", "3 + 5</think>8", "3 + 5", "8"),
    ("step-by-step", "<think>a</think>b\n<think>c</think>d", "a\n\nb\n\nc", "d"),
    ("step-by-step", "<think>a</think>We add.\nAnswer: 8", "a\n\nWe add.", "8"),
    ("step-by-step", "<think>a</think>It is\n8.", "a", "It is\n8."),
]


@pytest.mark.parametrize(("strategy", "text", "trace", "answer"), CASES)
def test_cases(strategy: str, text: str, trace: str, answer: str) -> None:
    visibility = "full" if trace else "not-written"
    assert split_output(text, strategy) == (trace, answer, visibility)


def test_a_thought_opened_by_the_prompt() -> None:
    assert split_output("3 + 5</think>8", "direct", thinking=True)[:2] == ("3 + 5", "8")
    assert split_output("3 + 5", "direct", thinking=True)[:2] == ("3 + 5", "")


def test_the_last_line_of_a_reply_that_was_cut_off_is_no_answer() -> None:
    text = "1. Add three\n2. Then ad"
    assert split_output(text, "step-by-step", finished=False) == (text, "", "full")
    assert split_output(text + "\nAnswer: 8", "step-by-step", finished=False).answer == "8"


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["<think>", "</think>", "Answer:", "**Answer:**", "the answer is", "So ", "**", "\n"]
            + ["\n\n", "8", ". ", "Final answer", "### Answer\n", "🙂", "\u0301", "\r\n", "_"]
        ),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)


@given(PIECES, st.sampled_from(["direct", "step-by-step"]), st.booleans(), st.booleans())
@example("**Answer: **", "direct", False, True)
def test_nothing_is_lost_and_nothing_added(
    text: str, strategy: str, thinking: bool, finished: bool
) -> None:
    trace, answer, visibility = split_output(text, strategy, thinking=thinking, finished=finished)
    assert visibility == ("full" if trace else "not-written")
    assert (trace, answer) == (trace.strip(), answer.strip())
    left = text.replace("<think>", "").replace("</think>", "")
    for line in "\n".join((trace, answer)).split("\n"):
        assert line.strip() in left
    # What neither part holds is at most one marker with its emphasis.
    kept = "".join((trace + answer).split())
    rest = iter("".join(left.split()))
    lost = []
    wanted = iter(kept)
    want = next(wanted, None)
    for character in rest:
        if character == want:
            want = next(wanted, None)
        else:
            lost.append(character)
    assert want is None
    # The longest marker of these pieces, its lead and its emphasis on both sides.
    assert len(lost) <= len("So **Final answer**:**") + 8


@given(st.text(alphabet="abc \n.*<>", max_size=200))
def test_without_marker_or_tag_the_parts_are_the_whole(text: str) -> None:
    for strategy in ("direct", "step-by-step"):
        trace, answer, _ = split_output(text, strategy)
        assert (trace + answer).split() == text.split() or "".join(
            (trace + answer).split()
        ) == "".join(text.split())


@pytest.mark.parametrize(
    "piece", ["answer ", "the answer to ", "Answer: ", "<think>", "*", "\n", " ", "#", "_ "]
)
def test_long_replies_are_split_in_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    split_output(text, "step-by-step")
    assert time.process_time() - began < 2
