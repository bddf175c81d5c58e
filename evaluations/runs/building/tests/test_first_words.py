"""What is written so far: told once a second, to those who may steer the run."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.accounts.models import User
from evaluations.runs import queue
from evaluations.runs.building.first_words import MOST, TOLD, Teller
from evaluations.runs.building.tests.worlds import a_grid, write
from evaluations.runs.models import FirstWords, Run
from evaluations.runs.tests.fake_engine import FakeEngine
from tests.cast import make_researcher, make_staff

pytestmark = pytest.mark.django_db


class Writing(FakeEngine):
    """Has written so much of every request."""

    said = "Once upon"

    def partial(self, id: str) -> str:
        return f"{self.said} {id}"


@pytest.fixture
def run() -> Run:
    return a_grid(make_researcher(), prompts=6).runs.get()


def claimed(run: Run, count: int) -> dict[int, queue.Claim]:
    return {c.id: c for c in queue.claim(model=run.model_id, owner="w", count=count)}


def test_it_is_told_once_a_second_in_one_statement_of_few_outputs(run: Run) -> None:
    claims = claimed(run, 6)
    teller, engine = Teller("w"), Writing()
    with CaptureQueriesContext(connection, ) as asked:  # fmt: skip
        for _ in range(50):
            teller.tell(engine, claims)
    assert len(asked) == 1
    assert "runs_output" not in asked[0]["sql"]
    assert FirstWords.objects.count() == TOLD
    engine.said = "x" * 5000
    teller.told_at = 0
    teller.tell(engine, claims)
    assert {len(words.text) for words in FirstWords.objects.all()} == {MOST}


def test_it_goes_with_the_output(run: Run) -> None:
    claims = claimed(run, 1)
    teller, engine = Teller("w"), Writing()
    teller.tell(engine, claims)
    write(next(iter(claims.values())))
    teller.told_at = 0
    teller.tell(engine, {})
    assert not FirstWords.objects.exists()
    teller.told_at = 0
    with CaptureQueriesContext(connection) as asked:
        teller.tell(engine, {})
    assert len(asked) == 0, "who has nothing to tell asks nothing"


def test_only_those_who_may_steer_see_it_and_only_while_it_is_written(
    client: Client, run: Run
) -> None:
    claims = claimed(run, 1)
    Teller("w").tell(Writing(), claims)
    address = run.get_absolute_url()
    for user, sees in (
        (None, False),
        (make_researcher("other"), False),
        (run.launched_by, True),
        (make_staff(), True),
    ):
        client.logout()
        if isinstance(user, User):
            client.force_login(user)
        assert ("Once upon" in client.get(address).content.decode()) == sees
        live = client.get(f"{address}progress/").content.decode()
        assert ("Once upon" in live) == sees
    queue.release(owner="w", ids=list(claims), why="stopped")
    claimed(run, 1)
    assert "Once upon" not in client.get(address).content.decode(), "of an earlier attempt"


def test_the_live_part_changes_as_words_come(client: Client, run: Run) -> None:
    assert run.launched_by is not None
    client.force_login(run.launched_by)
    claims = claimed(run, 1)
    teller, engine = Teller("w"), Writing()
    address = f"{run.get_absolute_url()}progress/"
    teller.tell(engine, claims)
    tag = client.get(address)["HX-PTag"]
    assert client.get(address, headers={"HX-PTag": tag}).status_code == 304
    engine.said, teller.told_at = "Once upon a time", 0
    teller.tell(engine, claims)
    fresh = client.get(address, headers={"HX-PTag": tag})
    assert "Once upon a time" in fresh.content.decode()
