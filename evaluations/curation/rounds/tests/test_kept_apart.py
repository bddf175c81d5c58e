"""What a round keeps from others: its answers while it goes on, and the limits of its address."""

import pytest

from evaluations.accounts.models import User
from evaluations.curation.models import Round
from evaluations.curation.rounds.tests.cast import end, join, judge_all, signed
from evaluations.judgments.models import Lease
from evaluations.judgments.tests.cast import make_definition
from evaluations.judgments.tests.form import filled

pytestmark = pytest.mark.django_db


def test_the_answers_behind_a_board_hold_no_round_that_goes_on_and_follow_nobody(
    lesson: Round, owner: User
) -> None:
    make_definition("first", "one")
    teacher = join(lesson, signed(owner))
    judge_all(lesson, join(lesson), "no")
    path = "/leaderboards/first/answers.json?judges=guests&chosen=1"
    assert teacher.get(path).json()["answers"] == []
    end(lesson, teacher)
    rows = teacher.get(path).json()["answers"]
    assert [row["answer"] for row in rows] == ["no"] * 3
    assert len({row["judge"] for row in rows}) == 3


def test_a_draft_in_a_round_holds_nothing_for_an_address(lesson: Round) -> None:
    client = join(lesson)
    url = client.get(f"/judge/?protocol={lesson.protocol.slug}")["Location"]
    form = filled(client.get(url), one="yes")
    Lease.objects.all().delete()
    assert client.post(url.replace("/?", "/draft/?"), form).status_code == 200
    assert Lease.objects.get().address == ""
