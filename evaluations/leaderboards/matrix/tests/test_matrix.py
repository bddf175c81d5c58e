"""The matrix in memory is what the database says now: every change that counts refills it."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.definitions.models import Criterion, DefinitionVersion
from evaluations.judgments.answers.actions import undo_judgment
from evaluations.judgments.answers.findings import record_finding
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.leaderboards.boards.standings import Question, leaderboard, with_judge
from evaluations.leaderboards.matrix import current
from evaluations.leaderboards.matrix.answers import Kept, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    return make_definition("taylor", "one")


def board(version: DefinitionVersion, question: Question | None = None) -> tuple[int, int, int]:
    """(outputs, n, met) of the only row, from the matrix as it is now."""
    (row,) = leaderboard(version, current_matrix(), question)
    return row.tally.outputs, row.tally.n, row.tally.met


def test_an_empty_site_has_an_empty_matrix(version: DefinitionVersion) -> None:
    held = current_matrix()
    assert held.size == 0
    assert leaderboard(version, held) == []


def test_without_a_change_the_same_matrix_serves_with_one_query() -> None:
    make_output()
    first = current_matrix()
    with CaptureQueriesContext(connection) as captured:
        assert current_matrix() is first
    assert len(captured) == 1


def test_a_judgment_an_undo_and_another_judgment(version: DefinitionVersion) -> None:
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    assert board(version) == (1, 0, 0)
    give(judge, output, {"one": "yes"}, form_token=token)
    assert board(version) == (1, 1, 1)
    undo_judgment(judge=judge, form_token=token)
    assert board(version) == (1, 0, 0)
    give(judge, output, {"one": "yes"})
    give(judge, output, {"one": "no"})
    assert board(version) == (1, 1, 0)


def test_a_finding_and_its_withdrawal() -> None:
    wording = make_criterion("stays-stable", level="set", answered_by="probe")
    version = make_definition("stable", "stays-stable")
    output = make_output()
    assert board(version) == (1, 0, 0)

    def enter(value: str) -> Finding:
        return record_finding(
            finding=Finding(
                criterion_version=wording, model=output.run.model, value=value, source="probe"
            )
        )

    enter("yes")
    assert board(version) == (1, 1, 1)
    latest = enter("no")
    assert board(version) == (1, 1, 0)
    Finding.objects.filter(pk=latest.pk).update(withdrawn_at=timezone.now())
    assert board(version) == (1, 0, 0)


def test_a_sign_up_that_turns_a_guest_into_a_person(version: DefinitionVersion) -> None:
    guest = make_judge("guest")
    give(guest, make_output(), {"one": "yes"})
    assert board(version) == (1, 0, 0)
    assert board(version, with_judge(Question(), guest.pk)) == (1, 1, 1)
    attach_guest(guest=guest, user=make_user())
    assert board(version) == (1, 1, 1)


def test_a_guest_who_signs_in_to_an_account_that_judged_counts_once(
    version: DefinitionVersion,
) -> None:
    user, guest, output = make_user(), make_judge("guest"), make_output()
    give(make_judge(user=user), output, {"one": "yes"})
    give(guest, output, {"one": "no"})
    everyone = Question(Selection(judges="guests"))
    assert board(version, everyone) == (1, 1, 0)
    attach_guest(guest=guest, user=user)
    assert board(version, everyone) == (1, 1, 1)


def test_outputs_and_runs_come_and_go(version: DefinitionVersion) -> None:
    first = make_output()
    assert board(version) == (1, 0, 0)
    second = make_output()
    make_output(state="failed")
    make_output(state="pending")
    assert board(version) == (3, 0, 0)
    give(make_judge(), second, {"one": "yes"})

    def withdraw(output: Output, at: Any) -> None:
        Output.objects.filter(pk=output.pk).update(withdrawn_at=at)

    withdraw(second, timezone.now())
    assert board(version) == (2, 0, 0)
    withdraw(second, None)
    withdraw(first, timezone.now())
    assert board(version) == (2, 1, 1)
    Run.objects.update(withdrawn_at=timezone.now())
    assert leaderboard(version, current_matrix()) == []


def test_what_is_marked_as_process_later(version: DefinitionVersion) -> None:
    shown = make_definition("shown", "one", absence_policy="must-be-shown")
    give(make_judge(), make_output(trace_visibility="hidden"), {"one": "cannot-tell"})
    (row,) = leaderboard(shown, current_matrix())
    assert row.counts["undetermined"] == 1
    Criterion.objects.update(process=True)
    (row,) = leaderboard(shown, current_matrix())
    assert row.counts["not-reasoning"] == 1


@pytest.mark.parametrize("combine", ["median", "majority", "any", "all"])
def test_a_failed_output_counts_for_coverage_and_nowhere_else(combine: str) -> None:
    make_criterion("needs-steps", level="prompt")
    stable = make_criterion("stays-stable", level="set", answered_by="probe")
    about_prompt = make_definition("prompt", "needs-steps")
    about_model = make_definition("model", "stays-stable")
    output = make_output()
    make_output(prompt=output.prompt, state="failed")
    give(make_judge(), output, {"needs-steps": "yes"})
    Finding.objects.create(
        criterion_version=stable, model=output.run.model, value="yes", source="probe"
    )
    question = Question(combine=combine)
    assert board(about_prompt, question) == (2, 1, 1)
    assert board(about_model, question) == (2, 1, 1)


def test_a_judge_who_is_added_is_counted_and_not_remembered(version: DefinitionVersion) -> None:
    guest, output = make_judge("guest"), make_output()
    give(guest, output, {"one": "yes"})
    held = current_matrix()
    leaderboard(version, held)
    remembered = len(held.combined)
    (row,) = leaderboard(version, held, with_judge(Question(), guest.pk))
    assert row.tally.met == 1
    assert len(held.combined) == remembered
    (row,) = leaderboard(version, held)
    assert row.tally.n == 0


def test_answers_about_outputs_come_before_findings() -> None:
    wording = make_criterion("one", answered_by="evidence")
    version = make_definition("taylor", "one")
    output = make_output()
    Finding.objects.create(criterion_version=wording, output=output, value="no", source="probe")
    assert board(version) == (1, 1, 0)
    give(make_judge(), output, {"one": "yes"})
    assert board(version) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_fill_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_output()
    fills: list[int] = []
    fill: Callable[[], Matrix] = current.fill

    def counted() -> Matrix:
        fills.append(1)
        return fill()

    monkeypatch.setattr(current, "fill", counted)
    current.keeper.forget()
    start = threading.Barrier(6)
    sizes: list[int] = []

    def request() -> None:
        try:
            start.wait()
            sizes.append(current_matrix().size)
        finally:
            connection.close()

    threads = [threading.Thread(target=request) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [1] * 6
    assert len(fills) == 1


def test_grades_and_tokens_are_means_over_what_has_them() -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    make_output(grade=1.0, tokens_out=10)
    make_output(grade=0.5)
    make_output(tokens_out=20)
    (row,) = leaderboard(version, current_matrix())
    assert (row.grade, row.graded, row.tokens) == (0.75, 2, 15.0)
    assert np.isnan(current_matrix().grade).sum() == 1


def test_the_interval_surrounds_the_share_where_prompts_have_unequal_numbers_of_outputs(
    version: DefinitionVersion,
) -> None:
    judge, often = make_judge(), make_output()
    give(judge, often, {"one": "yes"})
    for _ in range(9):
        give(judge, make_output(prompt=often.prompt), {"one": "yes"})
    for _ in range(10):
        give(judge, make_output(), {"one": "no"})
    (row,) = leaderboard(version, current_matrix())
    assert row.tally.share == 0.5
    assert row.interval is not None
    assert row.interval.estimate == 0.5
    assert row.interval.low < 0.5 < row.interval.high


def test_what_is_kept_has_a_limit_and_the_oldest_goes() -> None:
    kept = Kept(4)
    for number in range(4):
        kept[number] = number
    assert 0 in kept
    kept[4] = 4
    assert 0 in kept
    assert 1 not in kept
    assert kept.get(1) is None
    assert len(kept) <= 4
