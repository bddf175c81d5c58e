import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.grading import (
    GRADERS,
    Grade,
    GradingError,
    UnknownGrader,
    UnusableReference,
    check_reference,
    grade,
)

REFERENCES = {"numeric": "19", "exact": "i j l", "choice": "B"}
# Text made of what the graders look for finds more than text of arbitrary characters.
PIECES = st.lists(
    st.sampled_from(
        ["answer", " is ", ":", "\\boxed{", "}", "\\frac{1}{", "/", "0", "1", ",", ".", "-", " "]
        + ["A", "b", ")", "(", "yes", "no", "\n", "a b c", "½", "%", "e", "$", "option ", "=", "'"]
    )
).map("".join)
TEXTS = st.one_of(st.text(), PIECES)


@given(answer=TEXTS, reference=TEXTS)
@pytest.mark.parametrize("grader", GRADERS)
def test_every_text_has_a_grade(grader: str, answer: str, reference: str) -> None:
    try:
        check_reference(grader, reference)
    except UnusableReference:
        reference = REFERENCES[grader]
    given_grade = grade(grader, answer, reference)
    assert given_grade.score in (0.0, 1.0)
    assert given_grade.note


@given(reference=TEXTS)
@pytest.mark.parametrize("grader", GRADERS)
def test_a_reference_is_right_against_itself(grader: str, reference: str) -> None:
    try:
        check_reference(grader, reference)
    except UnusableReference:
        return
    assert grade(grader, reference, reference).score == 1.0


@given(value=st.fractions(max_denominator=999), other=st.fractions(max_denominator=999))
def test_numbers_are_equal_exactly_where_their_values_are(value: Fraction, other: Fraction) -> None:
    expected = 1.0 if value == other else 0.0
    assert grade("numeric", str(other), str(value)).score == expected
    assert grade("numeric", f"The result is {value}.", str(value)).score == 1.0


@given(value=st.integers(min_value=-(10**15), max_value=10**15))
def test_thousands_separators_do_not_change_a_number(value: int) -> None:
    for separator in (",", "\u00a0", "\u202f", "'"):
        written = f"{value:,}".replace(",", separator)
        assert grade("numeric", f"That makes {written} in all.", str(value)).score == 1.0


@pytest.mark.parametrize("grader", GRADERS)
@pytest.mark.parametrize("answer", ["", "   ", "\n\t"])
def test_an_empty_answer_is_wrong(grader: str, answer: str) -> None:
    assert grade(grader, answer, REFERENCES[grader]) == Grade(0.0, "", "the answer is empty")


def test_unknown_graders_are_refused() -> None:
    with pytest.raises(UnknownGrader, match="'judge'.*numeric, exact, choice"):
        grade("judge", "19", "19")
    assert issubclass(UnknownGrader, GradingError)


def test_a_score_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Grade(1.5, "", "")


@pytest.mark.parametrize("grader", GRADERS)
@pytest.mark.parametrize(
    "piece",
    ["9", "1,234,", "1 2", "1/", "-", "$", " ", "\n", "a ", "a,", "answer is ", "Answer: A\n"]
    + ["\\boxed{", "{", "(b)", "option ", "yes ", ". ", "*", "1.1", "x", "½", "\\frac{", "twenty "]
    + ["answer" + " " * 90, "####", "i j ", "Ω̈"],
)
def test_200_kilobytes_are_graded_in_time(grader: str, piece: str) -> None:
    answer = (piece * (200_000 // len(piece) + 1))[:200_000] + "!"
    start = time.process_time()
    grade(grader, answer, REFERENCES[grader])
    # A quadratic search over 200,000 characters takes minutes.
    assert time.process_time() - start < 3
