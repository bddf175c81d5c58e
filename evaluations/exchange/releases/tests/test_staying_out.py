"""Who chooses it is in no release: neither their answers nor what boards make of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.exchange.releases.writing import write_release
from evaluations.exchange.studies import check_release
from evaluations.exchange.studies.archive import InFolder
from evaluations.exchange.studies.study import Study
from evaluations.exchange.studies.tests.reading import exported, lines
from evaluations.exchange.studies.tests.study_world import StudyWorld
from evaluations.judgments.me.leave import leave
from evaluations.judgments.models import Comparison, Judge, Judgment
from evaluations.leaderboards.snapshots.hash import pseudonym, site_salt

pytestmark = pytest.mark.django_db
WHY = "judgments and comparisons of judges who stay out of releases"


@pytest.fixture
def judge(client: Client) -> Judge:
    """Somebody who judged the world's outputs, compared two, and then chose to stay out."""
    world = StudyWorld(prompts=4)
    judge = world.judges[0]
    assert judge.user is not None
    Comparison.objects.create(
        judge=judge,
        left=world.outputs[0],
        right=world.outputs[4],
        definition_version=world.versions[0],
        value="left",
    )
    client.force_login(judge.user)
    assert 'name="stays_out"' in client.get("/accounts/preferences/").content.decode()
    client.post("/accounts/preferences/", {"stays_out": "on"})
    return judge


def released(folder: Path) -> dict[str, Any]:
    return write_release(InFolder(folder), site="https://example.org")


def test_their_answers_are_left_out_and_counted(
    judge: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = released(tmp_path)
    name = pseudonym(site_salt(), judge.pk)
    for file in ("answers", "comparisons", "marks"):
        assert name not in {row["judge"] for row in lines(tmp_path, file)}
    assert lines(tmp_path, "answers")
    forms = Judgment.objects.filter(judge=judge).count()
    assert manifest["left_out"][WHY] == forms + 1
    assert f"{forms + 1} {WHY}" in (tmp_path / "README.md").read_text()
    assert check_release.main([str(tmp_path)]) == 0, capsys.readouterr().out


def test_it_holds_when_they_are_gone(judge: Judge, tmp_path: Path) -> None:
    assert judge.user is not None
    judge.user.refresh_from_db()
    leave(user=judge.user, choice="anonymise")
    assert released(tmp_path)["left_out"][WHY]


def test_it_holds_whatever_road_the_account_went_by(judge: Judge, tmp_path: Path) -> None:
    User.objects.get(judge=judge).delete()
    judge.refresh_from_db()
    assert (judge.user, judge.stayed_out) == (None, True)
    assert released(tmp_path)["left_out"][WHY]


def test_a_protocol_goes_on_having_them(judge: Judge, tmp_path: Path) -> None:
    protocol = Judgment.objects.filter(judge=judge, item__isnull=False)[0].item.version.protocol  # type: ignore[union-attr]
    manifest = exported(Study(protocol), tmp_path)
    assert WHY not in json.dumps(manifest)
    assert pseudonym(site_salt(), judge.pk) in {row["judge"] for row in lines(tmp_path, "answers")}
