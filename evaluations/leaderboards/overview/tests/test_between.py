"""Rankings under two definitions beside each other, against a reckoning by hand."""

from collections.abc import Iterable
from itertools import combinations

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
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.overview.between import (
    likenesses,
    on_top,
    slope_between,
    tau_interval,
)
from evaluations.leaderboards.overview.overview import Overview, overview
from evaluations.prompts.models import Family, Prompt

pytestmark = pytest.mark.django_db

SHARES = {
    # model: prompts of ten on which each criterion holds, each asked in two wordings
    "ant": (9, 2, 9),
    "bee": (7, 4, 7),
    "cat": (5, 6, 6),
    "dog": (1, 8, 1),
}


@pytest.fixture
def versions() -> list[DefinitionVersion]:
    for key in ("one", "two", "three", "never"):
        make_criterion(key)
    return [make_definition(slug, slug) for slug in ("one", "two", "three", "never")]


def judge_all() -> None:
    judge, recipe = make_judge(), make_recipe()
    prompts = [make_prompt() for _ in range(20)]
    for slug, holds in SHARES.items():
        run = make_run(make_model(slug, name=slug.title()), recipe)
        for number, prompt in enumerate(prompts):
            answers = {
                key: "yes" if number < 2 * held else "no"
                for key, held in zip(("one", "two", "three"), holds, strict=True)
            }
            give(judge, make_output(run=run, prompt=prompt), answers)


def board() -> Overview:
    return overview(current_matrix())


def by_hand(a: list[int], b: list[int]) -> float:
    """Kendall's tau of rankings without ties, by counting pairs."""
    signs = [
        (x > y) - (x < y) == (u > v) - (u < v)
        for (x, u), (y, v) in combinations(zip(a, b, strict=True), 2)
    ]
    return (2 * sum(signs) - len(signs)) / len(signs)


def test_every_pair_has_the_tau_of_its_shares(versions: list[DefinitionVersion]) -> None:
    judge_all()
    found = {
        (pair.one.definition.slug, pair.other.definition.slug): pair
        for pair in likenesses(board(), current_matrix(), Question())
    }
    assert list(found) == [("one", "two"), ("two", "three"), ("one", "three")], "least alike first"
    columns = {
        key: [held[place] for held in SHARES.values()]
        for place, key in enumerate(("one", "two", "three"))
    }
    for (one, other), pair in found.items():
        assert pair.rows == 4
        assert pair.tau == pytest.approx(by_hand(columns[one], columns[other]))


def test_below_three_rows_there_is_no_tau(versions: list[DefinitionVersion]) -> None:
    judge = make_judge()
    for slug in ("ant", "bee"):
        run = make_run(make_model(slug), make_recipe(f"by-{slug}"))
        give(judge, make_output(run=run), {"one": "yes", "two": "no"})
    (pair,) = likenesses(board(), current_matrix(), Question())
    assert pair.tau is None
    assert pair.rows == 2
    assert "3" in pair.undefined


def test_places_of_the_chart(versions: list[DefinitionVersion]) -> None:
    judge_all()
    found = board()
    slope = slope_between(found.rows[0], found.rows[1], found.columns, current_matrix())
    assert [row.model.slug for row in slope.left] == ["ant", "bee", "cat", "dog"]
    assert [row.model.slug for row in slope.right] == ["dog", "cat", "bee", "ant"]
    assert [row.places for row in slope.left] == [(1, 4), (2, 3), (3, 2), (4, 1)]
    assert [(row.left, row.right) for row in slope.right] == [(3, 0), (2, 1), (1, 2), (0, 3)]
    assert [row.direction for row in slope.left] == ["down", "down", "up", "up"]
    assert slope.left[0].shares == (0.9, 0.2)
    assert slope.title == (
        "Under Name of two instead of Name of one, 4 of 4 change place; Ant, asked plainly, "
        "falls most, from 1 to 4."
    )
    nothing = slope_between(found.rows[0], found.rows[3], found.columns, current_matrix())
    assert nothing.title == "No model was asked both under Name of never and Name of one."


def test_no_sentence_ranks_rows_that_no_test_tells_apart(
    client: Client, versions: list[DefinitionVersion]
) -> None:
    judge, values = make_judge(), {"ant": "yes", "bee": "no", "cat": "no"}
    runs = [make_run(make_model(slug), make_recipe(f"by-{slug}")) for slug in values]

    def judge_on(prompts: Iterable[Prompt]) -> None:
        for prompt in prompts:
            for run, value in zip(runs, values.values(), strict=True):
                give(judge, make_output(run=run, prompt=prompt), {"one": value, "two": "yes"})

    judge_on([make_prompt()])
    kin = Family.objects.create(slug="kin")
    judge_on([make_prompt(family=kin), make_prompt(family=kin)])
    found = board()
    slope = slope_between(found.rows[0], found.rows[1], found.columns, current_matrix())
    assert [row.places for row in slope.left] == [(1, 1), (2, 1), (2, 1)]
    assert "not under both is a row told from another yet" in slope.title
    assert not any(row.first or row.ranked for row in on_top(found, current_matrix(), Question()))
    needed = (
        "it takes 7 prompts on which two of them were judged (a family of variants counts once), "
        "and there are at most 2."
    )
    for path in ("/", "/leaderboards/", "/leaderboards/between/"):
        page = client.get(path).text
        assert needed in page, path
        assert "highest share" not in page
        assert "change place" not in page
        assert "least alike (" not in page
    page = client.get("/leaderboards/one/").text
    assert "2 prompts are too few to order 3 rows: it takes at least 7" in page
    judge_on(make_prompt() for _ in range(10))
    top = on_top(overview(current_matrix()), current_matrix(), Question())
    assert [(row.model.slug, row.first, row.told, row.ranked) for row in top] == [
        ("ant", 1, 1, 1), ("bee", 0, 0, 1), ("cat", 0, 0, 1),
    ], "under the other definition all are equal, which puts nobody on top"  # fmt: skip
    assert top[0].everywhere
    assert not top[1].everywhere
    home = " ".join(client.get("/").text.split())
    assert "Ant 135M, asked by-ant, has the highest share of outputs that count" in home
    assert (
        "under the one definition by which models can be told apart so far, and a test puts it "
        "above every other row there." in home
    )


def test_on_top_beyond_doubt_takes_a_test_and_no_fork(versions: list[DefinitionVersion]) -> None:
    judge, prompts = make_judge(), [make_prompt() for _ in range(12)]
    for slug, value in (("ant", "yes"), ("bee", "no")):
        run = make_run(make_model(slug), make_recipe(f"by-{slug}"))
        for prompt in prompts:
            give(judge, make_output(run=run, prompt=prompt), {"one": value, "two": value})
    ranked = on_top(board(), current_matrix(), Question())
    assert ranked[0].first == ranked[0].told == ranked[0].ranked
    before = ranked[0].ranked
    make_definition("fork", "one", forked_from=versions[0])
    equal = {"any": [{"not": {"not": "one"}}, "one"]}
    make_definition("equal", equal)
    assert len(board().rows) == len(board().counted) + 2
    make_definition("shown", equal, absence_policy="must-be-shown")
    assert len(board().rows) == len(board().counted) + 2, "another policy is another rule"
    make_definition("unmarked", {"all": ["one", "two"]}, curated=False)
    assert len(board().rows) == len(board().counted) + 2
    before += 1
    assert on_top(board(), current_matrix(), Question())[0].ranked == before


def test_the_interval_holds_the_estimate_and_repeats(versions: list[DefinitionVersion]) -> None:
    judge_all()
    found, held = board(), current_matrix()
    around = tau_interval(versions[0], versions[2], found.columns, held)
    assert around is not None
    assert around.estimate == pytest.approx(1.0)
    assert around.low <= around.estimate <= around.high
    assert around.low > 0
    assert around == tau_interval(versions[0], versions[2], found.columns, held)
    assert tau_interval(versions[0], versions[3], found.columns, held) is None


def test_the_page_starts_with_the_pair_least_alike(
    client: Client, versions: list[DefinitionVersion]
) -> None:
    assert (
        "No two definitions were asked of the same three"
        in client.get("/leaderboards/between/").text
    )
    judge_all()
    page = client.get("/leaderboards/between/").text
    assert "Under Name of two instead of Name of one, 4 of 4 change place" in page
    assert "<strong>-1.00</strong>" in page or "<strong>−1.00</strong>" in page
    other = client.get("/leaderboards/between/?a=one&b=three").text
    assert "Under Name of three instead of Name of one all keep their places." in other
    assert client.get("/leaderboards/between/?a=one&b=nothing").status_code == 404
    rows = client.get("/leaderboards/between.json").json()["pairs"]
    assert (rows[0]["one"], rows[0]["other"]) == ("one", "two")
    lines = client.get("/leaderboards/between.csv").text.splitlines()
    assert lines[1].split(",")[:5] == ["one", "1", "two", "1", "4"]


def test_queries_do_not_grow(client: Client, versions: list[DefinitionVersion]) -> None:
    judge_all()
    client.get("/leaderboards/between/")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/leaderboards/between/")
        return len(captured)

    before = count()
    give(make_judge(), make_output(), {"one": "yes"})
    make_definition("five", "one")
    client.get("/leaderboards/between/")
    assert count() == before
