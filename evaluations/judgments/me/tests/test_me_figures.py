"""A judge's own figures, each against a count by hand."""

import datetime as dt
from unittest import mock

import pytest
from django.utils import timezone

from evaluations.judgments.answers.actions import reveal_answers, undo_judgment
from evaluations.judgments.me import figures
from evaluations.judgments.me.figures import AgreementWithOthers, Calibration, Counts, Share
from evaluations.judgments.models import Comparison, Judge
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    reword,
)
from evaluations.measures.intervals import wilson
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def judge() -> Judge:
    make_criterion("one")
    make_criterion("two")
    make_criterion("asked", level="prompt")
    return make_judge()


def give_at(at: dt.datetime, judge: Judge, output: Output, answers: dict[str, str]) -> None:
    """A form saved at another time: what is stored cannot be dated afterwards."""
    with mock.patch("django.utils.timezone.now", return_value=at):
        give(judge, output, answers)


def test_nothing_judged_is_nothing(judge: Judge) -> None:
    assert figures.counts(judge) == Counts(0, 0, 0, 0, 0, 0)
    assert figures.median_seconds(judge) is None
    assert figures.days_in_a_row(judge) == 0
    assert figures.with_others(judge) == ([], [])


def test_counts_are_of_what_stands(judge: Judge) -> None:
    first, second = make_output(), make_output()
    give(judge, first, {"one": "yes", "asked": "no"})
    give(judge, first, {"one": "no"})
    give(judge, second, {"two": "no"})
    (undone,) = give(judge, make_output(), {"two": "no"})
    undo_judgment(judge=judge, form_token=undone.form_token)
    give_at(timezone.now() - dt.timedelta(days=8), judge, second, {"two": "yes"})
    give(make_judge(), first, {"one": "yes"})
    Comparison.objects.create(judge=judge, left=first, right=second, value="tie")
    assert figures.counts(judge) == Counts(
        judgments=4, comparisons=1, outputs=2, prompts=1, criteria=3, last_week=4
    )


def test_the_pace_is_the_median_over_measured_forms(judge: Judge) -> None:
    output = make_output()
    for seconds in (10.0, None, 400.0, 20.0):
        give(judge, output, {"one": "yes"}, seconds=seconds)
    (undone,) = give(judge, output, {"one": "yes"}, seconds=9000.0)
    undo_judgment(judge=judge, form_token=undone.form_token)
    assert figures.median_seconds(judge) == 20.0


@pytest.mark.parametrize(
    ("days", "expected"),
    [([20, 19, 18, 16], 3), ([19, 18], 2), ([18, 17], 0), ([20], 1), ([], 0)],
)
def test_days_in_a_row_end_today_or_yesterday(judge: Judge, days: list[int], expected: int) -> None:
    for day in days:
        give_at(NOW.replace(day=day), judge, make_output(), {"one": "yes"})
    assert figures.days_in_a_row(judge, NOW.date()) == expected


def test_days_in_a_row_begin_with_the_month(judge: Judge) -> None:
    for back in range(4):
        at = NOW.replace(day=2) - dt.timedelta(days=back)
        give_at(at, judge, make_output(), {"one": "yes"})
    assert figures.days_in_a_row(judge, NOW.date().replace(day=2)) == 2


def test_agreement_is_over_pairs_with_each_other_person(judge: Judge) -> None:
    others = [make_judge(), make_judge()]
    for index in range(6):
        output = make_output()
        give(judge, output, {"one": "yes", "asked": "no"}, confidence=95)
        give(others[0], output, {"one": "yes" if index < 4 else "no", "asked": "no"})
        give(others[1], output, {"one": "yes" if index < 5 else "cannot-tell"})
    agreements, calibration = figures.with_others(judge)
    assert agreements == [
        AgreementWithOthers("one", "one", 2, Share(9, 11, figures.FEWEST_PAIRS)),
        AgreementWithOthers("asked", "asked", 1, Share(6, 6, figures.FEWEST_PAIRS)),
    ]
    assert agreements[0].share.interval == wilson(9, 11)
    assert agreements[1].share.interval is None, "six pairs are not enough"
    # The confidence belongs to the form's main part, about the output.
    assert calibration[-1].low == 90
    assert (calibration[-1].share.same, calibration[-1].share.n) >= (9, 11)


def test_what_is_no_pair(judge: Judge) -> None:
    output, prompt = make_output(), make_prompt()
    give(judge, output, {"one": "yes", "two": "cannot-tell"})
    give(make_judge("guest"), output, {"one": "yes"})
    give(make_judge("model"), output, {"one": "yes"})
    give(make_judge(), make_output(), {"one": "yes"})
    give(make_judge(), output, {"two": "yes"})
    unblind = make_judge()
    reveal_answers(judge=unblind, output=output)
    give(unblind, output, {"one": "yes"})
    fickle = make_judge()
    (undone,) = give(fickle, output, {"one": "yes"})
    undo_judgment(judge=fickle, form_token=undone.form_token)
    seen = make_output(prompt=prompt)
    reveal_answers(judge=judge, output=seen)
    give(judge, seen, {"one": "yes"})
    give(make_judge(), seen, {"one": "yes"})
    assert figures.with_others(judge) == ([], [])


def test_a_new_question_is_another_row_and_a_new_wording_is_not(judge: Judge) -> None:
    output, other = make_output(), make_judge()
    give(judge, output, {"one": "yes"})
    reword(judge.answers.get().criterion_version, "Is it one, in other words?")
    give(other, output, {"one": "yes"})
    assert [found.share.n for found in figures.with_others(judge)[0]] == [1]
    reword(other.answers.get().criterion_version, "Something else?", new_question=True)
    give(judge, output, {"one": "yes"})
    assert [found.share.n for found in figures.with_others(judge)[0]] == [1]
    give(other, output, {"one": "no"})
    assert sorted(found.share.same for found in figures.with_others(judge)[0]) == [0, 1]


def test_confidence_falls_into_one_band(judge: Judge) -> None:
    other = make_judge()
    for confidence, value in ((0, "yes"), (49, "no"), (50, "yes"), (100, "yes")):
        output = make_output()
        give(judge, output, {"one": "yes"}, confidence=confidence)
        give(other, output, {"one": value})
    assert figures.with_others(judge)[1] == [
        Calibration(0, 49, Share(1, 2, figures.FEWEST_PAIRS)),
        Calibration(50, 69, Share(1, 1, figures.FEWEST_PAIRS)),
        Calibration(90, 100, Share(1, 1, figures.FEWEST_PAIRS)),
    ]


def test_an_output_that_repeats_another_is_no_pair_more(judge: Judge) -> None:
    run = make_run(make_model("twin"), make_recipe("twin", temperature=0))
    prompt, other = make_prompt(), make_judge()
    for _ in range(2):
        output = make_output(run=run, prompt=prompt)
        give(judge, output, {"one": "yes"})
        give(other, output, {"one": "yes"})
    assert [found.share.n for found in figures.with_others(judge)[0]] == [1]
