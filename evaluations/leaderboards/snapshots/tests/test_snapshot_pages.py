"""The pages and files of frozen boards, how they are cited, and who may freeze."""

import csv
import datetime as dt
import io
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import (
    PASSWORD,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots import views
from evaluations.leaderboards.snapshots.actions import freeze_board, withdraw_snapshot
from evaluations.leaderboards.snapshots.citations import MONTHS, bibtex, escaped, plain_citation
from evaluations.leaderboards.snapshots.hash import METHOD_VERSION
from evaluations.runs.models import LanguageModel, Output, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    return make_definition("taylor", {"all": ["one"]}, name="Taylor & “others” 100%")


@pytest.fixture
def outputs(version: DefinitionVersion) -> list[Output]:
    judge = make_judge()
    runs = [make_run(make_model(name), make_recipe(name)) for name in ("babbler", "prattler")]
    prompts = [make_prompt() for _ in range(3)]
    written = [make_output(run=run, prompt=prompt) for run in runs for prompt in prompts]
    for output, value in zip(written, ("yes", "no", "partly", "yes", "cannot-tell"), strict=False):
        give(judge, output, {"one": value})
    make_output(run=make_run(make_model("silent"), make_recipe("silent")), grade=0.5)
    return written


@pytest.fixture
def actor() -> User:
    return make_user("researcher")


@pytest.fixture
def snapshot(version: DefinitionVersion, outputs: list[Output], actor: User) -> Snapshot:
    return freeze_board(version=version, question=Question(), actor=actor)


@pytest.fixture
def signed_in(client: Client, actor: User) -> Client:
    assert client.login(username="researcher", password=PASSWORD)
    return client


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


def cells(page: str) -> list[list[str]]:
    """The words of each row of the table, cell by cell; the last is what lies behind the row."""
    body = page.split('id="board"')[1].split("</thead>")[1].split("</table>")[0]
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        for row in re.findall(r'<tr id="row-.*?</tr>\s*<tr class="more">.*?</tr>', body, re.S)
    ]


def fields_of(entry: str) -> dict[str, str]:
    """A BibTeX entry read by its own grammar: braces that balance, a field a line."""
    kind, _, body = entry.strip().partition("{")
    assert kind == "@misc"
    key, _, body = body.removesuffix("}").partition(",")
    assert re.fullmatch(r"[A-Za-z0-9-]+", key)
    found, place = {"key": key}, 0
    while match := re.compile(r"\s*([a-z]+) = ").match(body, place):
        place = match.end()
        begin, depth = place, 0
        while place < len(body) and (depth or body[place] != ","):
            if body[place] == "\\":
                place += 1
            else:
                depth += {"{": 1, "}": -1}.get(body[place], 0)
            assert depth >= 0
            place += 1
        assert depth == 0
        found[match[1]] = body[begin:place].strip()
        place += 1
    assert not body[place:].strip()
    return found


def test_freezing_leads_to_an_address_that_stays(
    signed_in: Client, version: DefinitionVersion, outputs: list[Output]
) -> None:
    response = signed_in.post("/leaderboards/taylor/freeze/", {"version": "1", "query": ""})
    frozen = Snapshot.objects.get()
    today = timezone.now().date().isoformat()
    assert response.status_code == 303
    assert frozen.title == ""
    assert response["Location"] == f"/leaderboards/taylor/{today}-{frozen.digest[:8]}/"
    assert "This board is frozen" in text(signed_in, response["Location"])
    again = signed_in.post("/leaderboards/taylor/freeze/", {"version": "1"})
    assert again["Location"] == response["Location"]
    assert Snapshot.objects.count() == 1


def test_the_filters_of_the_board_are_frozen_with_it(
    signed_in: Client, version: DefinitionVersion, outputs: list[Output]
) -> None:
    given = {"version": "1", "query": "?combine=any&judges=guests"}
    page = text(signed_in, signed_in.post("/leaderboards/taylor/freeze/", given)["Location"])
    frozen = Snapshot.objects.get()
    assert frozen.question == {"combine": "any", "judges": "guests"}
    assert "signed-in people and guests" in page
    link = re.search(r'href="([^"]*)">The board today', page)
    assert link
    assert unescape(link[1]) in {
        "/leaderboards/taylor/?judges=guests&combine=any",
        "/leaderboards/taylor/?combine=any&judges=guests",
    }
    assert signed_in.get(unescape(link[1])).status_code == 200


def test_only_people_who_are_signed_in_freeze(
    client: Client, version: DefinitionVersion, outputs: list[Output]
) -> None:
    response = client.post("/leaderboards/taylor/freeze/", {"version": "1"})
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/leaderboards/taylor/"
    assert not Snapshot.objects.exists()


def test_a_form_across_sites_is_refused(version: DefinitionVersion, actor: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.login(username="researcher", password=PASSWORD)
    assert strict.post("/leaderboards/taylor/freeze/", {"version": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"version": "7"}, 422),
        ({"version": "first"}, 422),
        ({"version": "²"}, 422),
        ({}, 422),
        ({"version": "1", "query": "combine=mean"}, 404),
    ],
)
def test_what_makes_no_sense_is_said(
    signed_in: Client,
    version: DefinitionVersion,
    outputs: list[Output],
    given: dict[str, str],
    status: int,
) -> None:
    assert signed_in.post("/leaderboards/taylor/freeze/", given).status_code == status
    assert not Snapshot.objects.exists()
    assert signed_in.get("/leaderboards/taylor/freeze/").status_code == 405
    assert signed_in.post("/leaderboards/nobody/freeze/", given).status_code == 404


def test_a_board_without_judgments_is_refused(
    signed_in: Client, version: DefinitionVersion
) -> None:
    make_output()
    response = signed_in.post("/leaderboards/taylor/freeze/", {"version": "1"})
    assert response.status_code == 409
    assert "Nothing was judged yet" in response.content.decode()


def test_freezing_has_a_daily_allowance(
    signed_in: Client,
    version: DefinitionVersion,
    outputs: list[Output],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "FREEZES_A_DAY", 1)
    assert signed_in.post("/leaderboards/taylor/freeze/", {"version": "1"}).status_code == 303
    response = signed_in.post("/leaderboards/taylor/freeze/", {"version": "1"})
    assert response.status_code == 429
    assert "Please go on tomorrow" in response.content.decode()


def test_page_csv_and_json_say_the_same(client: Client, snapshot: Snapshot) -> None:
    path = snapshot.get_absolute_url().removesuffix("/")
    data = client.get(f"{path}.json").json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv").content.decode())))
    assert list(rows[0]) == list(data["rows"][0]) == snapshot.rows["columns"]
    assert [
        {name: "" if v is None else str(v) for name, v in row.items()} for row in data["rows"]
    ] == rows
    shown = cells(text(client, f"{path}/"))
    assert len(shown) == 3
    for cell, row in zip(shown, data["rows"], strict=True):
        assert cell[1].split()[0].lower() == row["model"]
        behind = cell[-1]
        if row["n"]:
            ends = dict.fromkeys((row["rank"], row["rank_high"]))
            assert cell[0] == " to ".join(map(str, ends))
            low, high = (f"{100 * row[end]:.0f}%" for end in ("low", "high"))
            assert cell[2] == f"{100 * row['share']:.0f}% {low} to {high}"
            assert cell[4] == str(row["n"])
            assert cell[6] == "unknown", "too few were answered twice"
            assert f"Judgments {row['judgments']} " in behind
            assert f"partly, {100 * row['undetermined_share']:.0f}% undetermined" in behind
            assert f"Coverage {100 * row['coverage']:.0f}% of {row['outputs']}" in behind
        else:
            assert cell[2] == "– not asked yet"
            assert "Graded right 0% of 1: 0 right" in behind
    assert data["hash"] == snapshot.digest
    assert data["definition"]["statement"] == "Statement of taylor."
    assert data["rule"]["rule"] == {"all": ["one"]}
    assert data["question"]["words"] == snapshot.question_words
    assert data["method_version"] == METHOD_VERSION
    assert snapshot.digest in data["citation"]
    assert data["bibtex"] == client.get(f"{path}.bib").content.decode()


def test_the_page_cites_counts_and_says_how_to_check(client: Client, snapshot: Snapshot) -> None:
    page = text(client, snapshot.get_absolute_url())
    assert f'id="hash">{snapshot.digest}<' in page
    assert f"manage.py check_snapshot {snapshot.name}" in page
    assert "No judgment was saved or withdrawn." in page
    assert "The board reads the same today." in page
    citation = re.search(r'id="citation">(.*?)</p>', page)
    assert citation
    address = f"http://testserver{snapshot.get_absolute_url()}"
    assert unescape(re.sub("<[^>]+>", "", citation[1])) == plain_citation(snapshot, address)
    day = snapshot.day
    assert plain_citation(snapshot, address) == (
        f"By What Definition? ({day.year}). Leaderboard “Taylor & “others” 100%”, version 1 of the "
        f"definition, frozen on {day.day} {day:%B %Y} from 5 judgments by 1 judge. "
        f"SHA-256 {snapshot.digest}. {address}"
    )


def test_it_stays_while_the_board_moves_on(
    client: Client, snapshot: Snapshot, outputs: list[Output]
) -> None:
    before = cells(text(client, snapshot.get_absolute_url()))
    give(make_judge(), outputs[5], {"one": "yes"})
    LanguageModel.objects.filter(slug="babbler").update(name="Renamed")
    page = text(client, snapshot.get_absolute_url())
    assert cells(page) == before
    assert "On the whole site 1 judgment was saved and 0 withdrawn." in page
    assert "The board reads differently today:" in page
    assert "Prattler 135M + Asked prattler: n was 2 and is 3" in page
    assert "Babbler 135M + Asked babbler:" not in page


def test_withdrawn_runs_and_outputs_stay_listed(
    client: Client, snapshot: Snapshot, outputs: list[Output]
) -> None:
    now = timezone.now()
    Run.objects.filter(pk=outputs[0].run_id).update(withdrawn_at=now)
    Output.objects.filter(pk=outputs[4].pk).update(withdrawn_at=now)
    page = text(client, snapshot.get_absolute_url())
    assert "run withdrawn on" in page
    assert "1 of the run’s outputs withdrawn" in page
    assert len(cells(page)) == 3
    data = client.get(f"{snapshot.get_absolute_url().removesuffix('/')}.json").json()
    runs = {run["run"]: run for run in data["runs"]}
    assert runs[outputs[0].run_id]["withdrawn_at"]
    assert runs[outputs[4].run_id]["outputs_withdrawn"] == 1


def test_a_withdrawn_snapshot_says_why(client: Client, snapshot: Snapshot) -> None:
    staff = make_user("staff", is_staff=True)
    withdraw_snapshot(snapshot=snapshot, reason="The wrong prompts.", actor=staff)
    page = text(client, snapshot.get_absolute_url())
    assert "The wrong prompts." in page
    assert "withdrawn on" in text(client, f"{snapshot.get_absolute_url().removesuffix('/')}.bib")
    assert "withdrawn</span>" in text(client, "/leaderboards/snapshots/")


def test_the_lists(client: Client, snapshot: Snapshot) -> None:
    other = make_definition("peirce", {"all": ["one"]})
    assert "No frozen boards yet" in text(client, "/leaderboards/peirce/snapshots/")
    for path in ("/leaderboards/snapshots", "/leaderboards/taylor/snapshots"):
        assert snapshot.get_absolute_url() in text(client, f"{path}/")
        (row,) = client.get(f"{path}.json").json()["snapshots"]
        assert row["url"] == f"http://testserver{snapshot.get_absolute_url()}"
        assert row["hash"] == snapshot.digest
        (line,) = csv.DictReader(io.StringIO(client.get(f"{path}.csv").content.decode()))
        assert line["hash"] == snapshot.digest
        assert list(line) == list(row)
    assert client.get("/leaderboards/peirce/snapshots.json").json() == {"snapshots": []}
    assert client.get("/leaderboards/nobody/snapshots/").status_code == 404
    assert other.pk


def test_addresses_that_lead_nowhere(client: Client, snapshot: Snapshot) -> None:
    make_definition("peirce", {"all": ["one"]})
    name = snapshot.name
    wrong = "0" * 8 if not snapshot.digest.startswith("0" * 8) else "1" * 8
    for path in (
        f"/leaderboards/peirce/{name}/",
        f"/leaderboards/taylor/{snapshot.day}-{wrong}/",
        f"/leaderboards/taylor/2026-02-30-{snapshot.digest[:8]}/",
        f"/leaderboards/taylor/{snapshot.day}-{snapshot.digest[:8].upper()}G/",
    ):
        for end in ("", ".csv", ".json", ".bib"):
            address = f"{path.removesuffix('/')}{end}" if end else path
            assert client.get(address).status_code == 404, address


def test_a_page_makes_the_same_queries_for_more_rows(
    client: Client, snapshot: Snapshot, version: DefinitionVersion, actor: User
) -> None:
    def queries(row: Snapshot) -> int:
        client.get(row.get_absolute_url())
        with CaptureQueriesContext(connection) as captured:
            client.get(row.get_absolute_url())
        return len(captured)

    before = queries(snapshot)
    for number in range(4):
        run = make_run(make_model(f"m{number}"), make_recipe(f"r{number}"))
        give(make_judge(), make_output(run=run), {"one": "yes"})
    larger = freeze_board(version=version, question=Question(), actor=actor)
    assert len(larger.rows["records"]) == 7
    assert queries(larger) == before


def test_bibtex_is_well_formed_and_escaped(snapshot: Snapshot) -> None:
    found = fields_of(bibtex(snapshot, "https://example.org/a_b/?x=1&y={2}"))
    assert found["key"] == f"bywhatdefinition-taylor-{snapshot.name}"
    assert found["title"] == (
        r"{{Leaderboard ``Taylor \& ``others'' 100\%'', version 1 of the definition}}"
    )
    assert found["author"] == "{{By What Definition?}}"
    assert found["year"] == f"{{{snapshot.day.year}}}"
    assert found["month"] == f"{snapshot.day:%b}".lower()
    assert found["url"] == "{https://example.org/a_b/?x=1&y=%7B2%7D}"
    assert snapshot.digest in found["note"]


@pytest.mark.parametrize("given", ["\\", "{", "}", "$", "&", "#", "%", "_", "^", "~", 'a "b" c'])
def test_no_special_character_is_left(given: str) -> None:
    made = escaped(f"a{given}b")
    bare = re.sub(r"\\(textbackslash|textasciicircum|textasciitilde|ldots)\{\}", "", made)
    assert not re.search(r'(?<!\\)[{}$&#%_^~"]', bare)
    assert made != f"a{given}b"
    assert made.startswith("a")
    assert made.endswith(("b", "c"))


def test_months_have_their_names_in_any_language() -> None:
    assert [f"{dt.date(2026, n, 1):%b}".lower() for n in range(1, 13)] == list(MONTHS)


def admin_data(reason: str) -> dict[str, Any]:
    return {"withdrawn_reason": reason, "_save": "Save"}


def test_staff_withdraw_in_the_admin(client: Client, snapshot: Snapshot) -> None:
    User.objects.create_superuser("root", password=PASSWORD)
    assert client.login(username="root", password=PASSWORD)
    address = f"/admin/leaderboards/snapshot/{snapshot.pk}/change/"
    assert "Withdraw it, because" in text(client, address)
    assert client.post(address, admin_data("  ")).status_code == 200
    snapshot.refresh_from_db()
    assert snapshot.withdrawn_at is None
    assert client.post(address, admin_data("A mistake.")).status_code == 302
    snapshot.refresh_from_db()
    assert snapshot.withdrawn_at
    assert snapshot.withdrawn_reason == "A mistake."
    assert client.post(address, admin_data("Another.")).status_code == 403
