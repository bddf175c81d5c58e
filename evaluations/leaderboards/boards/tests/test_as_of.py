import uuid

import pytest

from evaluations.judgments.models import Judgment
from evaluations.judgments.tests.cast import give, make_criterion, make_judge, make_output
from evaluations.leaderboards.boards.pages import as_of

pytestmark = pytest.mark.django_db


def test_a_board_is_as_of_the_newest_judgment_that_answers_anything() -> None:
    make_criterion("one")
    assert as_of() is None
    output = make_output()
    (first,) = give(make_judge(), output, {"one": "yes"})
    assert as_of() == first.created_at
    Judgment.objects.create(judge=make_judge(), output=output, form_token=uuid.uuid4())
    assert as_of() == first.created_at
    (second,) = give(make_judge(), output, {"one": "no"})
    assert as_of() == second.created_at
    output.run.visibility = "private"
    output.run.save()
    assert as_of() is None
