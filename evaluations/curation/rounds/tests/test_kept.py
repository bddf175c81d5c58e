"""What came of a round is worked out once for all its people, and follows what it rests on."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.accounts.models import User
from evaluations.curation.models import Round
from evaluations.curation.rounds.results import Results
from evaluations.curation.rounds.tests.cast import end, join, judge_all, signed
from evaluations.definitions.models import Definition
from evaluations.judgments.answers.moderation import withdraw_judgment
from evaluations.judgments.models import Judge, Judgment
from evaluations.judgments.tests.cast import make_definition, make_user
from evaluations.judgments.tests.form import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(lesson: Round, owner: User) -> Client:
    """Its owner, who was shown what the two people of a round that ended said."""
    make_definition("first", "one", name="One alone")
    teacher = join(lesson, signed(owner))
    judge_all(lesson, teacher, "yes", holistic="yes")
    judge_all(lesson, join(lesson), "no", holistic="no")
    end(lesson, teacher)
    teacher.post(f"{lesson.get_absolute_url()}show/")
    return teacher


def page_of(lesson: Round, reader: Client) -> str:
    """What came of it, without the forms, which are others each time."""
    return text_of(reader.get(lesson.get_absolute_url())).partition("How far you agree")[2]


def test_the_answers_of_a_round_are_read_once(lesson: Round, opened: Client) -> None:
    before = page_of(lesson, opened)
    with CaptureQueriesContext(connection) as captured:
        assert page_of(lesson, opened) == before
    asked = [query["sql"] for query in captured.captured_queries]
    assert not [sql for sql in asked if "judgments_answer" in sql]
    assert not [sql for sql in asked if "definitions_pin" in sql or "definitions_crit" in sql]


def test_it_says_how_many_outputs_it_has_while_it_goes_on_and_afterwards(
    lesson: Round, owner: User
) -> None:
    teacher = join(lesson, signed(owner))
    number = lesson.protocol.versions.get().items.count()
    said = f"<span>{number} output{'' if number == 1 else 's'}</span>"
    assert said in text_of(teacher.get(lesson.get_absolute_url()))
    judge_all(lesson, teacher, "yes", holistic="yes")
    end(lesson, teacher)
    teacher.post(f"{lesson.get_absolute_url()}show/")
    assert said in text_of(teacher.get(lesson.get_absolute_url()))


def test_what_is_withdrawn_goes_from_it_at_once(lesson: Round, opened: Client) -> None:
    last = Judgment.objects.filter(judge__kind="guest").latest("pk")
    table = f'aria-label="Answers about output {last.output_id}"'
    assert "2 people" in page_of(lesson, opened).partition(table)[2].partition("</thead>")[0]
    withdraw_judgment(judgment=last, actor=make_user("sam", is_staff=True))
    page = page_of(lesson, opened)
    assert "1 person" in page.partition(table)[2].partition("</thead>")[0]
    agreed = page.partition('id="agreement"')[2].partition("</table>")[0]
    assert '<td class="number">2</td>' in agreed
    assert '<td class="number">3</td>' not in agreed


def test_a_definition_has_its_new_name_in_it_at_once(lesson: Round, opened: Client) -> None:
    assert "One alone" in page_of(lesson, opened)
    Definition.objects.filter(slug="first").update(name="Only one")
    page = page_of(lesson, opened)
    assert "Only one" in page
    assert "One alone" not in page


def test_each_of_its_people_sees_what_they_said_themselves(lesson: Round, opened: Client) -> None:
    found = Round.objects.for_page().get(pk=lesson.pk)
    for kind, said in (("person", "yes"), ("guest", "no")):
        results = Results(found, Judge.objects.get(kind=kind))
        rows = {line.key: yours for _, lines in results.side_by_side for line, yours in lines}
        assert rows == {"one": said, "two": "yes", "holistic": said}
        assert results.calls.called == 3
    rows = {yours for _, lines in Results(found, None).side_by_side for _, yours in lines}
    assert rows == {""}
