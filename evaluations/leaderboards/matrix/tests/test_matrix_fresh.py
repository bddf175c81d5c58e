"""The matrix follows the database: whatever commits, in whatever order, in whichever thread."""

import contextlib
import random
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from django.utils import timezone

from evaluations.judgments.answers.actions import JudgmentRefused, Served, undo_judgment
from evaluations.judgments.answers.findings import record_finding
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import Finding, GoldAnswer, Item, Judge
from evaluations.judgments.review.set_aside import lift, set_aside
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_grade,
    make_judge,
    make_output,
    make_prompt,
    make_run,
    make_user,
    reword,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.matrix import current
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.fresh import forget_old_changes
from evaluations.leaderboards.matrix.stored import StoredMatrix
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db(transaction=True)

VALUES = ("yes", "partly", "no", "cannot-tell")
SELECTIONS = (Selection(), Selection(judges="guests", unblinded=True), Selection(apart=True))


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    current.keeper.forget()
    yield
    current.keeper.forget()


@pytest.fixture
def fills(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one each time that everything is read."""
    seen: list[int] = []
    fill = current.fill

    def counted() -> StoredMatrix:
        seen.append(1)
        return fill()

    monkeypatch.setattr(current, "fill", counted)
    return seen


def as_rows(held: Matrix) -> dict[Any, Any]:
    """Everything that a matrix says, in an order that does not depend on how it came to be."""
    said: dict[Any, Any] = {}
    parts = (("output", held.on_outputs, held.output), ("prompt", held.on_prompts, held.prompts))
    for about, columns, subjects in (*parts, ("direct", held.direct, held.output)):
        for column, rows in columns.items():
            said[about, column] = sorted(
                zip(
                    rows.row.tolist(), subjects[rows.subject].tolist(), rows.judge.tolist(),
                    rows.kind.tolist(), rows.blind.tolist(), rows.apart.tolist(),
                    rows.value.tolist(),
                    rows.protocol.tolist(), rows.day.tolist(), strict=True,
                )
            )  # fmt: skip
            if about != "direct":
                for selection in SELECTIONS:
                    asked = held.column(column, selection)
                    said[about, column, selection] = (asked.codes.tolist(), asked.asked.tolist())
    for name in (
        "output",
        "prompt",
        "model",
        "recipe",
        "family",
        "prompt_set",
        "domain",
        "written",
        "graded_by",
    ):
        said[name] = getattr(held, name).tolist()
    for name in ("withheld", "grade", "tokens"):
        said[name] = np.nan_to_num(getattr(held, name), nan=-1).tolist()
    return said | {"findings": held.findings, "process": held.process}


def assert_fresh() -> None:
    assert as_rows(current_matrix()) == as_rows(current.fill())


def in_thread(work: Any) -> threading.Thread:
    """Run on a thread and a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_lower_key_that_commits_later_is_not_lost(fills: list[int]) -> None:
    make_criterion("one")
    early, late, output = make_judge(), make_judge(), make_output()
    assert current_matrix().size == 1
    saved, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            give(early, output, {"one": "yes"})
            saved.set()
            assert may_commit.wait(10)

    thread = in_thread(slow)
    assert saved.wait(10)
    give(late, output, {"one": "no"})
    rows = current_matrix().on_outputs["one", 1]
    assert rows.judge.tolist() == [late.pk]
    may_commit.set()
    thread.join()
    rows = current_matrix().on_outputs["one", 1]
    assert sorted(rows.judge.tolist()) == [early.pk, late.pk]
    assert rows.row[rows.judge == early.pk] < rows.row[rows.judge == late.pk]
    assert fills == [1]


def test_what_a_transaction_wrote_is_its_own_until_it_commits(fills: list[int]) -> None:
    make_criterion("one")
    judge, output = make_judge(), make_output()
    assert ("one", 1) not in current_matrix().on_outputs
    outside: list[bool] = []

    def look() -> None:
        outside.append(("one", 1) in current_matrix().on_outputs)

    with transaction.atomic():
        give(judge, output, {"one": "yes"})
        assert current_matrix().on_outputs["one", 1].value.tolist() == [2]
        assert current_matrix() is current_matrix()
        in_thread(look).join()
        with transaction.atomic():
            give(judge, make_output(), {"one": "no"})
            assert sorted(current_matrix().on_outputs["one", 1].value.tolist()) == [0, 2]
            transaction.set_rollback(True)
        assert current_matrix().on_outputs["one", 1].value.tolist() == [2]
        transaction.set_rollback(True)
    assert outside == [False]
    assert ("one", 1) not in current_matrix().on_outputs
    assert current_matrix().size == 1
    give(judge, output, {"one": "partly"})
    assert current_matrix().on_outputs["one", 1].value.tolist() == [1]
    assert fills == [1]


def test_changes_are_read_by_key_and_the_rest_is_kept(fills: list[int]) -> None:
    wording = make_criterion("one")
    stable = make_criterion("stays-stable", level="set", answered_by="probe")
    make_criterion("needs-steps", level="prompt")
    version = make_definition("taylor", "one")
    judges = [make_judge(kind) for kind in ("person", "guest", "model")]
    outputs = [make_output() for _ in range(4)]
    assert_fresh()
    token = uuid.uuid4()
    for judge in judges:
        give(judge, outputs[0], {"one": "yes", "needs-steps": "no"}, form_token=uuid.uuid4())
    assert_fresh()
    for selection in SELECTIONS:
        current_matrix().column(("one", 1), selection)
    give(judges[0], outputs[1], {"one": "no"}, form_token=token)
    assert_fresh()
    give(judges[0], outputs[0], {"one": "partly", "needs-steps": "yes"})
    classify(judges[0], outputs[2], version, "partly")
    assert_fresh()
    undo_judgment(judge=judges[0], form_token=token)
    assert_fresh()
    Output.objects.filter(pk=outputs[0].pk).update(withdrawn_at=timezone.now())
    make_output(state="failed")
    assert_fresh()
    make_grade(outputs[2], 0.5)
    make_grade(outputs[2], 1.0, grader_version=2)
    assert_fresh()
    assert current_matrix().grade[1] == 1
    Output.objects.filter(pk=outputs[0].pk).update(withdrawn_at=None)
    record_finding(
        finding=Finding(criterion_version=stable, output=outputs[3], value="no", source="probe")
    )
    assert_fresh()
    row = set_aside(judge=judges[0], protocol=None, reason="Odd.", actor=make_user(is_staff=True))
    assert_fresh()
    assert current_matrix().on_outputs["one", 1].apart.sum() == 1
    lift(row=row, reason="It was not.", actor=row.actor)
    assert_fresh()
    attach_guest(guest=judges[1], user=make_user("guest"))
    assert_fresh()
    reword(wording, "Another question?", new_question=True)
    give(judges[0], outputs[3], {"one": "yes"})
    assert_fresh()
    held, said = current_matrix(), as_rows(current_matrix())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM judgments_answer WHERE judge_id = %s", [judges[2].pk])
    assert_fresh()
    assert as_rows(held) == said != as_rows(current_matrix())
    Run.objects.filter(pk=outputs[3].run_id).update(withdrawn_at=timezone.now())
    assert_fresh()
    assert len(fills) == 1 + 14


def test_what_is_set_apart_follows_gold_items_and_qualifications(fills: list[int]) -> None:
    wording = make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    version = make_protocol(blocks=(make_block("one"),), qualification_share=60)
    gold = [
        make_item(version, make_output(), is_gold=True, is_qualification=True) for _ in range(2)
    ]
    expected = [
        GoldAnswer.objects.create(
            item=item, criterion=wording.criterion, criterion_version=wording, value="yes"
        )
        for item in gold
    ]
    item = make_item(version, make_output())
    judge = make_judge()

    def serve(item: Item, value: str) -> None:
        assert item.output is not None
        answers = {"one": value, "needs-steps": "no"}
        give(judge, item.output, answers, served=Served(item=item, page="block:first"))

    def apart() -> set[int | None]:
        """The outputs whose answers are set apart; those to their prompts are too."""
        assert_fresh()
        held, found = current_matrix(), []
        for columns, subjects in ((held.on_outputs, held.prompt), (held.on_prompts, held.prompts)):
            (rows,) = columns.values()
            found.append(sorted(subjects[rows.subject[rows.apart]].tolist()))
        assert found[0] == found[1]
        outputs = Output.objects.filter(prompt__in=found[0])
        return set(outputs.values_list("items", flat=True))

    first, second = gold[0].pk, gold[1].pk
    serve(item, "no")
    assert apart() == {item.pk}, "not passed yet"
    serve(gold[0], "yes")
    assert apart() == {item.pk, first}
    serve(gold[1], "no")
    assert apart() == {item.pk, first, second}, "one of two is less than 60%"
    GoldAnswer.objects.filter(pk=expected[1].pk).update(value="no")
    assert apart() == {first, second}
    GoldAnswer.objects.filter(pk=expected[1].pk).update(value="yes")
    assert apart() == {item.pk, first, second}
    Output.objects.filter(pk=gold[1].output_id).update(withdrawn_at=timezone.now())
    current_matrix()
    assert_fresh()
    Output.objects.filter(pk=gold[1].output_id).update(withdrawn_at=None)
    assert apart() == {item.pk, first, second}
    expected[1].delete()
    Item.objects.filter(pk=second).update(is_gold=False, is_qualification=False)
    assert apart() == {first}
    Item.objects.filter(pk=item.pk).update(is_gold=True)
    assert apart() == {item.pk, first}
    Item.objects.filter(pk=item.pk).update(leased=1)
    assert apart() == {item.pk, first}
    assert len(fills) == 1 + 10


def test_a_repeat_counts_once_what_it_repeats_is_gone() -> None:
    run, prompt = make_run(), make_prompt()
    again = Run.objects.create(model=run.model, recipe=run.recipe, prompt_set=run.prompt_set)
    first = make_output(run=run, prompt=prompt, state="failed")
    assert current_matrix().output.tolist() == [first.pk]
    second = make_output(run=again, prompt=prompt)
    assert current_matrix().output.tolist() == [second.pk], "what was written stands for both"
    assert_fresh()
    Output.objects.filter(pk=second.pk).update(withdrawn_at=timezone.now())
    assert current_matrix().output.tolist() == [first.pk]
    assert_fresh()


def test_readers_during_many_writers_end_with_what_a_fresh_fill_says() -> None:
    for key in ("one", "two", "three"):
        make_criterion(key)
    make_criterion("needs-steps", level="prompt")
    outputs = [make_output() for _ in range(12)]
    judges = [make_judge(random.Random(n).choice(["person", "guest"])) for n in range(4)]
    current_matrix()
    errors: list[BaseException] = []
    writing = threading.Event()
    writing.set()

    def write(judge: Judge, seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(15):
                with contextlib.suppress(JudgmentRefused), transaction.atomic():
                    keys = chance.sample(
                        ["one", "two", "three", "needs-steps"], chance.choice([2, 4])
                    )
                    token = uuid.uuid4()
                    given = {key: chance.choice(VALUES) for key in keys}
                    give(judge, chance.choice(outputs), given, form_token=token)
                    if chance.random() < 0.2:
                        undo_judgment(judge=judge, form_token=token)
                    if chance.random() < 0.2:
                        gone = Output.objects.filter(pk=chance.choice(outputs).pk)
                        gone.update(withdrawn_at=chance.choice([None, timezone.now()]))
                    # Whoever began first need not commit first.
                    time.sleep(chance.random() / 50)
                    transaction.set_rollback(chance.random() < 0.15)
        except BaseException as error:
            errors.append(error)

    def read() -> None:
        try:
            while writing.is_set():
                as_rows(current_matrix())
        except BaseException as error:
            errors.append(error)

    readers = [in_thread(read) for _ in range(2)]
    writers = [
        in_thread(lambda judge=judge, n=n: write(judge, n)) for n, judge in enumerate(judges)
    ]
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in readers:
        thread.join()
    assert errors == []
    assert_fresh()
    assert len(as_rows(current_matrix())["output", ("one", 1)]) > 10


def test_an_emptied_table_empties_the_matrix() -> None:
    make_criterion("one")
    give(make_judge(), make_output(), {"one": "yes"})
    assert ("one", 1) in current_matrix().on_outputs
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE judgments_answer CASCADE")
    assert current_matrix().on_outputs == {}
    assert_fresh()


def test_a_log_older_than_a_week_is_cut() -> None:
    make_output()
    current_matrix()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leaderboards_change")
        (logged,) = cursor.fetchone()
        assert logged > 0
        assert forget_old_changes() == 0
        cursor.execute("UPDATE leaderboards_change SET written_at = now() - INTERVAL '8 days'")
    assert forget_old_changes() == logged
    make_output()
    assert_fresh()
