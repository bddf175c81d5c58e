"""The page, the list and the files of the map."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from evaluations.definitions.loading import load_criteria, load_definitions
from evaluations.definitions.models import DefinitionVersion, Relation
from evaluations.definitions.relation_actions import relate_all
from evaluations.judgments.tests.cast import make_criterion, make_definition
from evaluations.leaderboards.logic import map_views
from evaluations.leaderboards.matrix.answers import Kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def four() -> dict[str, DefinitionVersion]:
    for key in ("one", "two", "three"):
        make_criterion(key)
    make_criterion("probed", answered_by="probe", level="set")
    return {
        "narrow": make_definition("narrow", {"all": ["one", "two"]}, name="Narrow"),
        "wide": make_definition("wide", "one", name="Wide"),
        "widest": make_definition("widest", {"any": ["one", "two"]}, name="Widest"),
        "twin": make_definition("twin", {"not": {"not": "one"}}, name="Twin"),
        "aside": make_definition("aside", {"all": ["three", "probed"]}, name="Aside"),
    }


def told(client: Client, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/definitions/map.json", asked).json()
    return found


def entry(data: dict[str, Any], slug: str) -> dict[str, Any]:
    return next(each for each in data["definitions"] if each["slug"] == slug)


def test_the_page_draws_and_lists_what_follows(
    client: Client, four: dict[str, DefinitionVersion]
) -> None:
    page = client.get("/definitions/map/").content.decode()
    assert "5 definitions, 2 lines" in page
    assert "Stricter than" in page
    assert "/definitions/compare/?a=narrow&amp;b=wide#by-logic" in page
    assert "1 cross all others" in page
    data = told(client)
    assert data["lines"] == [["narrow", "wide"], ["wide", "widest"]]
    assert entry(data, "narrow")["stricter_than"] == ["wide", "widest", "twin"]
    assert entry(data, "twin")["same_as"] == ["wide"]
    assert entry(data, "widest")["laxer_than"] == ["narrow", "wide", "twin"]
    assert entry(data, "aside")["crosses"] == 4
    assert entry(data, "aside")["needs_findings"]
    assert not entry(data, "wide")["needs_findings"]
    assert entry(data, "narrow")["counts_share_of_answers"] == pytest.approx(1 / 9)


def test_the_files_give_the_smallest_cases_of_each_pair(
    client: Client, four: dict[str, DefinitionVersion]
) -> None:
    pairs = {(row["a"], row["b"]): row for row in told(client)["pairs"]}
    assert len(pairs) == 10
    assert pairs["narrow", "wide"]["by_rules"] == "a entails b"
    assert pairs["narrow", "wide"]["only_a"] is None
    assert pairs["narrow", "wide"]["only_b"].count("yes") == 1
    assert pairs["wide", "aside"]["by_rules"] == "crosses"
    assert pairs["wide", "twin"]["by_rules"] == "same"
    csv = client.get("/definitions/map.csv").content.decode()
    assert csv.startswith("a,b,by_rules,by_postulates,only_a,only_b")
    assert len(csv.splitlines()) == 11


def test_an_address_chooses_what_is_on_the_map(
    client: Client, four: dict[str, DefinitionVersion]
) -> None:
    data = told(client, d=["narrow", "widest"])
    assert [each["slug"] for each in data["definitions"]] == ["narrow", "widest"]
    assert data["lines"] == [["narrow", "widest"]], "what stood between is not needed"
    assert client.get("/definitions/map/?d=nothing").status_code == 404
    four["aside"].definition.curated_at = None
    four["aside"].definition.save()
    assert "aside" not in {each["slug"] for each in told(client)["definitions"]}
    assert [e["slug"] for e in told(client, d=["aside"])["definitions"]] == ["aside"]


def test_an_edited_rule_moves_the_map_and_nothing_is_stored(
    client: Client, four: dict[str, DefinitionVersion]
) -> None:
    count = Relation.objects.count()
    data = told(client, edited="narrow", rule=json.dumps({"any": ["one", "two", "three"]}))
    assert entry(data, "narrow")["laxer_than"] == ["wide", "widest", "twin", "aside"]
    query = urlencode({"edited": "narrow", "rule": json.dumps("three")})
    page = client.get(f"/definitions/map/?{query}").content.decode()
    assert "stands here with an edited rule" in page
    assert Relation.objects.count() == count
    assert client.get("/definitions/map/?edited=narrow&rule=[").status_code == 404
    assert client.get("/definitions/map/?edited=nobody&rule=one").status_code == 404


def test_the_shipped_map_has_lines_that_rest_on_postulates(client: Client) -> None:
    load_criteria()
    load_definitions()
    with_them, without = told(client), told(client, postulates="no")
    bottou, webster = "bottou-algebra-of-knowledge", "merriam-webster"
    assert webster in entry(with_them, bottou)["stricter_than"]
    assert webster not in entry(without, bottou)["stricter_than"]
    assert "taylor-as-spoken" in entry(without, "taylor-as-quoted")["stricter_than"]
    page = client.get("/definitions/map/").content.decode()
    assert "pairs that no worked case parts" in page
    assert "A step that uses what an earlier step produced" in page


def test_the_map_makes_as_many_queries_for_many_definitions(
    client: Client, four: dict[str, DefinitionVersion], django_assert_max_num_queries: Any
) -> None:
    client.get("/definitions/map/")
    for number in range(12):
        make_definition(f"more-{number}", {"all": ["one", "two"]})
    with django_assert_max_num_queries(12):
        client.get("/definitions/map/")


def test_the_drawing_is_kept_until_a_version_or_a_name_changes(
    client: Client, four: dict[str, DefinitionVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(map_views, "DRAWINGS", Kept(5))
    drawing_of = map_views.drawing_of
    monkeypatch.setattr(map_views, "drawing_of", lambda *of: made.append(of) or drawing_of(*of))

    def page(query: str = "") -> str:
        whole = client.get(f"/definitions/map/{query}").content.decode()
        return whole.partition("<main")[2]

    assert page() == page()
    assert len(made) == 1
    assert page("?postulates=no") != page()
    assert len(made) == 2
    definition = four["wide"].definition
    definition.name = "Renamed"
    definition.save()
    assert "Renamed" in page()
    make_definition("new", {"all": ["one", "two", "three"]}, name="New")
    assert "6 definitions, 3 lines" in page()
    query = urlencode({"edited": "narrow", "rule": json.dumps("three")})
    kept = len(map_views.DRAWINGS)
    page(f"?{query}")
    assert len(map_views.DRAWINGS) == kept, "an edited rule is nobody else's"


def test_a_drawing_from_before_all_pairs_are_stored_is_not_kept(
    client: Client, four: dict[str, DefinitionVersion]
) -> None:
    Relation.objects.all().delete()
    assert (
        "None of these follows from another one."
        in client.get("/definitions/map/").content.decode()
    )
    relate_all()
    assert "5 definitions, 2 lines" in client.get("/definitions/map/").content.decode()
