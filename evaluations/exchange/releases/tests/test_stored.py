"""Releases are kept as they were written, one for each state of what is public, and let go."""

import datetime as dt
import hashlib
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import LazySettings, settings
from django.test import Client, RequestFactory, TestCase
from django.utils import timezone

from evaluations.exchange import tasks
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases import stored_views
from evaluations.exchange.releases.records import file_records
from evaluations.exchange.releases.release_actions import (
    DRAFT,
    FOLDER,
    KEPT,
    LOST_AFTER,
    ReleaseRefused,
    make_release,
)
from evaluations.exchange.releases.stored_views import sent
from evaluations.exchange.studies.files import FILES
from evaluations.exchange.studies.tests.reading import command
from evaluations.exchange.studies.tests.study_world import StudyWorld
from evaluations.judgments.models import Answer, Reveal
from evaluations.judgments.tests.cast import give, make_output
from evaluations.leaderboards.tests.freezing import freeze

pytestmark = pytest.mark.django_db
SITE = "https://example.org"


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.RELEASE_DIR = str(tmp_path / "releases")
    return tmp_path / "releases"


@pytest.fixture
def world() -> StudyWorld:
    return StudyWorld(prompts=4)


def executed() -> Any:
    """What waits for the end of a transaction is done at the end of this."""
    return TestCase.captureOnCommitCallbacks(execute=True)


def again(world: StudyWorld) -> DataRelease:
    """A release after one more answer."""
    give(world.judges[0], make_output(run=world.outputs[0].run), {"one": "yes"})
    release, is_new = make_release(site=SITE)
    assert is_new
    return release


def in_zip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name.partition("/")[2]: zipped.read(name) for name in zipped.namelist()}


def test_a_release_is_made_where_something_changed(world: StudyWorld, folder: Path) -> None:
    tasks.release()
    first = DataRelease.objects.get()
    assert [path.name for path in folder.iterdir()] == [first.file.name]
    assert first.size == first.file.stat().st_size
    assert first.counts["lines"]["outputs"] == len(world.outputs)
    DataRelease.objects.update(day=first.day - dt.timedelta(days=1))
    tasks.release()
    assert DataRelease.objects.count() == 1
    assert "Nothing changed since" in command("export_release")
    give(world.judges[0], make_output(run=world.outputs[0].run), {"one": "yes"})
    assert f"{len(world.outputs) + 1}  outputs.jsonl" in command("export_release")
    second = DataRelease.objects.first()
    assert second is not None
    assert (second.day, second.digest == first.digest) == (first.day, False)
    assert {path.name for path in folder.iterdir()} == {first.file.name, second.file.name}


def test_the_scheduler_makes_one_a_night() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["release"]
    assert entry["task"] in current_app.tasks
    (hour,) = entry["schedule"].hour
    assert 0 <= hour < 6


def test_nothing_public_is_no_release(folder: Path) -> None:
    with pytest.raises(ReleaseRefused, match="Nothing is public"):
        make_release(site=SITE)
    tasks.release()
    assert not DataRelease.objects.exists()


def test_the_last_are_kept_and_those_that_a_frozen_board_cites(
    world: StudyWorld, client: Client
) -> None:
    snapshot = freeze(world.versions[0], world.owner)
    cited, _ = make_release(site=SITE)
    page = client.get(snapshot.get_absolute_url()).content.decode()
    assert f'href="{cited.get_absolute_url()}"' in page
    assert snapshot.get_absolute_url() in client.get(cited.get_absolute_url()).content.decode()
    with executed():
        made = [again(world) for _ in range(KEPT + 1)]
        assert made[0].file.exists()  # as long as it may be that the row stays
    assert list(DataRelease.objects.order_by("pk")) == [cited, *made[1:]]
    assert [each.file.exists() for each in (cited, *made)] == [True, False] + [True] * KEPT
    assert client.get(made[0].get_absolute_url()).status_code == 404
    for release, page in ((made[-1], 1), (made[1], 1), (cited, 2)):
        listed = [f'href="{release.get_absolute_url()}"' in client.get(f"/data/?page={number}")
                  .content.decode() for number in (1, 2)]  # fmt: skip
        assert listed == [page == 1, page == 2]


def test_a_board_that_is_frozen_later_cites_the_next_that_holds_the_same(
    world: StudyWorld,
) -> None:
    first, _ = make_release(site=SITE)
    snapshot = freeze(world.versions[0], world.owner)
    same, is_new = make_release(site=SITE)
    assert (same, is_new) == (first, False)
    assert list(first.snapshots.all()) == [snapshot]


def test_its_page_and_every_file(world: StudyWorld, client: Client) -> None:
    world.outputs[0].withdrawn_at = timezone.now()
    world.outputs[0].save()
    release, _ = make_release(site=SITE)
    address = release.get_absolute_url()
    assert address == f"/data/{release.day.isoformat()}-{release.digest[:8]}/"
    page = client.get(address).content.decode()
    assert "Download as ZIP" in page
    assert "Load it" in page
    assert "pretty_name" not in page
    assert release.counts["left_out"]["outputs that were withdrawn"] == 1
    assert "outputs that were withdrawn" in page
    response = client.get(f"{address.rstrip('/')}.zip")
    whole = b"".join(response)
    assert int(response["Content-Length"]) == len(whole) == release.size
    files = in_zip(whole)
    for name, about in json.loads(files["MANIFEST.json"])["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == about["sha256"]
    assert {"LICENSES.md", "croissant.json", "boards/strict-v1.csv"} < set(files)
    for name in ("croissant.json", "answers.jsonl", "boards/strict-v1.csv", "check_release.py"):
        assert f'href="{address}{name}"' in page
        assert b"".join(client.get(f"{address}{name}")) == files[name]
    assert client.get(f"{address}../secret_key").status_code == 404
    assert client.get("/data/2026-02-30-00000000/").status_code == 404


ANSWERS = {
    "answers", "marks", "step_labels", "first_errors", "comparisons", "opinions", "adjudications",
    "findings", "gold",
}  # fmt: skip
"""The files with what single people, or model judges, said."""


def test_every_file_is_known_for_whether_it_holds_answers(
    client: Client, world: StudyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, _ = make_release(site=SITE)
    noted: list[str] = []
    monkeypatch.setattr(stored_views, "note_sight", lambda *_, **__: noted.append(name))
    for name in FILES:
        sent(RequestFactory().get("/"), release, f"{name}.jsonl", iter([]), 0)
    assert set(noted) == ANSWERS
    noted.clear()
    with zipfile.ZipFile(release.file) as zipped:
        files = {each.partition("/")[2] for each in zipped.namelist()}
    for name in sorted(files):
        b"".join(client.get(f"{release.get_absolute_url()}{name}"))
    assert noted == ["answers.jsonl"]
    name = "zip"
    b"".join(client.get(f"{release.get_absolute_url().rstrip('/')}.zip"))
    assert noted[1:] == ["zip"]


def test_who_takes_answers_along_has_seen_those_of_then(world: StudyWorld, client: Client) -> None:
    release, _ = make_release(site=SITE)
    judge = world.judges[0]
    assert judge.user is not None
    later = make_output(run=world.outputs[0].run)
    give(world.judges[1], later, {"one": "yes"})
    # What was answered before the release, and anew after it, stands in the release as it was.
    then = Answer.objects.current().filter(judge=world.judges[1]).exclude(output=None).first()
    assert then is not None
    assert then.output is not None
    give(world.judges[1], then.output, {"one": "no"})
    Answer.objects.filter(output=then.output).exclude(judge=world.judges[1]).delete()
    client.force_login(judge.user)
    address = release.get_absolute_url()
    for name in ("README.md", "definitions.jsonl", "steps.jsonl", "matrix.csv"):
        b"".join(client.get(f"{address}{name}"))
    assert not Reveal.objects.exists()
    b"".join(client.get(f"{address}answers.jsonl"))
    assert Reveal.objects.filter(judge=judge, output=then.output).exists()
    assert not Reveal.objects.filter(output=later).exists()


def test_a_new_release_is_told_of_in_the_feed_alone(world: StudyWorld, client: Client) -> None:
    tasks.release()
    tasks.release()
    said = "All that is public was released as data of"
    feed = client.get("/feed/").content.decode()
    assert feed.count(said) == 1
    assert said not in client.get("/").content.decode()
    release = DataRelease.objects.get()
    (link,) = re.findall(r"http://testserver(/events/\d+/)", feed)[:1]
    assert client.get(link).headers["Location"] == release.get_absolute_url()
    release.delete()
    assert said not in client.get("/feed/").content.decode()


def spoil(path: Path, *, whole: bool) -> None:
    """Damage a zip so that it cannot be opened, or the data card alone."""
    content = bytearray(path.read_bytes())
    if whole:
        content = content[: len(content) // 2]
    else:
        with zipfile.ZipFile(path) as zipped:
            entry = zipped.getinfo(f"{FOLDER}/README.md")
        at = entry.header_offset + 30 + len(entry.filename) + 40
        content[at : at + 20] = bytes(20)
    path.write_bytes(content)


@pytest.mark.parametrize("whole", [True, False])
def test_a_damaged_zip_breaks_no_page_and_is_healed(
    world: StudyWorld, client: Client, whole: bool
) -> None:
    release, _ = make_release(site=SITE)
    address = release.get_absolute_url()
    good = b"".join(client.get(f"{address}answers.jsonl"))
    spoil(release.file, whole=whole)
    assert "do not lie on this machine" in client.get(address).content.decode()
    zipped = client.get(f"{address.rstrip('/')}.zip")
    assert zipped.status_code == (404 if whole else 200)
    b"".join(zipped)
    assert make_release(site=SITE) == (release, False)
    assert "Download as ZIP" in client.get(address).content.decode()
    assert b"".join(client.get(f"{address}answers.jsonl")) == good
    release.file.unlink()
    release.file.mkdir()
    assert client.get(f"{address}answers.jsonl").status_code == 404
    assert client.get(address).status_code == 200


def test_what_is_let_go_while_its_page_is_made_breaks_nothing(
    world: StudyWorld, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, _ = make_release(site=SITE)
    DataRelease.objects.update(size=1)
    sent_now = client.get(f"{release.get_absolute_url().rstrip('/')}.zip")
    assert int(sent_now["Content-Length"]) == len(b"".join(sent_now))

    def late(*named: Any) -> Any:
        release.file.unlink()
        return file_records(*named)

    monkeypatch.setattr(stored_views, "file_records", late)
    assert "answers.jsonl" in client.get(release.get_absolute_url()).content.decode()


def test_a_machine_without_the_files_says_so(world: StudyWorld, client: Client) -> None:
    release, _ = make_release(site=SITE)
    release.file.unlink()
    address = release.get_absolute_url()
    page = client.get(address)
    assert page.status_code == 200
    assert "do not lie on this machine" in page.content.decode()
    assert client.get(f"{address.rstrip('/')}.zip").status_code == 404
    same, is_new = make_release(site=SITE)
    assert (same, is_new, release.file.exists()) == (release, False, True)
    same.refresh_from_db()
    assert same.size == release.file.stat().st_size


def test_what_is_let_go_while_it_is_sent_is_sent_to_its_end(
    world: StudyWorld, client: Client
) -> None:
    release, _ = make_release(site=SITE)
    content = release.file.read_bytes()
    sent = client.get(f"{release.get_absolute_url().rstrip('/')}.zip")
    release.file.unlink()
    assert b"".join(sent) == content


def test_what_a_killed_process_left_is_cleared(world: StudyWorld, folder: Path) -> None:
    folder.mkdir()
    lost, fresh = folder / f"{DRAFT}lost", folder / f"{DRAFT}fresh"
    for draft in (lost, fresh):
        draft.mkdir()
        (draft / "release.zip").write_bytes(b"PK")
    long_ago = lost.stat().st_mtime - LOST_AFTER.total_seconds() - 60
    os.utime(lost, (long_ago, long_ago))
    nobodys = folder / f"{FOLDER}-2026-01-01-00000000.zip"
    nobodys.write_bytes(b"PK")
    with executed():
        release, _ = make_release(site=SITE)
    assert (lost.exists(), fresh.exists()) == (False, True)
    assert (nobodys.exists(), release.file.exists()) == (False, True)
