"""All that is public goes out whole, can be checked, and holds nothing that is not."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.test import Client

from evaluations.accounts.visibility import Audience
from evaluations.curation.tests.cast import make_shown
from evaluations.exchange.releases.writing import write_release
from evaluations.exchange.studies import check_release, export_actions
from evaluations.exchange.studies.archive import InFolder
from evaluations.exchange.studies.tests.reading import command, lines
from evaluations.exchange.studies.tests.study_world import StudyWorld, served
from evaluations.judgments.models import Reveal
from evaluations.judgments.tests.cast import (
    give,
    make_judge,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db
SITE = "https://example.org"


@pytest.fixture
def world() -> StudyWorld:
    return StudyWorld(prompts=4)


def released(folder: Path) -> dict[str, Any]:
    return write_release(InFolder(folder), site=SITE)


def test_what_model_judges_are_asked_is_no_prompt_of_a_release(
    world: StudyWorld, tmp_path: Path
) -> None:
    asked = make_prompt(text="Is this reasoning? hidden words")
    hidden = PromptSet.objects.create(slug="asked", title="Asked", is_listed=False)
    Prompt.objects.filter(pk=asked.pk).update(prompt_set=hidden)
    released(tmp_path)
    texts = {row["text"] for row in lines(tmp_path, "prompts")}
    assert not [text for text in texts if text and "hidden words" in text]


def test_all_of_it_with_boards_and_a_check(
    world: StudyWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_shown(world.owner)
    manifest = released(tmp_path)
    assert manifest["kind"] == "site"
    assert manifest["for"] == "everybody"
    assert len(lines(tmp_path, "outputs")) == Output.objects.count() == len(world.outputs) + 3
    assert {row["protocol"] for row in lines(tmp_path, "protocols")} == {"small"}
    assert len(lines(tmp_path, "collections")) == 3
    assert not [item for item in lines(tmp_path, "collections") if "verdicts" in item]
    written = (tmp_path / "boards/strict-v1.csv").read_text()
    board = list(csv.DictReader(io.StringIO(written)))
    frozen = [row for row in lines(tmp_path, "boards") if row["definition"] == "strict"]
    shares = {row["model"]: row["share"] for row in frozen if row["road"] == "computed"}
    assert {row["model"]: float(row["share"]) for row in board} == shares
    assert check_release.main([str(tmp_path)]) == 0, capsys.readouterr().out
    card = (tmp_path / "README.md").read_text()
    assert "`collections.jsonl`" in card
    assert f"<{SITE}/data/>" in card


def test_croissant_describes_every_file(world: StudyWorld, tmp_path: Path) -> None:
    released(tmp_path)
    found = json.loads((tmp_path / "croissant.json").read_text())
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    for name in (
        "name", "description", "license", "url", "creator", "datePublished", "version",
    ):  # fmt: skip
        assert found[name]
    files = {each["@id"]: each["sha256"] for each in found["distribution"]}
    assert set(files) == {path.name for path in tmp_path.glob("*.jsonl")}
    for name, sha256 in files.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == sha256
    sets = {each["@id"]: each for each in found["recordSet"]}
    assert set(sets) == {name.removesuffix(".jsonl") for name in files}
    kinds = {each["name"]: each["dataType"] for each in sets["answers"]["field"]}
    first = lines(tmp_path, "answers")[0]
    assert set(kinds) <= set(first)
    assert (kinds["judge"], kinds["counted"], kinds["output"], kinds["saved_at"]) == (
        "sc:Text", "sc:Boolean", "sc:Integer", "sc:DateTime",
    )  # fmt: skip
    # Else mlcroissant says that the context is none of the format's own.
    assert {"equivalentProperty", "samplingRate"} < set(found["@context"])


def test_nothing_is_in_it_that_not_everybody_reads(world: StudyWorld, tmp_path: Path) -> None:
    closed, unlisted = (make_run(recipe=make_recipe(slug)) for slug in ("closed", "unlisted"))
    hidden = [make_output(run=run) for run in (closed, unlisted)]
    for run, visibility in ((closed, Audience.PRIVATE), (unlisted, Audience.UNLISTED)):
        run.visibility = visibility
        run.save()
    private = make_protocol("private", owner=world.owner)
    private.protocol.visibility = Audience.PRIVATE
    private.protocol.save()
    public = make_output(run=world.outputs[0].run)
    item = make_item(private, public)
    give(make_judge(), public, {"one": "yes"}, served=served(item))
    released(tmp_path)
    keys = {row["output"] for row in lines(tmp_path, "outputs")}
    assert public.pk in keys
    assert not keys & {output.pk for output in hidden}
    assert public.pk not in {row["output"] for row in lines(tmp_path, "answers")}
    assert "private" not in {row["protocol"] for row in lines(tmp_path, "protocols")}


def test_the_page_gives_it_while_it_is_small(
    client: Client, world: StudyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get("/data/").content.decode()
    assert 'href="/data/release.zip"' in page
    assert 'href="/protocols/"' in page
    assert 'href="/data/"' in client.get("/about/").content.decode()
    judge = world.judges[0]
    assert judge.user is not None
    client.force_login(judge.user)
    with zipfile.ZipFile(io.BytesIO(client.get("/data/release.zip").content)) as zipped:
        assert "by-what-definition/croissant.json" in zipped.namelist()
    assert Reveal.objects.filter(judge=judge).exists()
    monkeypatch.setattr(export_actions, "MOST_OUTPUTS", 3)
    page = client.get("/data/").content.decode()
    assert "release.zip" not in page
    assert "export_release FOLDER --site http://testserver" in page
    assert client.get("/data/release.zip").headers["Location"] == "/data/"


def test_researchers_are_led_to_the_import(client: Client, world: StudyWorld) -> None:
    assert 'href="/data/import/"' not in client.get("/data/").content.decode()
    client.force_login(make_user("brings", role="researcher"))
    assert 'href="/data/import/"' in client.get("/data/").content.decode()


def test_the_command_wants_an_address(world: StudyWorld, tmp_path: Path) -> None:
    said = command("export_release", str(tmp_path / "all"), "--site", f"{SITE}/")
    assert "outputs.jsonl" in said
    assert json.loads((tmp_path / "all/MANIFEST.json").read_text())["url"] == f"{SITE}/data/"
    with pytest.raises(CommandError, match="is no address"):
        command("export_release", str(tmp_path / "none"), "--site", "example.org")
    with pytest.raises(CommandError, match="overwrites nothing"):
        command("export_release", str(tmp_path / "all"), "--site", SITE)
