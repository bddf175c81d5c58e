"""Eight judges at once: nobody gets an item twice, nothing is collected beyond the need."""

import random
import threading
from collections import Counter

import pytest
from django.db import connection
from django.db.models import Sum

from evaluations.judgments.items import queue, skips
from evaluations.judgments.models import Judge, Judgment
from evaluations.judgments.tests.cast import make_judge
from evaluations.judgments.tests.queue_cast import drain, drift, finish, make_queue

pytestmark = pytest.mark.django_db(transaction=True)
JUDGES, ITEMS, NEEDED = 8, 60, 3


def together(judges: list[Judge], work: object) -> list[Exception]:
    """Run *work* for every judge in a thread of its own; the errors that came up."""
    start, errors = threading.Barrier(len(judges)), []

    def run(judge: Judge) -> None:
        try:
            start.wait()
            work(judge)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(judge,)) for judge in judges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_eight_judges_empty_a_queue() -> None:
    version = make_queue(ITEMS, judges_per_item=NEEDED)
    judges = [make_judge() for _ in range(JUDGES)]
    served: dict[int, list[int]] = {}

    def work(judge: Judge) -> None:
        served[judge.pk] = drain(version, judge)

    assert together(judges, work) == []
    for judge in judges:
        # An item that another had locked for a moment may have been passed by at the end.
        served[judge.pk] += drain(version, judge)
    for items in served.values():
        assert len(items) == len(set(items))
    judged = Counter(item for items in served.values() for item in items)
    assert set(judged.values()) == {NEEDED}
    assert version.items.aggregate(Sum("done"), Sum("leased")) == {
        "done__sum": ITEMS * NEEDED,
        "leased__sum": 0,
    }
    assert not drift(version)
    assert not Judgment.objects.filter(is_surplus=True).exists()


def test_counters_stay_right_while_leases_run_out_and_work_comes_late() -> None:
    version = make_queue(20, judges_per_item=2)
    judges = [make_judge() for _ in range(JUDGES)]

    def work(judge: Judge) -> None:
        draw = random.Random(judge.pk)
        for _ in range(25):
            lease = queue.next_item(version, judge)
            if lease is None:
                return
            if draw.random() < 0.3:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE judgments_lease SET expires_at = now() - interval '1 s' "
                        "WHERE id = %s",
                        [lease.pk],
                    )
                queue.sweep()
            if draw.random() < 0.2:
                skips.skip_item(item=lease.item, judge=judge)
            else:
                finish(lease.item, judge)

    assert together(judges, work) == []
    assert not drift(version)
    for item in version.items.all():
        assert item.done + item.leased <= item.needed
