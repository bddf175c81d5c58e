"""Two windows, second sendings, what is withdrawn by now, and rounds that somebody else ends."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.curation.models import Collection, Round
from evaluations.curation.rounds.tests.cast import end, join, judge_all, signed
from evaluations.judgments.models import Block, Member, Protocol
from evaluations.judgments.tests.cast import make_user
from evaluations.judgments.tests.form import text_of
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


def test_a_second_sending_begins_no_second_round_and_a_second_form_does(
    client: Client, owner: User, collection: Collection, block: Block
) -> None:
    client.force_login(owner)
    url = f"{collection.get_absolute_url()}round/"

    def begin(token: str, outputs: str = "3") -> str:
        form = {"outputs": outputs, "block": block.pk, "form_token": token}
        return str(client.post(url, form)["Location"])

    first, second = (token_of(client.get(url)) for _ in range(2))
    sent = [begin(first) for _ in range(2)]
    assert sent == [Round.objects.get().get_absolute_url()] * 2
    assert Protocol.objects.count() == 1
    assert begin(second) not in sent, "another class, with the same outputs"
    assert begin(first, outputs="2") not in sent, "gone back to, and changed"
    assert Round.objects.count() == 3


def test_a_form_that_comes_back_with_a_problem_is_the_same_form(
    client: Client, owner: User, collection: Collection, block: Block
) -> None:
    client.force_login(owner)
    url = f"{collection.get_absolute_url()}round/"
    token = token_of(client.get(url))
    refused = client.post(url, {"outputs": "9", "block": block.pk, "form_token": token})
    assert refused.status_code == 422
    assert token_of(refused) == token


def token_of(page: HttpResponse) -> str:
    found = re.search(r'name="form_token" value="([\w-]+)"', text_of(page))
    assert found is not None
    return found[1]


def test_an_output_that_is_withdrawn_meanwhile_is_not_waited_for(
    lesson: Round, owner: User
) -> None:
    teacher, pupil, late = join(lesson, signed(owner)), join(lesson), join(lesson)
    judge_all(lesson, pupil)
    output = Output.objects.earliest("pk")
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    assert judge_all(lesson, late) == 2
    path = lesson.get_absolute_url()
    for client in (pupil, late):
        page = text_of(client.get(path))
        assert "You judged all of it" in page
        assert "1 of its outputs is not public any more" in page
    page = text_of(teacher.get(path))
    assert '<dd id="done">2</dd>' in page
    assert "2, 2, 0 of 2" in page
    end(lesson, teacher)
    pupil.post(f"{path}show/")
    page = text_of(pupil.get(path))
    assert f'id="output-{output.pk}"' not in page
    assert page.count('<section class="stack-tight" id="output-') == 2
    rows = pupil.get(f"/rounds/{lesson.code}.json").json()["rows"]
    assert output.pk not in {row["output"] for row in rows}


def test_ending_it_twice_says_so_and_joining_twice_is_once(lesson: Round, owner: User) -> None:
    teacher, pupil = join(lesson, signed(owner)), join(lesson)
    join(lesson, pupil)
    assert Member.objects.count() == 2
    end(lesson, teacher)
    again = teacher.post(f"{lesson.get_absolute_url()}open/")
    assert again.status_code == 409
    assert "This round has ended already." in text_of(again)


@pytest.mark.parametrize("fields", [{"role": "moderator"}, {"is_staff": True}])
def test_who_moderates_ends_it_with_a_public_sentence(
    lesson: Round, owner: User, fields: dict[str, Any]
) -> None:
    pupil, moderator = join(lesson, signed(make_user("pupil"))), signed(make_user("mo", **fields))
    path = lesson.get_absolute_url()
    assert "End it as a moderator" in text_of(moderator.get(path))
    assert "End it as a moderator" not in text_of(pupil.get(path))
    assert pupil.post(f"{path}open/", {"sentence": "Enough."}).status_code == 403
    unsaid = moderator.post(f"{path}open/", {"sentence": " "})
    assert unsaid.status_code == 409
    assert "Say why in a public sentence" in text_of(unsaid)
    assert moderator.post(f"{path}open/", {"sentence": "It names a pupil."}).status_code == 303
    lesson.refresh_from_db()
    assert not lesson.is_running
    assert "What everybody said" in text_of(pupil.get(path))
    assert "What everybody said" not in text_of(moderator.get(path))
    logged = text_of(Client().get("/moderation/"))
    assert "It names a pupil." in logged
    assert lesson.protocol.title not in logged
    assert lesson.code not in logged
    again = moderator.post(f"{path}open/", {"sentence": "Once more."})
    assert again.status_code == 409
    assert "ended already" in text_of(again)


def test_of_one_who_answered_alone_no_agreement_is_said(lesson: Round, owner: User) -> None:
    teacher = signed(owner)
    pupil = join(lesson)
    judge_all(lesson, pupil)
    end(lesson, teacher)
    pupil.post(f"{lesson.get_absolute_url()}show/")
    page = text_of(pupil.get(lesson.get_absolute_url()))
    assert "nothing was answered by two people" in page
    assert "they answered alike" not in page
