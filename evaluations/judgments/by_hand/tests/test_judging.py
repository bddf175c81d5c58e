"""Texts by hand are judged as outputs are: blind, by everybody but who wrote them."""

import uuid
from typing import Any

import pytest
from django.test import Client

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.actions import JudgmentRefused
from evaluations.judgments.by_hand.tests.worlds import open_prompt, write, writer
from evaluations.judgments.items import gold
from evaluations.judgments.items.claims import claim, count_left, find_open, standing
from evaluations.judgments.items.questions import next_output, questions_from
from evaluations.judgments.items.queue import LEASE
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import Answer, Comparison, Item, WrittenByHand
from evaluations.judgments.pairs.actions import submit_comparison
from evaluations.judgments.pairs.places import Scope, next_ids
from evaluations.judgments.review.adjudication import AdjudicationRefused, adjudicate
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import LanguageModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> WrittenByHand:
    make_criterion("one")
    make_block("one")
    open_prompt()
    return write(answer="Four it is")


def asked() -> object:
    from django.http import QueryDict

    return questions_from(QueryDict(""))


def test_a_writer_is_not_served_their_text_without_a_protocol(own: WrittenByHand) -> None:
    assert next_output(own.judge, asked()) is None
    assert next_output(make_judge(), asked()) == own.output
    client, other = Client(), make_output()
    client.force_login(own.judge.user)
    assert "output 1 of 1<" in client.get(f"/judge/{other.pk}/").content.decode()


def test_a_writer_is_not_served_their_text_under_a_protocol(own: WrittenByHand) -> None:
    version = make_protocol(blocks=(make_block("one", slug="b", is_default=False),))
    item = make_item(version, own.output)
    assert find_open(version, own.judge) is None
    assert count_left(version, own.judge) == (0, 0)
    place = standing(version, own.judge, {})
    lease = claim(version, own.judge, top=place.top, asked={}, hold=LEASE)
    assert lease is None
    other = make_judge()
    assert find_open(version, other) == item.pk
    lease = claim(version, other, top=place.top, asked={}, hold=LEASE)
    assert lease is not None
    assert lease.item == item


def test_a_writer_is_not_served_their_text_as_gold(own: WrittenByHand) -> None:
    version = make_protocol(blocks=(make_block("one", slug="b", is_default=False),))
    item = make_item(version, own.output)
    Item.objects.update(is_gold=True)
    assert not gold.unseen(version, own.judge).exists()
    assert gold.unseen(version, make_judge()).get() == item


def test_a_writer_is_not_served_a_pair_with_their_text(own: WrittenByHand) -> None:
    other = make_output(prompt=own.output.prompt)
    assert next_ids(Scope(), own.judge, set(), "") is None
    assert next_ids(Scope(), make_judge(), set(), "") == (own.output_id, other.pk)


def test_a_writer_who_opens_it_to_judge_is_refused(own: WrittenByHand) -> None:
    other = make_output(prompt=own.output.prompt)
    client = Client()
    client.force_login(own.judge.user)
    pair = f"/judge/pair/?left={own.output_id}&right={other.pk}"
    for address in (f"/judge/{own.output_id}/", pair):
        refused = client.get(address)
        assert refused.status_code == 403, address
        assert "You wrote this yourself" in refused.content.decode()
        assert "Four it is" not in refused.content.decode()


def test_no_judgment_of_ones_own_text_is_stored(own: WrittenByHand) -> None:
    other = make_output(prompt=own.output.prompt)
    with pytest.raises(JudgmentRefused):
        give(own.judge, own.output, {"one": "yes"})
    with pytest.raises(JudgmentRefused):
        submit_comparison(
            judge=own.judge, left=other, right=own.output, value="left", form_token=uuid.uuid4()
        )


def test_what_a_guest_said_of_their_own_text_does_not_come_along(own: WrittenByHand) -> None:
    guest, user = make_judge("guest"), own.judge.user
    other = make_output(prompt=own.output.prompt)
    give(guest, own.output, {"one": "yes"})
    submit_comparison(
        judge=guest, left=other, right=own.output, value="left", form_token=uuid.uuid4()
    )
    assert user is not None
    attach_guest(guest=guest, user=user)
    assert not Answer.objects.current().filter(output=own.output).exists()
    assert not Comparison.objects.filter(is_current=True).exists()


def test_no_judge_is_told_that_a_person_wrote_it(own: WrittenByHand) -> None:
    WrittenByHand.objects.update(shows_name=True)
    client = Client()
    judge = make_judge()
    client.force_login(judge.user)
    page = client.get(f"/judge/{own.output_id}/").content.decode()
    assert "Four it is" in page
    writer_of = own.judge.user
    assert writer_of is not None
    for word in ("People", "by hand", "by-hand", writer_of.username, "of 1, by"):
        assert word not in page, word


def test_the_word_people_in_a_text_is_no_sign_and_is_not_blotted_out(own: WrittenByHand) -> None:
    assert LanguageModel.objects.filter(is_people=True, name="People").exists()
    text = write(writer(), answer="Two people and two people are four people.")
    assert not text.output.names_model


def test_others_judge_it_blind(own: WrittenByHand) -> None:
    (judgment,) = give(make_judge(), own.output, {"one": "yes"})
    assert judgment.blind


def test_a_writer_decides_no_dispute_about_their_text(own: WrittenByHand) -> None:
    version = make_protocol(blocks=(make_block("one", slug="b", is_default=False),))
    item = make_item(version, own.output)
    user, wording = own.judge.user, CriterionVersion.objects.get(criterion__key="one")
    assert user is not None
    user.role = "moderator"
    user.save()
    said: dict[str, Any] = {"item": item, "criterion_version": wording, "value": "yes"}
    with pytest.raises(AdjudicationRefused, match="You wrote this yourself"):
        adjudicate(**said, reason="slip", actor=user)
    other = make_user("mod", role="moderator")
    assert adjudicate(**said, reason="slip", actor=other).decided_by == other
