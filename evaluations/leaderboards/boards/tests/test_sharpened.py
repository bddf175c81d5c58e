"""Boards of people, sharpened by model judges: where that is valid, and what they say."""

import csv
import io
import re
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Judge, Way
from evaluations.judgments.tests.cast import (
    classify,
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
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.boards import rows
from evaluations.leaderboards.boards.records import BOARD_COLUMNS, in_order
from evaluations.leaderboards.boards.sharpened import APART, CHOSEN, DIRECT, NO_MORE, UNKNOWN
from evaluations.leaderboards.tests.sharpened_world import row_of
from evaluations.measures.judges import prediction_powered_mean
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db

PATH = "/leaderboards/taylor"
SHARPENED = "?judges=sharpened"


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    return make_definition("taylor", {"all": ["one"]}, name="Taylor")


@pytest.fixture
def run() -> Run:
    return make_run(make_model("ape", name="Ape 1B"), make_recipe("plain", name="Plainly"))


def board(client: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{PATH}.json{query}").json()["rows"]
    return found


def page(client: Client, query: str = "") -> str:
    response = client.get(f"{PATH}/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_beside_the_ordinary_numbers_stands_the_sharpened_share(
    client: Client, version: DefinitionVersion, run: Run
) -> None:
    outputs = row_of(run, right=0.97)
    (plain,), (row,) = board(client), board(client, SHARPENED)
    assert {name: row[name] for name in BOARD_COLUMNS} == plain
    assert list(plain) == list(BOARD_COLUMNS)
    assert (row["n"], row["judged_by_models"], row["judged_by_both"]) == (36, 80, 36)
    assert row["sharpened_high"] - row["sharpened_low"] < 0.9 * (row["high"] - row["low"])
    assert row["effective_n"] > 42
    assert row["not_sharpened"] == ""

    def met(judge: str) -> list[float]:
        said = {
            answer.output_id: float(answer.value == "yes")
            for answer in Judge.objects.get(kind=judge).answers.all()
        }
        return [said.get(output.pk, np.nan) for output in outputs]

    again = prediction_powered_mean(met("person"), met("model"), np.arange(80))
    assert row["sharpened_share"] == pytest.approx(again.interval.estimate)
    assert row["sharpened_low"] == pytest.approx(again.interval.low)
    assert row["effective_n"] == pytest.approx(again.effective)
    (line,) = csv.DictReader(io.StringIO(client.get(f"{PATH}.csv{SHARPENED}").content.decode()))
    assert float(line["sharpened_high"]) == pytest.approx(again.interval.high)
    assert "sharpened_share" not in client.get(f"{PATH}.csv").content.decode()


def test_the_page_says_what_it_is_and_shows_both_intervals(
    client: Client, version: DefinitionVersion, run: Run
) -> None:
    row_of(run)
    row_of(make_run(make_model("bee", name="Bee 2B")), outputs=20, by_people=12, seed=2)
    few = board(client, SHARPENED)
    html = page(client, SHARPENED)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
    row = next(row for row in few if row["model"] == "ape")
    low, high = (f"{100 * row[name]:.0f}%" for name in ("low", "high"))
    better = [f"{100 * row[f'sharpened_{name}']:.0f}%" for name in ("low", "high")]
    assert f"{low} to {high}" in text
    assert f"{better[0]} to {better[1]}" in text
    assert f"as {row['effective_n']:.0f}" in text
    assert f"stood for {row['effective_n'] - 36:.0f} more judged by people" in text
    assert "1 of 2 rows are sharpened" in text
    assert "Bee 2B, Plainly: 12 of its outputs have verdicts by people and by one" in text
    assert f"{few[0]['sharpened_by'] or few[1]['sharpened_by']} judged 80 outputs" in text
    assert "by people, sharpened by model judges. http" in text
    assert 'value="sharpened" selected' in html
    assert "signed-in, sharpened" in text
    # What the numbers lead to are people's judgments.
    assert "/outputs/?judges=" not in html
    ordinary = page(client)
    assert 'id="sharpened"' not in ordinary
    assert ">Sharpened</a>" not in ordinary
    assert 'value="sharpened"' in ordinary


def test_the_ordinary_board_pays_nothing_for_it(
    client: Client,
    version: DefinitionVersion,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row_of(run, outputs=4, by_people=2)

    def never(*_: Any) -> None:
        raise AssertionError("an ordinary board was sharpened")

    monkeypatch.setattr(rows, "sharpening", never)
    page(client)
    client.get(f"{PATH}.csv")
    with pytest.raises(AssertionError, match="was sharpened"):
        page(client, SHARPENED)


@pytest.mark.parametrize(
    ("query", "why"),
    [("&chosen=1", CHOSEN), ("&apart=1", APART)],
)
def test_no_row_is_sharpened_where_people_may_have_picked_the_outputs(
    client: Client, version: DefinitionVersion, run: Run, query: str, why: str
) -> None:
    row_of(run, outputs=8, by_people=4)
    (row,) = board(client, SHARPENED + query)
    assert row["not_sharpened"] == why
    assert row["sharpened_share"] is row["effective_n"] is None
    html = page(client, SHARPENED + query)
    assert why in html
    assert "0 of 1 row is sharpened" in html


def test_nor_where_it_is_not_known_what_was_served(
    client: Client, version: DefinitionVersion, run: Run
) -> None:
    row_of(run, outputs=8, by_people=4, way=Way.UNKNOWN)
    (row,) = board(client, SHARPENED)
    assert (row["n"], row["not_sharpened"]) == (4, UNKNOWN)


def test_nor_with_too_few_that_both_judged(
    client: Client, version: DefinitionVersion, run: Run
) -> None:
    row_of(run, outputs=40, by_people=29)
    row_of(make_run(make_model("bee")), outputs=40, by_people=32, prompts=4, seed=3)
    row_of(make_run(make_model("cat")), outputs=30, by_people=30, seed=4)
    why = {row["model"]: row["not_sharpened"] for row in board(client, SHARPENED)}
    assert "29 of its outputs" in why["ape"]
    assert "answer 4 prompts, and it takes 5" in why["bee"]
    assert why["cat"] == NO_MORE


def test_nor_on_the_direct_road(client: Client, version: DefinitionVersion, run: Run) -> None:
    classify(make_judge(), make_output(run=run), version, "yes")
    (row,) = board(client, f"{SHARPENED}&road=direct")
    assert row["not_sharpened"] == DIRECT


def test_only_outputs_that_a_protocol_could_have_served_are_taken_in(
    client: Client, version: DefinitionVersion, run: Run
) -> None:
    person, model = make_judge(), make_judge("model")
    other = PromptSet.objects.create(slug="other", title="Another set")
    protocol = make_protocol(selection={"prompt_sets": ["set"], "sample": 40, "seed": 1})
    outputs = row_of(run, by_people=1, person=person, model=model)
    protocol.frozen_at = timezone.now()
    protocol.save(update_fields=["frozen_at"])
    for number, output in enumerate(outputs[:36]):
        item = make_item(protocol, output)
        served = Served(way=Way.SERVED, item=item, page="block:first", position=1)
        give(person, output, {"one": "yes" if number % 2 else "no"}, served=served)
    for number in range(30):
        prompt = make_prompt(f"other-{number}")
        type(prompt).objects.filter(pk=prompt.pk).update(prompt_set=other)
        elsewhere = make_output(run=run, prompt=prompt)
        give(model, elsewhere, {"one": "yes"})
    (row,) = board(client, SHARPENED)
    # A sample is a random part of what was selected, so the rest of the set is taken in too.
    assert (row["judged_by_models"], row["judged_by_both"]) == (80, 36)


def test_a_row_sharpened_to_nothing_stands_before_those_that_are_not() -> None:
    unknown, none, some = ({"n": 9, "sharpened_share": share} for share in (None, 0.0, 0.2))
    assert in_order([unknown, none, some], "sharpened") == [[some, none, unknown]]


@pytest.mark.parametrize(
    "path", ["/leaderboards/", "/leaderboards/taylor/outputs/", "/leaderboards/taylor/curves/"]
)
def test_other_pages_show_people_for_the_same_address(
    client: Client, version: DefinitionVersion, run: Run, path: str
) -> None:
    row_of(run, outputs=4, by_people=2)
    response = client.get(f"{path}{SHARPENED}")
    assert response.status_code == 200
    html = response.content.decode()
    assert "sharpened by model judges" not in html
    assert 'value="sharpened"' not in html
