import pytest

from evaluations.grading import UnusableReference, check_reference, grade

SAME = [
    ("Cleo", "cleo"),
    ("  cleo.  ", "Cleo"),
    ("A knight!", "knight"),
    ("**The knight**", "a knight"),
    ("Ana sits at the left end, so Ben is next to her.\nCleo", "Cleo"),
    ("Ana sits at the left end. It is a long row. Cleo.", "Cleo"),
    ("The answer is Cleo. She sits at the right end.", "Cleo"),
    ("Answer: Cleo\nThis was fun.", "Cleo"),
    (r"\boxed{Cleo}", "Cleo"),
    ("zoey is a fool and riley is a sage", "Zoey is a fool, and Riley is a sage."),
    ("ﬁsh", "fish"),
    ("the dog’s bowl", "dogs bowl"),
    # letter strings
    ("i j l", "i j l"),
    ("ijl", "i j l"),
    ("I, J, L", "i j l"),
    ("i-j-l", "i j l"),
    ("[i j l]", "i j l"),
    ("If a b c becomes a b d, then i j k becomes i j l.", "i j l"),
    ("It's clear. Answer: i j l, since l follows k", "i j l"),
    ("The last letter moves on, which gives ijl.", "i j l"),
    ("a b d", "a b d"),
    # yes and no
    ("Yes, because all of them are.", "Yes"),
    ("**No.** It does not follow.", "No"),
    ("Some are tigers.\nSo the answer is no, it does not follow.", "no"),
    ("It does not follow from the two.\nTherefore: no", "No"),
]
DIFFERENT = [
    ("Dan", "Cleo"),
    ("Cleo or Dan", "Cleo"),
    ("Not Cleo", "Cleo"),
    ("The answer is Dan.\nCleo", "Cleo"),
    ("a knave", "a knight"),
    ("b d", "a b d"),
    ("i j k", "i j l"),
    ("i j l l", "i j l"),
    ("?!", "i j l"),
    ("No, not yes", "Yes"),
    ("Yes, it does.\nNo", "No"),
    ("Either yes or no", "No"),
    ("Nobody knows", "No"),
    ("Yesterday", "Yes"),
    ("x < 3", "x > 3"),
]


@pytest.mark.parametrize(("answer", "reference"), SAME)
def test_same_text(answer: str, reference: str) -> None:
    assert grade("exact", answer, reference).score == 1.0


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_different_text(answer: str, reference: str) -> None:
    given = grade("exact", answer, reference)
    assert given.score == 0.0
    assert given.note


def test_a_long_answer_is_not_repeated_in_the_grade() -> None:
    given = grade("exact", "word " * 40_000, "Cleo")
    assert len(given.extracted) <= 200


def test_blank_reference_is_refused() -> None:
    with pytest.raises(UnusableReference, match="empty"):
        check_reference("exact", "  ")
