"""The whole matrix: every definition by every model and recipe."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_recipe,
    make_run,
)

pytestmark = pytest.mark.django_db


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


@pytest.fixture
def two_definitions() -> None:
    make_criterion("one")
    make_criterion("stays-stable", level="set", answered_by="probe")
    make_definition("taylor", "one", name="Taylor as quoted")
    make_definition("stable", {"all": ["one", "stays-stable"]}, name="Stable under change")


def test_a_site_without_definitions_or_outputs(client: Client) -> None:
    assert "No outputs yet" in text(client, "/leaderboards/")
    assert client.get("/leaderboards.json").json()["rows"] == []
    assert client.get("/leaderboards.json").json()["as_of"] is None


def test_definitions_that_need_findings_are_a_group_of_their_own(
    client: Client, two_definitions: None
) -> None:
    give(make_judge(), make_output(), {"one": "yes"})
    page = text(client, "/leaderboards/")
    judged, _, needing = page.partition("Also need findings")
    assert "Settled by judging" in judged
    assert "Taylor as quoted" in judged
    assert "Stable under change" in needing
    assert 'lacks 1 finding<span class="visually-hidden">: stays stable</span>' in needing
    assert "/judge/?" not in needing.partition("</table>")[0]


def test_cells_and_files_say_the_same(client: Client, two_definitions: None) -> None:
    ape, bee = make_model("ape"), make_model("bee")
    judge = make_judge()
    for model, value in ((ape, "yes"), (ape, "no"), (ape, "no"), (bee, "cannot-tell")):
        give(judge, make_output(run=make_run(model)), {"one": value})
    Finding.objects.create(
        criterion_version=make_definition("x", "stays-stable").criterion_versions.get(),
        model=ape, value="yes", source="probe",
    )  # fmt: skip
    data = client.get("/matrix.json").json()
    cells = {(row["definition"], row["model"]): row for row in data["rows"]}
    assert len(cells) == 6
    assert cells["taylor", "ape"]["met"] == 1
    assert cells["stable", "ape"]["n"] == 3
    assert cells["stable", "bee"]["n"] == 0
    rows = list(csv.DictReader(io.StringIO(text(client, "/matrix.csv"))))
    for row in rows:
        cell = cells[row["definition"], row["model"]]
        assert {name: row[name] for name in row} == {
            name: "" if value is None else str(value) for name, value in cell.items()
        }
    assert text(client, "/leaderboards.csv") == text(client, "/matrix.csv")
    page = text(client, "/leaderboards/")
    link = "/leaderboards/taylor/outputs/?model=ape&amp;recipe=plainly"
    cell = page.partition(f'href="{link}"')[2].partition("</a>")[0]
    assert "33%" in cell
    assert "n 3" in cell
    assert re.search(r"<h1>3 outputs ", text(client, link.replace("&amp;", "&")))


def test_a_choice_of_column_keeps_what_counts(client: Client, two_definitions: None) -> None:
    for slug in ("ape", "bee"):
        give(make_judge("guest"), make_output(run=make_run(make_model(slug))), {"one": "yes"})
    page = text(client, "/leaderboards/?guests=1&combine=any&column=ape--plainly")
    assert '<option value="ape--plainly" selected>' in page
    choice = page.partition('class="matrix-choice"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="guests" value="1">' in choice
    assert '<input type="hidden" name="combine" value="any">' in choice
    assert "/leaderboards.csv?guests=1&amp;combine=any" in page
    assert "outputs/?model=ape&amp;recipe=plainly&amp;guests=1&amp;combine=any" in page
    other = text(client, "/leaderboards/?column=nothing")
    assert other.count("selected>") >= 1


def test_queries_do_not_grow_with_rows(client: Client, two_definitions: None) -> None:
    def grow(n: int) -> None:
        make_definition(f"d{n}", "one")
        run = make_run(make_model(f"m{n}"), make_recipe(f"r{n}"))
        give(make_judge(), make_output(run=run), {"one": "yes"})

    def queries() -> list[int]:
        counts = []
        for path in ("/leaderboards/", "/matrix.json"):
            with CaptureQueriesContext(connection) as captured:
                text(client, path)
            counts.append(len(captured))
        return counts

    grow(0)
    queries()
    grow(1)
    before = queries()
    for n in range(2, 6):
        grow(n)
    assert queries() == before


def test_a_definition_says_which_questions_nobody_was_asked(client: Client) -> None:
    make_criterion("asked")
    title = make_criterion("open").title
    make_definition("strict", {"all": ["asked", "open"]}, name="The strict one")
    give(make_judge(), make_output(), {"asked": "yes"})
    for url in ("/leaderboards/", "/"):
        row = text(client, url).partition("The strict one")[2].partition("</tr>")[0]
        assert f"lacks: {title}" in " ".join(row.split())
    for url in ("/leaderboards/strict/", "/definitions/strict/"):
        assert f"Nobody was asked: “{title}”." in text(client, url)


@pytest.mark.parametrize("url", ["/runs/999/", "/prompts/nope/", "/models/nope/", "/outputs/999/"])
def test_what_is_not_there_is_named_in_a_sentence(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 404
    assert "There is no" in response.content.decode()
    assert "matches the given query" not in response.content.decode()
