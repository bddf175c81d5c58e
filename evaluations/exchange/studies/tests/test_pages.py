"""The pages of a study's files: who gets what, at once or by a worker."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from evaluations.accounts.visibility import Audience
from evaluations.curation.tests.cast import make_shown
from evaluations.exchange.models import ExportState, StudyExport
from evaluations.exchange.readers.own_jsonl import read_own_jsonl
from evaluations.exchange.studies import export_actions
from evaluations.exchange.studies.study import study_of
from evaluations.exchange.studies.tests.reading import lines
from evaluations.exchange.studies.tests.study_world import StudyWorld
from evaluations.judgments.me.leave import leave
from evaluations.judgments.models import Answer, Reveal
from evaluations.judgments.tests.cast import make_user
from evaluations.judgments.tests.protocol_cast import make_protocol

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> StudyWorld:
    return StudyWorld(prompts=3)


def unpacked(content: bytes, folder: Path) -> Path:
    """The one folder that a zip holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert zipped.testzip() is None
        zipped.extractall(folder)
    (found,) = folder.iterdir()
    return found


def whole(response: Any) -> bytes:
    """What is sent part by part, as a client of the web server has it in the end."""

    async def gathered() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    return async_to_sync(gathered)()


def test_everybody_takes_home_what_is_public(
    client: Client, world: StudyWorld, tmp_path: Path
) -> None:
    page = client.get("/protocols/small/files/").content.decode()
    assert 'href="/protocols/small/files.zip"' in page
    assert "frozen.zip" not in page
    assert 'id="take-home"' in client.get("/protocols/small/").content.decode()
    response = client.get("/protocols/small/files.zip")
    folder = unpacked(response.content, tmp_path)
    assert folder.name == "protocol-small"
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert manifest["url"] == "http://testserver/protocols/small/"
    assert manifest["for"] == "everybody"
    assert len(lines(folder, "outputs")) == 9


def test_a_run_and_a_collection_too(client: Client, world: StudyWorld, tmp_path: Path) -> None:
    run = world.outputs[0].run
    assert f'href="/runs/{run.pk}/files/"' in client.get(f"/runs/{run.pk}/").content.decode()
    assert client.get(f"/runs/{run.pk}/files/").status_code == 200
    folder = unpacked(client.get(f"/runs/{run.pk}/files.zip").content, tmp_path / "run")
    judged = {row["output"] for row in lines(folder, "answers")}
    assert judged == {row["output"] for row in lines(folder, "outputs")}
    collection = make_shown(world.owner)
    path = collection.get_absolute_url()
    assert f'href="{path}files/"' in client.get(path).content.decode()
    assert client.get(f"{path}files/").status_code == 200
    folder = unpacked(client.get(f"{path}files.zip").content, tmp_path / "collection")
    assert len(lines(folder, "collection")) == len(lines(folder, "outputs")) == 3


def test_only_the_owner_and_staff_freeze(client: Client, world: StudyWorld, tmp_path: Path) -> None:
    for who in (None, make_user("stranger")):
        if who:
            client.force_login(who)
        assert client.get("/protocols/small/frozen.zip").status_code == 403
    client.force_login(world.owner)
    assert (
        'href="/protocols/small/frozen.zip"'
        in client.get("/protocols/small/files/").content.decode()
    )
    folder = unpacked(client.get("/protocols/small/frozen.zip").content, tmp_path)
    assert (folder / "check_release.py").is_file()
    assert lines(folder, "boards")


def test_what_is_private_is_not_there_for_others(client: Client, world: StudyWorld) -> None:
    run = world.outputs[0].run
    run.launched_by, run.visibility = world.owner, Audience.PRIVATE
    run.save()
    draft = make_protocol("draft")
    draft.protocol.opened_at = None
    draft.protocol.save()
    for path in (
        f"/runs/{run.pk}/files/", f"/runs/{run.pk}/files.zip", f"/runs/{run.pk}.jsonl",
        f"/outputs/{world.outputs[0].pk}.json", "/protocols/draft/files.zip",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    client.force_login(world.owner)
    assert client.get(f"/runs/{run.pk}/files.zip").status_code == 200


def test_an_output_as_json_says_no_more_than_its_page(client: Client, world: StudyWorld) -> None:
    output = world.outputs[0]
    path = f"/outputs/{output.pk}.json"
    judge = world.judges[0]
    assert judge.user is not None
    data = client.get(path).json()
    assert data["output"]["text"] == output.text
    assert data["prompt"]["text"] == output.prompt.text
    assert len(data["steps"]) == 2
    assert data["answers"] is None
    client.force_login(judge.user)
    assert client.get(path).json()["answers"] is None
    Reveal.objects.create(judge=judge, output=output)
    assert {row["output"] for row in client.get(path).json()["answers"]} == {output.pk}


def test_who_takes_others_answers_home_has_seen_them(client: Client, world: StudyWorld) -> None:
    judge = world.judges[0]
    assert judge.user is not None
    client.force_login(judge.user)
    assert "If you judge" in client.get("/protocols/small/files/").content.decode()
    client.head("/protocols/small/files.zip")
    assert not Reveal.objects.exists()
    client.get("/protocols/small/files.zip")
    others = Answer.objects.exclude(judge=judge).values("output")
    seen = set(Reveal.objects.filter(judge=judge).values_list("output", flat=True))
    assert seen == {row["output"] for row in others}
    client.get("/protocols/small/files.zip")
    assert Reveal.objects.count() == len(seen)


def test_a_frozen_study_is_for_who_may_freeze_when_it_is_fetched(
    client: Client, world: StudyWorld
) -> None:
    study = study_of(world.protocol, world.owner)
    made = export_actions.begin_export(study=study, actor=world.owner, site="", frozen=True)
    export_actions.work()
    client.force_login(world.owner)
    assert client.get(made.get_absolute_url()).status_code == 200
    protocol = world.protocol
    protocol.owner = make_user("next")
    protocol.save()
    assert client.get(made.get_absolute_url()).status_code == 404
    assert client.get(f"{made.get_absolute_url()[:-1]}.zip").status_code == 404


def test_figures_tell_nothing_of_judgments_that_are_not_public(
    client: Client, world: StudyWorld
) -> None:
    run = world.outputs[-1].run
    path = f"/runs/{run.pk}/files"
    assert "<dt>Judgments</dt><dd>0</dd>" not in client.get(f"{path}/").content.decode()
    protocol = world.protocol
    protocol.visibility = Audience.PRIVATE
    protocol.save()
    page = client.get(f"{path}/").content.decode()
    assert "<dt>Judgments</dt><dd>0</dd>" in page
    assert "under what you may not read" not in page


def test_a_large_study_is_written_by_a_worker(
    client: Client, world: StudyWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(export_actions, "MOST_OUTPUTS", 3)
    monkeypatch.setattr(export_actions, "PART", 4000)
    assert "Sign in" in client.get("/protocols/small/files/").content.decode()
    assert client.get("/protocols/small/files.zip").headers["Location"].endswith("/files/")
    client.force_login(world.owner)
    assert 'value="freeze"' in client.get("/protocols/small/files/").content.decode()
    page = client.post("/protocols/small/files/", {"press": "freeze"}).headers["Location"]
    again = client.post("/protocols/small/files/", {"press": "freeze"}).headers["Location"]
    assert page == again
    assert "A worker begins within seconds" in client.get(page).content.decode()
    assert client.get(f"{page[:-1]}.zip").status_code == 404
    assert export_actions.work() == 1
    export = StudyExport.objects.get()
    assert export.state == ExportState.DONE
    assert export.parts.count() > 2
    assert f'href="{page[:-1]}.zip"' in client.get(page).content.decode()
    content = whole(client.get(f"{page[:-1]}.zip"))
    assert len(content) == export.size
    assert lines(unpacked(content, tmp_path), "boards")
    client.force_login(make_user("stranger"))
    assert client.get(page).status_code == 404
    assert client.get(f"{page[:-1]}.zip").status_code == 404


def test_an_export_that_may_not_be_read_any_more_is_not_written(world: StudyWorld) -> None:
    stranger = make_user("stranger")
    run = world.outputs[0].run
    export_actions.begin_export(study=study_of(run, stranger), actor=stranger, site="")
    run.launched_by, run.visibility = world.owner, Audience.PRIVATE
    run.save()
    export_actions.work()
    export = StudyExport.objects.get()
    assert export.state == ExportState.FAILED
    assert "no run" in export.why_not
    StudyExport.objects.update(touched_at="2020-01-01T00:00:00Z")
    assert export_actions.forget_old() == 1


def test_an_output_as_csv_is_one_row(client: Client, world: StudyWorld) -> None:
    response = client.get(f"/outputs/{world.outputs[0].pk}.csv")
    assert response.content.decode().startswith("output,prompt,sample,")


def test_who_leaves_takes_what_was_written_for_them_along(world: StudyWorld) -> None:
    person = make_user("leaver")
    study = study_of(world.protocol, person)
    export_actions.begin_export(study=study, actor=person, site="")
    leave(user=person, choice="anonymise")
    assert not StudyExport.objects.exists()


def test_what_a_run_wrote_can_be_brought_in_again(client: Client, world: StudyWorld) -> None:
    run = world.outputs[0].run
    sent = whole(client.get(f"/runs/{run.pk}.jsonl"))
    found = list(read_own_jsonl(io.BytesIO(sent)))
    assert [(one.text, one.trace, one.answer) for one in found] == [
        (output.text, output.trace, output.answer) for output in world.outputs[:3]
    ]
    assert {(one.model, one.reference) for one in found} == {("Ape 135M", "somebody")}
