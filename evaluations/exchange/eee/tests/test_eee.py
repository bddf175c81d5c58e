"""A frozen board goes out as Every Eval Ever has it, and comes in again."""

import copy
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management.base import CommandError
from django.test import Client
from pytest_django import DjangoDbBlocker

from evaluations.accounts.visibility import Audience
from evaluations.common.tests.kept import kept
from evaluations.exchange.eee import rulings, views
from evaluations.exchange.eee.samples import NOT_SHARED, UNDETERMINED, WITHDRAWN
from evaluations.exchange.eee.writing import write_board
from evaluations.exchange.readers.tests.files import read, records_in
from evaluations.exchange.studies.archive import InFolder
from evaluations.exchange.studies.tests.reading import command
from evaluations.exchange.studies.tests.study_world import StudyWorld, served
from evaluations.judgments.models import Answer, Judgment
from evaluations.judgments.tests.cast import give, make_judge, make_output
from evaluations.judgments.tests.protocol_cast import make_item
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.tests.freezing import freeze
from evaluations.runs.models import LanguageModel, Output

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("eee")]

BESIDE = Path(__file__).parents[5] / "shared" / "data" / "every-eval-ever-0.3.0"
SCHEMAS = Path(os.environ.get("EEE_DIR") or BESIDE)
SITE = "https://example.org"


def schema(name: str) -> Any:
    if not (SCHEMAS / name).is_file():
        pytest.skip("EEE_DIR names no folder with the schemas of Every Eval Ever")
    return json.loads((SCHEMAS / name).read_text())


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[StudyWorld]:
    with kept(django_db_blocker):
        yield make_world()


@pytest.fixture
def world(made: StudyWorld) -> StudyWorld:
    return copy.deepcopy(made)


def make_world() -> StudyWorld:
    """With a thought that is hidden, an empty answer, a summary, and what nobody could tell."""
    world = StudyWorld(prompts=12)
    run = world.outputs[0].run
    told = {"one": "yes", "two": "yes"}
    unknown = make_output(run=run)
    item = make_item(world.version, unknown)
    give(world.judges[0], unknown, dict.fromkeys(told, "cannot-tell"), served=served(item))
    fields: dict[str, Any]
    for fields in (
        {"trace": "", "trace_visibility": "hidden", "answer": "Answer: 7"},
        {"trace": "Only this.", "answer": ""},
        {"trace": "In short.", "trace_visibility": "summary", "answer": "7 🧠"},
    ):
        output = make_output(run=run, seconds=1.5, tokens_in=7, tokens_out=9, **fields)
        item = make_item(world.version, output)
        give(world.judges[0], output, told, served=served(item))
    make_output(run=run, state="failed", trace="", answer="")
    return world


def written(snapshot: Snapshot, folder: Path) -> dict[str, Any]:
    return write_board(snapshot, InFolder(folder), site=SITE)


def aggregates(folder: Path) -> dict[Path, dict[str, Any]]:
    return {path: json.loads(path.read_text()) for path in sorted(folder.glob("data/*/*/*/*.json"))}


def samples_of(aggregate: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    path = folder / aggregate["detailed_evaluation_results"]["file_path"]
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("road", ["computed", "direct"])
def test_every_file_is_valid_under_the_schemas(
    world: StudyWorld, tmp_path: Path, road: str
) -> None:
    whole, one = schema("eval.schema.json"), schema("instance_level_eval.schema.json")
    snapshot = freeze(world.versions[0], world.owner, Question(road=road))
    written(snapshot, tmp_path)
    found = aggregates(tmp_path)
    assert len(found) == (3 if road == "computed" else 1)
    for path, aggregate in found.items():
        jsonschema.validate(aggregate, whole, cls=jsonschema.Draft7Validator)
        lines = samples_of(aggregate, tmp_path)
        assert lines
        for line in lines:
            jsonschema.validate(line, one, cls=jsonschema.Draft7Validator)
            assert line["evaluation_id"] == aggregate["evaluation_id"]
        named = path.stem
        assert aggregate["detailed_evaluation_results"]["file_path"].endswith(
            f"{named}_samples.jsonl"
        )
        assert aggregate["detailed_evaluation_results"]["total_rows"] == len(lines)
    assert len({aggregate["evaluation_id"] for aggregate in found.values()}) == len(found)


def test_numbers_are_those_of_the_board(world: StudyWorld, tmp_path: Path) -> None:
    snapshot = freeze(world.versions[1], world.owner)
    manifest = written(snapshot, tmp_path)
    records = {record["model"]: record for record in snapshot.rows["records"]}
    undetermined = 0
    for path, aggregate in aggregates(tmp_path).items():
        record = records[path.parent.name]
        share, *criteria = aggregate["evaluation_results"]
        assert share["score_details"]["score"] == record["share"]
        interval = share["score_details"]["uncertainty"]["confidence_interval"]
        assert (interval["lower"], interval["upper"]) == (record["low"], record["high"])
        assert share["score_details"]["details"]["rank"] == str(record["rank"])
        lines = samples_of(aggregate, tmp_path)
        assert sum(line["evaluation"]["score"] for line in lines) == record["met"]
        assert len(lines) == record["n"] - record["undetermined"]
        undetermined += record["undetermined"]
        assert [each["evaluation_name"] for each in criteria] == ["lax.one", "lax.two"]
        for each in criteria:
            counts = each["score_details"]["details"]
            assert sum(map(int, counts.values())) == record["n"]
            known = 2 * int(counts.get("yes", 0)) + int(counts.get("partly", 0))
            total = record["n"] - int(counts.get("cannot-tell", 0))
            assert each["score_details"]["score"] == pytest.approx(known / total)
    assert undetermined
    assert manifest["left_out"][UNDETERMINED] == undetermined
    report = (tmp_path / "REPORT.md").read_text()
    assert f"- {undetermined} samples whose verdict is undetermined" in report
    assert snapshot.digest in report


def test_it_comes_out_the_same_again(world: StudyWorld, tmp_path: Path) -> None:
    snapshot = freeze(world.versions[0], world.owner)
    first = written(snapshot, tmp_path / "first")
    give(make_judge(), world.outputs[0], {"one": "no", "two": "no"})
    assert written(snapshot, tmp_path / "second") == first
    other = written(freeze(world.versions[1], world.owner), tmp_path / "other")
    names = {name.rpartition("/")[2] for name in first["files"] if name.startswith("data/")}
    assert not names & {name.rpartition("/")[2] for name in other["files"]}


def test_our_own_reader_brings_the_samples_back(world: StudyWorld, tmp_path: Path) -> None:
    written(freeze(world.versions[1], world.owner), tmp_path)
    seen = 0
    for path, aggregate in aggregates(tmp_path).items():
        lines = samples_of(aggregate, tmp_path)
        content = "".join(json.dumps(line) + "\n" for line in lines)
        found = records_in(read("eee", content, companion=path.read_bytes()))
        assert len(found) == len(lines)
        for line, record in zip(lines, found, strict=True):
            output = Output.objects.get(pk=line["metadata"]["output"])
            assert (record.trace, record.visibility) == (output.trace, output.trace_visibility)
            assert record.answer == (output.answer if output.trace else output.text.strip())
            assert (record.prompt, record.reference) == (
                output.prompt.text, output.prompt.reference,
            )  # fmt: skip
            assert (record.tokens_in, record.tokens_out, record.seconds) == (
                output.tokens_in, output.tokens_out, output.seconds,
            )  # fmt: skip
            assert record.settings["temperature"] == output.run.recipe.temperature
            seen += output.trace_visibility != "full"
    assert seen == 2


def test_what_was_withdrawn_or_closed_since_is_not_passed_on(
    world: StudyWorld, tmp_path: Path
) -> None:
    LanguageModel.objects.filter(slug="bee").update(licence="Proprietary")
    snapshot = freeze(world.versions[0], world.owner)
    before = written(snapshot, tmp_path / "before")
    shown = {
        line["metadata"]["output"]
        for aggregate in aggregates(tmp_path / "before").values()
        if "detailed_evaluation_results" in aggregate
        for line in samples_of(aggregate, tmp_path / "before")
    }
    bee = {str(output.pk) for output in world.outputs if output.run.model.slug == "bee"}
    assert not shown & bee
    assert before["left_out"][NOT_SHARED]
    gone, unsaid = [output for output in world.outputs if str(output.pk) in shown][:2]
    Output.objects.filter(pk=gone.pk).update(withdrawn_at=snapshot.created_at)
    said = Answer.objects.filter(output=unsaid).values("judgment")[:1]
    Judgment.objects.filter(pk__in=said).update(withdrawn_at=snapshot.created_at)
    after = written(snapshot, tmp_path / "after")
    assert after["left_out"][WITHDRAWN] == before["left_out"].get(WITHDRAWN, 0) + 2
    whole = "".join(path.read_text() for path in (tmp_path / "after").rglob("*_samples.jsonl"))
    for output in (gone, unsaid):
        assert f'"output": "{output.pk}"' not in whole
    protocol = world.protocol
    protocol.visibility = Audience.PRIVATE
    protocol.save()
    written(snapshot, tmp_path / "private")
    assert not list((tmp_path / "private").rglob("*_samples.jsonl"))
    assert len(aggregates(tmp_path / "private")) == 3


def test_where_the_rows_do_not_give_the_numbers_there_are_only_numbers(
    world: StudyWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = freeze(world.versions[0], world.owner)
    monkeypatch.setattr(rulings, "METHOD_VERSION", snapshot.method_version + 1)
    written(snapshot, tmp_path)
    assert not list(tmp_path.rglob("*_samples.jsonl"))
    assert {len(each["evaluation_results"]) for each in aggregates(tmp_path).values()} == {1}
    assert "only its frozen numbers are here" in (tmp_path / "REPORT.md").read_text()


def test_the_page_offers_a_zip(
    client: Client, world: StudyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = freeze(world.versions[0], world.owner)
    path = f"{snapshot.get_absolute_url()[:-1]}.every-eval-ever.zip"
    assert f'href="{path}"' in client.get(snapshot.get_absolute_url()).content.decode()
    response = client.get(path)
    with zipfile.ZipFile(io.BytesIO(response.content)) as zipped:
        names = zipped.namelist()
        (report,) = (name for name in names if name.endswith("REPORT.md"))
        assert "http://testserver/leaderboards/strict/" in zipped.read(report).decode()
    assert sum(name.endswith("_samples.jsonl") for name in names) == 3
    assert client.head(path).status_code == 200
    monkeypatch.setattr(views, "MOST_OUTPUTS", 3)
    response = client.get(path)
    assert response.status_code == 413
    assert f"export_snapshot {snapshot.name} FOLDER" in response.content.decode()
    nothing = path.replace(snapshot.name, "2020-01-01-00000000")
    assert client.get(nothing).status_code == 404


def test_the_command_writes_one_snapshot(world: StudyWorld, tmp_path: Path) -> None:
    snapshot = freeze(world.versions[0], world.owner)
    said = command("export_snapshot", snapshot.name, str(tmp_path / "one"), "--site", SITE)
    assert "_samples.jsonl" in said
    command("export_snapshot", f"strict/{snapshot.name}", str(tmp_path / "one.zip"))
    assert (tmp_path / "one.zip").is_file()
    for name, words in (
        ("today", "names no snapshot: a name is a day"),
        ("2020-02-31-00000000", "names no snapshot"),
        ("2020-01-01-00000000", "There is no snapshot"),
        (f"lax/{snapshot.name}", "There is no snapshot"),
    ):
        with pytest.raises(CommandError, match=words):
            command("export_snapshot", name, str(tmp_path / "none"))
    with pytest.raises(CommandError, match="overwrites nothing"):
        command("export_snapshot", snapshot.name, str(tmp_path / "one"))
