"""What is not public changes no page, file or figure of others: every address is looked at."""

import copy
import re
from collections.abc import Iterable, Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from evaluations.accounts.models import User
from evaluations.common.tests.kept import kept
from evaluations.judgments.tests import cast
from evaluations.leaderboards.boards.forms import question_from
from evaluations.leaderboards.matrix import check, current
from evaluations.leaderboards.snapshots.actions import SnapshotRefused, freeze_board
from tests.hidden_world import MARKER, Hidden, client_of
from tests.permission_world import World, named_addresses

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("visibility")]

OTHERS = ("visitor", "member", "researcher", "moderator")
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}"  # tokens of forms
    r"|[A-Za-z0-9]{64}|[A-Za-z0-9]{32}"  # tokens of this browser
    r"|\d{4}-\d\d-\d\d[T ][\d:.]+(\+00:00|Z)?"  # moments
    r"|\d\d:\d\d(:\d\d)?"
    r"|(?<=name=\"seed\" value=\")\d+"  # drawn for who opens the form
)
ALIVE = {"health"}
"""Tells how long its checks took; what it counts has a test of its own."""
EVERYTHING = "?judges=guests&unblinded=1&apart=1&chosen=1"
ASKED = ("", EVERYTHING, "?judges=models&chosen=1", "?combine=any&chosen=1", "?road=direct")
MANY = re.compile("leaderboard|matrix|others|between|compare|disagreements|what-if|pairwise|home")


def addresses(world: World, queries: tuple[str, ...]) -> Iterator[str]:
    """Every address of the world, those of boards with several questions, and JSON beside CSV."""
    for name in sorted(set(named_addresses()) - ALIVE):
        address = world.address_of(name)
        if address is None:
            continue
        twins = [address, *([f"{address[:-4]}.json"] if address.endswith(".csv") else [])]
        for each in twins:
            yield from (each + query for query in (queries if MANY.match(name) else ("",)))


def answers(
    world: World, person: User | None, more: Iterable[str] = ()
) -> dict[str, tuple[int, str]]:
    """Address to status and text, without what differs each time; of *more* addresses too."""
    found = {}
    client = client_of(person)
    for address in (*addresses(world, ASKED if person is None else ("",)), *more):
        with transaction.atomic():
            response = client.get(address)
            transaction.set_rollback(True)
        sent = b"".join(response) if response.streaming else response.content
        text = sent.decode("utf-8", "replace")
        found[address] = (response.status_code, CHANGING.sub("…", text))
    return found


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with kept(django_db_blocker):
        made = World()
        cast.make_criterion("asked", level="prompt")
        cast.make_judge("model")
        yield made


@pytest.fixture
def world(made: World) -> World:
    return copy.deepcopy(made)


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_sees_that_anything_is_there(world: World, role: str) -> None:
    person = world.people[role]
    before = answers(world, person)
    for level in ("private", "unlisted"):
        Hidden(world, level)
    after = answers(world, person)
    assert len(after) > 150
    assert [address for address, (_, text) in after.items() if MARKER in text.lower()] == []
    assert [address for address in after if after[address] != before[address]] == []


def status(person: User | None, address: str) -> tuple[int, str]:
    with transaction.atomic():
        response = client_of(person).get(address)
        transaction.set_rollback(True)
    return response.status_code, response.content.decode("utf-8", "replace")


OF_A_THING = re.compile(
    "(protocol(-version|-progress|-adjudicate|-edit|-gold|-visibility)?|comparisons|opinion|run|"
    "output|output-text|prompt|prompt-set|judge|judge-prompt|run-(csv|progress|cancel|visibility)|"
    "prompt-set-visibility|opinions|protocol-progress-csv|protocol-adjudicate-item)(-csv)?$"
)


def test_what_is_private_answers_its_owner_and_the_invited_alone(world: World) -> None:
    hidden = Hidden(world, "private")
    names = [name for name in named_addresses() if OF_A_THING.match(name)]
    assert len(names) > 20
    for name in names:
        address, public = hidden.address_of(name), world.address_of(name)
        assert address is not None, name
        assert public is not None, name
        for role in OTHERS:
            code, text = status(world.people[role], address)
            twin, _ = status(world.people[role], public)
            assert code == 404 or (code == 403 and twin != 200), (role, name, code)
            assert f"Title {MARKER}" not in text, (role, name)
        if status(world.people["member"], public)[0] == 200 and name != "judge-prompt":
            assert status(hidden.invited, address)[0] == 200, name
            assert status(hidden.owner, address)[0] == 200, name


def test_what_is_unlisted_is_read_by_its_address(world: World) -> None:
    hidden = Hidden(world, "unlisted")
    for name in ("run", "run-csv", "output", "output-text", "prompt", "prompt-set", "protocol"):
        address = hidden.address_of(name)
        assert address is not None
        assert status(None, address)[0] == 200, name


@pytest.mark.parametrize("level", ["private", "unlisted"])
def test_a_narrowed_board_is_its_viewers_alone_and_is_not_frozen(world: World, level: str) -> None:
    hidden = Hidden(world, level)
    member, whole = world.people["member"], "/leaderboards/taylor.csv?chosen=1"
    board = f"{whole}&run={hidden.run.pk}"
    code, mine = status(hidden.owner, board)
    plain = status(hidden.owner, whole)[1]
    assert code == 200
    assert mine != plain == status(member, whole)[1]
    assert status(member, board)[0] == (404 if level == "private" else 200)
    under = f"/leaderboards/taylor.csv?protocol={hidden.terms.protocol.slug}"
    assert status(hidden.invited, under)[0] == 200
    assert status(member, under)[0] == (404 if level == "private" else 200)
    for query in (f"run={hidden.run.pk}", f"protocol={hidden.terms.protocol.slug}"):
        client = client_of(hidden.owner)
        request = client.get(f"/leaderboards/taylor/?{query}").wsgi_request
        question = question_from(request.GET, request)
        with pytest.raises(SnapshotRefused, match="not public"):
            freeze_board(version=world.version, question=question, actor=hidden.owner)


def test_the_matrix_follows_who_reads_what(world: World) -> None:
    held = current.current_matrix()
    before = check.in_memory(held)
    hidden = Hidden(world, "private")
    assert check.in_memory(current.current_matrix()) == before == check.in_database()
    for thing in (hidden.set, hidden.run, hidden.terms.protocol):
        type(thing).objects.filter(pk=thing.pk).update(visibility="public")
        followed = check.in_memory(current.current_matrix())
        assert followed == check.in_memory(current.fill()) == check.in_database()
    assert check.in_memory(current.current_matrix()) != before
    for thing in (hidden.terms.protocol, hidden.set):
        type(thing).objects.filter(pk=thing.pk).update(visibility="private")
        followed = check.in_memory(current.current_matrix())
        assert followed == check.in_memory(current.fill()) == check.in_database()
    assert followed == before
