"""Past outputs asked again: blank, kept apart, and what they tell of a judge."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from evaluations.judgments.answers.actions import (
    Served,
    reveal_answers,
    submit_judgment,
    undo_judgment,
)
from evaluations.judgments.items import queue, repeats
from evaluations.judgments.items.repeats import Share
from evaluations.judgments.me import figures
from evaluations.judgments.models import Answer, Item, Judge, Judgment, ProtocolVersion
from evaluations.judgments.review.progress import gold_accuracy, judges_of
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.form import chosen, filled, hidden_fields, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.queue_cast import drift
from evaluations.measures.intervals import wilson

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NEXT = "/judge/?protocol=small"


@pytest.fixture(autouse=True)
def every_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repeat comes whenever it may, and soon."""
    monkeypatch.setattr(repeats, "FEWEST", 3)
    monkeypatch.setattr(repeats, "APART", 1)
    monkeypatch.setattr(repeats.gold, "draw", lambda *_: 0)


@pytest.fixture
def version() -> ProtocolVersion:
    make_criterion("clear", level="prompt")
    make_criterion("sound")
    made = make_protocol(blocks=(make_block("clear", "sound", is_default=False),), repeat_share=5)
    for _ in range(5):
        make_item(made, make_output())
    return made


@pytest.fixture
def judge(client: Client) -> Judge:
    user = make_user()
    client.force_login(user)
    return make_judge(user=user)


def finish(judge: Judge, item: Item, clear: str = "yes", sound: str = "no") -> None:
    served = Served(item=item, page="block:first", position=1, finishes=True)
    give(judge, item.output, {"clear": clear, "sound": sound}, served=served)


def finish_three(judge: Judge, version: ProtocolVersion) -> list[Item]:
    items = list(version.items.order_by("id")[:3])
    for item in items:
        finish(judge, item)
    return items


def repeat(judge: Judge, item: Item, **answers: str) -> Judgment:
    served = Served(item=item, page="block:first", is_repeat=True)
    return give(judge, item.output, answers, served=served)[0]


def test_a_repeat_needs_enough_finished_items_long_enough_ago(
    judge: Judge, version: ProtocolVersion
) -> None:
    first, second, third = version.items.order_by("id")[:3]
    for item in (first, second):
        finish(judge, item)
        assert repeats.due(version, judge) is None
    finish(judge, third)
    due = repeats.due(version, judge)
    assert due is not None
    assert due.item in {first, second}, "the newest is left out"
    assert due == repeats.due(version, judge), "a reload brings the same"


def test_the_share_and_its_bounds(
    judge: Judge, version: ProtocolVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish_three(judge, version)
    monkeypatch.setattr(repeats.gold, "draw", lambda *_: 5)
    assert repeats.due(version, judge) is None
    version.repeat_share = 6
    assert repeats.due(version, judge) is not None
    version.repeat_share = 21
    with pytest.raises(IntegrityError), transaction.atomic():
        version.save()


def test_what_is_not_asked_again(judge: Judge, version: ProtocolVersion) -> None:
    items = finish_three(judge, version)
    repeat(judge, items[0], sound="no")
    assert repeats.due(version, judge).item == items[1]
    reveal_answers(judge=judge, output=items[1].output)
    assert repeats.due(version, judge) is None, "others' answers were shown"


def test_nobody_who_holds_an_open_item_and_no_guest_is_asked_again(
    judge: Judge, version: ProtocolVersion
) -> None:
    items = finish_three(judge, version)
    guest = make_judge("guest")
    for item in items:
        finish(guest, item)
    assert repeats.due(version, guest) is None
    assert repeats.due(version, judge) is not None
    queue.next_item(version, judge)
    assert repeats.due(version, judge) is None


def test_a_repeat_is_served_blank_and_changes_nothing(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    items = finish_three(judge, version)
    before = list(Answer.objects.current().order_by("id").values_list("id", "value"))
    done = list(version.items.order_by("id").values_list("done", "leased"))
    response = client.get(NEXT, follow=True)
    url = response.redirect_chain[-1][0]
    assert "repeat=block%3Afirst" in url
    assert chosen(response) == {}
    assert 'name="answer-clear"' in text_of(response)
    assert not judge.leases.exists()
    saved = client.post(url, filled(response, clear="no", sound="no"), headers=HTMX)
    assert saved.status_code == 200, text_of(saved)
    assert "You had judged that output before" in text_of(saved)
    stored = Judgment.objects.filter(is_repeat=True)
    assert stored.count() == 2, "a part about the output and one about the prompt"
    assert not stored.filter(finishes_item=True).exists()
    assert not Answer.objects.filter(judgment__in=stored, is_current=True).exists()
    assert not Answer.objects.filter(judgment__in=stored, supersedes__isnull=False).exists()
    assert list(Answer.objects.current().order_by("id").values_list("id", "value")) == before
    assert list(version.items.order_by("id").values_list("done", "leased"))[:3] == done[:3]
    assert not drift(version)
    # What comes next is not asked as a repeat of the page before.
    assert "repeat=" not in str(saved["HX-Push-Url"]) or "repeat=" in url
    assert repeats.consistency(judge) == Share(1, 2)
    assert items


def test_a_repeat_sent_twice_is_stored_once(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    finish_three(judge, version)
    response = client.get(NEXT, follow=True)
    url = response.redirect_chain[-1][0]
    form = filled(response, clear="no", sound="no")
    for _ in range(2):
        assert client.post(url, form, headers=HTMX).status_code == 200
    assert Judgment.objects.filter(is_repeat=True).count() == 2


def test_without_javascript_the_way_goes_on(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    items = finish_three(judge, version)
    reveal_answers(judge=judge, output=items[1].output)
    response = client.get(NEXT, follow=True)
    url = response.redirect_chain[-1][0]
    onward = client.post(url, filled(response, clear="yes", sound="no"))
    assert onward.status_code == 303
    assert "repeat=" not in onward["Location"]
    assert client.get(onward["Location"]).status_code == 200


def test_a_repeat_that_is_skipped_does_not_come_at_once(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    finish_three(judge, version)
    url = client.get(NEXT, follow=True).redirect_chain[-1][0]
    path, _, query = url.partition("?")
    skipped = client.post(f"{path}skip/?{query}", {"reason": "seen"}, headers=HTMX)
    assert skipped.status_code == 200
    assert "repeat=" not in skipped["HX-Push-Url"]
    assert not judge.skips.exists()
    assert "repeat=" not in client.get(NEXT, follow=True).redirect_chain[-1][0]


def test_only_what_the_judge_saved_can_be_asked_again(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    item = version.items.first()
    address = f"/judge/{item.output_id}/?protocol=small&repeat=block%3Afirst"
    assert client.get(address).status_code == 404
    finish(judge, item)
    assert client.get(address).status_code == 200
    assert client.get(address.replace("first", "other")).status_code == 404


def test_undoing_a_repeat_leaves_the_first_answers(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    items = finish_three(judge, version)
    made = repeat(judge, items[0], clear="no", sound="yes")
    data = {"form_token": made.form_token}
    client.post("/judge/undo/?protocol=small", data, headers=HTMX)
    assert not Judgment.objects.standing().filter(is_repeat=True).exists()
    mine = Answer.objects.current().filter(judge=judge, output=items[0].output)
    assert mine.get().value == "no"
    assert repeats.consistency(judge) == Share(0, 0)


def test_undoing_the_first_answer_leaves_the_repeat_out_of_force(
    judge: Judge, version: ProtocolVersion
) -> None:
    item = finish_three(judge, version)[0]
    repeat(judge, item, sound="yes")
    first = Judgment.objects.get(item=item, is_repeat=False)
    undo_judgment(judge=judge, form_token=first.form_token)
    assert not Answer.objects.current().filter(output=item.output).exists()
    assert repeats.consistency(judge) == Share(0, 0)


def test_consistency_is_of_repeats_beside_the_last_word_before(
    judge: Judge, version: ProtocolVersion
) -> None:
    items = finish_three(judge, version)
    give(judge, items[0].output, {"sound": "partly"})
    repeat(judge, items[0], sound="partly", clear="yes")
    repeat(judge, items[0], sound="no")
    repeat(judge, items[1], sound="yes")
    give(judge, items[2].output, {"sound": "yes"})
    finish(make_judge(), items[1], sound="yes")
    found = repeats.consistency(judge)
    # A change of one's own is no repeat, and of two repeats the first counts.
    assert found == Share(2, 3)
    assert found.interval == wilson(2, 3)
    assert repeats.consistency_under(version) == {judge.pk: Share(2, 3)}
    other = make_protocol("other")
    assert repeats.consistency_under(other) == {}


def test_the_direct_road_and_the_holistic_question_count_too(judge: Judge) -> None:
    version = make_protocol(asks_holistic=True)
    item = make_item(version, make_output())

    def say(value: str, **served: Any) -> None:
        submit_judgment(
            judge=judge, output=item.output, holistic=value, form_token=uuid.uuid4(),
            served=Served(item=item, page="holistic", **served),
        )  # fmt: skip

    say("yes", finishes=True)
    say("yes", is_repeat=True)
    assert repeats.consistency(judge) == Share(1, 1)


def test_the_figures_on_both_pages(client: Client, judge: Judge, version: ProtocolVersion) -> None:
    items = finish_three(judge, version)
    repeat(judge, items[0], sound="no", clear="no")
    page = " ".join(text_of(client.get("/judge/me/")).split())
    assert "asked you 2 questions again" in page
    assert "gave the same answer in 1:" in page
    (row,) = judges_of(version, gold_accuracy(version), named=False)
    assert (row.items, row.forms, row.steady) == (3, 3, Share(1, 2))
    history = text_of(client.get("/judge/me/history/"))
    assert "repeat" in history
    assert figures.counts(judge).outputs == 3


def test_a_form_of_a_repeat_is_marked_as_such_when_it_comes_back(
    client: Client, judge: Judge, version: ProtocolVersion
) -> None:
    finish_three(judge, version)
    response = client.get(NEXT, follow=True)
    url = response.redirect_chain[-1][0]
    again = client.post(url, hidden_fields(response), headers=HTMX)
    assert again.status_code == 422
    assert "repeat=" in text_of(again).partition('id="judging"')[2].partition(">")[0]
    assert client.get("/protocols/small/").status_code == 200
