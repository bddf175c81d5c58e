"""Ceilings, pauses and more samples, through the queue as workers see it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from evaluations.accounts.models import User
from evaluations.runs import queue
from evaluations.runs.actions import RunRefused
from evaluations.runs.building.ceilings import spent_by
from evaluations.runs.building.steering_actions import go_on, more_samples, pause_run, set_ceiling
from evaluations.runs.building.tests.worlds import a_grid, finished, write
from evaluations.runs.models import Run
from evaluations.runs.progress import RunProgress, RunState
from tests.cast import make_researcher, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher() -> User:
    return make_researcher()


def state(run: Run) -> str:
    return RunProgress.of(Run.objects.with_progress().get(pk=run.pk)).state


def claimed(run: Run, count: int = 10) -> list[queue.Claim]:
    return queue.claim(model=run.model_id, owner="w", count=count)


def test_a_paused_run_gives_workers_nothing_until_it_goes_on(researcher: User) -> None:
    run = a_grid(researcher).runs.get()
    (first,) = claimed(run, 1)
    pause_run(run=run, actor=researcher)
    assert claimed(run) == []
    assert queue.next_model(None) is None
    write(first)
    assert state(run) == RunState.PAUSED
    run.refresh_from_db()
    go_on(run=run, actor=researcher)
    assert len(claimed(run)) == 3
    assert state(run) == RunState.RUNNING


def test_who_paused_at_a_ceiling_is_told_what_is_to_be_done(researcher: User) -> None:
    grid = a_grid(researcher, ceiling_tokens=10)
    run = grid.runs.get()
    write(claimed(run, 1)[0])
    pause_run(run=run, actor=researcher)
    run.refresh_from_db()
    with pytest.raises(RunRefused, match="raise it, and press Go on again"):
        go_on(run=run, actor=researcher)
    set_ceiling(grid=grid, dollars=None, tokens=1000, actor=researcher)
    run.refresh_from_db()
    assert run.paused_at, "who paused it by hand goes on by hand"


def test_others_do_not_steer(researcher: User) -> None:
    run = a_grid(researcher).runs.get()
    for act in (pause_run, go_on):
        with pytest.raises(PermissionError):
            act(run=run, actor=make_user(act.__name__))
    with pytest.raises(PermissionError):
        more_samples(run=run, samples=9, actor=make_researcher("other"))


def test_a_ceiling_in_tokens_is_passed_by_what_is_in_flight_and_no_more(researcher: User) -> None:
    grid = a_grid(researcher, samples=3, ceiling_tokens=100)
    run = grid.runs.get()
    for claim in claimed(run, 2):
        write(claim, tokens=40)  # 43 each with the prompt
    in_flight = claimed(run, 2)
    assert len(in_flight) == 2, "86 of 100 are spent, so two more are taken"
    for claim in in_flight:
        write(claim, tokens=40)
    assert spent_by(grid).tokens == 172
    assert claimed(run) == []
    run.refresh_from_db()
    assert (run.paused_for, finished(run)) == ("tokens", 4)
    assert state(run) == RunState.PAUSED
    with pytest.raises(RunRefused, match="raise it"):
        go_on(run=run, actor=researcher)
    with pytest.raises(RunRefused, match="172 tokens are spent already"):
        set_ceiling(grid=grid, dollars=None, tokens=172, actor=researcher)
    set_ceiling(grid=grid, dollars=None, tokens=1000, actor=researcher)
    assert len(claimed(run)) == 8


def test_a_ceiling_in_dollars_counts_every_attempt_of_the_whole_grid(researcher: User) -> None:
    grid = a_grid(researcher, recipes=2, ceiling_dollars=Decimal("0.05"))
    first, second = grid.runs.order_by("pk")
    (claim,) = claimed(first, 1)
    spent = queue.Spent("half a re", 10, 20, Decimal("0.06"), [{"status": 200}])
    assert queue.fail(claim, error="cut", spent=spent)
    assert claimed(first) == []
    paused = Run.objects.filter(paused_for="dollars")
    assert set(paused) == {first, second}, "a ceiling is of the grid"
    set_ceiling(grid=grid, dollars=Decimal(1), tokens=None, actor=researcher)
    assert not paused.all().exists()


def test_runs_without_a_ceiling_are_not_added_up(
    researcher: User, django_assert_num_queries: Any
) -> None:
    run = a_grid(researcher).runs.get()
    write(claimed(run, 1)[0], tokens=10_000)
    with django_assert_num_queries(2):
        assert claimed(run, 1)


def test_more_samples_are_the_runs_own_and_come_once(researcher: User) -> None:
    run = a_grid(researcher, samples=2).runs.get()
    before = dict(run.outputs.values_list("pk", "seed"))
    assert more_samples(run=run, samples=4, actor=researcher) == 8
    assert more_samples(run=run, samples=4, actor=researcher) == 0
    run.refresh_from_db()
    assert (run.samples, run.outputs.count()) == (4, 16)
    assert run.outputs.values("seed").distinct().count() == 16
    assert before.items() <= dict(run.outputs.values_list("pk", "seed")).items()
    with pytest.raises(RunRefused, match="4 samples of each prompt already"):
        more_samples(run=run, samples=3, actor=researcher)
    Run.objects.filter(pk=run.pk).update(cancelled_at=run.created_at)
    with pytest.raises(RunRefused, match="cancelled"):
        more_samples(run=run, samples=9, actor=researcher)


def test_the_database_knows_why_a_run_is_paused(researcher: User) -> None:
    a_grid(researcher)
    with pytest.raises(Exception, match="run_pause_has_reason"), connection.cursor() as cursor:
        cursor.execute("UPDATE runs_run SET paused_at = now()")
