"""How far a protocol is, its judges' pace, and their answers to gold items."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from evaluations.judgments.answers.actions import undo_judgment
from evaluations.judgments.items import queue
from evaluations.judgments.me.leave import WhatStays, leave
from evaluations.judgments.models import GoldAnswer, Item, Judge, ProtocolVersion
from evaluations.judgments.review.progress import Accuracy, gold_accuracy, judges_of, standing_of
from evaluations.judgments.tests.cast import make_judge, make_output, reword
from evaluations.judgments.tests.protocol_cast import make_item
from evaluations.judgments.tests.review_cast import judged, make_judged_protocol, serve
from evaluations.measures.intervals import wilson

pytestmark = pytest.mark.django_db


@pytest.fixture
def protocol() -> tuple[ProtocolVersion, list[Item]]:
    return make_judged_protocol()


def days_ago(days: float) -> Any:
    """What is saved inside was saved so many days ago."""
    then = datetime.now(UTC) - timedelta(days)
    return mock.patch("django.utils.timezone.now", return_value=then)


def test_items_are_counted_by_how_far_they_are_and_gold_apart(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, (first, second, *_) = protocol
    make_item(version, make_output(), is_gold=True)
    ida, jon, kim = make_judge(), make_judge(), make_judge()
    for judge in (ida, jon, kim):
        serve(judge, first, {"sound": "yes"})
    serve(ida, second, {"sound": "yes"})
    queue.lease_on(second, kim)
    found = standing_of(version)
    assert (found.items, found.untouched, found.part, found.finished) == (4, 2, 1, 1)
    assert (found.done, found.needed, found.missing) == (3, 8, 5)
    assert (found.gold, found.held, found.surplus) == (1, 1, 1)


def test_the_end_is_foretold_from_the_pace_of_the_last_week(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    assert standing_of(version).done_by is None
    ida, jon = make_judge(), make_judge()
    with days_ago(20):
        serve(ida, items[0], {"sound": "yes"})
    assert standing_of(version).recent == 0
    assert standing_of(version).done_by is None
    serve(ida, items[1], {"sound": "yes"})
    serve(jon, items[1], {"sound": "yes"})
    found = standing_of(version)
    assert (found.recent, found.days, found.missing) == (2, 7, 5)
    assert found.done_by is not None
    assert found.done_by - found.now == timedelta(days=5 / 2 * 7)


def test_a_young_protocol_is_not_measured_over_less_than_a_day(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    serve(make_judge(), items[0], {"sound": "yes"})
    assert standing_of(version).pace == 1


def test_judges_are_numbered_unless_named_with_their_median_seconds(
    protocol: tuple[ProtocolVersion, list[Item]],
) -> None:
    version, items = protocol
    ida, guest = make_judge(), make_judge("guest")
    judged(ida, items, "yyyy")
    serve(guest, items[0], {"sound": "yes"}, seconds=7)
    gold = gold_accuracy(version)
    first, second = judges_of(version, gold, named=False)
    assert (first.label, first.items, first.seconds) == ("Judge 1", 4, 25)
    assert (second.label, second.is_guest, second.seconds) == ("Judge 2", True, 7)
    named = judges_of(version, gold, named=True)
    assert [row.label for row in named] == [ida.user.get_username(), "Judge 2"]


def expect(item: Item, **values: str) -> None:
    for key, value in values.items():
        wording = item.version.blocks.get().criteria.get(key=key).versions.get(is_current=True)
        GoldAnswer.objects.create(
            item=item, criterion=wording.criterion, criterion_version=wording, value=value
        )


@pytest.fixture
def gold_item(protocol: tuple[ProtocolVersion, list[Item]]) -> Item:
    item = make_item(protocol[0], make_output(), is_gold=True)
    expect(item, sound="yes", short="no")
    return item


def right_of(version: ProtocolVersion, judge: Judge) -> tuple[int, int]:
    accuracy = gold_accuracy(version).by_judge[judge.pk]
    return accuracy.right, accuracy.asked


def test_gold_is_counted_by_judge_and_by_criterion_with_wilson(gold_item: Item) -> None:
    version = gold_item.version
    ida, jon = make_judge(), make_judge()
    serve(ida, gold_item, {"sound": "yes", "short": "no"})
    serve(jon, gold_item, {"sound": "yes", "short": "yes"})
    serve(make_judge("model"), gold_item, {"sound": "no"})
    assert right_of(version, ida) == (2, 2)
    assert right_of(version, jon) == (1, 2)
    gold = gold_accuracy(version)
    by_key = {
        criterion.key: gold.by_criterion[criterion.pk]
        for criterion in version.blocks.get().criteria.all()
    }
    assert by_key == {"sound": Accuracy(2, 2), "short": Accuracy(1, 2)}
    assert by_key["short"].interval == wilson(1, 2)
    assert Accuracy().interval is None


def test_guests_count_on_gold_whether_or_not_they_are_held_back(gold_item: Item) -> None:
    counted, held = make_judge("guest"), make_judge("guest")
    serve(counted, gold_item, {"sound": "yes"})
    serve(held, gold_item, {"sound": "no"}, guest_check="held-back")
    assert right_of(gold_item.version, counted) == (1, 1)
    assert right_of(gold_item.version, held) == (0, 1)


def test_an_answer_that_was_changed_after_the_feedback_counts_as_first_given(
    gold_item: Item,
) -> None:
    ida = make_judge()
    serve(ida, gold_item, {"sound": "no"})
    serve(ida, gold_item, {"sound": "yes"})
    assert right_of(gold_item.version, ida) == (0, 1)


def test_the_first_answer_to_gold_counts_also_when_it_was_undone(gold_item: Item) -> None:
    """The expected answer is told after it, so the second one shows nothing."""
    ida, token = make_judge(), uuid.uuid4()
    serve(ida, gold_item, {"sound": "no"}, form_token=token)
    undo_judgment(judge=ida, form_token=token)
    serve(ida, gold_item, {"sound": "yes"})
    accuracy = gold_accuracy(gold_item.version).by_judge[ida.pk]
    assert (accuracy.right, accuracy.asked) == (0, 1)


def test_who_left_and_withdrew_counts_no_longer_on_gold_either(gold_item: Item) -> None:
    ida, jon = make_judge(), make_judge()
    serve(ida, gold_item, {"sound": "no"})
    serve(jon, gold_item, {"sound": "yes"})
    leave(user=ida.user, choice=WhatStays.WITHDRAW)
    gold = gold_accuracy(gold_item.version)
    assert dict(gold.by_judge) == {jon.pk: Accuracy(1, 1)}
    assert list(gold.by_criterion.values()) == [Accuracy(1, 1)]


def test_an_answer_to_a_new_question_is_not_held_against_the_old_expectation(
    gold_item: Item,
) -> None:
    ida = make_judge()
    wording = gold_item.gold_answers.get(criterion__key="sound").criterion_version
    reword(wording, "Something else?", new_question=True)
    serve(ida, gold_item, {"sound": "no"})
    assert gold_accuracy(gold_item.version).by_judge == {}
