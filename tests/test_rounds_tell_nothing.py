"""What is said in a round that goes on changes no page or file of anybody else."""

import copy
import uuid
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from evaluations.common.tests.kept import kept
from evaluations.curation.models import Collection, Round
from evaluations.curation.rounds.actions import begin_round, join_round, open_round
from evaluations.curation.views import output_keys
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.actions import Served, submit_judgment
from evaluations.judgments.models import Block
from evaluations.judgments.protocols.actions import close_ended
from evaluations.judgments.tests import cast
from evaluations.leaderboards.matrix import check, current
from tests.hidden_world import client_of
from tests.permission_world import World
from tests.test_visibility import CHANGING, answers

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("rounds-tell-nothing")]

READERS = ("visitor", "owner", "moderator")
HOW_FAR = {"/protocols/"}
"""Tells its owner, as the round's page does, how many judged how much."""
LISTED = ("/outputs/?judged=yes", "/outputs/?judged=no&chosen=1")


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with kept(django_db_blocker):
        yield World()


@pytest.fixture
def world(made: World) -> World:
    return copy.deepcopy(made)


@pytest.fixture
def lesson(world: World) -> Round:
    """A round of the owner's collection, with the owner, two others and two guests."""
    collection, owner = Collection.objects.get(), world.people["owner"]
    assert owner is not None
    begun = begin_round(
        collection=collection, actor=owner, outputs=output_keys(collection),
        block=Block.objects.get(),
    )  # fmt: skip
    join_round(round_=begun, judge=world.judge)
    for kind in ("person", "guest", "person", "guest"):
        join_round(round_=begun, judge=cast.make_judge(kind))
    return begun


def judge_all(lesson: Round) -> None:
    """All but its owner judge every output, some as if it had been served to them."""
    others = lesson.protocol.members.exclude(user=lesson.protocol.owner).order_by("pk")
    (wording,) = CriterionVersion.objects.for_keys(["one"])
    for place, judge in enumerate(others):
        for item in lesson.protocol.versions.get().items.select_related("version__protocol"):
            assert item.output is not None
            submit_judgment(
                judge=judge, output=item.output, answers={wording: "no" if place else "yes"},
                holistic="yes", form_token=uuid.uuid4(),
                served=Served(item=item, page="block:first", finishes=True,
                              way="served" if place > 1 else "chosen"),
            )  # fmt: skip


@pytest.mark.parametrize("role", READERS)
def test_while_it_goes_on_nothing_changes_for_others(
    world: World, lesson: Round, role: str
) -> None:
    person = world.people[role]
    before = answers(world, person, LISTED)
    judge_all(lesson)
    after = answers(world, person, LISTED)
    assert len(after) > 150
    changed = {address for address in after if after[address] != before[address]}
    assert changed == (HOW_FAR if role == "owner" else set())
    owner = world.people["owner"]
    assert owner is not None
    open_round(round_=lesson, actor=owner)
    client = client_of(person)
    for address in ("/outputs/?judged=yes", "/leaderboards/taylor.csv"):
        text = client.get(address).content.decode()
        assert CHANGING.sub("…", text) != before[address][1], address


def test_the_matrix_follows_a_round_that_is_closed(world: World, lesson: Round) -> None:
    before = check.in_memory(current.current_matrix())
    judge_all(lesson)
    assert check.in_memory(current.current_matrix()) == before == check.in_database()
    type(lesson.protocol).objects.filter(pk=lesson.protocol_id).update(
        ends_at=lesson.protocol.opened_at
    )
    assert check.in_memory(current.current_matrix()) == before == check.in_database()
    assert close_ended() == 1
    followed = check.in_memory(current.current_matrix())
    assert followed != before
    assert followed == check.in_memory(current.fill()) == check.in_database()
    lesson.protocol.refresh_from_db()
    assert lesson.protocol.closed_at == lesson.protocol.ends_at
    assert close_ended() == 0
