"""What came of a round stays as it was when it ended, whatever is said elsewhere afterwards."""

from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.curation.models import Round
from evaluations.curation.rounds.results import Results, records
from evaluations.curation.rounds.tests.cast import end, join, judge_all, signed
from evaluations.judgments.answers.moderation import withdraw_judgment
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import Answer, Judge, Judgment
from evaluations.judgments.tests.cast import (
    give,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.form import filled
from evaluations.leaderboards.yours.calls import calls_of
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


def told(lesson: Round, reader: Client) -> dict[str, Any]:
    """All that a round says, but for the numbers of people: answers, agreement, where it parts."""
    lesson = Round.objects.for_page().get(pk=lesson.pk)
    results = Results(lesson, None)
    asked = f"?protocol={lesson.protocol.slug}&judges=guests&chosen=1"
    return {
        "answers": sorted(str({**row, "person": None}) for row in records(results)),
        "agreement": [str(row) for row in results.agreement],
        "facts": [row["output"].pk for row in results.parted("facts")],
        "words": [row["output"].pk for row in results.parted("words")],
        "board": [(row.version.pk, dict(row.counts)) for row in results.board],
        "narrowed": reader.get(f"/leaderboards/first.json{asked}").json()["rows"],
        "calls": [
            calls_of(judge, in_round=lesson.protocol_id).said.tolist()
            for judge in lesson.protocol.members.order_by("pk")
        ],
    }


def leave_open(lesson: Round, client: Client, output: Output) -> None:
    """Take back in a round what was called there."""
    url = f"/judge/{output.pk}/?protocol={lesson.protocol.slug}"
    form = filled(client.get(url), one="yes", two="yes", holistic="")
    assert client.post(url, form).status_code == 303


@pytest.fixture
def ended(lesson: Round, owner: User) -> Round:
    """A round in which three of four agree, of which one has an account."""
    make_definition("first", "one")
    make_definition("not-second", {"not": "two"})
    teacher = join(lesson, signed(owner))
    judge_all(lesson, teacher, "yes", holistic="yes")
    for said in ("yes", "yes", "no"):
        judge_all(lesson, join(lesson), said, holistic=said)
    end(lesson, teacher)
    return lesson


def test_what_is_judged_again_elsewhere_changes_nothing_in_it(ended: Round, owner: User) -> None:
    reader = signed(owner)
    before = told(ended, reader)
    assert before["board"]
    assert before["calls"][0]
    public = reader.get("/leaderboards/first.json?judges=guests&chosen=1").json()["rows"]
    for judge in ended.protocol.members.all():
        for output in Output.objects.filter(items__version__protocol=ended.protocol):
            give(judge, output, {"one": "no", "two": "no"}, holistic="no")
    assert told(ended, reader) == before
    assert reader.get("/leaderboards/first.json?judges=guests&chosen=1").json()["rows"] != public


def test_who_opened_it_and_judges_again_keeps_what_they_said_in_it(
    ended: Round, owner: User
) -> None:
    reader = signed(owner)
    reader.post(f"{ended.get_absolute_url()}show/")
    before = told(ended, reader)
    url = f"/judge/{Output.objects.earliest('pk').pk}/?criteria=one,two"
    assert reader.post(url, filled(reader.get(url), one="no", two="no")).status_code == 303
    assert not Judgment.objects.latest("pk").blind
    assert told(ended, reader) == before


def test_a_later_correction_in_it_counts_and_what_is_withdrawn_does_not(
    lesson: Round, owner: User
) -> None:
    teacher = join(lesson, signed(owner))
    judge_all(lesson, teacher, "yes")
    output = Output.objects.earliest("pk")
    url = f"/judge/{output.pk}/?protocol={lesson.protocol.slug}"
    teacher.post(url, filled(teacher.get(url), one="no", two="yes"))
    end(lesson, teacher)

    def said() -> list[str]:
        rows = records(Results(Round.objects.for_page().get(), None))
        return [
            row["answer"] for row in rows if (row["output"], row["question"]) == (output.pk, "one")
        ]

    assert said() == ["no"]
    last = Judgment.objects.latest("pk")
    withdraw_judgment(judgment=last, actor=make_user("sam", is_staff=True))
    assert said() == ["yes"]


def test_a_call_left_open_in_it_is_none_and_one_left_open_later_stays(
    lesson: Round, owner: User
) -> None:
    teacher = join(lesson, signed(owner))
    judge_all(lesson, teacher, "yes", holistic="yes")
    first, *_, last = Output.objects.order_by("pk")
    leave_open(lesson, teacher, first)
    end(lesson, teacher)
    judge = Judge.objects.get(user=owner)
    assert calls_of(judge, in_round=lesson.protocol_id).called == 2
    called = Answer.objects.current().get(judge=judge, output=last, is_holistic=True)
    give(judge, last, {"one": "no"}, leaves_open=True)
    called.refresh_from_db()
    assert not called.is_current
    assert calls_of(judge, in_round=lesson.protocol_id).called == 2
    assert calls_of(judge).called == 1


def test_a_guest_who_signs_in_where_they_judged_before_stays_in_it(
    ended: Round, owner: User
) -> None:
    reader, pupil = signed(owner), make_user("pupil")
    guest = Judge.objects.filter(kind="guest").latest("pk")
    own = make_judge(user=pupil)
    for output in Output.objects.all():
        give(own, output, {"one": "yes", "two": "no"}, holistic="yes")
        give(guest, output, {"one": "partly"})
    before = told(ended, reader)
    attach_guest(guest=guest, user=pupil)
    after = told(ended, reader)
    assert before.pop("calls") != []
    assert after.pop("calls") != []
    assert after == before
    in_force = Answer.objects.current().filter(judge=own, criterion__key="one")
    assert set(in_force.values_list("value", flat=True)) == {"yes"}


def test_a_call_that_a_guest_left_open_in_it_stays_so_when_they_sign_in(
    lesson: Round, owner: User
) -> None:
    client, pupil = join(lesson), make_user("pupil")
    judge_all(lesson, client, holistic="yes")
    guest, output = Judge.objects.get(kind="guest"), Output.objects.earliest("pk")
    leave_open(lesson, client, output)
    end(lesson, signed(owner))
    own = make_judge(user=pupil)
    give(own, make_output(), {"one": "yes"})
    assert calls_of(guest, in_round=lesson.protocol_id).called == 2
    attach_guest(guest=guest, user=pupil)
    assert calls_of(own, in_round=lesson.protocol_id).called == 2
    assert own.judgments.filter(takes_back__judge=own).count() == 1
    assert not Answer.objects.current().filter(judge=own, output=output, is_holistic=True).exists()


def test_an_account_keeps_its_call_in_it_where_its_guest_left_theirs_open(
    lesson: Round, owner: User
) -> None:
    pupil = make_user("pupil")
    judge_all(lesson, join(lesson, signed(pupil)), holistic="yes")
    client = join(lesson)
    judge_all(lesson, client, holistic="no")
    guest = Judge.objects.get(kind="guest")
    leave_open(lesson, client, Output.objects.earliest("pk"))
    end(lesson, signed(owner))
    own = attach_guest(guest=guest, user=pupil)
    assert calls_of(own, in_round=lesson.protocol_id).called == 3
