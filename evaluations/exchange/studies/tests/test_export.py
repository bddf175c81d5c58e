"""A study is taken home whole: every file, counted and hashed, and what stays out is said."""

import hashlib
import json
import re
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import CommandError
from django.db import connection
from django.db.models.signals import post_init
from django.utils import timezone

from evaluations.accounts.visibility import Audience
from evaluations.exchange.studies.records import output_lines
from evaluations.exchange.studies.study import StudyRefused, study_of
from evaluations.exchange.studies.tests.reading import command, exported, lines
from evaluations.exchange.studies.tests.study_world import StudyWorld, served
from evaluations.exchange.studies.writing import one_moment
from evaluations.judgments.answers.actions import Direct, Served, submit_judgment
from evaluations.judgments.models import (
    Adjudication,
    Answer,
    FirstError,
    GoldAnswer,
    GuestCheck,
    ImportedOpinion,
    Judgment,
    Mark,
    Protocol,
    StepLabel,
    Way,
)
from evaluations.judgments.tests.cast import give, make_judge, make_output, make_user
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.snapshots.hash import pseudonym, site_salt
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Output, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> StudyWorld:
    return StudyWorld(prompts=4)


def test_the_manifest_has_every_file_with_its_hash_and_its_lines(
    world: StudyWorld, tmp_path: Path
) -> None:
    manifest = exported(study_of(world.protocol, world.owner), tmp_path / "study")
    here = {path.name for path in (tmp_path / "study").iterdir()}
    assert here == {*manifest["files"], "MANIFEST.json"}
    assert manifest == json.loads((tmp_path / "study/MANIFEST.json").read_text())
    for name, said in manifest["files"].items():
        content = (tmp_path / "study" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == said["sha256"]
        assert len(content) == said["bytes"]
        if name.endswith(".jsonl"):
            assert content.count(b"\n") == said["lines"]
    assert manifest["files"]["outputs.jsonl"]["lines"] == len(world.outputs)
    assert manifest["files"]["definitions.jsonl"]["lines"] == 3


def test_what_many_outputs_share_is_made_once_for_them(world: StudyWorld, tmp_path: Path) -> None:
    """An output has a prompt of its own, and hundreds have one run: to make it again takes long."""
    made: Counter[type] = Counter()

    def count(sender: type, **_: object) -> None:
        made[sender] += 1

    post_init.connect(count)
    try:
        written = list(output_lines(study_of(world.protocol, world.owner)))
    finally:
        post_init.disconnect(count)
    assert len(written) == len(world.outputs) == made[Output] > made[Run]
    assert made[Run] == Run.objects.count()
    assert made[PromptSet] == PromptSet.objects.count()


def test_what_is_written_is_planned_to_be_read_whole() -> None:
    """Planned for its beginning, each answer of a study is compared with each of its judgments; and
    without room for a list of its outputs, each judgment with each of those."""
    with one_moment(), connection.cursor() as cursor:
        for setting, value in (("cursor_tuple_fraction", "1"), ("work_mem", "64MB")):
            cursor.execute(f"SHOW {setting}")
            assert cursor.fetchone() == (value,)


def test_an_answer_says_who_what_and_how(world: StudyWorld, tmp_path: Path) -> None:
    output, judge = make_output(), make_judge()
    item = make_item(world.version, output)
    (judgment,) = give(
        judge, output, {"one": "partly"}, served=served(item), comment="a remark", confidence=80,
        seconds=12.5,
    )  # fmt: skip
    Mark.objects.create(
        judgment=judgment, judge=judge, output=output, part="trace", start=0, end=8,
        quote="The lamp", text_sha256="0" * 64,
    )  # fmt: skip
    step = output.steps.get(index=1)
    StepLabel.objects.create(judgment=judgment, judge=judge, step=step, role="inference",
                             correctness=1)  # fmt: skip
    FirstError.objects.create(judgment=judgment, judge=judge, output=output, segmentation=1)
    exported(study_of(world.protocol, world.owner), tmp_path / "owner")
    (answer,) = [row for row in lines(tmp_path / "owner", "answers") if row["output"] == output.pk]
    assert answer["answer"] == "partly"
    assert (answer["criterion"], answer["wording"], answer["meaning"]) == ("one", 1, 1)
    assert (answer["page"], answer["protocol"], answer["item"]) == ("block:first", "small", item.pk)
    assert (answer["confidence"], answer["seconds"], answer["comment"]) == (80, 12.5, "a remark")
    assert answer["counted"]
    assert answer["saved_at"] == judgment.created_at.isoformat(timespec="seconds")
    ((mark,), (label,), (error,)) = (
        lines(tmp_path / "owner", name) for name in ("marks", "step_labels", "first_errors")
    )
    assert mark["quote"] == "The lamp"
    assert (label["step"], label["role"], label["correctness"]) == (2, "inference", 1)
    assert error["step"] is None
    assert {mark["judge"], label["judge"], error["judge"]} == {answer["judge"]}
    # Everybody reads no remark, and no minute.
    manifest = exported(study_of(world.protocol, None), tmp_path / "anybody")
    (told,) = [row for row in lines(tmp_path / "anybody", "answers") if row["output"] == output.pk]
    assert told["comment"] is None
    assert told["saved_at"] == judgment.created_at.date().isoformat()
    assert manifest["left_out"]["remarks in a judge's own words"] == 1


def test_pseudonyms_are_those_of_boards_only_where_nobody_is_named(
    world: StudyWorld, tmp_path: Path
) -> None:
    exported(study_of(world.protocol, AnonymousUser()), tmp_path / "anybody")
    public = {row["judge"] for row in lines(tmp_path / "anybody", "answers")}
    salt = site_salt()
    assert public <= {pseudonym(salt, judge.pk) for judge in world.judges}
    exported(study_of(world.protocol, world.owner), tmp_path / "owner")
    own = {row["judge"] for row in lines(tmp_path / "owner", "answers")}
    assert len(own) == len(public)
    assert not own & public


def test_calls_and_classifications_stand_beside_answers(world: StudyWorld, tmp_path: Path) -> None:
    output = make_output()
    submit_judgment(
        judge=world.judges[0], output=output, form_token=uuid.uuid4(), holistic="no",
        direct=[Direct(version=world.versions[0], value="yes", words="is on", reason="so")],
        served=served(make_item(world.version, output)),
    )  # fmt: skip
    exported(study_of(world.protocol, world.owner), tmp_path / "study")
    rows = [row for row in lines(tmp_path / "study", "answers") if row["output"] == output.pk]
    by_road = {row["road"]: row for row in rows}
    assert by_road["definition"]["definition"] == "strict"
    assert by_road["definition"]["words"] == "is on"
    assert by_road["call"]["answer"] == "no"
    assert "reasoning" in by_road["call"]["question"]


def test_what_stays_out_is_counted(world: StudyWorld, tmp_path: Path) -> None:
    guest, judge = make_judge("guest"), make_judge()
    held, gone, golden = make_output(), make_output(), make_output()
    give(guest, held, {"one": "yes"}, served=Served(
        item=make_item(world.version, held), way=Way.SERVED, guest_check=GuestCheck.HELD_BACK,
    ))  # fmt: skip
    (withdrawn,) = give(judge, gone, {"one": "yes"}, served=served(make_item(world.version, gone)))
    Judgment.objects.filter(pk=withdrawn.pk).update(withdrawn_at=withdrawn.created_at)
    item = make_item(world.version, golden, is_gold=True)
    wording = Answer.objects.filter(criterion__key="one")[0].criterion_version
    assert wording is not None
    GoldAnswer.objects.create(
        item=item, criterion=wording.criterion, criterion_version=wording, value="yes"
    )
    Adjudication.objects.create(
        item=item, criterion=wording.criterion, criterion_version=wording, value="no",
        reason="slip",
    )  # fmt: skip
    give(judge, golden, {"one": "no"}, served=served(item))
    manifest = exported(study_of(world.protocol, None), tmp_path / "open")
    assert manifest["left_out"] == {
        "judgments that were withdrawn": 1,
        "judgments of guests that are held back": 1,
        "judgments of gold items that are in use": 1,
        "expected answers of gold items that are in use": 1,
        "decisions on disputes": 1,
    }
    told = lines(tmp_path / "open", "answers")
    assert not {row["output"] for row in told} & {held.pk, gone.pk, golden.pk}
    assert not lines(tmp_path / "open", "gold")
    items = lines(tmp_path / "open", "items")
    assert {(row["gold"], row["needed"], row["done"]) for row in items} == {(None, None, None)}
    assert "1 judgments of gold items that are in use" in (tmp_path / "open/README.md").read_text()
    protocol = world.protocol
    protocol.closed_at = withdrawn.created_at
    protocol.save()
    exported(study_of(protocol, world.owner), tmp_path / "closed")
    assert [row["answer"] for row in lines(tmp_path / "closed", "gold")] == ["yes"]
    assert [row["answer"] for row in lines(tmp_path / "closed", "adjudications")] == ["no"]
    assert golden.pk in {row["output"] for row in lines(tmp_path / "closed", "answers")}


def test_a_text_that_may_not_be_passed_on_leaves_its_numbers(
    world: StudyWorld, tmp_path: Path
) -> None:
    LanguageModel.objects.filter(slug="ape").update(licence="Proprietary")
    manifest = exported(study_of(world.protocol, None), tmp_path / "study")
    rows = lines(tmp_path / "study", "outputs")
    ape = [row for row in rows if row["model"] == "ape"]
    assert {(row["text"], row["withheld"]) for row in ape} == {(None, "licence")}
    assert all(row["text"] for row in rows if row["model"] != "ape")
    assert manifest["left_out"]["outputs whose text a licence forbids to pass on"] == len(ape)
    judged = {row["output"] for row in lines(tmp_path / "study", "answers")}
    assert {row["output"] for row in ape} <= judged


def test_what_somebody_may_not_read_is_not_in_their_copy(world: StudyWorld, tmp_path: Path) -> None:
    run = world.outputs[0].run
    run.launched_by, run.visibility = world.owner, Audience.PRIVATE
    run.save()
    stranger = make_user("stranger")
    with pytest.raises(StudyRefused):
        study_of(run, stranger)
    manifest = exported(study_of(world.protocol, stranger), tmp_path / "stranger")
    hidden = {output.pk for output in world.outputs if output.run_id == run.pk}
    assert manifest["left_out"]["outputs that you may not read"] == len(hidden)
    for name in ("outputs", "answers", "items", "steps"):
        assert not {row["output"] for row in lines(tmp_path / "stranger", name)} & hidden
    assert not [row for row in lines(tmp_path / "stranger", "runs") if row["run"] == run.pk]
    exported(study_of(run, world.owner), tmp_path / "owner")
    assert {row["output"] for row in lines(tmp_path / "owner", "outputs")} == hidden
    assert {row["output"] for row in lines(tmp_path / "owner", "answers")} == hidden
    protocol = world.protocol
    protocol.visibility = Audience.PRIVATE
    protocol.save()
    with pytest.raises(StudyRefused):
        study_of(protocol, stranger)


def test_the_card_s_lines_for_pandas_run(world: StudyWorld, tmp_path: Path) -> None:
    exported(study_of(world.protocol, None), tmp_path)
    rows = [json.dumps({**row, "answer": "072"}) for row in lines(tmp_path, "outputs")]
    (tmp_path / "outputs.jsonl").write_text("\n".join(rows))
    card = (tmp_path / "README.md").read_text()
    (code,) = re.findall(r"```python\n(import pandas.*?)```", card, re.DOTALL)
    assert len(list(filter(None, code.splitlines()))) == 3
    found: dict[str, Any] = {}
    for name in ("answers", "outputs"):
        code = code.replace(f'"{name}.', f'"{tmp_path}/{name}.')
    exec(code, found)
    given = Answer.objects.filter(judgment__item__isnull=False)
    assert len(found["answers"]) == given.count()
    assert len(found["outputs"]) == len(world.outputs)
    assert set(found["outputs"]["answer"]) == {"072"}
    assert "config_name: answers" in card
    assert "license: cc-by-4.0" in card


def test_the_command_writes_folders_and_zips_and_overwrites_nothing(
    world: StudyWorld, tmp_path: Path
) -> None:
    said = command("export_study", "--protocol", "small", str(tmp_path / "small.zip"))
    assert "outputs.jsonl" in said
    assert (tmp_path / "small.zip").is_file()
    run = world.outputs[0].run
    command("export_study", "--run", str(run.pk), "--public", str(tmp_path / "run"))
    assert len(lines(tmp_path / "run", "outputs")) == 4
    for target in ("small.zip", "run"):
        with pytest.raises(CommandError, match="overwrites nothing"):
            command("export_study", "--protocol", "small", str(tmp_path / target))
    for named, said in (
        (("--protocol", "none"), "no protocol “none”"),
        (("--protocol", ""), "no protocol “”"),
        (("--run", "0"), "no run 0"),
        (("--collection", "none"), "OWNER/SLUG, not “none”"),
        (("--collection", "owner/none"), "no collection “owner/none”"),
    ):
        for name in ("export_study", "freeze_study"):
            with pytest.raises(CommandError, match=said):
                command(name, *named, str(tmp_path / "none"))
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="is a file: name a new folder"):
        command("export_study", "--protocol", "small", str(tmp_path / "file"))
    command("export_study", "--protocol", "small", str(tmp_path / "new" / "small.zip"))
    assert (tmp_path / "new" / "small.zip").is_file()


def test_an_answer_does_not_name_the_round_that_it_was_given_in(
    world: StudyWorld, tmp_path: Path
) -> None:
    asked, output = make_protocol("round-abc"), make_output()
    give(make_judge(), output, {"one": "yes"}, served=served(make_item(asked, output)))
    Protocol.objects.filter(pk=asked.protocol_id).update(
        ends_at=timezone.now(), closed_at=timezone.now(), visibility="unlisted", access="invited"
    )
    exported(study_of(output.run, None), tmp_path / "study")
    (answer,) = [row for row in lines(tmp_path / "study", "answers") if row["output"] == output.pk]
    assert (answer["protocol"], answer["protocol_version"], answer["item"]) == (None, None, None)
    assert "round-abc" not in (tmp_path / "study/answers.jsonl").read_text()


def test_samples_of_a_model_judge_on_gold_items_in_use_stay_out(
    world: StudyWorld, tmp_path: Path
) -> None:
    robot = make_judge("model")
    plain, golden = make_output(), make_output()
    for output, is_gold in ((plain, False), (golden, True)):
        item = make_item(world.version, output, is_gold=is_gold)
        (judgment,) = give(robot, output, {"one": "yes"}, served=served(item))
        wording = Answer.objects.filter(criterion__key="one")[0].criterion_version
        assert wording is not None
        ImportedOpinion.objects.create(
            judge=robot, output=output, criterion_version=wording, value="yes", sample=0,
            judgment=judgment,
        )  # fmt: skip
    exported(study_of(world.protocol, world.owner), tmp_path / "study")
    told = lines(tmp_path / "study", "opinions")
    assert [row["output"] for row in told] == [plain.pk]
