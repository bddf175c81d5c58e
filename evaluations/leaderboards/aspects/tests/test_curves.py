"""Compute curves: shares and tokens against plain sums, pass@k against every draw of k."""

import csv
import io
import random
from collections import defaultdict
from itertools import combinations
from statistics import mean
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
    make_prompt,
    make_recipe,
    make_run,
)
from evaluations.leaderboards.aspects.curves import ks_up_to
from evaluations.leaderboards.aspects.curves_charts import thinned
from evaluations.leaderboards.tests.board_world import world
from evaluations.measures.intervals import wilson_of_share
from evaluations.measures.sampling import majority_at_k, pass_at_k
from evaluations.measures.tests.bootstrap import drawn_again
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

PATH = "/leaderboards/taylor/curves"


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    make_criterion("two")
    return make_definition("taylor", {"all": ["one", "two"]})


def sampled_world(seed: int) -> None:
    """The world of boards with more samples of some prompts; tokens of some are not known."""
    chance = random.Random(seed)
    tokens = (None, 20, 50, 90)
    for output in world(seed, tokens):
        for _ in range(chance.choice([0, 0, 2, 4])):
            make_output(
                run=output.run,
                prompt=output.prompt,
                grade=chance.choice([None, 0.0, 0.5, 1.0, 1.0]),
                tokens_out=chance.choice(tokens),
            )


def draws(grades: list[bool], k: int, most: bool) -> float:
    """Share of the draws of k with a right one, or with most of them right."""
    found = [sum(draw) for draw in combinations(grades, k)]
    if most:
        return mean(1.0 if 2 * c > k else 0.5 if 2 * c == k else 0.0 for c in found)
    return mean(float(c > 0) for c in found)


@pytest.mark.parametrize("query", ["", "?model=ape", "?judges=guests"])
def test_numbers_are_those_of_plain_sums(
    client: Client, version: DefinitionVersion, query: str
) -> None:
    sampled_world(3)
    outputs = {
        output.pk: output
        for output in Output.objects.select_related("run__model", "run__recipe")
        if query != "?model=ape" or output.run.model.slug == "ape"
    }
    verdicts = {
        row["output"]: row["verdict"]
        for row in client.get(f"/leaderboards/taylor/outputs.json{query}").json()["outputs"]
    }
    rows = client.get(f"{PATH}.json{query}").json()["rows"]
    assert {row["measure"] for row in rows} == {"reasoning", "right", "pass", "majority"}
    board = {
        (row["model"], row["recipe"]): row
        for row in client.get(f"/leaderboards/taylor.json{query}").json()["rows"]
    }
    assert {(row["model"], row["recipe"]) for row in rows} == set(board)
    by_row: dict[tuple[str, str], list[Output]] = defaultdict(list)
    for output in outputs.values():
        by_row[output.run.model.slug, output.run.recipe.slug].append(output)
    for row in rows:
        here = by_row[row["model"], row["recipe"]]
        if row["measure"] == "reasoning":
            here = [output for output in here if output.pk in verdicts]
            share = mean(verdicts[output.pk] == "reasoning" for output in here)
            listed = board[row["model"], row["recipe"]]
            assert (row["low"], row["high"]) == (listed["low"], listed["high"])
        else:
            here = [output for output in here if output.grade is not None]
            share = mean(output.grade.score == 1 for output in here if output.grade)
        if row["measure"] in {"reasoning", "right"}:
            assert row["outputs"] == len(here)
            assert row["estimate"] == pytest.approx(share)
            assert row["low"] <= share <= row["high"]
            known = [output.tokens_out for output in here if output.tokens_out is not None]
            assert row["tokens"] == pytest.approx(mean(known))
            continue
        grades: dict[int, list[bool]] = defaultdict(list)
        for output in here:
            grades[output.prompt_id].append(output.grade is not None and output.grade.score == 1)
        enough = [each for each in grades.values() if len(each) >= row["k"]]
        assert row["prompts"] == len(enough)
        assert row["prompts_with_fewer"] == len(grades) - len(enough)
        if not enough:
            assert row["estimate"] is None
            continue
        most = row["measure"] == "majority"
        chances = [draws(each, row["k"], most) for each in enough]
        assert row["estimate"] == pytest.approx(mean(chances))
        drawn = drawn_again(
            majority_at_k if most else pass_at_k,
            [len(each) for each in enough],
            [sum(each) for each in enough],
            row["k"],
            seed=7,
        )
        if len(set(chances)) == 1:
            drawn = wilson_of_share(chances[0], len(chances))
        # Other draws of the same bootstrap: the ends agree but for chance.
        assert row["low"] == pytest.approx(drawn.low, abs=0.06)
        assert row["high"] == pytest.approx(drawn.high, abs=0.06)
    lines = list(csv.DictReader(io.StringIO(client.get(f"{PATH}.csv{query}").content.decode())))
    assert [line["estimate"] for line in lines] == [
        "" if row["estimate"] is None else str(row["estimate"]) for row in rows
    ]


def test_the_page_says_where_a_number_is_undefined(
    client: Client, version: DefinitionVersion
) -> None:
    judge = make_judge()
    run, other = make_run(make_model("ape")), make_run(make_model("bee"))
    first, second = make_prompt(), make_prompt()
    for grades, prompt in (((1.0, 0.0, 0.0), first), ((1.0,), second)):
        for grade in grades:
            output = make_output(run=run, prompt=prompt, grade=grade, tokens_out=40)
            give(judge, output, {"one": "yes", "two": "yes"})
    make_output(run=other, prompt=first, grade=1.0, tokens_out=10)
    page = client.get(f"{PATH}/")
    text = page.content.decode()
    assert "undefined: n &lt; 3" in text
    assert "1 prompt; 1 has n &lt; 3" in text
    assert "Of 3 samples by Ape 135M, Asked plainly, at least one is right on 100% of" in text
    assert "against tokens: tests tell no row from another yet." in text
    assert "Of a row’s graded outputs 50% to 100% are right." in text
    assert "not asked yet" in text
    for entry in page.context["rows"]:
        for name, count in (
            ("judged", entry["curves"].verdicts.outputs),
            ("graded", entry["curves"].right.outputs),
        ):
            address = entry["links"][name].replace("/outputs/", "/outputs.json")
            assert len(client.get(address).json()["outputs"]) == count


def test_the_page_without_verdicts_grades_or_tokens(
    client: Client, version: DefinitionVersion
) -> None:
    assert "there is nothing to set against tokens" in client.get(f"{PATH}/").content.decode()
    output = make_output(tokens_out=None)
    give(make_judge(), output, {"one": "yes", "two": "yes"})
    text = client.get(f"{PATH}/").content.decode()
    assert "no output whose tokens are known was judged" in text
    assert "no output was graded" in text
    assert "pass@k" not in text
    assert client.get(f"{PATH}.csv").status_code == 200
    assert client.get(f"{PATH}/?until=never").status_code == 422
    assert client.get("/leaderboards/nobody/curves/").status_code == 404


def test_values_of_k_and_their_ticks() -> None:
    assert ks_up_to(0) == []
    assert ks_up_to(5) == [1, 2, 3, 4, 5]
    assert ks_up_to(8) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert ks_up_to(16) == [1, 2, 4, 8, 16]
    assert ks_up_to(100) == [1, 2, 4, 8, 16, 32, 64, 100]
    assert thinned([1.0]) == [1]
    assert thinned([1, 2]) == [1, 2]
    assert thinned([1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]
    assert thinned([1, 2, 4, 8, 16, 32, 64, 100]) == [1, 16, 32, 64, 100]
    assert thinned([1, 16, 32, 64, 66]) == [1, 16, 32, 66]


def test_a_chart_draws_the_highest_lines_and_says_so(
    client: Client, version: DefinitionVersion
) -> None:
    prompt = make_prompt()
    for n in range(10):
        run = make_run(make_model(f"m-{n}"))
        make_output(run=run, prompt=prompt, grade=float(n != 4), tokens_out=n + 1)
    page = client.get(f"{PATH}/")
    chart: Any = page.context["right_chart"]
    assert len(chart.paths) == 8
    assert not any("M-4" in path.label for path in chart.paths)
    assert "Only the 8 of 10 lines that reach highest are drawn." in page.content.decode()


def test_queries_stay_the_same_with_more_rows(client: Client, version: DefinitionVersion) -> None:
    sampled_world(5)
    client.get(f"{PATH}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{PATH}/")
    judge, recipe = make_judge(), make_recipe("again")
    for name in ("cow", "dog", "eel"):
        output = make_output(run=make_run(make_model(name), recipe), grade=1.0, tokens_out=7)
        give(judge, output, {"one": "yes", "two": "no"})
    client.get(f"{PATH}/")
    with CaptureQueriesContext(connection) as many:
        client.get(f"{PATH}/")
    assert len(many) == len(few)
