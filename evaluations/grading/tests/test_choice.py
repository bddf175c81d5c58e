import pytest

from evaluations.grading import UnusableReference, check_reference, grade, grade_reply

SAME = [
    ("B", "B"),
    ("b", "B"),
    ("(b)", "B"),
    ("B.", "(b)"),
    ("**B**", "B"),
    ("B) take the bus", "B"),
    ("B. Take the bus", "B"),
    ("B: take the bus", "B"),
    ("(B) take the bus", "B"),
    ("Answer: B.", "B"),
    ("**Answer:** B", "B"),
    ("The answer is B because it is cheap.", "B"),
    ("The correct answer is (B).", "B"),
    ("The answer is option B", "B"),
    ("Answer: A", "A"),
    ("Answer: A) take the train", "A"),
    ("Answer: A - take the train", "A"),
    ("answer is a.", "A"),
    ("I would choose B since it is in time.", "B"),
    ("Option B is the only one in time.", "B"),
    ("A) train\nB) bus\nC) taxi\n\nThe answer is C.", "C"),
    ("The train comes too late.\n\nB", "B"),
    ("It must be the bus (B).", "B"),
    (r"\boxed{B}", "B"),
    (r"\boxed{\text{B}}", "B"),
    ("Answer: A. No: the answer is D.", "D"),
    ("Answer: A (not B)", "A"),
    ("Answer: I'd say D.", "D"),
    ("Answer: C; D is too late.", "C"),
    ("Answer: C cannot be right, so D.", "D"),
]
NO_LETTER = [
    "A dog is an animal.",
    "The answer is a dog.",
    "The answer is a (small) dog.",
    "The answer is A dog",
    "I would choose a taxi.",
    "I would pick a bus, or a train.",
    "It needs a, well, taxi",
    "Take the bus",
    "A: take the bus",
    "The best choice is a taxi",
    "Be careful. Did you ask?",
    "F",
]


@pytest.mark.parametrize(("answer", "reference"), SAME)
def test_same_letter(answer: str, reference: str) -> None:
    assert grade("choice", answer, reference).score == 1.0


@pytest.mark.parametrize("reference", ["A", "B", "C", "D", "E"])
@pytest.mark.parametrize("answer", NO_LETTER)
def test_running_text_names_no_letter(answer: str, reference: str) -> None:
    given = grade("choice", answer, reference)
    assert (given.score, given.extracted, given.note) == (0.0, "", "the answer names no letter")


def test_another_letter_is_wrong() -> None:
    given = grade("choice", "Answer: C", "B")
    assert (given.score, given.extracted, given.note) == (0.0, "C", "not B")


@pytest.mark.parametrize(
    "answer", ["A) train\nB) bus", "Option A is late. Option B is not.", "(a) or (b)"]
)
def test_several_letters_are_no_answer(answer: str) -> None:
    given = grade("choice", answer, "B")
    assert (given.score, given.extracted) == (0.0, "A B")
    assert "several" in given.note


@pytest.mark.parametrize("form", ["{}", "Answer: {}"])
@pytest.mark.parametrize(
    "answer",
    ["C cannot be right.", "Anything but C.", "I cannot say whether it is C.", "C; D"]
    + ["I don't think it is C.", "It is false that it is C.", "It is no longer C."],
)
def test_a_letter_that_is_taken_back_is_no_answer(form: str, answer: str) -> None:
    assert grade_reply("choice", form.format(answer), "direct", "C").score == 0.0


def test_a_rejected_option_leads_to_the_next() -> None:
    reply = "Option A is wrong. Option B is right."
    assert grade_reply("choice", reply, "direct", "B").score == 1.0


@pytest.mark.parametrize("reference", ["", "F", "AB", "A or B"])
def test_reference_that_is_no_letter_is_refused(reference: str) -> None:
    with pytest.raises(UnusableReference, match="not one letter"):
        check_reference("choice", reference)
