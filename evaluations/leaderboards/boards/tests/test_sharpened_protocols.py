"""Under protocols: only what their versions could have served is taken in, and no gold."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Judge, ProtocolVersion, Way
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_recipe,
    make_run,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.boards.sharpened import BEYOND, DIFFERENT
from evaluations.leaderboards.tests.sharpened_world import few_are_enough, row_of
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    make_criterion("one")
    make_definition("taylor", {"all": ["one"]}, name="Taylor")
    few_are_enough(monkeypatch)
    return make_run(make_model("ape", name="Ape 1B"), make_recipe("plain"))


def board(client: Client) -> dict[str, Any]:
    address = "/leaderboards/taylor.json?judges=sharpened"
    found: list[dict[str, Any]] = client.get(address).json()["rows"]
    (row,) = found
    return row


def judged(person: Judge, version: ProtocolVersion, outputs: Sequence[Output]) -> None:
    """A person's judgments under a protocol, which freeze its version."""
    for number, output in enumerate(outputs):
        item = make_item(version, output)
        served = Served(way=Way.SERVED, item=item, page="block:first", position=1)
        give(person, output, {"one": "yes" if number % 2 else "no"}, served=served)
    ProtocolVersion.objects.filter(pk=version.pk).update(frozen_at=timezone.now())


@pytest.mark.parametrize(("selection", "count"), [({"sample": 5}, 8), ({}, 11)])
def test_what_was_written_after_a_sample_was_drawn_is_not_what_it_stands_for(
    client: Client, run: Run, selection: dict[str, Any], count: int
) -> None:
    model = make_judge("model")
    outputs = row_of(run, outputs=8, by_people=0, model=model)
    judged(make_judge(), make_protocol(selection=selection), outputs[:5])
    row_of(run, outputs=3, by_people=0, model=model)
    row = board(client)
    assert (row["judged_by_models"], row["judged_by_both"]) == (count, 5)


def test_gold_items_were_picked_and_are_not_taken_in(client: Client, run: Run) -> None:
    outputs = row_of(run, outputs=9, by_people=0)
    version = make_protocol()
    make_item(version, outputs[8], is_gold=True)
    make_item(version, prompt=outputs[7].prompt, is_gold=True)
    judged(make_judge(), version, outputs[:5])
    assert board(client)["judged_by_models"] == 7


def test_of_a_protocol_about_prompts_only_prompts_that_it_selects_are_taken_in(
    client: Client, run: Run
) -> None:
    make_criterion("asked", level="prompt")
    make_definition("asked", {"all": ["asked"]}, name="Asked")
    person, model = make_judge(), make_judge("model")
    outputs = row_of(run, outputs=6, by_people=0, model=model)
    version = make_protocol(subject="prompt", selection={"sample": 5, "models": ["another"]})
    for number, output in enumerate(outputs[:5]):
        item = make_item(version, prompt=output.prompt)
        served = Served(way=Way.SERVED, item=item, page="block:first", position=1)
        give(person, output, {"asked": "yes" if number % 2 else "no"}, served=served)
    ProtocolVersion.objects.filter(pk=version.pk).update(frozen_at=timezone.now())
    outputs += row_of(run, outputs=2, by_people=0, model=model)
    for output in outputs:
        give(model, output, {"asked": "yes"}, served=Served(way=Way.SERVED))
    (row,) = client.get("/leaderboards/asked.json?judges=sharpened").json()["rows"]
    assert (row["judged_by_models"], row["judged_by_both"]) == (6, 5)


def test_protocols_that_select_different_outputs_are_named_as_the_reason(
    client: Client, run: Run
) -> None:
    outputs = row_of(run, outputs=9, by_people=0)
    one = make_protocol(selection={"outputs": [output.pk for output in outputs[:4]]})
    judged(make_judge(), one, outputs[:4])
    other = make_protocol("other", selection={"outputs": [output.pk for output in outputs[4:]]})
    judged(make_judge(), other, outputs[4:8])
    assert board(client)["not_sharpened"] == DIFFERENT


def test_a_protocol_that_selects_what_the_model_did_not_judge_is_the_reason(
    client: Client, run: Run
) -> None:
    outputs = row_of(run, outputs=9, by_people=4)
    version = make_protocol(selection={"outputs": [outputs[8].pk]})
    judged(make_judge(), version, outputs[8:])
    assert board(client)["not_sharpened"] == BEYOND


def test_what_protocols_draw_from_is_asked_in_one_query_and_once(client: Client, run: Run) -> None:
    outputs = row_of(run, outputs=8, by_people=0)
    judged(make_judge(), make_protocol(), outputs[:5])
    elsewhere = row_of(make_run(make_model("bee")), outputs=5, by_people=0)
    judged(make_judge(), make_protocol("other"), elsewhere)
    for asked in (1, 0):
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/leaderboards/taylor/?judges=sharpened").status_code == 200
        assert sum('AS "from_' in query["sql"] for query in captured) == asked
