import pytest

from evaluations.grading import UnusableReference, check_reference, grade, grade_reply

SAME = [
    ("19", "19"),
    ("19.0", "19"),
    ("You need at least 3 socks.", "3"),
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


EVERYWHERE = [
    (r"3\frac{1}{2}", "7/2", "3"),
    (r"3 \frac{1}{2}", "7/2", "1/2"),
    (r"-3\frac{1}{2}", "-7/2", "-3"),
    (r"2 \frac{3}{4}\text{ cups}", "11/4", "2"),
    ("12 is not correct; it is 13", "13", "12"),
    ("12k", "12000", "12"),
    ("1.2M", "1200000", "1.2"),
    ("5 bn", "5000000000", "5"),
    ("5 lakh", "500000", "5"),
    ("5‰", "0.005", "5"),
    ("12 km", "12", "12000"),
    ("**12**", "12", "13"),
    ("<b>12</b>", "12", "13"),
    ("> 12", "12", "13"),
    ("2x as many", "2", "4"),
]
"""What is said, the number that it is, and one that it is not."""
NO_NUMBER = [
    *((f"x {sign} 42", "42") for sign in ("≠", r"\neq", ">", "<", "≥", r"\ge", ">=", "!=")),
    *((f"{bound} 42", "42") for bound in ("more than", "less than", "fewer than")),
    *(("x>42", "42"), ("more than forty-two", "42"), ("12 is wrong", "12")),
    *((f"{denial} 12", "12") for denial in ("anything but", "It is no longer")),
    *(("neither 12 nor 13", said) for said in ("12", "13")),
    *((f"I {denial} it is 12.", "12") for denial in ("do not think", "cannot say whether")),
    *((r"\pm 7", "7"), ("±7", "7"), ("2x", "2"), ("5_8", "5"), ("101₂", "101")),
    *((r"0.\overline{3}", "0"), ("2**10", "2"), ("3 and a half", "3"), ("12 squared", "12")),
    *((f"{much} 12", "12") for much in ("half of", "twice", "square root of")),
    *((several, "12") for several in ("12; 13", "12 13", "12 (or 13)", "12, or 13")),
]


@pytest.mark.parametrize("form", ["{}", "Answer: {}", r"\boxed{{{}}}", "Answer: ${}$"])
@pytest.mark.parametrize(("said", "reference", "other"), EVERYWHERE)
def test_read_in_a_reply(form: str, said: str, reference: str, other: str) -> None:
    reply = form.format(said)
    assert grade_reply("numeric", reply, "direct", reference).score == 1.0
    assert grade_reply("numeric", reply, "direct", other).score == 0.0


@pytest.mark.parametrize(
    ("form", "strategy"),
    [("{}", "direct"), ("Answer: {}", "direct"), ("We add.\nAnswer: {}", "step-by-step")],
)
@pytest.mark.parametrize(("said", "reference"), NO_NUMBER)
def test_no_number_is_read(form: str, strategy: str, said: str, reference: str) -> None:
    assert grade_reply("numeric", form.format(said), strategy, reference).score == 0.0


@pytest.mark.parametrize(
    ("reply", "reference"),
    [
        ("- 5", "-5"),
        ("Answer: $- 5$", "-5"),
        ("x = - 5", "-5"),
        ("x = − 5", "-5"),
        ("Answer:\n- 5", "5"),
        ("12 = 3 × 4", "12"),
        (r"Answer: $12 = 3 \times 4$.", "12"),
        ("There are 3 boxes with 4 apples each, so there are 12 apples.", "12"),
        ("5 apples and 3 pears, so 8 fruits", "8"),
        ("7 rows of 2, and therefore 14", "14"),
        ("She has 13 left, so there are enough for 12.", "13"),
        ("13 are left, so that 2 may eat.", "13"),
        ("13 are left, so she is glad.", "13"),
        ("5 > 3, so the answer is 5", "5"),
    ],
)
def test_the_number_of_a_direct_reply(reply: str, reference: str) -> None:
    assert grade_reply("numeric", reply, "direct", reference).score == 1.0


@pytest.mark.parametrize(
    ("reply", "reference"),
    [
        ("As an AI from 2023, I cannot answer.", "2023"),
        ("Sorry, I can't help with 5.", "5"),
        ("It's impossible to tell from 5 data points.", "5"),
        ("8 = 2x", "8"),
        ("5 apples and 3 pears, so 8 or 9", "8"),
    ],
)
def test_a_direct_reply_without_a_number(reply: str, reference: str) -> None:
    assert grade_reply("numeric", reply, "direct", reference).score == 0.0
