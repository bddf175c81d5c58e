"""Two definitions compared, against a slow reckoning output by output."""

import csv
import io
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)
from evaluations.leaderboards.boards.standings import VERDICT_ORDER
from evaluations.leaderboards.tests.reckoning import Rows
from evaluations.leaderboards.whatif.tests.test_whatif import KEYS, RULE, Slow, make_world
from evaluations.measures.intervals import wilson

pytestmark = pytest.mark.django_db

OTHER: dict[str, Any] = {"any": ["infers", {"not": "ends"}]}


@pytest.fixture
def found(client: Client) -> Any:
    make_world(outputs=30, seed=3)
    make_definition("peirce", OTHER, name="Peirce", statement="Something else entirely.")
    response = client.get("/definitions/compare.json?a=taylor&b=peirce")
    assert response.status_code == 200
    return response.json()


def parted(slow: Slow) -> dict[int, tuple[str, str]]:
    said = {o.pk: (slow.says(o.pk, RULE), slow.says(o.pk, OTHER)) for o in slow.outputs}
    return {pk: (a, b) for pk, (a, b) in said.items() if a and b and a != b}


def test_the_table_and_kappa_are_what_the_rows_say(found: Any) -> None:
    slow = Slow()
    said = [(slow.says(o.pk, RULE), slow.says(o.pk, OTHER)) for o in slow.outputs]
    both = [(a, b) for a, b in said if a and b]
    table = {a: {b: both.count((a, b)) for b in VERDICT_ORDER} for a in VERDICT_ORDER}
    assert found["verdicts"] == table
    assert (found["n"], found["parted"]) == (len(both), sum(a != b for a, b in both))
    observed = sum(a == b for a, b in both) / len(both)
    first, second = Counter(a for a, _ in both), Counter(b for _, b in both)
    chance = sum(first[v] * second[v] for v in VERDICT_ORDER) / len(both) ** 2
    assert found["kappa"] == pytest.approx((observed - chance) / (1 - chance))


def test_criteria_that_explain_the_difference(found: Any) -> None:
    slow = Slow()
    outputs = parted(slow)
    assert len(outputs) > 10
    for item in found["criteria"]:
        assert item["of"] == len(outputs)
        for side, rule in (("a", RULE), ("b", OTHER)):
            # Several smallest sets may fix a verdict: one of them is counted.
            most = sum(item["key"] in slow.deciding(pk, rule) for pk in outputs)
            assert item[f"decisive_in_{side}"] <= most
            if item["in_" + side] is False:
                assert item[f"decisive_in_{side}"] == 0
        assert (
            max(item["decisive_in_a"], item["decisive_in_b"])
            <= item["decisive_in_either"]
            <= item["decisive_in_a"] + item["decisive_in_b"]
        )
    counts = [item["decisive_in_either"] for item in found["criteria"]]
    assert counts == sorted(counts, reverse=True)
    assert {item["key"] for item in found["criteria"]} == set(KEYS)


def test_outputs_are_listed_opposites_first(found: Any) -> None:
    outputs = parted(Slow())
    rows = found["outputs"]
    assert {r["output"]: (r["first_verdict"], r["second_verdict"]) for r in rows} == outputs

    def apart(row: dict[str, Any]) -> int:
        pair = {row["first_verdict"], row["second_verdict"]}
        return 3 if pair == {"reasoning", "not-reasoning"} else 1 if "undetermined" in pair else 2

    keys = [
        (apart(r), r["judge_pairs_agreeing"] / r["judge_pairs"] if r["judge_pairs"] else -1.0)
        for r in rows
    ]
    assert all(one >= other for one, other in pairwise(keys))


def test_prompts_that_separate_have_their_interval(found: Any) -> None:
    slow = Slow()
    outputs = parted(slow)
    n: Counter[str] = Counter()
    k: Counter[str] = Counter()
    for output in slow.outputs:
        if slow.says(output.pk, RULE) and slow.says(output.pk, OTHER):
            n[output.prompt.slug] += 1
            k[output.prompt.slug] += output.pk in outputs
    assert {row["prompt"]: (row["parted"], row["n"]) for row in found["prompts"]} == {
        slug: (count, n[slug]) for slug, count in k.items() if count
    }
    for row in found["prompts"]:
        interval = wilson(row["parted"], row["n"])
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))


def test_the_page_leads_to_the_most_divisive_output(client: Client, found: Any) -> None:
    page = client.get("/definitions/compare/?a=taylor&b=peirce").content.decode()
    first = found["outputs"][0]["output"]
    assert f'id="most-divisive" href="/outputs/{first}/"' in page
    assert "Taylor against Peirce" in page
    for was, row in found["verdicts"].items():
        for becomes, count in row.items():
            assert (f"was={was}&amp;becomes={becomes}#" in page) == (count > 0)
    assert "word-diff" not in page
    rows = list(
        csv.DictReader(
            io.StringIO(client.get("/definitions/compare.csv?a=taylor&b=peirce").content.decode())
        )
    )
    assert [int(row["output"]) for row in rows] == [r["output"] for r in found["outputs"]]


def test_tau_needs_three_rows(found: Any) -> None:
    assert found["tau"] is None
    assert found["tau_undefined"]
    assert len(found["board"]) == 2


def test_statements_that_are_alike_are_compared_word_by_word(client: Client) -> None:
    make_world(outputs=8)
    make_definition("spoken", OTHER, name="Spoken", statement="Statement of tailor.")
    page = client.get("/definitions/compare/?a=taylor&b=spoken").content.decode()
    assert "tailor</ins>" in page
    assert "taylor</del>" in page


def test_nothing_chosen_suggests_those_that_part_most(client: Client, found: Any) -> None:
    page = client.get("/definitions/compare/").content.decode()
    assert f"part on {found['parted']} of {found['n']} outputs" in page
    assert "a=taylor&amp;b=peirce" in page or "a=peirce&amp;b=taylor" in page
    same = client.get("/definitions/compare/?a=taylor&b=taylor").content.decode()
    assert "the same definition" in same


def test_definitions_never_asked_together_say_so(client: Client) -> None:
    make_world(outputs=6)
    make_criterion("elsewhere")
    make_definition("other", "elsewhere")
    response = client.get("/definitions/compare/?a=taylor&b=other")
    assert "no output on which both rules were asked" in response.content.decode()
    data = client.get("/definitions/compare.json?a=taylor&b=other").json()
    assert data["kappa"] is None
    assert data["kappa_undefined"]


@pytest.mark.parametrize("query", ["?a=taylor&b=nobody", "?a=%00&b=taylor"])
def test_unknown_definitions_are_not_found(client: Client, query: str) -> None:
    make_world(outputs=2)
    assert client.get(f"/definitions/compare/{query}").status_code == 404
    assert client.get("/definitions/compare.csv?a=taylor").status_code == 404


def test_queries_do_not_grow_with_the_rows(client: Client, found: Any) -> None:
    url = "/definitions/compare/?a=taylor&b=peirce"
    counts = []
    for _ in range(3):
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        counts.append(len(captured))
        judge = make_judge()
        for output in list(Rows().outputs):
            give(judge, output, dict.fromkeys(KEYS, "no"))
            make_output(run=output.run, prompt=output.prompt)
    # One more from the first output that fits a smallest case, and none for further ones.
    assert counts[1] == counts[2] <= 15
    assert counts[0] in (counts[1], counts[1] - 1)
