"""What the tests of the queue share: finishing an item, and recounting its counters."""

import uuid

from django.db import connection

from evaluations.judgments.answers.actions import Served, submit_judgment
from evaluations.judgments.items import queue
from evaluations.judgments.models import Item, Judge, Judgment, ProtocolVersion
from evaluations.judgments.tests.cast import make_output
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

DRIFT = """
SELECT i.id, i.done, i.leased FROM judgments_item i
WHERE i.version_id = %s AND NOT i.is_gold AND (
    i.leased <> (SELECT count(*) FROM judgments_lease l WHERE l.item_id = i.id)
    OR i.done <> (SELECT count(*) FROM judgments_judgment j WHERE j.item_id = i.id
            AND j.finishes_item AND j.withdrawn_at IS NULL AND NOT j.is_surplus)
        + (SELECT count(*) FROM judgments_skippeditem s WHERE s.item_id = i.id AND s.counted))
"""


def drift(version: ProtocolVersion) -> list[tuple[int, int, int]]:
    """(item, done, leased) where a counter is not what the rows say."""
    with connection.cursor() as cursor:
        cursor.execute(DRIFT, [version.pk])
        return list(cursor.fetchall())


def make_queue(items: int = 3, **fields: object) -> ProtocolVersion:
    """A protocol version whose items stand in the order of their ids."""
    version = make_protocol(asks_holistic=True, **fields)
    for place in range(items):
        make_item(version, make_output(), random=(place + 0.5) / items)
    return version


def finish(item: Item, judge: Judge, **fields: object) -> Judgment:
    """The judge saves the only page of an item."""
    (judgment,) = submit_judgment(
        judge=judge,
        output=item.output,
        holistic="yes",
        form_token=uuid.uuid4(),
        served=Served(item=item, page="holistic", position=1, finishes=True),
        **fields,
    )
    return judgment


def drain(version: ProtocolVersion, judge: Judge) -> list[int]:
    """Finish items until none is left for this judge; their ids in the order served."""
    served = []
    while (lease := queue.next_item(version, judge)) is not None:
        served.append(lease.item_id)
        finish(lease.item, judge)
    return served
