"""The title of a frozen board, and what the board says before it is frozen."""

import re
from html import unescape

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import (
    PASSWORD,
    make_criterion,
    make_definition,
    make_output,
    make_user,
)
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots import views
from evaluations.leaderboards.snapshots.actions import freeze_board
from evaluations.leaderboards.snapshots.citations import bibtex, plain_citation
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    for key in ("one", "two", "other"):
        make_criterion(key)
    return make_definition("taylor", "one")


@pytest.fixture
def signed_in(client: Client, actor: User) -> Client:
    assert client.login(username="researcher", password=PASSWORD)
    return client


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def test_a_title_stands_in_lists_and_citations_and_not_in_the_hash(
    signed_in: Client, version: DefinitionVersion, outputs: list[Output]
) -> None:
    given = {"version": "1", "title": "  What  two models\n wrote "}
    page = text(signed_in, signed_in.post("/leaderboards/taylor/freeze/", given)["Location"])
    frozen = Snapshot.objects.get()
    assert frozen.title == "What two models wrote"
    assert "<h1>What two models wrote</h1>" in page
    assert "What two models wrote: Leaderboard “" in plain_citation(frozen, "")
    assert "{What two models wrote: Leaderboard" in bibtex(frozen, "")
    assert "What two models wrote, " in text(signed_in, "/leaderboards/snapshots/")
    rows = signed_in.get("/leaderboards/snapshots.json").json()["snapshots"]
    assert [row["title"] for row in rows] == ["What two models wrote"]
    again = signed_in.post("/leaderboards/taylor/freeze/", {"version": "1", "title": "Another"})
    assert again["Location"] == frozen.get_absolute_url(), "the same board of the same day"
    assert Snapshot.objects.get().title == "What two models wrote"
    long = signed_in.post("/leaderboards/taylor/freeze/", {"version": "1", "title": "x" * 121})
    assert long.status_code == 409
    assert "A title has at most 120 letters; this has 121." in long.content.decode()


def form_back(page: str) -> dict[str, str]:
    """What the form to freeze holds, as a refusal gives it back."""
    form = page.partition('action="/leaderboards/taylor/freeze/"')[2].partition("</form>")[0]
    found = re.findall(r'name="(version|query|title)"[^>]* value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def test_whatever_is_refused_gives_the_form_back_as_it_was_typed(
    signed_in: Client, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_output()
    monkeypatch.setattr(views, "FREEZES_A_DAY", 1)
    given = {"version": "1", "query": "?judges=models&by=model", "title": "What “two” wrote"}
    for number, status in (("1", 409), ("1", 429), ("7", 422)):
        refused = signed_in.post("/leaderboards/taylor/freeze/", {**given, "version": number})
        assert refused.status_code == status
        assert form_back(refused.content.decode()) == given, "of the version in force"
    assert form_back(text(signed_in, "/leaderboards/taylor/snapshots/")) == {}


def test_the_board_says_what_freezing_it_would_rest_on(
    signed_in: Client, version: DefinitionVersion, outputs: list[Output]
) -> None:
    page = " ".join(text(signed_in, "/leaderboards/taylor/").split())
    frozen = freeze_board(version=version, question=Question(), actor=make_user("other"))
    assert f"by {frozen.judges} judge" in page
    assert 'id="few"' in page, "a few outputs are little to cite"
    assert page.index('id="freeze"') < page.index("</header>", page.index("<h1>"))
    data = signed_in.get("/leaderboards/taylor.json").json()["rows"]
    n, judged = (sum(row[name] for row in data) for name in ("n", "judgments"))
    assert f"on {n} outputs, judged {judged} times" in page
