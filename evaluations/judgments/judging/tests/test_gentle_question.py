"""Answers that go against a postulate: a question at saving, and never a wall."""

import pytest
from django.test import Client

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Answer, Judgment
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_output,
    make_user,
    reword,
)
from evaluations.judgments.tests.form import filled, hidden_fields, text_of

pytestmark = pytest.mark.django_db

BUILDS, INFERS = "builds-on-earlier-result", "makes-inference"


@pytest.fixture
def url(client: Client) -> str:
    make_criterion(BUILDS)
    make_criterion(INFERS)
    make_block(BUILDS, INFERS)
    client.force_login(make_user())
    return f"/judge/{make_output().pk}/"


def answers(builds: str, infers: str) -> dict[str, str]:
    return {"builds_on_earlier_result": builds, "makes_inference": infers}


def test_both_answers_are_asked_about_once_and_then_kept(client: Client, url: str) -> None:
    form = filled(client.get(url), **answers("yes", "no"))
    asked = client.post(url, form)
    assert asked.status_code == 422
    page = text_of(asked)
    first, second = (each.title for each in CriterionVersion.objects.order_by("criterion_id"))
    assert f"You answered “Yes” to “{first}” and “No” to “{second}”" in page
    assert "both can stand. Keep both?" in page
    assert not Judgment.objects.exists()
    again = {**form, **hidden_fields(asked)}
    assert client.post(url, again).status_code == 303
    kept = dict(Answer.objects.values_list("criterion__key", "value"))
    assert kept == {BUILDS: "yes", INFERS: "no"}


def test_a_changed_answer_is_saved_without_a_question(client: Client, url: str) -> None:
    asked = client.post(url, filled(client.get(url), **answers("yes", "no")))
    again = {**filled(client.get(url), **answers("yes", "yes")), **hidden_fields(asked)}
    assert client.post(url, again).status_code == 303


@pytest.mark.parametrize(
    ("builds", "infers"),
    [("yes", "yes"), ("no", "no"), ("yes", "cannot-tell"), ("partly", "no"), ("no", "yes")],
)
def test_nothing_is_asked_where_no_postulate_speaks(
    client: Client, url: str, builds: str, infers: str
) -> None:
    form = filled(client.get(url), **answers(builds, infers))
    assert client.post(url, form).status_code == 303


def test_another_wording_of_a_new_question_has_no_postulate(client: Client, url: str) -> None:
    reword(CriterionVersion.objects.get(criterion__key=INFERS), "Is it?", new_question=True)
    form = filled(client.get(url), **answers("yes", "no"))
    assert client.post(url, form).status_code == 303
