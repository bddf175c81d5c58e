"""Any order of what judges can do leaves every counter as the rows say."""

import datetime as dt
import random

import pytest
from django.utils import timezone

from evaluations.judgments.answers.actions import undo_judgment
from evaluations.judgments.items import queue, skips
from evaluations.judgments.items.tests.test_item_queue_concurrent import together
from evaluations.judgments.models import Item, Judge, Judgment, Lease, ProtocolVersion
from evaluations.judgments.tests.cast import make_judge
from evaluations.judgments.tests.queue_cast import drift, finish, make_queue

WAYS = ("next", "next", "finish", "finish", "late", "skip", "undo", "lose", "prefetch", "release",
        "link", "sweep")  # fmt: skip


def go_on(version: ProtocolVersion, judge: Judge, draw: random.Random) -> str:
    """One thing that a judge, or time, does; returns which."""
    way = draw.choice(WAYS)
    leases = list(Lease.objects.filter(judge=judge).select_related("item__version__protocol"))
    lease = draw.choice(leases) if leases else None
    item = draw.choice(list(Item.objects.for_judging().filter(version=version)))
    done = Judgment.objects.standing().filter(judge=judge, finishes_item=True)
    if way == "next":
        queue.next_item(version, judge, after=draw.choice([item, None]))
    elif way == "finish" and lease is not None and not queue.is_finished(lease.item, judge):
        finish(lease.item, judge)
    elif way == "late" and not queue.is_finished(item, judge):
        finish(item, judge)
    elif way == "skip":
        skips.skip_item(item=lease.item if lease else item, judge=judge)
    elif way == "undo" and done.exists():
        undo_judgment(judge=judge, form_token=done.first().form_token)
    elif way == "lose" and lease is not None:
        late = timezone.now() - dt.timedelta(seconds=1)
        Lease.objects.filter(pk=lease.pk).update(expires_at=late)
    elif way == "prefetch" and lease is not None:
        queue.prefetch(version, judge, after=lease.item)
    elif way == "release" and lease is not None:
        queue.release(token=lease.token, judge=judge)
    elif way == "link":
        queue.lease_on(item, judge)
    elif way == "sweep":
        queue.sweep()
    return way


@pytest.mark.django_db
@pytest.mark.parametrize("policy", ["others", "later", "counts"])
@pytest.mark.parametrize("seed", range(2))
def test_one_after_another(seed: int, policy: str) -> None:
    draw = random.Random(f"{seed} {policy}")
    version = make_queue(4, judges_per_item=2, skip_policy=policy)
    judges = [make_judge() for _ in range(3)]
    done = []
    for _ in range(50):
        done.append(go_on(version, draw.choice(judges), draw))
        assert not drift(version), done


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_default", [False, True])
def test_all_at_once(is_default: bool) -> None:
    version = make_queue(5, judges_per_item=2, skip_policy="counts", is_default=is_default)
    judges = [make_judge() for _ in range(8)]

    def work(judge: Judge) -> None:
        draw = random.Random(judge.pk)
        for _ in range(30):
            go_on(version, judge, draw)

    assert together(judges, work) == []
    assert not drift(version)


@pytest.mark.django_db(transaction=True)
def test_the_tabs_of_one_judge_get_one_item() -> None:
    version, judge = make_queue(8), make_judge()
    served = []

    def work(judge: Judge) -> None:
        served.append(queue.next_item(version, judge).pk)

    assert together([judge] * 8, work) == []
    assert len(set(served)) == 1
    assert Lease.objects.count() == 1
    assert not drift(version)


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_give_each_lease_back_once() -> None:
    version = make_queue(30, judges_per_item=3)
    judges = [make_judge() for _ in range(8)]
    for judge in judges:
        for item in version.items.all():
            queue.lease_on(item, judge)
    Lease.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    held, ended = Lease.objects.count(), []

    def work(judge: Judge) -> None:
        for _ in range(5):
            ended.append(queue.sweep())

    assert together(judges, work) == []
    ended.append(queue.sweep())
    assert sum(ended) == held
    assert not Lease.objects.exists()
    assert not drift(version)
