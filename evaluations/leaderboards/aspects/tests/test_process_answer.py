"""Verdict beside grade: counts against the lists of outputs, shares against plain division."""

import csv
import io
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_run,
)
from evaluations.leaderboards.tests.board_world import world
from evaluations.measures.intervals import wilson
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

PATH = "/leaderboards/taylor/process"


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    make_criterion("two")
    return make_definition("taylor", {"all": ["one", "two"]})


def grade_word(grade: float | None) -> str:
    return "none" if grade is None else "right" if grade == 1 else "wrong"


def reckoned(client: Client, query: str = "") -> Counter[tuple[str, str, str, str]]:
    """Outputs by model, recipe, verdict and grade, from the list of judged outputs."""
    grades = dict(Output.objects.values_list("pk", "grades__score"))
    listed = client.get(f"/leaderboards/taylor/outputs.json{query}").json()["outputs"]
    return Counter(
        (row["model"], row["recipe"], row["verdict"], grade_word(grades[row["output"]]))
        for row in listed
    )


@pytest.mark.parametrize("query", ["", "?combine=any", "?model=ape", "?since=2020-01-01"])
def test_counts_are_those_of_the_lists(
    client: Client, version: DefinitionVersion, query: str
) -> None:
    world(5)
    data = client.get(f"{PATH}.json{query}").json()
    expected = reckoned(client, query)
    assert expected
    found = {
        (row["model"], row["recipe"], row["verdict"], row["grade"]): row["outputs"]
        for row in data["counts"]
    }
    assert {key: count for key, count in found.items() if count} == dict(expected)
    rows = list(csv.DictReader(io.StringIO(client.get(f"{PATH}.csv{query}").content.decode())))
    assert [int(row["outputs"]) for row in rows] == [row["outputs"] for row in data["counts"]]

    def right(met: bool, model: str | None = None) -> float | None:
        graded: Counter[str] = Counter()
        for (name, _, verdict, grade), count in expected.items():
            counts = verdict != "undetermined" and (verdict == "reasoning") == met
            if model in (None, name) and grade != "none" and counts:
                graded[grade] += count
        return graded["right"] / graded.total() if graded else None

    for name, met in (("right_where_met", True), ("right_where_not", False)):
        assert data["all"][name]["estimate"] == pytest.approx(right(met))
        by_model = client.get(f"{PATH}.json", dict_of(query) | {"by": "model"}).json()["rows"]
        for row in by_model:
            assert row["recipe"] == ""
            share = row[name] and row[name]["estimate"]
            assert share == pytest.approx(right(met, row["model"]))


def dict_of(query: str) -> dict[str, str]:
    return dict([query.removeprefix("?").split("=")]) if query else {}


def test_shares_of_one_output_a_prompt_have_wilsons_interval(
    client: Client, version: DefinitionVersion
) -> None:
    run, judge = make_run(make_model("ape")), make_judge()
    for grade, value in ((1.0, "yes"), (1.0, "yes"), (0.5, "yes"), (None, "yes"), (0.0, "no")):
        give(judge, make_output(run=run, grade=grade), {"one": "yes", "two": value})
    found = client.get(f"{PATH}.json").json()["all"]
    assert found["right_where_met"] == pytest.approx(wilson(2, 3)._asdict())
    assert found["right_where_not"] == pytest.approx(wilson(0, 1)._asdict())


def test_partly_is_met_where_the_definition_says_so(client: Client) -> None:
    make_criterion("one")
    make_definition("strict", "one")
    make_definition("lenient", "one", partly_policy="met")
    give(make_judge(), make_output(grade=1.0), {"one": "partly"})
    strict = client.get("/leaderboards/strict/process.json").json()["all"]
    lenient = client.get("/leaderboards/lenient/process.json").json()["all"]
    assert strict["right_where_met"] is None
    assert strict["right_where_not"]["estimate"] == 1
    assert lenient["right_where_met"]["estimate"] == 1
    assert lenient["right_where_not"] is None


def test_every_count_leads_to_its_outputs(client: Client, version: DefinitionVersion) -> None:
    world(5)
    page = client.get(f"{PATH}/?combine=any")
    context: dict[str, Any] = page.context
    lines = [context["lines"], *[entry["lines"] for entry in context["rows"]]]
    for cell in [cell for table in lines for line in table for cell in line["cells"]]:
        listed = client.get(cell["href"].replace("/outputs/", "/outputs.json")).json()["outputs"]
        assert len(listed) == cell["count"], cell["href"]
    assert f"% of the outputs that meet {version.definition.name} are" in page.content.decode()


def test_the_page_without_verdicts_or_grades(client: Client, version: DefinitionVersion) -> None:
    assert "No verdicts yet" in client.get(f"{PATH}/").content.decode()
    give(make_judge(), make_output(), {"one": "yes", "two": "yes"})
    text = client.get(f"{PATH}/").content.decode()
    assert "No output was both judged under the whole rule and graded yet." in text
    assert client.get("/leaderboards/nobody/process/").status_code == 404
    assert client.get(f"{PATH}/?since=soon").status_code == 422


def test_queries_stay_the_same_with_more_rows(client: Client, version: DefinitionVersion) -> None:
    world(5)
    client.get(f"{PATH}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{PATH}/")
    world_of_others()
    client.get(f"{PATH}/")
    with CaptureQueriesContext(connection) as many:
        client.get(f"{PATH}/")
    assert len(many) == len(few)


def world_of_others() -> None:
    judge = make_judge()
    for name in ("cow", "dog", "eel"):
        output = make_output(run=make_run(make_model(name)), grade=1.0)
        give(judge, output, {"one": "yes", "two": "no"})
