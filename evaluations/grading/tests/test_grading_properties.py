import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.grading import (
    Grade,
    GradingError,
    UnknownGrader,
    UnusableReference,
    check_reference,
    grade,
    grade_reply,
)

REFERENCES = {"numeric": "19", "exact": "i j l", "choice": "B", "contains": "Nairobi"}
TOLD: dict[str, tuple[str, dict[str, Any]]] = {
    **{grader: (reference, {}) for grader, reference in REFERENCES.items()},
    "list": ("red, green", {"credit": "share"}),
    "constraint": (
        "two words",
        {"rules": [{"rule": "words", "most": 2}, {"rule": "number", "most": 99}]},
    ),
    "simulator": ("A-B, A-C, B-C", {"world": "hanoi", "disks": 2}),
    "combination": (
        "Nairobi, 19",
        {
            "how": "mean",
            "parts": [
                {"grader": "contains", "reference": "Nairobi"},
                {"grader": "list", "reference": "Nairobi, 19"},
                {"grader": "numeric", "reference": "19", "weight": 2},
            ],
        },
    ),
}
"""Graders that work in this process, with what they are told."""
# Text made of what the graders look for finds more than text of arbitrary characters.
PIECES = st.lists(
    st.sampled_from(
        ["answer", " is ", ":", "\\boxed{", "}", "\\frac{1}{", "/", "0", "1", ",", ".", "-", " "]
        + ["A", "b", ")", "(", "yes", "no", "\n", "a b c", "½", "%", "e", "$", "option ", "=", "'"]
    )
).map("".join)
TEXTS = st.one_of(st.text(), PIECES)


@given(answer=TEXTS, reference=TEXTS)
@pytest.mark.parametrize("grader", TOLD)
def test_every_text_has_a_grade(grader: str, answer: str, reference: str) -> None:
    known, told = TOLD[grader]
    try:
        check_reference(grader, reference, told)
    except UnusableReference:
        reference = known
    given_grade = grade(grader, answer, reference, told)
    assert 0.0 <= given_grade.score <= 1.0
    assert given_grade.score in (0.0, 1.0) or grader in ("list", "combination")
    assert given_grade.note
    assert 0 <= given_grade.span.start <= given_grade.span.end <= len(answer)


@given(reference=TEXTS)
@pytest.mark.parametrize("grader", TOLD)
def test_a_reference_is_right_against_itself(grader: str, reference: str) -> None:
    told = TOLD[grader][1]
    try:
        check_reference(grader, reference, told)
    except UnusableReference:
        return
    assert grade(grader, reference, reference, told).score == 1.0


MARKED = [
    *("Answer: {}", "**Answer:** {}", "**Answer: {}**", "answer: {}", "Final answer: {}"),
    *("Answer：{}", "The answer is {}.", "So the final answer is: {}", "The correct answer is {}"),
    *("The answer to the riddle is {}.", "The answer would be {}", "Hence my answer is {}."),
    *("### Answer\n{}", "**Final Answer**\n\n{}", "<answer>{}</answer>", "It is\n\\boxed{{{}}}."),
    *("so $\\boxed{{{}}}$", "Answer:\n\n$$\n{}\n$$", "1. We see.\n2. So the answer is {}."),
]
AFTERWARDS = st.sampled_from(
    ["", "\n", "\nThat took 3 steps.", "\n\n(A) is late, 7 is odd, no, x y z, Cairo."]
    + [
        "\n2. B\n- 5% of 12:30\n| a | b |",
        "\n\n```\nanswer = 4\n```",
        "\nI hope “Answer: 5” helps!",
    ]
)
REPLIED = st.one_of(
    TEXTS,
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.sampled_from(["B", "(c)", "A", "e"]),
    st.lists(st.sampled_from("abcxyz"), min_size=2, max_size=5).map(" ".join),
    st.lists(
        st.sampled_from(
            ["the", "Cleo", "a", "no", "one", "first", "Ω", "Mount", "half", "or", "5"]
        ),
        min_size=1,
        max_size=4,
    ).map(" ".join),
)


@given(
    reference=REPLIED,
    before=st.sampled_from(["", "1. Look.\n", "Not 4, I think: B?\n\n"]),
    form=st.sampled_from(MARKED),
    after=AFTERWARDS,
)
@pytest.mark.parametrize("strategy", ["direct", "step-by-step"])
@pytest.mark.parametrize("grader", REFERENCES)
def test_an_accepted_reference_after_any_marker_is_right_whatever_follows(
    grader: str, strategy: str, reference: str, before: str, form: str, after: str
) -> None:
    try:
        check_reference(grader, reference)
    except UnusableReference:
        return
    if "boxed" in form and reference.count("{") != reference.count("}"):
        return  # LaTeX could not hold it
    reply = before + form.format(reference) + after
    given_grade = grade_reply(grader, reply, strategy, reference)
    assert given_grade.score == 1.0
    assert given_grade.span.how in ("box", "marker", "heading")


@given(statement=TEXTS, form=st.sampled_from(MARKED), after=AFTERWARDS)
@pytest.mark.parametrize("grader", REFERENCES)
def test_what_follows_the_statement_changes_no_grade(
    grader: str, statement: str, form: str, after: str
) -> None:
    unended = statement.casefold().rstrip(" :=*._").endswith(("answer", "is", "be"))
    if "\n" in statement or not statement.strip() or unended:
        return
    reply = form.format(statement)
    alone = grade_reply(grader, reply, "direct", REFERENCES[grader])
    if alone.span.how in ("box", "marker", "heading") and alone.span.start < alone.span.end:
        assert grade_reply(grader, reply + after, "direct", REFERENCES[grader]) == alone


@pytest.mark.parametrize(
    "after", [" It took 3 steps.", "\nB is late, not Mombasa, x y z.", "\n\n7"]
)
@pytest.mark.parametrize(
    ("grader", "reply"),
    [
        ("numeric", "That makes 19 rolls."),
        ("numeric", "48 - 29 = 19 rolls, 3 of them old."),
        ("choice", "I think it is B."),
        ("choice", "(B) the bus."),
        ("exact", "I j l."),
        ("contains", "The capital of Kenya is Nairobi."),
    ],
)
def test_a_direct_reply_is_read_in_its_first_sentence(grader: str, reply: str, after: str) -> None:
    assert grade_reply(grader, reply + after, "direct", REFERENCES[grader]).score == 1.0


@given(text=TEXTS, thinking=st.booleans(), finished=st.booleans())
@pytest.mark.parametrize("strategy", ["direct", "step-by-step"])
def test_the_span_of_a_reply_lies_within_it(
    strategy: str, text: str, thinking: bool, finished: bool
) -> None:
    found = grade_reply("exact", text, strategy, "19", thinking=thinking, finished=finished).span
    assert 0 <= found.start <= found.end <= len(text)
    assert text[found.start : found.end] == text[found.start : found.end].strip()


@given(value=st.fractions(max_denominator=999), other=st.fractions(max_denominator=999))
def test_numbers_are_equal_exactly_where_their_values_are(value: Fraction, other: Fraction) -> None:
    expected = 1.0 if value == other else 0.0
    assert grade("numeric", str(other), str(value)).score == expected
    assert grade("numeric", f"The result is {value}.", str(value)).score == 1.0


@given(value=st.integers(-1000, 1000), off=st.integers(-300, 300), within=st.integers(0, 300))
def test_a_number_is_near_enough_exactly_within_what_is_said(
    value: int, off: int, within: int
) -> None:
    told = {"within": within / 100}
    said = str(Fraction(value) + Fraction(off, 100))
    assert grade("numeric", said, str(value), told).score == (1.0 if abs(off) <= within else 0.0)


@given(value=st.integers(min_value=-(10**15), max_value=10**15))
def test_thousands_separators_do_not_change_a_number(value: int) -> None:
    for separator in (",", "\u00a0", "\u202f", "'"):
        written = f"{value:,}".replace(",", separator)
        assert grade("numeric", f"That makes {written} in all.", str(value)).score == 1.0


@pytest.mark.parametrize("grader", TOLD)
@pytest.mark.parametrize("answer", ["", "   ", "\n\t"])
def test_an_empty_answer_is_wrong(grader: str, answer: str) -> None:
    given_grade = grade(grader, answer, *TOLD[grader])
    assert (given_grade.score, given_grade.extracted) == (0.0, "")
    assert "the answer is empty" in given_grade.note


def test_unknown_graders_are_refused() -> None:
    with pytest.raises(UnknownGrader, match="'judge'.*numeric, exact, choice"):
        grade("judge", "19", "19")
    assert issubclass(UnknownGrader, GradingError)


def test_a_score_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Grade(1.5, "", "")


@pytest.mark.parametrize("grader", TOLD)
@pytest.mark.parametrize(
    "piece",
    ["9", "1,234,", "1 2", "1/", "-", "$", " ", "\n", "a ", "a,", "answer is ", "Answer: A\n"]
    + ["\\boxed{", "{", "(b)", "option ", "yes ", ". ", "*", "1.1", "x", "½", "\\frac{", "twenty "]
    + ["answer" + " " * 90, "####", "i j ", "Ω̈", "- a\n", "and ", "A-B, "],
)
def test_200_kilobytes_are_graded_in_time(grader: str, piece: str) -> None:
    answer = (piece * (200_000 // len(piece) + 1))[:200_000] + "!"
    start = time.process_time()
    grade(grader, answer, *TOLD[grader])
    # A quadratic search over 200,000 characters takes minutes, a busy machine some seconds.
    assert time.process_time() - start < 60
