"""Undo: what a form stored steps back, what it replaced is in force again, history stays."""

import uuid

import pytest

from evaluations.judgments.answers.actions import Stale, undo_judgment
from evaluations.judgments.models import Answer, Judgment
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)

pytestmark = pytest.mark.django_db


def values() -> list[str]:
    return list(Answer.objects.current().order_by("criterion_id").values_list("value", flat=True))


def test_undo_restores_what_was_superseded_and_keeps_the_history() -> None:
    make_criterion("one")
    make_criterion("two")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes", "two": "no"})
    give(judge, output, {"one": "partly"}, form_token=token)
    assert values() == ["partly", "no"]
    assert undo_judgment(judge=judge, form_token=token) == output
    assert values() == ["yes", "no"]
    assert Answer.objects.count() == 3
    assert Judgment.objects.get(form_token=token).withdrawn_at is not None
    assert Judgment.objects.standing().count() == 1


def test_undo_takes_back_both_judgments_of_a_form() -> None:
    make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes", "needs-steps": "no"}, form_token=token)
    assert undo_judgment(judge=judge, form_token=token) == output
    assert values() == []
    assert not Judgment.objects.standing().exists()


def test_undoing_a_judgment_of_a_prompt_alone_names_no_output() -> None:
    make_criterion("needs-steps", level="prompt")
    judge, token = make_judge(), uuid.uuid4()
    give(judge, make_output(), {"needs-steps": "no"}, form_token=token)
    assert undo_judgment(judge=judge, form_token=token) is None
    assert values() == []


def test_undo_of_a_direct_classification() -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    judge, output = make_judge(), make_output()
    classify(judge, output, version, "yes")
    (judgment,) = classify(judge, output, version, "no")
    undo_judgment(judge=judge, form_token=judgment.form_token)
    assert Answer.objects.current().direct().get().value == "yes"


def test_undo_of_something_that_later_answers_rest_on_is_refused() -> None:
    make_criterion("one")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes"}, form_token=token)
    give(judge, output, {"one": "no"})
    with pytest.raises(Stale):
        undo_judgment(judge=judge, form_token=token)
    assert values() == ["no"]
    assert Judgment.objects.standing().count() == 2


def test_undoing_twice_or_what_is_not_there_does_nothing() -> None:
    make_criterion("one")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes"})
    give(judge, output, {"one": "no"}, form_token=token)
    undo_judgment(judge=judge, form_token=token)
    assert undo_judgment(judge=judge, form_token=token) is None
    assert undo_judgment(judge=judge, form_token=uuid.uuid4()) is None
    assert values() == ["yes"]


def test_nobody_undoes_what_another_judge_saved() -> None:
    make_criterion("one")
    token = uuid.uuid4()
    give(make_judge(), make_output(), {"one": "yes"}, form_token=token)
    assert undo_judgment(judge=make_judge(), form_token=token) is None
    assert values() == ["yes"]


def test_a_form_that_was_undone_does_not_come_back_with_a_late_second_sending() -> None:
    make_criterion("one")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes"}, form_token=token)
    undo_judgment(judge=judge, form_token=token)
    with pytest.raises(Stale):
        give(judge, output, {"one": "yes"}, form_token=token)
    assert values() == []


def test_judging_again_after_an_undo_and_undoing_that_too() -> None:
    make_criterion("one")
    judge, output = make_judge(), make_output()
    for value in ("yes", "no"):
        token = uuid.uuid4()
        give(judge, output, {"one": value}, form_token=token)
        assert values() == [value]
        undo_judgment(judge=judge, form_token=token)
        assert values() == []
