"""Which answers stay in force: repeated after a reveal, reworded, withdrawn, sent twice."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.judgments.answers.actions import reveal_answers, undo_judgment
from evaluations.judgments.models import Answer, Judge, Judgment
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    reword,
)
from evaluations.judgments.tests.form import filled

pytestmark = pytest.mark.django_db


def in_force() -> set[tuple[str, str, bool]]:
    """(criterion, value, blind) of the answers in force."""
    rows = Answer.objects.current().select_related("criterion", "judgment")
    return {(row.criterion.key, row.value, row.judgment.blind) for row in rows if row.criterion}


def test_a_blind_answer_that_is_repeated_after_a_reveal_stays_blind() -> None:
    make_criterion("one")
    make_criterion("two")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes", "two": "no"})
    reveal_answers(judge=judge, output=output)
    give(judge, output, {"one": "yes", "two": "partly"}, form_token=token)
    assert in_force() == {("one", "yes", True), ("two", "partly", False)}
    assert Answer.objects.count() == 4, "the repetition is recorded"
    assert undo_judgment(judge=judge, form_token=token) == output
    assert in_force() == {("one", "yes", True), ("two", "no", True)}


def test_an_answer_to_a_new_question_leaves_the_old_answer_in_force() -> None:
    wording = make_criterion("one")
    judge, output = make_judge(), make_output()
    give(judge, output, {"one": "yes"})
    reword(wording, "Is it one, rather?", new_question=True)
    give(judge, output, {"one": "no"})
    answers = Answer.objects.current().order_by("meaning")
    assert list(answers.values_list("meaning", "value")) == [(1, "yes"), (2, "no")]


def test_undo_does_not_bring_back_what_was_withdrawn() -> None:
    make_criterion("one")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    (spam,) = give(judge, output, {"one": "yes"})
    give(judge, output, {"one": "no"}, form_token=token)
    Judgment.objects.filter(pk=spam.pk).update(withdrawn_at=timezone.now())
    undo_judgment(judge=judge, form_token=token)
    assert in_force() == set()


def test_a_reveal_of_one_output_unblinds_answers_about_its_prompt_on_another() -> None:
    make_criterion("one")
    make_criterion("steps", level="prompt")
    prompt = make_prompt()
    first, second = make_output(prompt=prompt), make_output(prompt=prompt)
    judge = make_judge()
    reveal_answers(judge=judge, output=first)
    give(judge, second, {"one": "yes", "steps": "yes"})
    assert in_force() == {("one", "yes", True), ("steps", "yes", False)}


def test_a_guests_first_form_sent_twice_is_one_guest_and_one_judgment() -> None:
    make_criterion("one")
    make_block("one")
    output = make_output()
    url = f"/judge/{output.pk}/"
    opened = Client()
    form = filled(opened.get(url), one="yes")
    for _ in range(2):  # a browser that has no session yet sends both
        browser = Client()
        browser.cookies["csrftoken"] = opened.cookies["csrftoken"].value
        assert browser.post(url, form).status_code == 303
    assert Judge.objects.count() == Judgment.objects.count() == 1
