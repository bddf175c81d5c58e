"""The whole matrix: every definition by every model and recipe."""

import csv
import io
import re
from html import unescape

import pytest
from django.test import Client

from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
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


def test_definitions_that_need_findings_are_folded_in_a_table_of_their_own(
    client: Client, two_definitions: None
) -> None:
    give(make_judge(), make_output(), {"one": "yes"})
    page = text(client, "/leaderboards/")
    judged, _, needing = page.partition('<details class="disclosure" id="needing-findings">')
    assert "Taylor as quoted" in judged
    assert "Stable under change" not in judged
    needing = needing.partition("</details>")[0]
    assert "1 definition also needs findings" in needing
    assert "Stable under change" in needing
    assert "No finding yet, which no judge gives" in needing
    assert "/judge/?" not in needing


def test_a_row_without_data_is_one_cell_with_one_link(client: Client) -> None:
    for key in ("one", "two", "three"):
        make_criterion(key)
    make_definition("taylor", "one", name="Taylor")
    make_definition("strict", {"all": ["one", "two", "three"]}, name="Strict")
    for slug in ("ape", "bee"):
        give(make_judge(), make_output(run=make_run(make_model(slug))), {"one": "yes"})
    row = row_of(text(client, "/leaderboards/"), "Strict")
    assert row.count("<td") == 1
    assert 'colspan="2"' in row
    assert "Nobody was asked 2 of its questions: " in row
    assert '<a href="/judge/?criteria=two,three">judge these</a>' in row
    assert row.count("<a ") == 2, "the definition's board, and where to judge"
    assert row_of(text(client, "/leaderboards/"), "Taylor").count("<td") == 2


def row_of(page: str, name: str) -> str:
    """The row of one definition in the matrix."""
    return (
        page.partition(f">{name}</a>")[0].rpartition("<tr>")[2]
        + (page.partition(f">{name}</a>")[2].partition("</tr>")[0])
    )


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
    assert '<span class="visually-hidden">n </span>3' in cell
    assert "6% to 79%" in cell
    assert re.search(r"<h1>3 outputs ", text(client, link.replace("&amp;", "&")))


def test_files_and_links_keep_what_counts(client: Client, two_definitions: None) -> None:
    for slug in ("ape", "bee"):
        give(make_judge("guest"), make_output(run=make_run(make_model(slug))), {"one": "yes"})
    page = text(client, "/leaderboards/?judges=guests&combine=any")
    assert "/leaderboards.csv?judges=guests&amp;combine=any" in page
    assert "outputs/?model=ape&amp;recipe=plainly&amp;judges=guests&amp;combine=any" in page


def names_in_order(page: str) -> list[str]:
    """Definitions of the first table, from the top."""
    rows = page.partition('id="matrix"')[2].partition("</table>")[0]
    return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', rows)


def sort_links(page: str) -> dict[str, str]:
    """What the head of a column sorts by to where it leads."""
    heads = page.partition('id="matrix"')[2].partition("</thead>")[0]
    found = re.findall(r'<a [^>]*?href="([^"]+)" id="matrix-by-([^"]+)"', heads)
    return {order: unescape(href) for href, order in found}


def heads_of(page: str) -> list[str]:
    """The columns of the first table, from the left."""
    heads = page.partition('id="matrix"')[2].partition("</thead>")[0]
    return re.findall(r'data-column="([^"]+)"', heads)


def test_the_columns_with_the_highest_mean_share_come_first(client: Client) -> None:
    for key in ("one", "two"):
        make_criterion(key)
    make_definition("alpha", "one")
    make_definition("omega", "two")
    plain, steps = make_recipe("plain", position=1), make_recipe("steps", position=2)
    ant, bee, cat = (make_model(slug, position=n) for n, slug in enumerate(("ant", "bee", "cat")))
    judge = make_judge()
    for model, recipe, one, two in (
        (ant, plain, "no", "no"),
        (ant, steps, "no", "yes"),
        (bee, plain, "yes", "yes"),
        (bee, steps, "no", "no"),
    ):
        give(judge, make_output(run=make_run(model, recipe)), {"one": one, "two": two})
    make_output(run=make_run(cat, plain))
    page = text(client, "/leaderboards/")
    assert heads_of(page) == ["bee--plain", "bee--steps", "ant--steps", "ant--plain", "cat--plain"]
    models = re.findall(r'<th scope="colgroup" class="first"( colspan="2")?>', page)
    assert models == [' colspan="2"', ' colspan="2"', ""]
    row = row_of(page, "Name of alpha")
    assert re.findall(r'class="cell-share">(\d+)%', row) == ["100", "0", "0", "0"]
    assert [row["model"] for row in client.get("/matrix.json").json()["rows"]][:2] == ["ant", "ant"]


@pytest.fixture
def three_ranked() -> None:
    """Three rows; the first definition ranks them as ant, bee, cat, the second the other way."""
    for key in ("one", "two"):
        make_criterion(key)
    for slug, key, year in (("alpha", "one", 2020), ("omega", "two", 1990)):
        made = make_definition(slug, key, name=slug.title())
        made.definition.year = year
        made.definition.save()
    judge, recipe = make_judge(), make_recipe()
    prompts = [make_prompt() for _ in range(16)]
    for slug, one, two in (("ant", 16, 4), ("bee", 8, 8), ("cat", 0, 12)):
        run = make_run(make_model(slug, name=slug.title()), recipe)
        for number, prompt in enumerate(prompts):
            answers = {"one": number < one, "two": number < two}
            output = make_output(run=run, prompt=prompt)
            give(judge, output, {key: "yes" if yes else "no" for key, yes in answers.items()})


def test_heads_of_columns_lead_to_their_order(client: Client, three_ranked: None) -> None:
    page = text(client, "/leaderboards/?combine=any")
    links = sort_links(page)
    assert links["year"] == "?combine=any&sort=year#matrix"
    assert links["cat--plainly"] == "?combine=any&sort=cat--plainly#matrix"
    by_year, by_ant, by_cat = (
        text(client, f"/leaderboards/{links[words].partition('#')[0]}")
        for words in ("year", "ant--plainly", "cat--plainly")
    )
    assert names_in_order(by_year) == ["Omega", "Alpha"]
    assert names_in_order(by_ant) == ["Alpha", "Omega"]
    assert names_in_order(by_cat) == ["Omega", "Alpha"]
    head = by_cat.partition('data-column="cat--plainly"')[2].partition(">")[0]
    assert 'aria-sort="descending"' in head
    assert by_cat.count("aria-sort=") == 1
    assert "?combine=any&amp;sort=year#matrix" in by_cat


def test_the_places_under_two_definitions_stand_below(client: Client, three_ranked: None) -> None:
    page = text(client, "/leaderboards/").partition('id="between-title"')[2]
    assert "Under Omega instead of Alpha, 2 of 3 change place" in page
    assert re.search(r"tau: <strong>[-−]1\.00</strong> over 3 rows", page)
    assert len(re.findall(r"<line ", page)) == 3
    assert "Ant<small>Asked plainly, down 2</small>" in page
    turned = text(client, "/leaderboards/?a=omega&b=alpha&combine=any")
    below = turned.partition('id="between-title"')[2]
    assert "Under Alpha instead of Omega, 2 of 3 change place" in below
    assert '<input type="hidden" name="combine" value="any">' in below
    assert '<option value="omega" selected>' in below
    assert client.get("/leaderboards/?a=omega&b=nothing").status_code == 404


def test_queries_do_not_grow_with_rows(client: Client, two_definitions: None) -> None:
    def grow(n: int) -> None:
        make_definition(f"d{n}", "one")
        run = make_run(make_model(f"m{n}"), make_recipe(f"r{n}"))
        give(make_judge(), make_output(run=run), {"one": "yes"})

    assert_queries_do_not_grow(client, ["/leaderboards/", "/matrix.json"], grow)


def test_a_definition_says_which_questions_nobody_was_asked(client: Client) -> None:
    make_criterion("asked")
    title = make_criterion("open").title
    make_definition("strict", {"all": ["asked", "open"]}, name="The strict one")
    give(make_judge(), make_output(), {"asked": "yes"})
    assert f"Nobody was asked “{title}”: " in row_of(
        text(client, "/leaderboards/"), "The strict one"
    )
    for url in ("/leaderboards/strict/", "/definitions/strict/"):
        assert f"Nobody was asked: “{title}”." in text(client, url)


@pytest.mark.parametrize("url", ["/runs/999/", "/prompts/nope/", "/models/nope/", "/outputs/999/"])
def test_what_is_not_there_is_named_in_a_sentence(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 404
    assert "There is no" in response.content.decode()
    assert "matches the given query" not in response.content.decode()
