"""Rows that are sent in streams are the rows that objects would be."""

import pytest
from django.db import transaction
from django.db.utils import DataError, IntegrityError

from evaluations.exchange.loading.copied import copy_rows, take_keys
from evaluations.exchange.loading.store_actions import check_references
from evaluations.exchange.loading.tests.cast import loaded, record
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Grade, Output, Response

pytestmark = pytest.mark.django_db

ODD = "\\N \\. \t tab\r\nline\n\\\\n “quoted” 🥖 ',{}\\"


def test_texts_come_in_letter_for_letter() -> None:
    loaded(
        record(prompt=ODD, trace=ODD, answer=ODD, text=ODD, reference=ODD, scorer=ODD, score=1.0)
    )
    output = Output.objects.select_related("response", "environment", "prompt").get()
    assert {output.text, output.trace, output.answer, output.prompt.text} == {ODD}
    assert output.prompt.reference == ODD.strip()
    assert output.response.usage == {"log_score": 1.0, "log_scorer": ODD}
    assert output.prompt.origin == {"source": "Inspect log", "sample": ODD}


def test_what_no_row_names_is_as_the_models_have_it() -> None:
    loaded(record(seconds=None, tokens_in=0, tokens_thought=3))
    output = Output.objects.get()
    kept = Output(run=output.run, prompt=output.prompt)
    for name in ("attempt", "failures", "owner", "alone", "leased_until", "error", "choice"):
        assert getattr(output, name) == getattr(kept, name), name
    assert (output.seconds, output.tokens_in, output.tokens_out) == (None, 0, None)
    prompt, grade, response = Prompt.objects.get(), Grade.objects.get(), Response.objects.get()
    assert (prompt.parameters, prompt.family, prompt.is_archived) == ({}, None, False)
    assert grade.is_current
    assert response.body == ""
    for made in (output, prompt, grade, response):
        assert made.created_at is not None


def test_no_other_row_gets_a_key_that_was_taken() -> None:
    first, second = take_keys(Output, 2)
    loaded(record())
    assert second == first + 1 < Output.objects.get().pk


@transaction.atomic
def graded(**said: object) -> None:
    copy_rows(Grade, [{"output_id": 2**40, "grader": "exact", **said}])
    check_references()


def test_what_hangs_on_nothing_is_found_before_the_end() -> None:
    for said, error in (({}, IntegrityError), ({"grader": "x" * 21}, DataError)):
        with pytest.raises(error):
            graded(**said)
    key = loaded(record(reference="")).runs[0].outputs.get().pk
    graded(output_id=key)
    assert Grade.objects.get().output_id == key


def test_after_a_check_references_wait_for_the_next() -> None:
    like = loaded(record(reference="")).runs[0].outputs.values().get()
    (key,) = take_keys(Output, 1)
    copy_rows(Grade, [{"output_id": key, "grader": "exact"}])
    copy_rows(Output, [like | {"id": key, "sample": 1, "origin_key": None}])
    check_references()
    assert Grade.objects.get().output_id == key
