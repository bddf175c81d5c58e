"""How a judgment came about, where the same judge said something of its subject before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Protocol
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "check", "way"),
    [
        ("guest", "counted", "served"),
        ("guest", "held-back", "chosen"),
        ("person", "held-back", "served"),
    ],
)
def test_a_round_makes_nothing_served_that_the_limit_of_an_address_held_back(
    kind: str, check: str, way: str
) -> None:
    make_criterion("one")
    version = make_protocol("round-abc", blocks=(make_block("one"),))
    Protocol.objects.filter(pk=version.protocol_id).update(
        ends_at=timezone.now() + timedelta(days=1), visibility="unlisted", access="invited"
    )
    version.protocol.refresh_from_db()
    judge, output = make_judge(kind), make_output()
    item = make_item(version, output)
    give(judge, output, {"one": "yes"}, served=Served(way="served", guest_check=check))
    in_round = Served(item=item, page="block:b", finishes=True, way="chosen")
    (again,) = give(judge, output, {"one": "no"}, served=in_round)
    assert (again.way, again.guest_check) == (way, "counted")
