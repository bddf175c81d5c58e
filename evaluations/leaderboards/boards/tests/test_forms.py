"""The form above a board reads what an address asks: each field, its default, and junk."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.http import Http404, QueryDict

from evaluations.judgments.tests.cast import make_model, make_prompt, make_recipe
from evaluations.judgments.tests.protocol_cast import make_protocol
from evaluations.leaderboards.boards.forms import QuestionForm, Unreadable, question_from
from evaluations.leaderboards.boards.questions import fields_of
from evaluations.leaderboards.boards.standings import Question
from evaluations.prompts.models import PromptSet

pytestmark = pytest.mark.django_db


def asked(**parameters: str) -> Question:
    return question_from(QueryDict(urlencode(parameters)))


def test_an_address_without_parameters_asks_the_default() -> None:
    assert asked() == Question()
    assert asked(judges="", combine="", road="", since="", unblinded="0") == Question()


def test_what_an_address_asks_is_written_to_an_address_again() -> None:
    model, recipe, prompt = make_model("ape"), make_recipe("plainly"), make_prompt()
    PromptSet.objects.filter(pk=prompt.prompt_set_id).update(domain="sums")
    fields = {
        "judges": "guests",
        "unblinded": "1",
        "combine": "any",
        "domain": "sums",
        "prompt_set": prompt.prompt_set.slug,
        "model": "ape",
        "recipe": "plainly",
        "protocol": make_protocol().protocol.slug,
        "since": "2026-01-02",
        "until": "2026-03-04",
    }
    question = asked(**fields)
    assert question.scope.model == model.pk
    assert question.scope.recipe == recipe.pk
    assert question.selection.since == dt.date(2026, 1, 2)
    assert fields_of(question) == fields


def test_classifications_combine_by_the_median_alone() -> None:
    assert asked(road="direct", combine="any") == asked(road="direct")


def test_addresses_of_the_first_method_still_say_whose_judgments_count() -> None:
    assert asked(guests="1") == asked(judges="guests")
    with pytest.raises(Http404, match="not put together"):
        asked(models="1")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "judges",
            "cats",
            "“cats” is not a choice for “judges”: choose people, guests, models, sharpened.",
        ),
        ("road", "low", "“low” is not a choice for “road”: choose computed, direct."),
        ("unblinded", "2", "“2” is not a choice for “unblinded”: choose 0, 1."),
        ("prompt_set", "none", "There is no prompt set “none”."),
        ("domain", "none", "There is no domain “none”."),
        ("model", "a\0b", "holds a character that no name has"),
    ],
)
def test_a_value_that_is_none_is_not_found(field: str, value: str, sentence: str) -> None:
    with pytest.raises(Http404) as refusal:
        asked(**{field: value})
    assert sentence in str(refusal.value)


def test_days_that_cannot_be_read_leave_the_rest_of_the_question() -> None:
    with pytest.raises(Unreadable) as refusal:
        asked(judges="guests", since="yesterday", until="2026-03-04")
    assert refusal.value.errors == {
        "since": "“yesterday” is no day. Write it as year-month-day: 2026-05-31."
    }
    assert refusal.value.question == asked(judges="guests", until="2026-03-04")
    with pytest.raises(
        Unreadable, match="The last day, 2026-01-01, is before the first"
    ) as refusal:
        asked(since="2026-02-01", until="2026-01-01")
    assert refusal.value.question == asked(since="2026-02-01")


def test_only_what_is_listed_is_offered_and_what_is_chosen() -> None:
    make_prompt()
    PromptSet.objects.create(slug="hidden", title="A hidden set", is_listed=False)
    form = QuestionForm()
    assert [field.name for field in form.offer()] == ["prompt_set"]
    assert "hidden" not in str(form["prompt_set"])
    form = QuestionForm(initial={"prompt_set": "hidden"})
    form.offer()
    assert '<option value="hidden" selected>' in str(form["prompt_set"])
