"""Whole replies: where the answer is found, and that graders read it there."""

import pytest

from evaluations.grading import UnusableReference, check_reference, grade_reply
from evaluations.grading.tests import test_choice, test_exact, test_numeric

STEPS, DIRECT = "step-by-step", "direct"
RIGHT = [
    # the marker is not lost, and the first sentence behind it counts
    ("numeric", STEPS, "1. Count.\nThe answer is 12, of which 5 are red.", "12", "marker"),
    ("numeric", STEPS, "1. Count.\nAnswer: 30 km/h for 4 hours", "30", "marker"),
    ("choice", STEPS, "1. Compare.\nThe answer is D because it is nearest.", "D", "marker"),
    ("choice", DIRECT, "Answer: A – by tram", "A", "marker"),
    ("exact", DIRECT, "Oslo. It lies on a fjord.", "Oslo", "direct"),
    ("contains", DIRECT, "The capital of Norway is Oslo. It lies on a fjord.", "Oslo", "direct"),
    ("contains", STEPS, "1. Recall.\nAnswer: the city of Oslo, not Bergen", "Oslo", "marker"),
    ("numeric", STEPS, "1. Sum.\n\n### Answer\n\n$$\n14\n$$\n\nIn 3 steps.", "14", "heading"),
    ("numeric", STEPS, "Thus $\\boxed{40}\\%$ of them.\n\nIn 3 steps.", "40%", "box"),
    ("numeric", STEPS, "Sum.\n<answer>14</answer>\nIn 3 steps.", "14", "marker"),
    ("numeric", STEPS, "Sum.\nAnswer: 6 + 8 ≈ 14 (so 8 more than 6 = 6)", "14", "marker"),
    ("numeric", STEPS, "1. Six and eight.\n2. 6 + 8 = 14", "14", "last-line"),
    ("numeric", DIRECT, "1. Six and 8.\n2. That makes 14", "14", "last-line"),
    # a calculation's result, whatever its last line or its conclusion goes on to say
    ("numeric", DIRECT, "1. Fares.\nSo 2 * 9 = 18 euros are due for 2 adults.", "18", "last-line"),
    ("numeric", STEPS, "Fares.\n2 * 9 = 18, and with 2 more it is 20", "20", "last-line"),
    (
        "numeric",
        DIRECT,
        "He has 9 hens. 4 come. So, all in all there are 9 + 4 = 13 hens.",
        "13",
        "direct",
    ),
    ("numeric", DIRECT, "She has 13 left. So there are enough for 12.", "13", "direct"),
    ("choice", STEPS, "A) The tram\nB) The bus\nC) The taxi\n\nB) The bus", "B", "last-line"),
    # no markers
    (
        "numeric",
        STEPS,
        "The line “Answer: 3” is wanted.\nAs 6 + 8 = 14\nwe get 14",
        "14",
        "last-line",
    ),
    ("numeric", STEPS, "Sum.\nAnswer: 14\n\nThe answer is not 3.", "14", "marker"),
    ("numeric", STEPS, "Sum.\nAnswer: 14\n\nThe answer is right, as 3 shows.", "14", "marker"),
    ("numeric", STEPS, "If the answer is 3, why?\nSo it is 14", "14", "last-line"),
    ("numeric", STEPS, "To find the answer: 6 and 8.\n6 + 8 = 14", "14", "last-line"),
    ("numeric", STEPS, "Answer:\n1. Take 6.\n2. Add 8.\nThat is 14", "14", "last-line"),
    ("numeric", STEPS, "```\nanswer = 3\n```\nAnswer: 14", "14", "marker"),
    ("numeric", STEPS, "Answer: 14\n\nThe wrong answer is 3.", "14", "marker"),
    ("numeric", STEPS, "3 is wrong, so the answer is 14.\nIn 3 steps.", "14", "marker"),
    ("numeric", STEPS, "Answer: 14\n\nYou might think the answer is 3.", "14", "marker"),
    ("numeric", STEPS, "Summe.\nAntwort: 14\nIn 3 Schritten.", "14", "marker"),
    ("choice", STEPS, "1. 比较。\n**最终答案：** C", "C", "marker"),
    ("numeric", STEPS, "6 * 7.\nDie Antwort ist 42. Das waren 2 Schritte.", "42", "marker"),
    ("numeric", STEPS, "所以答案是42。用了3步。", "42", "marker"),
    ("numeric", STEPS, "答えは42です。", "42", "marker"),
    ("choice", DIRECT, "La respuesta correcta es B.", "B", "marker"),
    ("choice", DIRECT, "正确答案是 B。", "B", "marker"),
    ("choice", STEPS, "La réponse n'est pas A.\nLa réponse est C.", "C", "marker"),
    ("numeric", STEPS, "Answer: 42\n\nDie Antwort ist nicht 3.", "42", "marker"),
    ("numeric", STEPS, "Answer: 42\n\n答えは3ではない。", "42", "marker"),
    # code that is but the answer
    ("numeric", STEPS, "The working\n```\nAnswer: 42\n```", "42", "marker"),
    ("numeric", STEPS, "Answer: 42\n```\nAnswer: 3\n```", "42", "marker"),
    # boxes
    ("numeric", STEPS, "First \\boxed{5}.\nThen \\boxed{7}", "7", "box"),
    ("choice", DIRECT, "It is \\boxed{7}, and not 5.\n\n\\boxed{B}", "B", "box"),
    # numbers
    ("numeric", DIRECT, "$\\boxed{14^\\circ}$", "14", "box"),
    ("numeric", DIRECT, "$\\boxed{14\\text{ thousand}}$", "14000", "box"),
    ("numeric", DIRECT, "Answer: 4x10^-3 m", "0.004", "marker"),
    ("numeric", DIRECT, "Answer: \\frac45", "0.8", "marker"),
    ("numeric", DIRECT, "Answer: minus three hundred and six", "-306", "marker"),
    ("numeric", DIRECT, "Answer: 2.5 million people", "2500000", "marker"),
    ("choice", DIRECT, "Answer: not A but C", "C", "marker"),
    ("numeric", DIRECT, "Answer: 14 – 7 rows of 2", "14", "marker"),
    ("choice", STEPS, "1. Compare.\nAnswer: It can't be A, so C", "C", "marker"),
    ("choice", DIRECT, "A is wrong. The right option is C!", "C", "direct"),
    ("list", DIRECT, "- a\n- b\n- c\n\nHope this helps!", "a, b, c", "direct"),
    ("choice", DIRECT, "$\\boxed{\\textbf{(C) by tram}}$", "C", "box"),
]
WRONG = [
    *(
        ("numeric", f"Answer: {said}", "3")
        for said in ("3:30", "3-5", "3 or 5", "3 + 5", "3,7", "3–5")
    ),
    *(("numeric", f"Answer: {said}", "3") for said in ("3^2", "10 m^3", "3\\pi", "3 hundred")),
    *(
        ("numeric", f"Answer: {said}", "3")
        for said in ("3, 7, 9", "(3, 7)", "3 up to 5", "3 h 5 min", "3 ± 1")
    ),
    ("numeric", "\\boxed{3 \\text{ or } 4}", "3"),
    *(("numeric", said, "1") for said in ("No one can say.", "The taller one.", "One of them.")),
    *(("choice", f"Answer: {said}", "A") for said in ("A or B", "A, B and C", "A/B", "not A")),
    *(
        ("choice", f"Answer: {said}", "A")
        for said in ("a tram", "either A or B", "A & B", "A is wrong")
    ),
    *(("contains", said, "Oslo") for said in ("Not Oslo.", "Oslo or Bergen", "Bergen and Oslo")),
    *(
        ("contains", said, "Oslo")
        for said in ("Is it Oslo?", "Oslofjord", "Rather Bergen than Oslo", "Oslo is wrong")
    ),
    ("choice", "Answer: B (a tram) or A", "B"),
    *(
        ("numeric", f"$\\boxed{{5}}${joined}$\\boxed{{7}}$", said)
        for joined in (" or ", " and ", r" \text{ or } ")
        for said in ("5", "7")
    ),
    ("numeric", r"\boxed{5} or \boxed{\frac{1}{2}}", "5"),
    *(("choice", r"\boxed{A} or \boxed{B}", letter) for letter in "AB"),
    ("numeric", "Die Antwort ist nicht 3.", "3"),
    ("contains", "Unlike Oslo, Bergen is wet.", "Oslo"),
    ("contains", "I do not think it is Oslo.", "Oslo"),
    ("contains", "Anything but Oslo.", "Oslo"),
    ("contains", "I cannot say that it is Oslo.", "Oslo"),
    ("contains", "It is wrong that the capital is Oslo.", "Oslo"),
    ("contains", "No doubt: yes.", "no"),
    ("exact", "I would never say yes", "yes"),
    ("exact", "Yes or no?", "yes"),
]


@pytest.mark.parametrize(("grader", "strategy", "reply", "reference", "how"), RIGHT)
def test_right_replies(grader: str, strategy: str, reply: str, reference: str, how: str) -> None:
    given = grade_reply(grader, reply, strategy, reference)
    assert (given.score, given.span.how) == (1.0, how), given


@pytest.mark.parametrize(
    ("grader", "strategy", "reply", "finished", "reference", "how"),
    [
        ("choice", STEPS, "A) Honest\nB) Crooked", True, "B", "last-line"),
        ("choice", STEPS, "Yes\nB) No\nC) It cannot be known", True, "C", "last-line"),
        ("choice", DIRECT, "1. Roses.\n2. Plants.\nChoose A or B.", True, "A", "last-line"),
        ("choice", DIRECT, "To determine it, look.\n- If both doors are A, th", False, "A", "none"),
        ("numeric", DIRECT, "1. The baker fills 6 trays.\n2. She sel", False, "1", "none"),
        ("choice", DIRECT, "No answer is B.", True, "A", "direct"),
    ],
)
def test_no_answer_is_read_where_none_is_chosen(
    grader: str, strategy: str, reply: str, finished: bool, reference: str, how: str
) -> None:
    given = grade_reply(grader, reply, strategy, reference, finished=finished)
    assert (given.score, given.span.how) == (0.0, how), given


@pytest.mark.parametrize(("grader", "reply", "reference"), WRONG)
def test_wrong_replies(grader: str, reply: str, reference: str) -> None:
    given = grade_reply(grader, reply, DIRECT, reference)
    assert given.score == 0.0, given
    assert given.note


@pytest.mark.parametrize(
    ("grader", "answer", "reference"),
    [("numeric", *case) for case in test_numeric.SAME]
    + [("choice", *case) for case in test_choice.SAME]
    + [("exact", *case) for case in test_exact.SAME],
)
def test_every_example_of_a_grader_holds_behind_a_marker(
    grader: str, answer: str, reference: str
) -> None:
    """Those of several lines or sentences hold where nothing marks their answer but its place."""
    reply = f"1. We look.\n2. We see.\n{answer}"
    assert grade_reply(grader, reply, STEPS, reference).score == 1.0


@pytest.mark.parametrize(
    ("grader", "reference"),
    [("numeric", said) for said in ("12:00", "5-7", "3:4", "5 or 6", "2 + 3", "1,2", "1/0")]
    + [("choice", "A or B"), ("exact", "two\nlines"), ("contains", "?!"), ("contains", "a b " * 9)],
)
def test_references_that_cannot_equal_themselves_are_refused(grader: str, reference: str) -> None:
    with pytest.raises(UnusableReference):
        check_reference(grader, reference)


def test_the_thought_holds_no_answer() -> None:
    reply = "<think>Answer: 3</think>The answer is 14."
    given = grade_reply("numeric", reply, DIRECT, "14")
    assert (given.score, reply[given.span.start : given.span.end]) == (1.0, "14.")
    assert grade_reply("numeric", "Answer: 3", DIRECT, "3", thinking=True).score == 0.0
    assert grade_reply("numeric", "1. Add.\nThat is 3", STEPS, "3", finished=False).score == 0.0
