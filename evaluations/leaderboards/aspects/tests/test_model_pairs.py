"""Two rows side by side: differences, tests and lists against plain sums over the outputs."""

import csv
import io
import math
from collections import defaultdict
from statistics import mean
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from scipy import stats
from scipy.stats import binomtest

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
from evaluations.leaderboards.tests.board_world import world
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db

PATH = "/leaderboards/taylor/pair"
ROWS = {"a": "ape--plain", "b": "bee--plain"}


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    make_criterion("two")
    return make_definition("taylor", {"all": ["one", "two"]})


def shares(client: Client, row: str, **query: str) -> dict[str, float]:
    """Share of met outputs by prompt, from the list of a row's judged outputs."""
    model, recipe = row.split("--")
    listed = client.get(
        "/leaderboards/taylor/outputs.json", {"model": model, "recipe": recipe, **query}
    )
    found: dict[str, list[bool]] = defaultdict(list)
    for output in listed.json()["outputs"]:
        found[output["prompt"]].append(output["verdict"] == "reasoning")
    return {prompt: mean(met) for prompt, met in found.items()}


@pytest.mark.parametrize("query", [{}, {"combine": "any"}, {"since": "2020-01-01"}])
@pytest.mark.parametrize("samples", [1, 3])
def test_difference_and_tests_are_those_of_plain_sums(
    client: Client, version: DefinitionVersion, query: dict[str, str], samples: int
) -> None:
    judge = make_judge()
    for number, output in enumerate(world(5)):
        for sample in range(1, samples):
            again = make_output(run=output.run, prompt=output.prompt)
            answer = "yes" if (number + sample) % 3 else "no"
            give(judge, again, {"one": "yes", "two": answer})
    one, other = (shares(client, row, **query) for row in ROWS.values())
    shared = sorted(one.keys() & other.keys())
    apart = {prompt: one[prompt] - other[prompt] for prompt in shared}
    data = client.get(f"{PATH}.json", {**ROWS, **query}).json()
    found = data["comparison"]
    assert found["prompts"] == len(shared) > 5
    assert found["a_share"] == pytest.approx(mean(one[prompt] for prompt in shared))
    difference = mean(apart.values())
    assert found["difference"] == pytest.approx(difference)
    family = dict(Prompt.objects.values_list("slug", "family"))
    clusters: dict[Any, float] = defaultdict(float)
    for prompt in shared:
        clusters[family[prompt] or prompt] += apart[prompt] - difference
    error = math.sqrt(
        sum(total**2 for total in clusters.values()) * len(clusters) / (len(clusters) - 1)
    ) / len(shared)
    half = stats.t.ppf(0.975, len(clusters) - 1) * error
    assert found["low"] == pytest.approx(max(-1, difference - half), abs=1e-6)
    assert found["high"] == pytest.approx(min(1, difference + half), abs=1e-6)
    assert not found["one_output_each"]
    by_chance = 2 * stats.t.sf(abs(difference) / error, len(clusters) - 1)
    assert found["p"] == pytest.approx(max(by_chance, 2.0 ** (1 - len(clusters))))
    more, less = (sum(sign * a > 0 for a in apart.values()) for sign in (1, -1))
    assert (found["a_higher"], found["b_higher"]) == (more, less)
    assert found["exact_p"] == pytest.approx(binomtest(more, more + less).pvalue)

    rows = list(csv.DictReader(io.StringIO(
        client.get(f"{PATH}.csv", {**ROWS, **query}).content.decode()
    )))  # fmt: skip
    assert {row["prompt"]: float(row["difference"]) for row in rows} == pytest.approx(apart)
    sizes = [abs(float(row["difference"])) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert [row["prompt"] for row in data["prompts"]] == [row["prompt"] for row in rows]


def judged_pair(answers: dict[str, tuple[str, ...]]) -> list[Run]:
    """A run of each model, and an output of it to each prompt in turn, judged so."""
    judges = [make_judge(), make_judge()]
    runs = [make_run(make_model(name), make_recipe("plain")) if not n else
            make_run(make_model(name)) for n, name in enumerate(answers)]  # fmt: skip
    prompts = [make_prompt() for _ in range(max(map(len, answers.values())))]
    for run, values in zip(runs, answers.values(), strict=True):
        for prompt, value in zip(prompts, values, strict=False):
            output = make_output(run=run, prompt=prompt)
            for judge in judges:
                give(judge, output, {"one": "yes", "two": value})
    return runs


def test_mcnemar_and_what_is_needed(client: Client, version: DefinitionVersion) -> None:
    judged_pair({"ape": ("yes",) * 6 + ("no",) * 4, "bee": ("yes",) * 3 + ("no",) * 6 + ("yes",)})
    found = client.get(f"{PATH}.json", ROWS).json()["comparison"]
    assert found["one_output_each"]
    assert (found["a_higher"], found["b_higher"]) == (3, 1)
    assert found["p"] == found["exact_p"] == pytest.approx(binomtest(3, 4).pvalue)
    apart = [1] * 3 + [0] * 6 + [-1]
    spread = math.sqrt(sum((a - 0.2) ** 2 for a in apart) / 9)
    prompts = math.ceil(((1.959964 + 0.841621) * spread / 0.2) ** 2)
    assert found["needed"] == {
        "prompts": prompts,
        "more_prompts": prompts - 10,
        "outputs": 2 * (prompts - 10),
        "judgments": 4 * (prompts - 10),
        "power": 0.8,
    }
    page = client.get(f"{PATH}/", ROWS).content.decode()
    assert "McNemar’s exact test" in page
    assert f"{prompts - 10} more prompts" in page
    assert "is 20 points above Bee 135M, Asked plain, and no paired test tells them apart." in page


def test_rows_that_are_told_apart_and_rows_that_are_alike(
    client: Client, version: DefinitionVersion
) -> None:
    judged_pair({"ape": ("yes",) * 6, "bee": ("no",) * 6, "cow": ("yes",) * 6})
    told = client.get(f"{PATH}/", ROWS).content.decode()
    assert "a test of these two alone tells them apart, the board’s do not." in told
    assert "This test tells them apart already" in told
    told = " ".join(told.split())
    assert "out of 3 pairs, and it is not corrected for the others" in told
    assert "the two are <strong>not told apart</strong>: 6 prompts are too few" in told
    assert not client.get(f"{PATH}.json", ROWS).json()["comparison"]["told_apart_on_board"]
    ranks = {row["rank_high"] for row in client.get("/leaderboards/taylor.json").json()["rows"]}
    assert ranks == {3}, "as the board says"
    alike = client.get(f"{PATH}/", {"a": "ape--plain", "b": "cow--plain"}).content.decode()
    assert "have the same share." in alike
    assert "no number of prompts would show one that is not there" in alike
    assert client.get(f"{PATH}.json", ROWS).json()["comparison"]["needed"] is None


@pytest.mark.parametrize(("prompts", "words"), [(6, "p = 0.031"), (12, "p &lt; 0.001")])
def test_no_p_is_said_to_be_0(
    client: Client, version: DefinitionVersion, prompts: int, words: str
) -> None:
    judged_pair({"ape": ("yes",) * prompts, "bee": ("no",) * prompts})
    assert f"<strong>{words}</strong>" in client.get(f"{PATH}/", ROWS).content.decode()


def test_the_board_and_the_two_say_the_same_of_them(
    client: Client, version: DefinitionVersion
) -> None:
    judged_pair({"ape": ("yes",) * 7, "bee": ("no",) * 7, "cow": ("yes",) * 7})
    told = " ".join(client.get(f"{PATH}/", ROWS).content.decode().split())
    assert "and the paired tests of the board tell them apart." in told
    assert "the two are <strong>told apart</strong>." in told
    rows = {row["model"]: row for row in client.get("/leaderboards/taylor.json").json()["rows"]}
    assert (rows["ape"]["rank_high"], rows["bee"]["rank"]) == (2, 3)


def test_fewer_prompts_than_any_test_needs_are_never_said_to_do(
    client: Client, version: DefinitionVersion
) -> None:
    judged_pair({"ape": ("yes",) * 3, "bee": ("no",) * 3})
    found = client.get(f"{PATH}.json", ROWS).json()["comparison"]
    assert found["needed"]["prompts"] == 6
    assert binomtest(6, 6).pvalue < 0.05 < binomtest(5, 5).pvalue


def test_lists_lead_to_both_outputs(client: Client, version: DefinitionVersion) -> None:
    judged_pair({"ape": ("yes", "yes", "no", "yes"), "bee": ("yes", "no", "yes", "yes")})
    page = client.get(f"{PATH}/", ROWS)
    counts = {choice["shown"]: choice["count"] for choice in page.context["choices"]}
    assert counts == {"parting": 2, "a": 1, "b": 1, "alike": 2}
    for choice in page.context["choices"]:
        listed = client.get(choice["href"]).context["prompts"]
        assert len(listed) == choice["count"]
        for entry in listed:
            ours, theirs = entry["both"].outputs_a, entry["both"].outputs_b
            verdicts = [ours[0].verdict == "reasoning", theirs[0].verdict == "reasoning"]
            assert verdicts[0] - verdicts[1] == entry["both"].difference
            assert (
                f'href="/outputs/{ours[0].output}/"' in client.get(choice["href"]).content.decode()
            )
    swapped = client.get(page.context["swap"])
    assert swapped.context["asked"].a.key == "bee--plain"
    assert client.get(f"{PATH}/", {**ROWS, "show": "odd"}).status_code == 404


def test_choosing_rows(client: Client, version: DefinitionVersion) -> None:
    assert "fewer than two rows" in client.get(f"{PATH}/").content.decode()
    runs = judged_pair({"ape": ("yes",), "bee": ("no",)})
    page = client.get(f"{PATH}/", {"judges": "guests"}).content.decode()
    assert '<option value="ape--plain">' in page
    assert '<input type="hidden" name="judges" value="guests">' in page
    same = client.get(f"{PATH}/", {"a": "ape--plain", "b": "ape--plain"}).content.decode()
    assert "Both are the same row" in same
    gone = client.get(f"{PATH}/", {**ROWS, "model": "ape"}).content.decode()
    assert "fewer than two rows" in gone
    make_output(run=make_run(runs[1].model, make_recipe("steps")))
    gone = client.get(f"{PATH}/", {**ROWS, "model": "bee"}).content.decode()
    assert "Ape 135M, Asked plain has no output under these choices" in gone
    assert client.get(f"{PATH}/", {"a": "nobody"}).status_code == 404
    assert client.get(f"{PATH}/", {**ROWS, "since": "soon"}).status_code == 422
    alone = client.get(f"{PATH}/", ROWS).content.decode()
    assert "One prompt or family alone" in alone
    by_model = client.get(f"{PATH}/", {"a": "ape", "b": "bee", "by": "model"})
    assert by_model.context["pair"].prompts == 1


def test_rows_without_a_prompt_in_common(client: Client, version: DefinitionVersion) -> None:
    runs = judged_pair({"ape": ("yes",), "bee": ()})
    make_output(run=runs[1])
    page = client.get(f"{PATH}/", ROWS).content.decode()
    assert "they were run on other prompts" in page
    make_output(run=runs[1], prompt=Prompt.objects.earliest("pk"))
    page = client.get(f"{PATH}/", ROWS).content.decode()
    assert "on none of them the whole rule was asked of both" in page
    data = client.get(f"{PATH}.json", ROWS).json()
    assert (data["comparison"], data["prompts"]) == (None, [])
    assert client.get(f"{PATH}.csv").content.decode().count("\n") == 1


def test_queries_stay_the_same_with_more_rows(client: Client, version: DefinitionVersion) -> None:
    judged_pair({"ape": ("yes", "no"), "bee": ("no", "yes")})
    client.get(f"{PATH}/", ROWS)
    with CaptureQueriesContext(connection) as few:
        client.get(f"{PATH}/", ROWS)
    judge = make_judge()
    for run in Run.objects.all():
        for prompt in Prompt.objects.all():
            give(judge, make_output(run=run, prompt=prompt), {"one": "yes", "two": "no"})
    client.get(f"{PATH}/", ROWS)
    with CaptureQueriesContext(connection) as many:
        client.get(f"{PATH}/", ROWS)
    assert len(many) == len(few)
