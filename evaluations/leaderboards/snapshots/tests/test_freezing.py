"""A frozen board: what it keeps, what its hash covers, and who may freeze and withdraw."""

import random
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.findings import record_finding, withdraw_finding
from evaluations.judgments.me.leave import WhatStays, leave
from evaluations.judgments.models import Finding, Judge, Judgment
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_user,
)
from evaluations.leaderboards.boards.records import board_records
from evaluations.leaderboards.boards.rows import board_rows
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.matrix.answers import Scope, Selection
from evaluations.leaderboards.matrix.current import current_matrix, fill
from evaluations.leaderboards.models import PseudonymSalt, RowKind, Snapshot, SnapshotRows
from evaluations.leaderboards.snapshots import check, views
from evaluations.leaderboards.snapshots import hash as snapshot_hash
from evaluations.leaderboards.snapshots.actions import (
    SnapshotRefused,
    freeze_board,
    withdraw_snapshot,
)
from evaluations.leaderboards.snapshots.check import check_snapshot
from evaluations.leaderboards.snapshots.hash import hash_of, pack, unpack
from evaluations.leaderboards.tests.freezing import command, freeze, tamper
from evaluations.leaderboards.tests.small_site import (
    actor,
    made,
    outputs,
    people,
    small_site,
    version,
)
from evaluations.runs.models import Output
from tests.cast import make_staff

__all__ = ["actor", "made", "outputs", "people", "small_site", "version"]
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("freezing")]


def test_a_frozen_board_is_the_board_and_what_it_rests_on(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    rows = board_rows(version, current_matrix(), Question(), None)
    board = board_records(version, rows)
    snapshot = freeze(version, actor)
    assert snapshot.rows["records"] == board
    assert (snapshot.outputs, snapshot.judgments, snapshot.judges) == (13, 36, 3)
    assert snapshot.answers == 72, "the answers to a criterion outside the rule are not used"
    assert snapshot.day == timezone.now().date()
    assert snapshot.created_by == actor
    assert snapshot.name == f"{snapshot.day.isoformat()}-{snapshot.digest[:8]}"
    assert [part["outputs"] for part in snapshot.runs] == [7, 6]
    assert check_snapshot(snapshot).holds


@pytest.mark.parametrize(
    "question",
    [
        Question(combine="majority"),
        Question(combine="all"),
        Question(selection=Selection(judges="models", unblinded=True)),
        Question(scope=Scope(model=1)),
        Question(road="direct"),
    ],
    ids=["majority", "all", "everybody", "one model", "direct"],
)
def test_every_kind_of_board_is_made_again_from_its_rows(
    version: DefinitionVersion,
    actor: User,
    outputs: list[Output],
    people: list[Judge],
    question: Question,
) -> None:
    if question.scope.model:
        question = Question(scope=Scope(model=outputs[0].run.model_id))
    guest, machine = make_judge("guest"), make_judge("model")
    for output in outputs[:5]:
        for judge in (guest, machine):
            give(judge, output, {"one": "yes", "two": "no"})
        for judge, value in zip(people, ("yes", "yes", "partly"), strict=True):
            classify(judge, output, version, value)
    plain = freeze(version, actor)
    asked = freeze(version, actor, question)
    assert asked.digest != plain.digest
    for snapshot in (plain, asked):
        again = Snapshot.objects.get(pk=snapshot.pk)
        outcome = check_snapshot(again)
        assert (outcome.hash_holds, outcome.again, outcome.differences) == (True, again.digest, [])
        assert outcome.rows[RowKind.ANSWER].used == again.answers > 0
    assert asked.outputs == (7 if question.scope.model else 13)


def test_answers_about_prompts_and_findings_are_rows_too(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    wording = make_criterion("stable", level="set", answered_by="probe")
    stable = make_definition("stable", {"all": ["one", "stable"]})
    models = {output.run.model for output in outputs}
    findings = [
        record_finding(
            finding=Finding(criterion_version=wording, model=model, value="yes", source="probe")
        )
        for model in models
    ]
    elsewhere = make_model("silent")
    record_finding(
        finding=Finding(criterion_version=wording, model=elsewhere, value="no", source="probe")
    )
    snapshot = freeze(stable, actor)
    assert snapshot.findings == 2, "a finding about a model without outputs is not used"
    withdraw_finding(finding=findings[0], actor=make_staff())
    outcome = check_snapshot(snapshot)
    assert outcome.holds
    assert outcome.differences == []
    assert outcome.rows[RowKind.FINDING] == check.RowsKept(used=2, found=2, withdrawn=1)
    tamper("judgments_finding", findings[1].pk, "value = 'no'")
    assert check_snapshot(snapshot).rows[RowKind.FINDING].changed == (findings[1].pk,)


def test_the_hash_does_not_depend_on_the_order_of_rows() -> None:
    digests = [bytes([n]) * 16 for n in range(100)]
    mixed = random.Random(3).sample(digests, 100)
    assert hash_of({"a": 1, "b": 2}, digests) == hash_of({"b": 2, "a": 1}, mixed)
    assert hash_of({"a": 1}, digests) != hash_of({"a": 2}, digests)
    assert hash_of({"a": 1}, digests) != hash_of({"a": 1}, digests[:-1])


def test_packing_gives_the_same_rows_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_hash, "ROWS_A_STRETCH", 7)
    rows = {key: key.to_bytes(16, "big") for key in random.Random(5).sample(range(2**40), 30)}
    stretches = pack(rows)
    assert [len(part) for part in stretches] == [168, 168, 168, 168, 48]
    assert unpack(stretches) == rows
    assert unpack(pack({})) == {}


def test_the_same_board_on_the_same_day_is_one_snapshot(
    version: DefinitionVersion, actor: User, outputs: list[Output], people: list[Judge]
) -> None:
    first = freeze(version, actor)
    assert freeze(version, make_user("another")) == first
    give(people[0], outputs[0], {"other": "yes"})
    assert freeze(version, actor) == first, "an answer that the board does not use changes nothing"
    give(make_judge(), outputs[0], {"one": "yes"})
    assert freeze(version, actor) != first


def test_what_cannot_be_frozen(version: DefinitionVersion, actor: User) -> None:
    make_criterion("asked-nobody")
    with pytest.raises(SnapshotRefused, match="Nothing was judged"):
        freeze(make_definition("unjudged", "asked-nobody"), actor)
    with pytest.raises(PermissionError):
        freeze(version, AnonymousUser())  # type: ignore[arg-type]
    with pytest.raises(SnapshotRefused, match="own answers"):
        freeze(version, actor, Question(selection=Selection(also_judge=1)))
    version.state = "draft"
    with pytest.raises(SnapshotRefused, match="draft"):
        freeze(version, actor)


def test_a_board_that_moved_meanwhile_is_not_frozen(
    version: DefinitionVersion,
    actor: User,
    outputs: list[Output],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = fill()
    held.grade = held.grade / 2
    monkeypatch.setattr("evaluations.leaderboards.snapshots.actions.current_matrix", lambda: held)
    with pytest.raises(SnapshotRefused, match="changed while"):
        freeze(version, actor)
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("kind", [Snapshot, SnapshotRows, PseudonymSalt])
def test_rows_cannot_be_rewritten(
    version: DefinitionVersion, actor: User, outputs: list[Output], kind: type[Model]
) -> None:
    freeze(version, actor)
    changes: dict[type[Model], dict[str, Any]] = {
        Snapshot: {"digest": "0" * 64},
        SnapshotRows: {"packed": b""},
        PseudonymSalt: {"value": b""},
    }
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        kind._default_manager.update(**changes[kind])


def test_withdrawing_needs_staff_and_a_reason(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    snapshot = freeze(version, actor)
    staff = make_user("staff", is_staff=True)
    with pytest.raises(PermissionError):
        withdraw_snapshot(snapshot=snapshot, reason="No.", actor=actor)
    with pytest.raises(SnapshotRefused):
        withdraw_snapshot(snapshot=snapshot, reason="  ", actor=staff)
    withdrawn = withdraw_snapshot(snapshot=snapshot, reason="A run was broken.", actor=staff)
    assert withdrawn.withdrawn_at
    assert check_snapshot(withdrawn).holds
    assert "withdrawn: A run was broken." in command(snapshot.name)[1]


def test_whoever_froze_it_may_leave(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    snapshot = freeze(version, actor)
    leave(user=actor, choice=WhatStays.ANONYMISE)
    snapshot.refresh_from_db()
    assert snapshot.created_by is None


def test_judgments_are_withdrawn_before_the_board_is_frozen(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    Judgment.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(SnapshotRefused, match="Nothing was judged"):
        freeze(version, actor)


def test_a_board_with_recipes_together_is_frozen_and_checked(
    version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    snapshot = freeze_board(version=version, question=Question(), actor=actor, by="model")
    assert snapshot.question == {"by": "model"}
    assert snapshot.question_words.endswith("The recipes of a model are put together.")
    models = {output.run.model.slug for output in outputs}
    assert [row["model"] for row in snapshot.rows["records"]] == sorted(models)
    assert {row["recipe"] for row in snapshot.rows["records"]} == {""}
    assert check_snapshot(snapshot).holds
    plain = freeze_board(version=version, question=Question(), actor=actor)
    assert plain.digest != snapshot.digest


def test_a_frozen_board_of_classifications_says_how_judges_agree(
    client: Client, version: DefinitionVersion, actor: User, outputs: list[Output]
) -> None:
    written = [output for output in outputs if output.state == "done"]
    for judge in (make_judge(), make_judge()):
        for number, output in enumerate(written):
            classify(judge, output, version, "yes" if number % 2 else "no")
    snapshot = freeze(version, actor, Question(road="direct"))
    page = client.get(snapshot.get_absolute_url()).content.decode()
    assert "Classification by the wording" in page
    assert "The board reads the same today." in page


def test_boards_of_two_methods_are_not_compared(
    client: Client,
    version: DefinitionVersion,
    actor: User,
    outputs: list[Output],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot = freeze(version, actor)
    monkeypatch.setattr(views, "METHOD_VERSION", 99)
    page = client.get(snapshot.get_absolute_url()).content.decode()
    assert "boards are computed by another method now" in page
    assert "reads differently" not in page
