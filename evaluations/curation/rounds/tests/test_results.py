"""What came of a round, in words and in an order that tells nothing."""

import numpy as np
import pytest
from pytest_django import Settings

from evaluations.curation.rounds.results import in_words, places_in
from evaluations.judgments.review.agreement import MeasuredQuestion, measured


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (10, "All of you who could tell say the same."),
        (9, "Two of you nearly always say the same."),
        (0, "Nobody answered it twice."),
    ],
)
def test_a_question_that_all_answer_alike_is_said_to_be_one(items: int, said: str) -> None:
    counts = np.array([[0, 0, 2, 0]] * items, np.int64).reshape(-1, 4)
    row = measured(MeasuredQuestion("one", "One?"), counts, judges=2, left_out=0)
    assert in_words(row).words == said


def test_the_order_of_people_cannot_be_worked_out_from_keys(settings: Settings) -> None:
    people = range(1, 30)
    here = sorted(people, key=places_in(7))
    assert here != sorted(people, key=places_in(8))
    settings.SECRET_KEY = "another"
    assert here != sorted(people, key=places_in(7))
