"""What a round keeps from others: its answers while it goes on, and the limits of its address."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import QueryDict

from evaluations.accounts.models import User
from evaluations.curation.models import Collection, Round
from evaluations.curation.rounds.actions import begin_round
from evaluations.curation.rounds.tests.cast import end, join, judge_all, signed
from evaluations.curation.views import output_keys
from evaluations.judgments.about_prompts.serving import about_prompts_from, next_task
from evaluations.judgments.items.questions import next_output, questions_from
from evaluations.judgments.models import Block, Lease
from evaluations.judgments.tests.cast import make_criterion, make_definition, make_judge
from evaluations.judgments.tests.form import filled
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

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


def test_the_order_in_which_others_are_served_tells_nothing_of_it(
    collection: Collection, owner: User, block: Block
) -> None:
    """Without a protocol the least judged comes first: of outputs, and of prompts alone."""
    lamp = make_criterion("lamp", level="prompt")
    block.blockcriterion_set.create(criterion=lamp.criterion, position=3)
    lesson = begin_round(
        collection=collection, actor=owner, outputs=output_keys(collection), block=block
    )
    teacher, stranger = join(lesson, signed(owner)), make_judge()

    def served() -> tuple[Output | None, Prompt | None]:
        about = about_prompts_from(QueryDict("criteria=lamp"), AnonymousUser())
        task = next_task(about, stranger)
        output = next_output(stranger, questions_from(QueryDict("criteria=one")))
        return output, task.prompt if task is not None else None

    before = served()
    output, prompt = before
    assert output is not None
    for each in Output.objects.filter(Q(pk=output.pk) | Q(prompt=prompt)):
        url = f"/judge/{each.pk}/?protocol={lesson.protocol.slug}"
        form = filled(teacher.get(url), one="yes", two="no", lamp="yes")
        assert teacher.post(url, form).status_code == 303
    assert served() == before
    end(lesson, teacher)
    after = served()
    assert after[0] != output
    assert after[1] != prompt
