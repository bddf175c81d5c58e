"""Questions about the prompt, on the pages of its outputs: asked once, and still changeable."""

import uuid
from typing import Any

import pytest
from django.test import Client

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.items.pages import pages_of, task_on
from evaluations.judgments.models import Answer, Item, Judge, Judgment, ProtocolVersion
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    make_user,
    reword,
)
from evaluations.judgments.tests.form import chosen, filled, hidden_fields, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def version() -> ProtocolVersion:
    """A block about the prompt and the output, then one about the prompt alone."""
    for key in ("clear", "needs-steps"):
        make_criterion(key, level="prompt")
    make_criterion("sound")
    version = make_protocol(
        blocks=(
            make_block("clear", "sound", slug="mixed", is_default=False),
            make_block("needs-steps", slug="prompt-only", is_default=False),
        )
    )
    prompt = make_prompt("lamp")
    for _ in range(2):
        make_item(version, make_output(prompt=prompt))
    return version


@pytest.fixture
def judge(client: Client) -> Judge:
    user = make_user()
    client.force_login(user)
    return make_judge(user=user)


def items(version: ProtocolVersion) -> tuple[Item, Item]:
    first, second = version.items.order_by("id")
    return first, second


def address(item: Item, more: str = "") -> str:
    return f"/judge/{item.output_id}/?protocol=small{more}"


def save(client: Client, item: Item, more: str = "", **answers: str) -> Any:
    url = address(item, more)
    return client.post(url, filled(client.get(url), **answers), headers=HTMX)


def do_whole(client: Client, item: Item) -> None:
    assert save(client, item, clear="yes", sound="no").status_code == 200
    assert save(client, item, needs_steps="no").status_code == 200


def test_what_was_answered_with_another_output_is_told_and_not_asked(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    do_whole(client, first)
    body = text_of(client.get(address(second)))
    assert 'id="known-clear"' in body
    assert "You answered: <strong>yes</strong>" in body
    assert 'name="answer-clear"' not in body
    assert 'name="answer-sound"' in body
    # The other page asked nothing else: it is gone, and this one finishes the item.
    assert "page 1 of" not in body
    assert save(client, second, sound="yes").status_code == 200
    assert Judgment.objects.get(item=second).finishes_item
    assert Answer.objects.filter(criterion__key="clear").count() == 1


def test_change_asks_again_with_the_answer_filled_in(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    do_whole(client, first)
    link = f"{address(second)}&amp;page=block%3Amixed&amp;again=clear"
    assert f'href="{link}"' in text_of(client.get(address(second)))
    page = client.get(link.replace("&amp;", "&"))
    assert chosen(page)["answer-clear"] == "yes"
    form = filled(page, clear="no", sound="yes")
    # The form goes to the plain address, as every form of the page does.
    assert client.post(address(second), form, headers=HTMX).status_code == 200
    assert Answer.objects.current().get(criterion__key="clear").value == "no"


def test_a_form_made_before_the_answer_existed_still_saves(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    old = client.get(address(second))
    do_whole(client, first)
    response = client.post(address(second), filled(old, clear="yes", sound="partly"), headers=HTMX)
    assert response.status_code == 200, text_of(response)
    assert Judgment.objects.filter(item=second, page="block:mixed").exists()


def test_an_old_form_that_leaves_the_known_question_open_saves_too(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    old = client.get(address(second))
    do_whole(client, first)
    assert client.post(address(second), filled(old, sound="no"), headers=HTMX).status_code == 200
    assert Answer.objects.current().get(criterion__key="clear").value == "yes"


def test_an_old_form_that_says_otherwise_is_shown_again_first(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    old = client.get(address(second))
    do_whole(client, first)
    form = filled(old, clear="no", sound="yes")
    response = client.post(address(second), form, headers=HTMX)
    assert response.status_code == 409
    assert chosen(response) == {"answer-clear": "no", "answer-sound": "yes"}
    again = hidden_fields(response) | {"answer-clear": "no", "answer-sound": "yes"}
    assert client.post(address(second), again, headers=HTMX).status_code == 200
    assert Answer.objects.current().get(criterion__key="clear").value == "no"


def test_an_old_form_of_a_page_that_dropped_out_still_saves(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    save(client, second, clear="yes", sound="no")
    old = client.get(address(second))
    assert hidden_fields(old)["page"] == "block:prompt-only"
    give(judge, first.output, {"needs-steps": "no"})
    response = client.post(address(second), filled(old, needs_steps="no"), headers=HTMX)
    assert response.status_code == 200
    assert Judgment.objects.get(item=second, page="block:prompt-only").finishes_item


def test_a_form_that_is_sent_twice_is_stored_once(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, _ = items(version)
    save(client, first, clear="yes", sound="no")
    form = filled(client.get(address(first)), needs_steps="no")
    for _ in range(2):
        assert client.post(address(first), form, headers=HTMX).status_code == 200
    # One part about the output, one about the prompt.
    assert Judgment.objects.filter(form_token=form["form_token"]).count() == 2


def test_undo_asks_for_it_again(client: Client, judge: Judge, version: ProtocolVersion) -> None:
    first, second = items(version)
    save(client, first, clear="yes", sound="no")
    token = Judgment.objects.get(page="block:mixed").form_token
    client.post("/judge/undo/?protocol=small", {"form_token": token}, headers=HTMX)
    assert 'name="answer-clear"' in text_of(client.get(address(second)))


def test_another_meaning_or_another_judge_is_asked(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    give(make_judge(), first.output, {"clear": "yes"})
    assert 'name="answer-clear"' in text_of(client.get(address(second)))
    (judgment,) = give(judge, first.output, {"clear": "yes"})
    assert 'name="answer-clear"' not in text_of(client.get(address(second)))
    wording = judgment.answers.get().criterion_version
    reword(wording, "Is it clear?")
    assert 'name="answer-clear"' not in text_of(client.get(address(second)))
    reword(wording, "Can it be understood at all?", new_question=True)
    assert 'name="answer-clear"' in text_of(client.get(address(second)))


def test_where_nothing_else_is_left_the_pages_are_asked_whole(
    judge: Judge, version: ProtocolVersion
) -> None:
    version.protocolblock_set.filter(block__slug="mixed").delete()
    first, second = items(version)
    give(judge, first.output, {"needs-steps": "no"})
    task = task_on(second, second.output, judge)
    assert [w.criterion.key for w in task.questions.wordings] == ["needs-steps"]
    assert task.finishes


def test_an_item_begun_before_its_last_page_dropped_out_can_be_finished(
    judge: Judge, version: ProtocolVersion
) -> None:
    first, second = items(version)
    give(judge, second.output, {"clear": "yes", "sound": "no"},
         served=Served(item=second, page="block:mixed"), form_token=uuid.uuid4())  # fmt: skip
    give(judge, first.output, {"needs-steps": "no"})
    task = task_on(second, second.output, judge)
    assert task.questions.page == "block:prompt-only"
    assert task.finishes


def test_a_guest_who_never_judged_is_asked_everything(
    client: Client, version: ProtocolVersion
) -> None:
    first, _ = items(version)
    assert len(pages_of(version, None, first)) == 2
    assert task_on(first, first.output, None).pages == 2
    assert 'name="answer-clear"' in text_of(client.get(address(first)))
