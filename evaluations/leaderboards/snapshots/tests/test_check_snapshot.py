"""What a check of a frozen board finds: leaving, withdrawing, superseding, tampering, erasing."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.judgments.answers.actions import undo_judgment
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.me.leave import WhatStays, leave
from evaluations.judgments.models import Answer, Judge
from evaluations.judgments.tests.cast import give, make_grade, make_judge, make_user
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.models import RowKind, Snapshot
from evaluations.leaderboards.snapshots import check as snapshot_check
from evaluations.leaderboards.snapshots.check import check_snapshot
from evaluations.leaderboards.snapshots.citations import bibtex, plain_citation
from evaluations.leaderboards.tests.freezing import (
    command,
    first_answer,
    first_output,
    freeze,
    tamper,
)
from evaluations.leaderboards.tests.small_site import (
    actor,
    made,
    outputs,
    people,
    small_site,
    version,
)
from evaluations.runs.models import Output, Run

__all__ = ["actor", "made", "outputs", "people", "small_site", "version"]
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("check-snapshot")]


OTHER = "value = CASE value WHEN 'yes' THEN 'no' ELSE 'yes' END"
STRANGER = "judge_id = (SELECT max(id) FROM judgments_judge)"


def test_leaving_anonymously_changes_nothing(
    version: DefinitionVersion, actor: User, outputs: list[Output], people: list[Judge]
) -> None:
    snapshot = freeze(version, actor)
    assert people[0].user is not None
    leave(user=people[0].user, choice=WhatStays.ANONYMISE)
    outcome = check_snapshot(snapshot)
    assert outcome.again == snapshot.digest
    assert outcome.rows[RowKind.ANSWER] == snapshot_check.RowsKept(used=72, found=72)
    assert freeze(version, actor) == snapshot


def test_withdrawn_rows_are_counted_and_the_numbers_still_made_again(
    version: DefinitionVersion, actor: User, outputs: list[Output], people: list[Judge]
) -> None:
    snapshot = freeze(version, actor)
    assert people[0].user is not None
    leave(user=people[0].user, choice=WhatStays.WITHDRAW)
    outcome = check_snapshot(snapshot)
    assert outcome.holds
    assert outcome.differences == []
    assert outcome.rows[RowKind.ANSWER] == snapshot_check.RowsKept(used=72, found=72, withdrawn=24)
    assert freeze(version, actor).digest != snapshot.digest


def test_superseded_rows_are_counted_apart(
    version: DefinitionVersion, actor: User, outputs: list[Output], people: list[Judge]
) -> None:
    snapshot = freeze(version, actor)
    token = uuid.uuid4()
    give(people[0], outputs[0], {"one": "yes", "two": "yes"}, form_token=token)
    outcome = check_snapshot(snapshot)
    assert outcome.holds
    assert outcome.rows[RowKind.ANSWER] == snapshot_check.RowsKept(used=72, found=72, superseded=2)
    undo_judgment(judge=people[0], form_token=token)
    assert check_snapshot(snapshot).rows[RowKind.ANSWER].superseded == 0


def test_a_guest_who_signs_up_keeps_the_digests(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    guest = make_judge("guest")
    give(guest, outputs[0], {"one": "yes", "two": "yes"})
    snapshot = freeze(version, actor, Question(selection=Selection(judges="guests")))
    attach_guest(guest=guest, user=make_user("new"))
    assert check_snapshot(snapshot).again == snapshot.digest


def test_withdrawn_and_later_written_outputs_are_counted(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    snapshot = freeze(version, actor)
    Run.objects.filter(pk=outputs[0].run_id).update(withdrawn_at=timezone.now())
    Output.objects.filter(pk=outputs[-1].pk).update(
        state="done", trace_visibility="full", text="At last.", tokens_out=3
    )
    outcome = check_snapshot(snapshot)
    assert outcome.holds
    assert outcome.differences == []
    assert outcome.rows[RowKind.WRITTEN] == snapshot_check.RowsKept(used=12, found=12, withdrawn=6)
    assert outcome.rows[RowKind.FAILED] == snapshot_check.RowsKept(
        used=1, found=1, withdrawn=1, superseded=0
    )


def test_grading_anew_leaves_what_was_frozen(
    client: Client, version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    before = freeze(version, actor)
    for output in outputs[:2]:
        assert output.grade is not None
        make_grade(output, float(output.grade.score != 1), grader_version=2, answer_version=2)
    outcome = check_snapshot(before)
    assert outcome.holds
    assert outcome.differences == []
    assert outcome.rows[RowKind.WRITTEN].superseded == 2
    after = freeze(version, actor)
    assert after.digest != before.digest
    assert check_snapshot(after).rows[RowKind.WRITTEN].superseded == 0
    old, both = "exact 1 · answers found by 1", "exact 2 · answers found by 2; exact 1 · answers"
    for snapshot, words in ((before, f"Grades ({old})"), (after, f"({both}")):
        page = client.get(snapshot.get_absolute_url()).content.decode()
        assert words in " ".join(page.split())
    board = client.get("/leaderboards/taylor/").content.decode()
    file = client.get("/leaderboards/taylor.json").json()
    assert file["graded_by"] == f"{both} found by 1"
    assert f"right is a grade of 1 ({file['graded_by']})" in board
    assert {row["graded_by"] for row in file["rows"]} == {file["graded_by"], old}
    assert file["graded_by"] in client.get("/leaderboards/taylor/curves/").content.decode()
    for name in ("process", "curves"):
        beside = client.get(f"/leaderboards/taylor/{name}.json").json()
        assert beside["graded_by"] == file["graded_by"]
    run = client.get(f"/runs/{outputs[0].run_id}.json").json()["outputs"][0]
    assert (run["grader"], run["grader_version"], run["answer_version"]) == ("exact", 2, 2)


@pytest.mark.parametrize(
    ("table", "row", "change", "kind"),
    [
        ("judgments_answer", first_answer, OTHER, RowKind.ANSWER),
        ("judgments_answer", first_answer, STRANGER, RowKind.ANSWER),
        ("runs_grade", first_output, "score = 0.25", RowKind.WRITTEN),
        ("runs_output", first_output, "text = 'Else'", RowKind.WRITTEN),
    ],
    ids=["an answer", "its judge", "a grade", "a text"],
)
def test_a_rewritten_row_is_found(
    version: DefinitionVersion,
    actor: User,
    outputs: list[Output],
    table: str,
    row: Callable[[], int],
    change: str,
    kind: RowKind,
) -> None:
    snapshot = freeze(version, actor)
    make_judge()
    key = row()
    tamper(table, key, change)
    outcome = check_snapshot(snapshot)
    assert not outcome.holds
    assert outcome.rows[kind].changed == (key,)
    assert outcome.hash_holds
    assert outcome.again != snapshot.digest
    status, said = command(snapshot.name)
    assert status == 1
    assert "MISMATCH" in said
    assert str(key) in said


@pytest.mark.parametrize(
    "change",
    [
        "rows = jsonb_set(rows, '{records,0,met}', '99')",
        "rule = jsonb_set(rule, '{partly_policy}', '\"met\"')",
        """question = '{"combine": "any"}'""",
        "method_version = 0",
    ],
)
def test_a_rewritten_record_is_found(
    version: DefinitionVersion, actor: User, outputs: list[Output], change: str
) -> None:
    snapshot = freeze(version, actor)
    tamper("leaderboards_snapshot", snapshot.pk, change)
    status, said = command(snapshot.name)
    assert status == 1
    assert "MISMATCH: what is kept of it does not give its hash" in said


def test_erased_rows_make_the_check_partial(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    snapshot = freeze(version, actor)
    Answer.objects.filter(pk=first_answer()).delete()
    outcome = check_snapshot(snapshot)
    assert outcome.holds
    assert outcome.rows[RowKind.ANSWER].erased == 1
    assert outcome.differences is None
    status, said = command(snapshot.name)
    assert status == 0
    assert "72 used, 71 found" in said
    assert "PARTIAL: 1 of the rows were erased" in said


def test_another_method_is_said_and_not_compared(
    version: DefinitionVersion,
    actor: User,
    outputs: list[Output],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot = freeze(version, actor)
    monkeypatch.setattr(snapshot_check, "METHOD_VERSION", 99)
    outcome = check_snapshot(snapshot)
    assert outcome.holds
    assert "by method 99" in outcome.partial


def test_the_command_names_checks_and_refuses(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    assert command("--all")[0] == 0
    first = freeze(version, actor)
    second = freeze(version, actor, Question(combine="any"))
    status, said = command("--all")
    assert status == 0
    assert first.digest in said
    assert second.digest in said
    assert "2 snapshots checked" in said
    assert "answer     72 used, 72 found, 0 withdrawn since, 0 superseded since, 0 changed" in said
    assert "the same numbers" in said
    assert second.digest not in command(first.name)[1]
    assert command()[0] == 2
    assert command(first.name, "--all")[0] == 2
    for unknown in (
        "2026-02-30-00000000",
        "yesterday",
        f"{first.day}-zzzzzzzz",
        "1999-01-01-00000000",
    ):
        status, said = command(unknown)
        assert status == 2
        assert unknown in said


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("judgments", 99_999, "the record says 99999 judgments and the rows are"),
        ("judges", 500, "the record says 500 judges"),
        ("outputs", 1, "the record says 1 outputs"),
        ("day", dt.date(2001, 1, 1), "it is dated 2001-01-01 and was made on"),
    ],
)
def test_what_the_record_says_of_itself_is_checked(
    version: DefinitionVersion,
    actor: User,
    outputs: list[Output],
    field: str,
    value: Any,
    said: str,
) -> None:
    snapshot = freeze(version, actor)
    setattr(snapshot, field, value)  # as if somebody had rewritten the row past the triggers
    checked = check_snapshot(snapshot)
    assert not checked.holds
    assert said in " ".join(checked.record)


def test_a_citation_names_what_counted_and_keeps_the_name_of_that_day(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    plain = freeze(version, actor)
    assert "Judgments by" not in plain_citation(plain, "https://example.org/")
    by_vote = freeze(version, actor, Question(combine="any"))
    assert "one judge is enough." in plain_citation(by_vote, "https://example.org/")
    assert "one judge is enough" in bibtex(by_vote, "https://example.org/")
    Definition.objects.filter(pk=version.definition_id).update(name="Renamed")
    again = Snapshot.objects.select_related("version__definition").get(pk=plain.pk)
    assert "Renamed" not in plain_citation(again, "https://example.org/")
