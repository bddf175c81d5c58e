"""Boards of earlier versions, the ranks as a file, and the links of two boards side by side."""

import csv
import io
import re

import numpy as np
import pytest
from django.test import Client

from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import DefinitionVersion
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
from evaluations.leaderboards.boards.ranks import ranking
from evaluations.leaderboards.boards.standings import Question, groups_of
from evaluations.leaderboards.comparisons.parting import Parting
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.overview.between import on_top
from evaluations.leaderboards.overview.overview import overview
from evaluations.measures.agreement import cohen_kappa
from evaluations.runs.models import LanguageModel, Output, Recipe

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_versions() -> list[DefinitionVersion]:
    """One definition whose rule was turned round, and ten outputs judged with yes and no."""
    make_criterion("one")
    first = make_definition("taylor", "one")
    draft = draft_definition(
        definition=first.definition, statement="Other.", rule={"not": "one"}, reading="Other."
    )
    publish_version(version=draft)
    judge = make_judge()
    for slug, holds in (("ant", 9), ("bee", 4), ("cat", 2)):
        run = make_run(make_model(slug, name=slug.title()), make_recipe(f"by-{slug}"))
        for number in range(10):
            output = make_output(run=run, prompt=make_prompt())
            give(judge, output, {"one": "yes" if number < holds else "no"})
    return list(DefinitionVersion.objects.filter(definition=first.definition).order_by("number"))


def test_a_board_of_an_earlier_version_gives_its_own_numbers(
    client: Client, two_versions: list[DefinitionVersion]
) -> None:
    def shares(query: str) -> dict[str, float]:
        data = client.get(f"/leaderboards/taylor.json{query}").json()
        assert data["definition"]["version"] == (1 if query else 2)
        return {row["model"]: row["share"] for row in data["rows"]}

    assert shares("") == pytest.approx({"ant": 0.1, "bee": 0.6, "cat": 0.8})
    assert shares("?version=1") == pytest.approx({"ant": 0.9, "bee": 0.4, "cat": 0.2})
    page = client.get("/definitions/taylor/v/1/").content.decode()
    assert "/leaderboards/taylor.csv?version=1" in page
    board = client.get("/leaderboards/taylor/?version=1").content.decode()
    assert "the board of an earlier version" in board
    assert 'name="version" value="1"' in board
    for link in re.findall(r'href="(/leaderboards/taylor/outputs/[^"]+)"', board):
        assert "version=1" in link
        assert client.get(link.replace("&amp;", "&")).status_code == 200
    for view in ("process", "curves", "pair", "pairwise"):
        data = client.get(f"/leaderboards/taylor/{view}.json?version=1").json()
        assert data["definition"]["version"] == 1, view
    listed = "/leaderboards/taylor/outputs/?version=1&judges=guests&verdict=partly"
    behind = client.get(listed).content.decode()
    assert behind.count('href="/leaderboards/taylor/?version=1&amp;judges=guests"') == 2
    assert client.get("/leaderboards/taylor/?version=1&since=soon").status_code == 422
    answers = client.get("/leaderboards/taylor/answers.csv?version=1").content.decode()
    assert {row["criterion"] for row in csv.DictReader(io.StringIO(answers))} == {"one"}


@pytest.mark.parametrize("number", ["9", "x", "-1", "99999999999999999999"])
def test_a_version_that_is_not_there(
    client: Client, two_versions: list[DefinitionVersion], number: str
) -> None:
    response = client.get(f"/leaderboards/taylor/?version={number}")
    assert response.status_code == 404
    assert f"There is no version {number}" in response.content.decode()


def test_a_draft_has_no_board(client: Client, two_versions: list[DefinitionVersion]) -> None:
    draft_definition(
        definition=two_versions[0].definition, statement="S.", rule="one", reading="R."
    )
    assert client.get("/leaderboards/taylor/?version=3").status_code == 404


def test_places_under_two_definitions_are_a_file_of_their_own(
    client: Client, two_versions: list[DefinitionVersion]
) -> None:
    make_definition("plain", "one")
    text = client.get("/leaderboards/between.csv?a=plain&b=taylor").content.decode()
    rows = {row["model"]: row for row in csv.DictReader(io.StringIO(text))}
    found = {
        name: (row["one_place"], row["other_place"], row["rise"]) for name, row in rows.items()
    }
    assert found == {"ant": ("1", "3", "-2"), "bee": ("2", "2", "0"), "cat": ("3", "1", "2")}
    data = client.get("/leaderboards/between.json?a=plain&b=taylor").json()
    assert data["tau"] == pytest.approx(-1)
    assert (data["low"], data["high"]) == (None, None), "reversed in every draw: no spread"
    assert [row["one_share"] for row in data["rows"]] == pytest.approx([0.9, 0.4, 0.2])
    assert "rows" not in client.get("/leaderboards/between.json").json()
    page = client.get("/leaderboards/between/?a=plain&b=taylor").content.decode()
    assert "/leaderboards/between.csv?a=plain&amp;b=taylor" in page
    assert '<table class="table sticky-first" id="places">' in page


def test_kappa_has_an_interval_by_drawing_prompts(
    client: Client, two_versions: list[DefinitionVersion]
) -> None:
    make_criterion("two")
    make_definition("both", {"all": ["one", "two"]})
    plain = make_definition("plain", "one")
    judge = make_judge()
    for number, output in enumerate(Output.objects.order_by("pk")):
        give(judge, output, {"two": "yes" if number % 3 else "no"})
    other = DefinitionVersion.objects.with_pins().get(definition__slug="both")
    parting = Parting(plain, other, current_matrix(), Question(), None)
    found = parting.kappa_interval
    assert found is not None
    assert found.estimate == pytest.approx(cohen_kappa(parting.table))
    assert found.low < found.estimate < found.high
    # One output a prompt: the plain bootstrap over outputs says the same.
    pairs = np.repeat(np.arange(16), parting.table.ravel())
    chance, kappas = np.random.default_rng(1), []
    for _ in range(1000):
        drawn = chance.choice(pairs, len(pairs))
        kappas.append(cohen_kappa(np.bincount(drawn, minlength=16).reshape(4, 4)))
    low, high = np.percentile(kappas, [2.5, 97.5])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.06)
    data = client.get("/definitions/compare.json?a=plain&b=both").json()
    assert (data["kappa_low"], data["kappa_high"]) == pytest.approx((found.low, found.high))


def test_shares_of_two_boards_lead_to_their_outputs(
    client: Client, two_versions: list[DefinitionVersion]
) -> None:
    make_definition("plain", "one")
    page = client.get("/definitions/compare/?a=plain&b=taylor&judges=guests").content.decode()
    links = re.findall(r'href="(/leaderboards/(?:plain|taylor)/outputs/[^"]+)"', page)
    assert len(links) == 6
    for link in links:
        listed = client.get(link.replace("&amp;", "&")).content.decode()
        assert "<h1>10 outputs " in listed


def test_both_boards_are_a_file_and_say_their_doubt(
    client: Client, two_versions: list[DefinitionVersion]
) -> None:
    """One judge alone: every share is in doubt, before and after, on the page and in the file."""
    make_definition("plain", "one")
    for url, page, sides in (
        (
            "/definitions/compare.csv?a=plain&b=taylor",
            "/definitions/compare/?a=plain&b=taylor",
            "ab",
        ),
        (
            '/definitions/plain/what-if.csv?rule={"not":"one"}',
            '/definitions/plain/what-if/?rule={"not":"one"}',
            ("before", "after"),
        ),
    ):
        text = client.get(f"{url}&table=board").content.decode()
        rows = {row["model"]: row for row in csv.DictReader(io.StringIO(text))}
        one, other = sides
        assert {name: float(row[f"{one}_share"]) for name, row in rows.items()} == pytest.approx(
            {"ant": 0.9, "bee": 0.4, "cat": 0.2}
        )
        assert [float(rows["ant"][f"{other}_{end}"]) for end in ("share", "n")] == [0.1, 10]
        assert all("nobody answered it twice" in rows["bee"][f"{side}_in_doubt"] for side in sides)
        html = client.get(page).content.decode()
        assert html.count('<span class="visually-hidden"> in doubt: ') == 6
        assert "table=board" in html
    assert client.get("/definitions/compare.csv?a=plain&b=taylor&table=x").status_code == 404


def test_who_beats_one_that_beats_the_rest_is_not_told_from_all(client: Client) -> None:
    """Ant and cat share no prompt: rank 1 alone is no test between them."""
    make_criterion("one")
    version = make_definition("taylor", "one")
    prompts, judge = [make_prompt() for _ in range(20)], make_judge()
    for slug, here, value in (
        ("ant", prompts[:10], "yes"), ("bee", prompts[:10], "no"),
        ("bee", prompts[10:], "yes"), ("cat", prompts[10:], "no"),
    ):  # fmt: skip
        model = LanguageModel.objects.filter(slug=slug).first() or make_model(slug)
        recipe = Recipe.objects.filter(slug="plain").first() or make_recipe("plain")
        run = make_run(model, recipe)
        for prompt in here:
            give(judge, make_output(run=run, prompt=prompt), {"one": value})
    held = current_matrix()
    groups = groups_of(held, Question().scope)
    ranks = ranking(version, held, Question(), groups).ranks()
    assert sorted(filter(None, ranks)) == [(1, 2), (2, 2), (2, 3)]
    top = on_top(overview(held), held, Question())
    assert [(row.model.slug, row.first, row.told) for row in top][:1] == [("ant", 1, 0)]


def test_orders_that_no_draw_changes_have_no_interval(
    client: Client, two_versions: list[DefinitionVersion]
) -> None:
    make_definition("same", {"not": "one"})
    data = client.get("/definitions/compare.json?a=taylor&b=same").json()
    assert (data["kappa"], data["tau"]) == (1, 1)
    assert (data["kappa_low"], data["tau_low"]) == (None, None)


def test_links_from_before_read_as_they_did_or_are_refused(
    client: Client, two_versions: list[DefinitionVersion]
) -> None:
    old, new = (
        client.get(f"/leaderboards/taylor.json?{query}").json()["question"]
        for query in ("guests=1", "judges=guests")
    )
    assert old == new
    assert client.get("/leaderboards/taylor/?models=1").status_code == 404
