"""Skips of items: what counts as a turn counts once, and pairs and prompts stay away too."""

import uuid

import pytest
from django.utils import timezone

from evaluations.judgments.answers.actions import skip_output, undo_judgment
from evaluations.judgments.items import queue, serving, skips
from evaluations.judgments.items.crowds import MOST_HELD, is_crowded
from evaluations.judgments.models import Item, SkippedItem
from evaluations.judgments.tests.cast import (
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.queue_cast import drift, finish, make_queue
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


def counters(item: Item) -> tuple[int, int]:
    item.refresh_from_db()
    return item.done, item.leased


def test_a_skip_that_counts_as_a_turn_counts_once() -> None:
    version, judge = make_queue(1, skip_policy="counts"), make_judge()
    item = queue.next_item(version, judge).item
    for _ in range(3):
        skips.skip_item(item=item, judge=judge)
        assert counters(item) == (1, 0)
    assert queue.next_item(version, judge) is None


def test_a_judgment_after_a_counted_skip_is_the_same_turn() -> None:
    version = make_queue(1, skip_policy="counts", judges_per_item=1)
    judge, item = make_judge(), version.items.get()
    skips.skip_item(item=item, judge=judge)
    judgment = finish(item, judge)
    assert not judgment.is_surplus
    assert counters(item) == (1, 0)
    assert not SkippedItem.objects.exists()
    undo_judgment(judge=judge, form_token=judgment.form_token)
    assert counters(item) == (0, 1)


def test_a_skip_of_a_full_item_counts_nothing() -> None:
    version = make_queue(1, skip_policy="counts", judges_per_item=1)
    item = version.items.get()
    finish(item, make_judge())
    skips.skip_item(item=item, judge=make_judge())
    assert counters(item) == (1, 0)
    assert not SkippedItem.objects.get().counted


def test_a_skip_of_a_finished_item_only_leaves_it() -> None:
    version, judge = make_queue(1, skip_policy="counts"), make_judge()
    item = version.items.get()
    finish(item, judge)
    skips.skip_item(item=item, judge=judge)
    assert counters(item) == (1, 0)
    assert not SkippedItem.objects.exists()


def test_an_output_that_was_skipped_elsewhere_is_not_served_in_a_protocol() -> None:
    version, judge = make_queue(2), make_judge()
    first, second = version.items.order_by("pk")
    skip_output(judge=judge, output=first.output)
    assert queue.next_item(version, judge).item == second
    finish(second, judge)
    assert queue.next_item(version, judge) is None
    assert queue.next_item(version, make_judge()) is not None


@pytest.mark.parametrize("policy", ["others", "later", "counts"])
@pytest.mark.parametrize("subject", ["pair", "prompt"])
def test_skipped_pairs_and_prompts_stay_away_like_outputs(subject: str, policy: str) -> None:
    version, judge = make_protocol(subject=subject, skip_policy=policy), make_judge()
    recipe = make_recipe()
    runs = [make_run(make_model(name), recipe) for name in ("one", "two")]
    for _ in range(2):
        prompt = make_prompt()
        if subject == "prompt":
            make_item(version, prompt=prompt)
        else:
            left, right = (make_output(run=run, prompt=prompt) for run in runs)
            make_item(version, pair=(left, right))
    first = queue.next_item(version, judge).item
    skips.skip_item(item=first, judge=judge)
    second = queue.next_item(version, judge).item
    assert second != first
    skips.skip_item(item=second, judge=judge)
    again = queue.next_item(version, judge)
    assert (again.item if again else None) == (first if policy == "later" else None)


def test_a_pair_with_a_withdrawn_side_is_not_served() -> None:
    version, prompt = make_protocol(subject="pair"), make_prompt()
    left, right = make_output(prompt=prompt), make_output(prompt=prompt)
    make_item(version, pair=(left, right))
    Output.objects.filter(pk=right.pk).update(withdrawn_at=timezone.now())
    assert queue.next_item(version, make_judge()) is None
    assert serving.peek(version) is None


def test_what_is_held_is_not_served_again_once_it_is_withdrawn() -> None:
    version, judge = make_queue(2), make_judge()
    held = queue.next_item(version, judge).item
    Output.objects.filter(pk=held.output_id).update(withdrawn_at=timezone.now())
    assert queue.next_item(version, judge).item != held


def test_recounting_repairs_what_changed_while_an_item_was_gold() -> None:
    version = make_queue(1, judges_per_item=1, skip_policy="counts")
    item, judges = version.items.get(), [make_judge() for _ in range(3)]
    Item.objects.filter(pk=item.pk).update(is_gold=True)
    finish(item, judges[0])
    finish(item, judges[1])
    queue.lease_on(item, judges[2])
    Item.objects.filter(pk=item.pk).update(is_gold=False)
    queue.recount(item)
    assert counters(item) == (2, 1)
    assert item.needed == 3
    queue.release(token=item.leases.get().token, judge=judges[2])
    assert counters(item) == (2, 0)


def test_a_lost_token_renews_nothing() -> None:
    version, judge = make_queue(1), make_judge()
    lease = queue.next_item(version, judge)
    assert queue.renew(token=lease.token, judge=make_judge()) is None
    assert queue.renew(token=uuid.uuid4(), judge=judge) is None
    queue.release(token=lease.token, judge=judge)
    queue.release(token=lease.token, judge=judge)
    assert counters(lease.item) == (0, 0)
    assert queue.renew(token=lease.token, judge=judge) is None


@pytest.mark.parametrize(("policy", "turns"), [("counts", 1), ("later", 0)])
def test_a_skip_that_is_taken_back_is_no_turn_and_the_item_is_served_again(
    policy: str, turns: int
) -> None:
    version, judge, other = make_queue(1, skip_policy=policy), make_judge(), make_judge()
    item = queue.next_item(version, judge).item
    skips.skip_item(item=item, judge=judge)
    skips.skip_item(item=item, judge=other)
    assert counters(item) == (2 * turns, 0)
    for _ in range(2):
        skips.unskip_item(item=item, judge=judge)
        assert counters(item) == (turns, 0)
    assert SkippedItem.objects.get().judge == other
    assert queue.next_item(version, judge).item == item


def test_what_came_in_place_of_a_skip_comes_after_it_once_that_is_taken_back() -> None:
    version, judge = make_queue(3), make_judge()
    item = queue.next_item(version, judge).item
    skips.skip_item(item=item, judge=judge)
    other = queue.next_item(version, judge).item
    assert other != item
    skips.unskip_item(item=item, judge=judge)
    assert queue.lease_on(item, judge) is not None, "its page holds it"
    assert queue.next_item(version, judge).item == item
    assert queue.next_item(version, judge, after=item).item == other


def test_a_skip_taken_back_is_held_also_where_an_address_holds_all_that_it_may() -> None:
    version, guest, other = make_queue(MOST_HELD + 2), make_judge("guest"), make_judge("guest")
    guest.address = other.address = "here"
    item = queue.next_item(version, guest).item
    skips.skip_item(item=item, judge=guest)
    opened = queue.next_item(version, guest).item
    ahead = queue.prefetch(version, guest, after=opened).item
    for untouched in version.items.filter(leases=None).exclude(pk=item.pk)[: MOST_HELD - 2]:
        assert queue.lease_on(untouched, other) is not None
    assert is_crowded(guest)
    skips.unskip_item(item=item, judge=guest)
    assert queue.lease_on(item, guest) is not None
    assert counters(ahead) == (0, 0), "what was held ahead makes room first"
    assert drift(version) == []
    assert queue.next_item(version, guest).item == item
    assert queue.next_item(version, guest, after=item).item == opened


def test_what_was_carried_over_is_no_skip_to_take_back() -> None:
    version, judge = make_queue(1), make_judge()
    item = version.items.get()
    SkippedItem.objects.create(item=item, judge=judge, carried=True)
    skips.unskip_item(item=item, judge=judge)
    assert SkippedItem.objects.exists()
