"""Ratings from pairs: against counts made one comparison at a time, and what is not rankable."""

import csv
import io
import math
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Comparison, Judge
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
)
from evaluations.measures import ratings
from evaluations.measures.ranking import groups
from evaluations.measures.ratings import davidson
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

PLAIN = "/leaderboards/pairwise"
STRENGTH = {"ape": 2.0, "bee": 1.0, "cow": 0.0}
NAMES = sorted(STRENGTH)


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    return make_definition("taylor", "one")


def outputs_of_three() -> list[Output]:
    """Two outputs of each of three models to each of four prompts."""
    recipe, prompts = make_recipe("plain"), [make_prompt() for _ in range(4)]
    runs = [make_run(make_model(name), recipe) for name in NAMES]
    return [
        make_output(run=run, prompt=prompt) for run in runs for prompt in prompts for _ in range(2)
    ]


def compare(judge: Judge, left: Output, right: Output, value: str, **fields: Any) -> Comparison:
    return Comparison.objects.create(judge=judge, left=left, right=right, value=value, **fields)


def compared(
    outputs: list[Output], judges: list[Judge], seed: int, version: DefinitionVersion | None = None
) -> list[Comparison]:
    """Each judge compares about half of the pairs, the stronger model mostly winning."""
    chance = random.Random(seed)
    found = []
    for judge in judges:
        for place, left in enumerate(outputs):
            for right in outputs[place + 1 :]:
                if left.prompt_id != right.prompt_id or chance.random() < 0.5:
                    continue
                one, other = chance.sample([left, right], 2)
                apart = STRENGTH[one.run.model.slug] - STRENGTH[other.run.model.slug]
                wins = 1 / (1 + math.exp(-apart))
                weights = [wins, 1 - wins, 0.3, 0.15]
                value = chance.choices(["left", "right", "tie", "neither"], weights)[0]
                found.append(compare(judge, one, other, value, definition_version=version))
    return found


def tables(comparisons: list[Comparison]) -> tuple[Any, Any, Counter[tuple[str, str]], int]:
    """Wins and ties by judge, outcomes by model, and how many are within one model."""
    judges = sorted({each.judge_id for each in comparisons})
    wins, ties = np.zeros((2, len(judges), len(NAMES), len(NAMES)))
    outcomes: Counter[tuple[str, str]] = Counter()
    within = 0
    for each in comparisons:
        names = [side.run.model.slug for side in (each.left, each.right)]
        if names[0] == names[1]:
            within += 1
            continue
        one, other = map(NAMES.index, names)
        place = judges.index(each.judge_id)
        if each.value in ("tie", "neither"):
            outcomes.update((name, each.value) for name in names)
            if each.value == "tie":
                ties[place, one, other] += 1
                ties[place, other, one] += 1
            continue
        winner, loser = (one, other) if each.value == "left" else (other, one)
        wins[place, winner, loser] += 1
        outcomes.update([(NAMES[winner], "won"), (NAMES[loser], "lost")])
    return wins, ties, outcomes, within


def rows_of(client: Client, path: str, query: str = "") -> dict[str, dict[str, Any]]:
    return {row["model"]: row for row in client.get(f"{path}.json{query}").json()["rows"]}


@pytest.mark.parametrize(("path", "judges"), [(PLAIN, 6), ("/leaderboards/taylor/pairwise", 3)])
def test_ratings_are_davidsons_on_counts_made_one_by_one(
    client: Client, version: DefinitionVersion, path: str, judges: int
) -> None:
    """With more judges than rows the errors are clustered by judge, otherwise they are not."""
    people, outputs = [make_judge() for _ in range(judges)], outputs_of_three()
    asked = None if path == PLAIN else version
    comparisons = compared(outputs, people, 4, asked)
    compared(outputs, people, 5, version if asked is None else None)
    wins, ties, outcomes, within = tables(comparisons)
    clustered = judges > len(NAMES)
    expected = davidson(wins, ties) if clustered else davidson(wins.sum(0), ties.sum(0))
    covariance = expected.cautious_covariance
    ranks, group_numbers, worst = groups(expected.abilities, covariance)
    data = client.get(f"{path}.json").json()
    board = data["board"]
    assert board["clustered_by_judge"] == clustered
    assert board["comparisons_within_a_row"] == within > 0
    assert board["comparisons"] == len(comparisons) - within
    assert board["tie"] == pytest.approx(expected.tie)
    assert [row["rating"] for row in data["rows"]] == sorted(
        (row["rating"] for row in data["rows"]), reverse=True
    )
    for row in data["rows"]:
        place = NAMES.index(row["model"])
        half = 1.959963984540054 * math.sqrt(covariance[place, place])
        ability = expected.abilities[place]
        assert row["rating"] == pytest.approx(ability)
        assert (row["low"], row["high"]) == pytest.approx((ability - half, ability + half))
        assert row["preferred"] == pytest.approx(1 / (1 + math.exp(-ability)))
        assert (row["rank"], row["rank_high"]) == (ranks[place], worst[place])
        assert row["group"] == group_numbers[place] + 1
        for name in ("won", "lost", "tied", "neither"):
            wanted = outcomes[row["model"], "tie" if name == "tied" else name]
            assert row[name] == wanted, (row["model"], name)
        assert row["neither_share"] == pytest.approx(row["neither"] / row["comparisons"])
    as_csv = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv").content.decode())))
    assert [float(row["rating"]) for row in as_csv] == [row["rating"] for row in data["rows"]]
    page = client.get(f"{path}/").content.decode()
    assert ("Errors are clustered by judge, and never below" in page) == clustered


def test_judges_with_equal_records_are_no_certainty(
    client: Client, version: DefinitionVersion
) -> None:
    """Each of three prefers the one twice and the other once: between judges nothing differs."""
    outputs = outputs_of_three()
    apes, bees = ([o for o in outputs if o.run.model.slug == name] for name in ("ape", "bee"))
    for judge in (make_judge(), make_judge(), make_judge()):
        for ape, bee, value in zip(apes, bees, ("left", "left", "right"), strict=False):
            compare(judge, ape, bee, value)
    data = client.get(f"{PLAIN}.json").json()
    assert data["board"]["clustered_by_judge"]
    # Six against three: the variance of the log odds is 1/6 + 1/3, half of it each side.
    half = 1.959964 * math.sqrt(1 / 6 + 1 / 3) / 2
    for row in data["rows"]:
        assert (row["rank"], row["rank_high"]) == (1, 2)
        assert row["high"] - row["rating"] == pytest.approx(half, rel=1e-5)
    assert client.get(f"{PLAIN}/").content.decode().count(">1 to 2</td>") == 2


def test_every_count_leads_to_its_comparisons(client: Client) -> None:
    compared(outputs_of_three(), [make_judge() for _ in range(2)], 4)
    page = client.get(f"{PLAIN}/")
    entries = [entry for group in page.context["drawn"]["groups"] for entry in group]
    assert len(entries) == 3
    for entry in entries:
        for outcome in ("won", "lost", "tied", "neither"):
            listed = client.get(entry["links"][outcome].partition("#")[0]).context
            assert listed["page"].paginator.count == getattr(entry["tally"], outcome)
            assert {each["side"].outcome for each in listed["comparisons"]} <= {outcome}
            ours = {each["side"].output for each in listed["comparisons"]}
            models = Output.objects.filter(pk__in=ours).values_list("run__model__slug", flat=True)
            assert set(models) <= {entry["row"].model.slug}
    assert client.get(f"{PLAIN}/?row=nobody").status_code == 404
    assert client.get(f"{PLAIN}/?row={entries[0]['row'].key}&outcome=drawn").status_code == 404


def test_rows_that_nothing_joins_are_not_rankable_and_named(client: Client) -> None:
    judge, outputs = make_judge(), outputs_of_three()
    first = {name: [o for o in outputs if o.run.model.slug == name] for name in NAMES}
    compare(judge, first["ape"][0], first["bee"][0], "left")
    compare(judge, first["bee"][2], first["cow"][2], "tie")
    data = client.get(f"{PLAIN}.json").json()
    assert data["board"]["not_rankable"]
    parts = [{key.split("--")[0] for key in part} for part in data["board"]["unconnected"]]
    assert parts == [{"ape"}, {"bee", "cow"}]
    assert [row["rating"] for row in data["rows"]] == [None] * 3
    page = client.get(f"{PLAIN}/").content.decode()
    assert "Not rankable yet: the comparisons leave 2 groups apart." in page
    assert "<li>Bee 135M, Asked plain; Cow 135M, Asked plain</li>" in page
    # The other way round joins them.
    compare(judge, first["ape"][2], first["bee"][2], "right")
    assert client.get(f"{PLAIN}.json").json()["board"]["not_rankable"] is None


def test_neither_is_no_tie_and_keeps_nothing_from_being_ranked(client: Client) -> None:
    judges, outputs = [make_judge() for _ in range(2)], outputs_of_three()
    first = {name: [o for o in outputs if o.run.model.slug == name] for name in NAMES}
    for judge in judges:
        compare(judge, first["ape"][0], first["cow"][0], "neither")
    data = client.get(f"{PLAIN}.json").json()
    assert data["board"]["not_rankable"] == "no comparison of two rows was decided or a tie"
    assert [row["neither_share"] for row in data["rows"]] == [1.0, 1.0]
    for place, value in ((0, "left"), (0, "left"), (2, "right"), (4, "tie")):
        compare(make_judge(), first["ape"][place], first["bee"][place], value)
    rows = rows_of(client, PLAIN)
    assert rows["cow"]["rating"] is None
    assert (rows["ape"]["neither"], rows["ape"]["tied"]) == (2, 1)
    assert rows["ape"]["neither_share"] == pytest.approx(2 / 6)
    assert rows["ape"]["rating"] == pytest.approx(-rows["bee"]["rating"])
    assert rows["ape"]["rating"] > 0
    assert "“neither” in every comparison" in client.get(f"{PLAIN}/").content.decode()


def test_which_comparisons_count(client: Client, version: DefinitionVersion) -> None:
    outputs = outputs_of_three()
    ape, bee = (next(o for o in outputs if o.run.model.slug == name) for name in ("ape", "bee"))
    compare(make_judge(), ape, bee, "left")
    compare(make_judge(), ape, bee, "tie", blind=False)
    compare(make_judge("guest"), ape, bee, "right")
    compare(make_judge("guest"), ape, bee, "right", guest_check="held-back")
    compare(make_judge("model"), bee, ape, "left")
    replaced = compare(make_judge(), ape, bee, "left")
    Comparison.objects.filter(pk=replaced.pk).update(is_current=False)

    def fared(query: str) -> tuple[int, int, int]:
        row = rows_of(client, PLAIN, query)["ape"]
        return row["won"], row["tied"], row["lost"]

    assert fared("") == (1, 0, 0)
    assert fared("?unblinded=1") == (1, 1, 0)
    assert fared("?judges=guests") == (1, 0, 1)
    assert rows_of(client, PLAIN, "?until=2020-01-01") == {}
    assert rows_of(client, PLAIN, "?model=cow") == {}
    assert fared("?judges=models") == (0, 0, 1)
    assert client.get("/leaderboards/taylor/pairwise.json").json()["rows"] == []


def test_the_pages_before_anybody_compared(client: Client, version: DefinitionVersion) -> None:
    for path in (PLAIN, "/leaderboards/taylor/pairwise"):
        page = client.get(f"{path}/").content.decode()
        assert "nobody compared outputs of two rows yet" in page
        assert 'href="/judge/pair/' in page
    assert client.get("/leaderboards/nobody/pairwise/").status_code == 404
    assert client.get(f"{PLAIN}/?since=soon").status_code == 422


def test_queries_stay_the_same_with_more_comparisons(client: Client) -> None:
    outputs = outputs_of_three()
    compared(outputs, [make_judge()], 4)
    client.get(f"{PLAIN}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{PLAIN}/")
    compared(outputs, [make_judge() for _ in range(3)], 5)
    client.get(f"{PLAIN}/")
    with CaptureQueriesContext(connection) as many:
        client.get(f"{PLAIN}/")
    assert len(many) == len(few)


def test_ratings_that_do_not_converge_are_not_rankable(
    client: Client, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratings, "MOST_STEPS", 1)
    compared(outputs_of_three(), [make_judge()], 4)
    board = client.get(f"{PLAIN}.json").json()["board"]
    assert board["not_rankable"] == "the ratings did not converge in 1 steps"
    assert "did not converge" in client.get(f"{PLAIN}/").content.decode()
