"""Graders that are told more than a reference: replies they must accept, refuse, and part of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.grading import BadParameters, UnusableReference, check_reference, grade

HANOI = {"world": "hanoi", "disks": 2}
BLOCKS = {
    "world": "blocks",
    "start": [["red", "blue"], ["green"]],
    "goal": [["blue", "red"], ["green"]],
}
PARTS = [
    {"grader": "contains", "reference": "Nairobi"},
    {"grader": "numeric", "reference": "19", "parameters": {"within": 1}, "weight": 3},
]
WORDS = {"rules": [{"rule": "words", "least": 3, "most": 4}, {"rule": "lacks", "text": "e"}]}
Told = dict[str, Any]


@pytest.mark.parametrize(
    ("grader", "told", "reference", "accepted"),
    [
        ("numeric", {"within": 0.01}, "3.14159", ["3.14", "Answer: 3.15", "3.1316 or so"]),
        ("numeric", {"within": 2}, "1e3", ["998", "The answer is 1,002 metres."]),
        ("list", {}, "red, green, blue", [
            "blue, red and green", "The colours are green, blue, and red.", "[Red, Green, Blue]",
            "Answer:\n- blue\n- red\n- green", "Answer: red; green; blue\nThat took 3 steps.",
            "They are:\n1. Red\n2. Green\n3. Blue", "Colours: **red**, *green*, `blue`",
        ]),
        ("list", {"ordered": True}, "wake, eat, leave",
         ["Wake, eat, then leave.", "wake → eat → leave"]),
        ("list", {"items": "numbers"}, "2, 3, 5",
         ["5, 3 and 2", "{2, 3, 5}", "Answer: two, 3, 5.0"]),
        ("list", {"items": "numbers"}, "1,000; 2", ["2; 1000", "2 and 1,000"]),
        ("constraint", WORDS, "Dogs bark loudly.", ["A cat sits.", "Fish swim in liquid"]),
        ("constraint", {"rules": [{"rule": "number", "multiple_of": 7, "least": 20}]}, "21",
         ["Answer: 70", "The answer is 49, which 7 divides."]),
        ("constraint", {"rules": [{"rule": "starts", "text": "once"}, {"rule": "ends", "text": "!"},
                                  {"rule": "contains", "text": "b", "times": 2}]},
         "Once bob!", ["Once a bubble!"]),
        ("constraint", {"rules": [{"rule": "lines", "least": 2}, {"rule": "sentences", "most": 2},
                                  {"rule": "characters", "most": 30}]}, "One.\nTwo.", ["a\nb"]),
        ("simulator", HANOI, "A-B, A-C, B-C", [
            "Move disk 1 from A to B, disk 2 from A to C, then disk 1 from peg B to peg C.",
            "1. A -> B\n2. A -> C\n3. B -> C", "A→C, C→B, A→C, B→C", "(A, B), (A, C), (B, C)",
        ]),
        ("simulator", BLOCKS, "blue to table; red on blue", [
            "Put blue on the table, then put the red block onto Blue.",
            "1. Move blue from red to the table\n2. Move red from the table onto blue",
            "1. blue onto green\n2. red to table\n3. blue to table\n4. red on blue",
        ]),
        ("combination", {"parts": PARTS}, "Nairobi, 19 km", ["It is Nairobi, 20 km away"]),
        ("combination", {"parts": PARTS, "how": "any"}, "Nairobi", ["Nairobi", "18", "Cairo, 19"]),
    ],
)  # fmt: skip
def test_what_must_be_accepted(
    grader: str, told: Told, reference: str, accepted: list[str]
) -> None:
    check_reference(grader, reference, told)
    for text in accepted:
        assert grade(grader, text, reference, told).score == 1.0, text


@pytest.mark.parametrize(
    ("grader", "told", "reference", "refused"),
    [
        ("numeric", {"within": 0.01}, "3.14159", ["3.13", "3", "Answer: 3.16"]),
        ("numeric", {}, "3.14159", ["3.14"]),
        ("list", {}, "red, green, blue", [
            "red, green", "red, green, blue, black", "red, green, green", "red green blue", "",
        ]),
        ("list", {"ordered": True}, "wake, eat, leave", ["eat, wake, leave"]),
        ("list", {"items": "numbers"}, "2, 3, 5", ["2, 3, 4", "2, 3, 5 or 6", "none"]),
        ("constraint", WORDS, "Dogs bark loudly.",
         ["Dogs bark.", "He eats three eggs", "A b c d f"]),
        ("constraint", {"rules": [{"rule": "number", "multiple_of": 7, "least": 20}]}, "21",
         ["14", "22", "none at all", "Answer: 21 or 28"]),
        ("simulator", HANOI, "A-B, A-C, B-C", [
            "A-C, A-C", "A-B, A-C", "B-C", "I would move them all.", "A-B, A-C, B-C, C-A",
        ]),
        ("simulator", HANOI | {"shortest": True}, "A-B, A-C, B-C", ["A→C, C→B, A→C, B→C"]),
        ("simulator", BLOCKS, "blue to table; red on blue", [
            "red on green", "blue on the table", "blue on blue", "red to table, red on blue",
        ]),
        ("combination", {"parts": PARTS}, "Nairobi, 19 km", ["Nairobi, 22 km", "Cairo, 19"]),
        ("combination", {"parts": PARTS, "how": "any"}, "Nairobi", ["Cairo, 5"]),
    ],
)  # fmt: skip
def test_what_must_be_refused(grader: str, told: Told, reference: str, refused: list[str]) -> None:
    check_reference(grader, reference, told)
    for text in refused:
        given_grade = grade(grader, text, reference, told)
        assert given_grade.score == 0.0, text
        assert given_grade.note


@pytest.mark.parametrize(
    ("grader", "told", "reference", "text", "score"),
    [
        ("list", {"credit": "share"}, "red, green, blue", "red, green", 2 / 3),
        ("list", {"credit": "share"}, "red, green, blue", "red, green, black", 1 / 2),
        ("list", {"credit": "share", "ordered": True}, "a, b, c, d", "a, c, b, d", 1 / 2),
        ("constraint", WORDS | {"credit": "share"}, "Dogs bark loudly.", "Eggs are red.", 1 / 2),
        ("combination", {"parts": PARTS, "how": "mean"}, "Nairobi, 19", "Cairo, 19", 3 / 4),
    ],
)
def test_a_part_is_worth_a_part_where_that_is_said(
    grader: str, told: Told, reference: str, text: str, score: float
) -> None:
    check_reference(grader, reference, told)
    assert grade(grader, text, reference, told).score == pytest.approx(score)


@pytest.mark.parametrize(
    ("grader", "told", "said"),
    [
        ("numeric", {"within": -1}, "'within' must be a number from 0 on"),
        ("numeric", {"within": True}, "'within' must be"),
        ("numeric", {"near": 1}, "no parameter is called 'near'; there are within"),
        ("exact", {"within": 1}, "no parameter is called 'within'; there is none"),
        ("list", {"items": "words"}, "one of text, numbers"),
        ("list", {"ordered": "yes"}, "true or false"),
        ("constraint", {}, "'rules' is lacking"),
        ("constraint", {"rules": []}, "a list of 1 to 50"),
        ("constraint", {"rules": [{"rule": "rhymes"}]}, "rule 1 is none of words"),
        ("constraint", {"rules": [{"rule": "words"}]}, "neither 'least' nor 'most'"),
        ("constraint", {"rules": [{"rule": "words", "most": "7"}]}, "in rule 1, words: 'most'"),
        ("simulator", {}, "'world' is lacking"),
        ("simulator", {"world": "hanoi", "disks": 40}, "'disks' must be from 1 to 10"),
        ("simulator", {"world": "hanoi", "pegs": "A A B"}, "three different names"),
        ("simulator", {"world": "blocks", "start": [["a"], ["A"]]}, "each once"),
        ("simulator", {"world": "blocks", "start": ["a"]}, "lists of the names"),
        ("simulator", BLOCKS | {"goal": [["pink"]]}, "'start' does not"),
        ("combination", {"parts": [{"grader": "exact"}]}, "in part 1: 'reference' is lacking"),
        ("combination", {"parts": ["exact"]}, "part 1 is no object"),
        (
            "combination",
            {"parts": [{"grader": "combination", "reference": "x"}]},
            "a combination itself",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(grader: str, told: Told, said: str) -> None:
    for refuse in (check_reference, lambda *asked: grade(asked[0], "19", *asked[1:])):
        with pytest.raises(BadParameters, match=said):
            refuse(grader, "19", told)


@pytest.mark.parametrize(
    ("grader", "told", "reference"),
    [
        ("list", {}, " , "),
        ("list", {"items": "numbers"}, "2, red"),
        ("constraint", WORDS, "Two words"),
        ("simulator", HANOI, "A-C, A-C"),
        ("combination", {"parts": PARTS}, "Nairobi"),
        ("combination", {"parts": [{"grader": "choice", "reference": "F"}]}, "F"),
    ],
)
def test_a_reference_must_be_right_itself(grader: str, told: Told, reference: str) -> None:
    with pytest.raises(UnusableReference):
        check_reference(grader, reference, told)


def solution(disks: int, source: str, target: str, spare: str) -> list[str]:
    if not disks:
        return []
    before = solution(disks - 1, source, spare, target)
    return [*before, f"{source}-{target}", *solution(disks - 1, spare, target, source)]


@pytest.mark.parametrize("disks", range(1, 7))
def test_the_shortest_way_over_the_pegs_is_right_and_no_shorter_one(disks: int) -> None:
    told = {"world": "hanoi", "disks": disks, "shortest": True}
    moves = solution(disks, "A", "C", "B")
    assert len(moves) == 2**disks - 1
    assert grade("simulator", ", ".join(moves), ", ".join(moves), told).score == 1.0
    for cut in range(1, len(moves)):
        assert grade("simulator", ", ".join(moves[:cut]), ", ".join(moves), told).score == 0.0


@given(
    st.lists(st.sampled_from(["red", "green", "blue", "ochre"]), min_size=1, max_size=6), st.data()
)
def test_the_order_of_a_list_counts_only_where_it_is_said(items: list[str], data: Any) -> None:
    shuffled = data.draw(st.permutations(items))
    reference, text = ", ".join(items), ", ".join(shuffled)
    assert grade("list", text, reference).score == 1.0
    in_order = grade("list", text, reference, {"ordered": True}).score
    assert in_order == (1.0 if shuffled == items else 0.0)
