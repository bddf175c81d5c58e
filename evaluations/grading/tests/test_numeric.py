import pytest

from evaluations.grading import UnusableReference, check_reference, grade

SAME = [
    ("19", "19"),
    ("19.0", "19"),
    ("There are 19 rolls left.", "19"),
    ("6 * 8 = 48, and 48 - 29 = 19.", "19"),
    ("Answer: 19 rolls (of the 48 that were baked)", "19"),
    ("The answer is 48 - 29 = 19 rolls.\nI hope this helps, see step 2.", "19"),
    ("**Answer:** 19", "19"),
    ("#### 19", "19"),
    (r"So $\boxed{19}$ rolls remain after 3 steps.", "19"),
    (r"\boxed{\frac{1}{2}}", "0.5"),
    (r"It is $-\dfrac{3}{4}$", "-3/4"),
    ("1/2", "0.5"),
    ("½", "0.5"),
    ("2½ cups", "5/2"),
    ("1 1/2 hours", "1.5"),
    ("50%", "1/2"),
    ("50 per cent", "1/2"),
    (r"12.5\%", "0.125"),
    ("1,234,567.50", "1234567.5"),
    ("1\u00a0234\u202f567 people", "1234567"),
    ("1{,}234", "1234"),
    ("$1,200", "1200"),
    (r"\$1,200.00", "1200"),
    ("-$5", "-5"),
    ("$-5", "-5"),
    ("−7", "-7"),
    ("x = -7", "-7"),
    ("10-3", "3"),
    ("1.5e3 grams", "1500"),
    (".25", "1/4"),
    ("about ...25", "25"),
    ("5kg", "5"),
    ("the 3rd", "3"),
    ("seventeen sheep", "17"),
    ("Twenty-five of them", "25"),
    ("The one who has 12 apples, or the other one", "12"),
]
DIFFERENT = [
    ("18", "19"),
    ("0.33", "1/3"),
    ("25", "25%"),
    ("-19", "19"),
    ("19,5", "19.5"),
    ("1 234", "1234"),
    ("H2O", "2"),
    ("v2", "2"),
    ("1/0", "0"),
    ("one hundred", "1"),
    ("Ninety", "9"),
    ("3/4/2024", "3/4"),
    ("no idea", "0"),
    ("9" * 5000, "9"),
    ("1e99999999999", "1"),
]


@pytest.mark.parametrize(("answer", "reference"), SAME)
def test_same_number(answer: str, reference: str) -> None:
    assert grade("numeric", answer, reference).score == 1.0


@pytest.mark.parametrize(("answer", "reference"), DIFFERENT)
def test_different_number(answer: str, reference: str) -> None:
    given = grade("numeric", answer, reference)
    assert given.score == 0.0
    assert given.note


def test_the_last_number_counts_without_a_marker() -> None:
    given = grade("numeric", "First 4 and 5, that is 9. Then 2 more: 11", "9")
    assert (given.score, given.extracted) == (0.0, "11")


def test_the_last_marker_counts() -> None:
    text = "The answer is 8. No, wait. The answer is 9, not the 8 from above."
    assert grade("numeric", text, "9").extracted == "9"


def test_reference_without_a_number_is_refused() -> None:
    with pytest.raises(UnusableReference, match="no number"):
        check_reference("numeric", "many")
