"""Who gets which item next, for how long, and what is counted."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from evaluations.judgments.answers.actions import skip_output, undo_judgment
from evaluations.judgments.answers.moderation import withdraw_judgment
from evaluations.judgments.items import queue, serving
from evaluations.judgments.models import Item, Lease
from evaluations.judgments.tests.cast import make_judge, make_user
from evaluations.judgments.tests.protocol_cast import make_item
from evaluations.judgments.tests.queue_cast import drain, drift, finish, make_queue
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


def expire(lease: Lease) -> None:
    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))


def counters(item: Item) -> tuple[int, int]:
    item.refresh_from_db()
    return item.done, item.leased


def test_a_judge_goes_through_all_items_once() -> None:
    version = make_queue(5, judges_per_item=1)
    judge = make_judge()
    assert sorted(drain(version, judge)) == sorted(version.items.values_list("pk", flat=True))
    assert queue.next_item(version, make_judge()) is None
    assert not drift(version)


def test_what_a_judge_holds_comes_first_and_for_the_full_time_again() -> None:
    version, judge = make_queue(5), make_judge()
    first = queue.next_item(version, judge)
    Lease.objects.update(expires_at=timezone.now() + dt.timedelta(minutes=1))
    again = queue.next_item(version, judge)
    assert (again.pk, again.token) == (first.pk, first.token)
    assert again.expires_at > timezone.now() + dt.timedelta(minutes=29)
    assert Lease.objects.count() == 1


def test_items_that_were_begun_come_before_new_ones() -> None:
    version = make_queue(6, judges_per_item=3)
    begun = queue.next_item(version, make_judge()).item
    finish(begun, make_judge())
    assert queue.next_item(version, make_judge()).item == begun


def test_a_judge_who_did_all_of_a_level_gets_the_next_level() -> None:
    version = make_queue(200, judges_per_item=3)
    judge = make_judge()
    begun = list(version.items.order_by("random")[:150])
    for item in begun:
        finish(item, judge)
    served = queue.next_item(version, judge).item
    assert served not in begun
    # What somebody holds stands as high as what somebody did.
    assert queue.next_item(version, make_judge()).item in [*begun, served]


def test_the_last_open_item_is_found_among_many_finished_ones() -> None:
    version = make_queue(200, judges_per_item=2)
    judge = make_judge()
    items = list(version.items.order_by("random"))
    for item in [*items[:120], *items[121:]]:
        finish(item, judge)
    Item.objects.filter(pk=items[120].pk).update(done=1)
    assert queue.next_item(version, judge).item == items[120]


def test_what_was_withdrawn_is_not_served() -> None:
    version = make_queue(2)
    first, second = version.items.order_by("pk")
    Output.objects.filter(pk=first.output_id).update(withdrawn_at=timezone.now())
    assert queue.next_item(version, make_judge()).item == second
    Run.objects.update(withdrawn_at=timezone.now())
    assert queue.next_item(version, make_judge()) is None
    assert serving.peek(version) is None


def test_a_lease_that_ran_out_is_swept_and_a_late_judgment_is_surplus() -> None:
    version = make_queue(1, judges_per_item=1)
    late, other = make_judge(), make_judge()
    lease = queue.next_item(version, late)
    assert queue.next_item(version, other) is None
    expire(lease)
    assert queue.sweep() == 1
    assert counters(lease.item) == (0, 0)
    assert not finish(queue.next_item(version, other).item, other).is_surplus
    judgment = finish(lease.item, late)
    assert judgment.is_surplus
    assert judgment.answers.filter(is_current=True).exists()
    assert counters(lease.item) == (1, 0)
    assert not drift(version)


def test_a_late_judgment_counts_where_there_is_room() -> None:
    version = make_queue(1, judges_per_item=2)
    judge = make_judge()
    lease = queue.next_item(version, judge)
    expire(lease)
    queue.sweep()
    assert not finish(lease.item, judge).is_surplus
    assert counters(lease.item) == (1, 0)


def test_the_sweep_leaves_what_is_held_on() -> None:
    version, judge = make_queue(1), make_judge()
    lease = queue.next_item(version, judge)
    expire(lease)
    assert queue.renew(token=lease.token, judge=judge) is not None
    assert queue.sweep() == 0
    assert queue.renew(token=uuid.uuid4(), judge=judge) is None


def test_an_item_that_is_given_back_is_free_again() -> None:
    version, judge = make_queue(1, judges_per_item=1), make_judge()
    lease = queue.next_item(version, judge)
    queue.release(token=lease.token, judge=make_judge())
    assert counters(lease.item) == (0, 1)
    queue.release(token=lease.token, judge=judge)
    assert counters(lease.item) == (0, 0)


def test_undo_takes_the_count_back_and_holds_the_item() -> None:
    version, judge = make_queue(1, judges_per_item=1), make_judge()
    judgment = finish(queue.next_item(version, judge).item, judge)
    undo_judgment(judge=judge, form_token=judgment.form_token)
    assert counters(judgment.item) == (0, 1)
    assert queue.next_item(version, judge).item == judgment.item
    assert not drift(version)


def test_undo_of_a_surplus_judgment_leaves_the_count() -> None:
    version = make_queue(1, judges_per_item=1)
    first, late = make_judge(), make_judge()
    finish(version.items.get(), first)
    judgment = finish(version.items.get(), late)
    undo_judgment(judge=late, form_token=judgment.form_token)
    assert counters(judgment.item) == (1, 0)


@pytest.mark.parametrize(
    ("policy", "done", "again"), [("others", 0, False), ("counts", 1, False), ("later", 0, True)]
)
def test_what_becomes_of_a_skipped_item(policy: str, done: int, again: bool) -> None:
    version, judge = make_queue(1, skip_policy=policy), make_judge()
    item = queue.next_item(version, judge).item
    skip_output(judge=judge, output=item.output, item=item)
    assert counters(item) == (done, 0)
    assert (queue.next_item(version, judge) is not None) is again


def test_with_later_skipped_items_come_after_all_others() -> None:
    version, judge = make_queue(4, skip_policy="later"), make_judge()
    skipped = queue.next_item(version, judge).item
    skip_output(judge=judge, output=skipped.output, item=skipped)
    assert drain(version, judge)[-1] == skipped.pk


def test_a_prefetched_item_is_held_shortly_and_served_next() -> None:
    version, judge = make_queue(3), make_judge()
    now = queue.next_item(version, judge)
    after = queue.prefetch(version, judge, after=now.item)
    assert after.item != now.item
    assert after.is_prefetch
    assert after.expires_at < timezone.now() + dt.timedelta(minutes=2, seconds=1)
    assert queue.next_item(version, judge).pk == now.pk
    finish(now.item, judge)
    served = queue.next_item(version, judge)
    assert served.pk == after.pk
    assert not served.is_prefetch
    assert served.expires_at > timezone.now() + dt.timedelta(minutes=29)


def test_the_default_protocol_asks_for_one_more_judge_rather_than_run_dry() -> None:
    version = make_queue(2, judges_per_item=1, is_default=True)
    drain(version, make_judge())
    judge = make_judge()
    assert len(drain(version, judge)) == 2
    assert set(version.items.values_list("needed", "done")) == {(2, 2)}
    assert queue.next_item(version, judge) is None
    assert not drift(version)


def test_a_permalink_is_held_where_there_is_room() -> None:
    version = make_queue(1, judges_per_item=1)
    item, first, second = version.items.get(), make_judge(), make_judge()
    lease = queue.lease_on(item, first)
    assert queue.lease_on(item, first).pk == lease.pk
    assert queue.lease_on(item, second) is None
    finish(item, first)
    assert queue.lease_on(item, first) is None
    assert counters(item) == (1, 0)


def test_gold_items_take_no_place_and_are_held_all_the_same() -> None:
    version = make_queue(0, judges_per_item=1, gold_share=50)
    from evaluations.judgments.tests.cast import make_output

    gold = make_item(version, make_output(), is_gold=True)
    leases = [queue.lease_on(gold, make_judge()) for _ in range(3)]
    assert all(leases)
    assert counters(gold) == (0, 0)
    for lease in leases:
        assert not finish(gold, lease.judge).is_surplus
    assert counters(gold) == (0, 0)


def test_staff_who_withdraw_a_judgment_give_its_place_back() -> None:
    version = make_queue(1, judges_per_item=1)
    judgment = finish(version.items.get(), make_judge())
    staff = make_user(is_staff=True)
    for _ in range(2):
        withdraw_judgment(judgment=judgment, actor=staff)
    assert counters(judgment.item) == (0, 0)
    assert not drift(version)


def claims_planned() -> tuple[int, int]:
    """How often this connection ran a claim by a plan for its values, and by one for all."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT coalesce(sum(custom_plans), 0)::int, coalesce(sum(generic_plans), 0)::int
            FROM pg_prepared_statements WHERE statement LIKE '%INSERT INTO judgments_lease%'
        """)
        custom, generic = cursor.fetchone()
    return custom, generic


@pytest.mark.django_db(transaction=True)
def test_serving_is_planned_once_a_connection() -> None:
    version, judge = make_queue(8), make_judge()
    # A connection may come from the pool with the plans, and counts, of other tests.
    custom, generic = claims_planned()
    for _ in range(4):
        queue.release(token=queue.next_item(version, judge).token, judge=judge)
    assert claims_planned() == (custom, generic + 4), "four claims by a plan for all values"
    assert not drift(version)
