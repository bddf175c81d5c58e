"""Ranks, agreement, judgments and filters of a board, against slow reckonings of their own."""

import math
import re
from collections import defaultdict
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from scipy import stats

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Answer, Judgment, Protocol, ProtocolVersion
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
from evaluations.leaderboards.boards.reliability import agreement_word
from evaluations.leaderboards.tests.board_world import world
from evaluations.leaderboards.tests.chips import chips_in
from evaluations.measures.agreement import Undefined, krippendorff_alpha
from evaluations.measures.paired import holm
from evaluations.measures.row_ranks import PromptMeans, ranking_of
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

WORTH = {"no": 0.0, "partly": 1.0, "yes": 2.0, "cannot-tell": math.nan}


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    make_criterion("two")
    return make_definition("taylor", {"all": ["one", "two"]})


def alpha_or_none(table: Any) -> float | None:
    try:
        return krippendorff_alpha(table, "ordinal")
    except Undefined:
        return None


def rows_of(client: Client, query: str = "") -> dict[tuple[str, str], dict[str, Any]]:
    data = client.get(f"/leaderboards/taylor.json{query}").json()
    return {(row["model"], row["recipe"]): row for row in data["rows"]}


@pytest.mark.parametrize("seed", [1, 2])
def test_agreement_and_judgments_equal_a_reckoning(
    client: Client, version: DefinitionVersion, seed: int
) -> None:
    world(seed)
    for (model, recipe), row in rows_of(client).items():
        here = Output.objects.filter(run__model__slug=model, run__recipe__slug=recipe)
        answered = (
            {
                answer.output_id
                for answer in Answer.objects.filter(output__in=here, criterion__key=k)
            }
            for k in ("one", "two")
        )
        here = here.filter(pk__in=set.intersection(*answered))
        assert row["n"] == here.count()
        judged = Judgment.objects.filter(output__in=here)
        assert row["judgments"] == judged.values("judge", "output").distinct().count()
        found = {}
        for key in ("one", "two"):
            given: dict[int, list[float]] = defaultdict(list)
            for answer in Answer.objects.filter(output__in=here, criterion__key=key):
                given[answer.output_id].append(WORTH[answer.value])
            width = max(map(len, given.values()))
            table = np.array([g + [math.nan] * (width - len(g)) for g in given.values()]).T
            items = sum(1 for g in given.values() if sum(not math.isnan(v) for v in g) > 1)
            found[key] = alpha_or_none(table), items
        key = row["least_agreed"]
        assert (row["alpha"], row["alpha_items"]) == (pytest.approx(found[key][0]), found[key][1])
        low = [alpha for alpha, _ in found.values() if alpha is not None and alpha < 0.667]
        if low:
            assert found[key][0] == min(low)
        assert bool(row["in_doubt"]) == any(
            alpha is None or alpha < 0.667 or items < 10 for alpha, items in found.values()
        )
        row_outputs = Output.objects.filter(run__model__slug=model, run__recipe__slug=recipe)
        graded = [output.grade.score for output in row_outputs if output.grade]
        assert row["right"] == sum(grade == 1 for grade in graded)
        assert row["graded"] == len(graded)


def test_rows_by_model_put_recipes_together(client: Client, version: DefinitionVersion) -> None:
    world(3)
    apart, together = rows_of(client), rows_of(client, "?by=model")
    assert set(together) == {("ape", ""), ("bee", "")}
    for (model, _), row in together.items():
        parts = [part for (name, _), part in apart.items() if name == model]
        for number in ("outputs", "n", "met", "judgments", "undetermined", "right"):
            assert row[number] == sum(part[number] for part in parts), number
    page = client.get("/leaderboards/taylor/?by=model").content.decode()
    assert "all recipes" in page
    assert "by=model" in page.partition("The same as a file:")[2]
    assert re.search(r'href="/leaderboards/taylor/outputs/\?verdict=met&amp;model=ape"', page) or (
        'href="/leaderboards/taylor/outputs/?model=ape&amp;verdict=met' in page
    )
    assert client.get("/leaderboards/taylor/?by=judge").status_code == 404


def slow_p(a: dict[int, float], b: dict[int, float], family: dict[int, int]) -> float | None:
    """The paired test by loops: Student's t, clustered by family, small-sample factor included."""
    d = {prompt: a[prompt] - b[prompt] for prompt in a if prompt in b}
    mean = sum(d.values()) / len(d)
    sums: dict[int, float] = defaultdict(float)
    for prompt, value in d.items():
        sums[family[prompt]] += value - mean
    clusters = len(sums)
    error = math.sqrt(sum(s * s for s in sums.values()) * clusters / (clusters - 1)) / len(d)
    by_chance = 2 * float(stats.t.sf(abs(mean) / error, clusters - 1))
    return max(by_chance, 2.0 ** (1 - clusters))


@pytest.mark.parametrize("seed", range(4))
def test_ranks_equal_a_reckoning(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outputs = rng.integers(0, 4, (6, 40))
    met = rng.binomial(outputs, np.linspace(0.1, 0.9, 6)[:, None])
    means = np.where(outputs > 0, met / np.maximum(outputs, 1), np.nan)
    family = rng.integers(0, 15, 40)
    tests = ranking_of(PromptMeans(means, outputs, family, np.arange(40)))
    found = tests.above
    rows = [{p: means[r, p] for p in range(40) if outputs[r, p]} for r in range(6)]
    pairs = list(combinations(range(6), 2))
    p = [slow_p(rows[i], rows[j], dict(enumerate(family.tolist()))) for i, j in pairs]
    for (i, j), adjusted in zip(pairs, holm([each or 0.0 for each in p]), strict=True):
        shared = set(rows[i]) & set(rows[j])
        higher = sum(rows[i][q] - rows[j][q] for q in shared) > 0
        assert found[i, j] == (adjusted < 0.05 and higher)
        assert found[j, i] == (adjusted < 0.05 and not higher)
    for row, rank in enumerate(tests.ranks()):
        assert rank == (1 + found[:, row].sum(), 6 - found[row].sum())


@pytest.mark.parametrize(
    ("prompts", "sentence"),
    [
        (4, "4 prompts are too few to order 3 rows: it takes at least 7"),
        (1, "1 prompt is too few to order 3 rows: it takes at least 7"),
        (7, None),
    ],
)
def test_a_board_says_how_many_prompts_it_would_take(
    client: Client, version: DefinitionVersion, prompts: int, sentence: str | None
) -> None:
    """With C prompts no test claims less than 2^(1 - C), and Holm multiplies by the pairs."""
    judge, asked = make_judge(), [make_prompt() for _ in range(prompts)]
    for slug, value in (("ape", "yes"), ("bee", "yes"), ("cow", "no")):
        run = make_run(make_model(slug))
        for prompt in asked:
            give(judge, make_output(run=run, prompt=prompt), {"one": value, "two": value})
    page = " ".join(client.get("/leaderboards/taylor/").content.decode().split())
    assert ("too few to order" in page) == (sentence is not None)
    assert sentence is None or sentence in page
    ranks = {row["rank_high"] for row in rows_of(client).values()}
    assert ranks == ({3} if sentence else {2, 3})


def test_rows_that_no_test_tells_apart_share_a_rank(
    client: Client, version: DefinitionVersion
) -> None:
    prompts = [make_prompt() for _ in range(12)]
    judge = make_judge()
    for slug, good in (("ape", 12), ("bee", 11), ("cow", 0)):
        run = make_run(make_model(slug))
        for place, prompt in enumerate(prompts):
            value = "yes" if place < good else "no"
            give(judge, make_output(run=run, prompt=prompt), {"one": value, "two": value})
    ranks = {model: (row["rank"], row["rank_high"]) for (model, _), row in rows_of(client).items()}
    assert ranks == {"ape": (1, 2), "bee": (1, 2), "cow": (3, 3)}
    page = client.get("/leaderboards/taylor/").content.decode()
    ranks_shown = re.findall(r'<td class="number nowrap middling rank">([^<]+)</td>', page)
    assert ranks_shown == ["1 to 2", "1 to 2", "3"]
    assert "too few to order" not in page
    assert page.count('<tbody class="rank-group">') == 2
    assert "share the top of 3 rows" in page
    assert "put it above" not in page, "nobody leads"
    assert page.count('<svg class="interval"') == 3


def judged_rows(*good: int, prompts: int = 12) -> None:
    """A row each, of which the first so many of the outputs are reasoning."""
    judge, asked = make_judge(), [make_prompt() for _ in range(prompts)]
    for number, most in enumerate(good):
        run = make_run(make_model(f"m{number}", name=f"Model {number}"))
        for place, prompt in enumerate(asked):
            value = "yes" if place < most else "no"
            give(judge, make_output(run=run, prompt=prompt), {"one": value, "two": value})


@pytest.mark.parametrize(
    ("good", "title", "why"),
    [
        ((0, 12), "Model 1, Asked plainly leads, with 100%.", "above the other row."),
        ((1, 12, 0), "Model 1, Asked plainly leads, with 100%.", "each of the 2 other rows."),
        ((12, 11, 0), "share the top of 3 rows", ""),
        ((6, 6, 6), "none of the 3 rows can be told from the others", ""),
        ((5,), "42% of the judged outputs of Model 0, Asked plainly are reasoning.", ""),
    ],
)
def test_a_sentence_says_who_leads_and_why_only_where_a_test_tells(
    client: Client, version: DefinitionVersion, good: tuple[int, ...], title: str, why: str
) -> None:
    judged_rows(*good)
    page = client.get("/leaderboards/taylor/").content.decode()
    assert page.index('id="finding"') < page.index("The words of this board")
    finding = " ".join(page.partition('id="finding"')[2].partition("</div>")[0].split())
    assert title in finding
    assert why in finding
    assert ("Paired tests" in finding) == bool(why)
    # One judge alone: whether others would agree is not known, and the sentence says so.
    assert ("The share is in doubt, though" in finding) == bool(why)


def test_heads_sort_by_links_that_keep_the_rest(client: Client, version: DefinitionVersion) -> None:
    judged_rows(2, 9, 5)

    def shown(query: str) -> list[str]:
        page = client.get(f"/leaderboards/taylor/{query}").content.decode()
        return re.findall(r'<a href="/models/(m\d)/">', page)

    page = client.get("/leaderboards/taylor/?combine=any&sort=name").content.decode()
    links = dict(re.findall(r'<a href="([^"]+)" id="sort-(\w+)"', page.partition("<tbody")[0]))
    links = {name: href.replace("&amp;", "&") for href, name in links.items()}
    assert links["share"] == "?combine=any&sort=share#board"
    assert links["rank"] == "?combine=any#board"
    assert set(links) == {"rank", "name", "share", "n", "agreement", "tokens", "right"}
    assert page.count("aria-sort=") == 1
    assert shown("?sort=name") == ["m0", "m1", "m2"]
    assert shown("?sort=share") == ["m1", "m2", "m0"]
    assert shown("?sort=nothing") == shown("")


@pytest.mark.parametrize(
    ("alpha", "items", "word"),
    [
        (0.9, 10, "good"), (0.8, 10, "good"), (0.79, 10, "fair"), (0.667, 10, "fair"),
        (0.66, 10, "weak"), (0.0, 10, "none"), (-0.2, 10, "none"),
        (0.9, 9, "unknown"), (None, 9, "unknown"), (None, 99, "all alike"),
    ],
)  # fmt: skip
def test_agreement_in_a_word(alpha: float | None, items: int, word: str) -> None:
    assert agreement_word(alpha, items) == word


def test_filters_narrow_page_files_and_drill_down_alike(
    client: Client, version: DefinitionVersion
) -> None:
    judge, model = make_judge(), make_model("ape")
    other = PromptSet.objects.create(slug="sums", title="Sums", domain="arithmetic")
    plain, steps = make_recipe("plain"), make_recipe("steps")
    yes = {"one": "yes", "two": "yes"}
    give(judge, make_output(run=make_run(model, plain)), yes)
    give(judge, make_output(run=make_run(model, steps)), yes)
    run = make_run(model, steps)
    run.pk, run.prompt_set = None, other
    run.save()
    prompt = make_prompt("sum")
    prompt.prompt_set = other
    prompt.save()
    give(judge, make_output(run=run, prompt=prompt), yes)
    protocol = Protocol.objects.create(slug="pilot", title="The pilot", opened_at=timezone.now())
    ProtocolVersion.objects.create(protocol=protocol)
    today = timezone.now().date().isoformat()
    for query, n in {
        "prompt_set=sums": 1,
        "domain=arithmetic": 1,
        "recipe=steps": 2,
        "recipe=steps&prompt_set=set": 1,
        "model=ape": 3,
        "protocol=pilot": 0,
        f"since={today}": 3,
        "until=2020-01-01": 0,
    }.items():
        rows = rows_of(client, f"?{query}")
        assert sum(row["n"] for row in rows.values()) == n, query
        listed = client.get(f"/leaderboards/taylor/outputs/?{query}").content.decode()
        assert re.search(rf"<h1>{n} outputs? ", listed), query
        as_csv = client.get(f"/leaderboards/taylor/outputs.csv?{query}").content.decode()
        assert len(as_csv.splitlines()) == n + 1, query
        assert client.get(f"/leaderboards/?{query}").status_code == 200
    page = client.get(f"/leaderboards/taylor/?domain=arithmetic&recipe=steps&since={today}")
    html = page.content.decode()
    chips = chips_in(html)
    assert chips["outputs"] == "arithmetic, Asked steps"
    assert chips["days"].startswith("since ")
    assert '<option value="arithmetic" selected>' in html
    assert f"domain=arithmetic&amp;since={today}" in html.partition('id="board"')[2]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=May", "“May” is no day."),
        ("until=2026-02-30", "“2026-02-30” is no day."),
        ("since=2026-05-02&until=2026-05-01", "before the first, 2026-05-02"),
        ("since=%00", "is no day."),
    ],
)
def test_days_that_cannot_be_read_keep_the_form(
    client: Client, version: DefinitionVersion, query: str, sentence: str
) -> None:
    for path in ("/leaderboards/taylor/", "/leaderboards/", "/leaderboards/taylor/outputs/"):
        response = client.get(f"{path}?{query}&judges=guests")
        assert response.status_code == 422
        html = response.content.decode()
        assert sentence in html
        assert '<option value="guests" selected>' in html
    assert 'value="May"' in client.get("/leaderboards/?since=May").content.decode()
    for path in ("/leaderboards/taylor.csv", "/leaderboards.csv"):
        response = client.get(f"{path}?{query}")
        assert response.status_code == 422
        assert sentence in response.content.decode()
    response = client.get(f"/leaderboards/taylor.json?{query}")
    assert response.status_code == 422
    assert sentence in " ".join(response.json()["errors"].values())


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("prompt_set=none", "There is no prompt set “none”."),
        ("domain=none", "There is no domain “none”."),
        ("protocol=none", "There is no protocol “none”."),
        ("protocol=draft", "There is no protocol “draft”."),
        ("model=none", "There is no model “none”."),
    ],
)
def test_names_that_do_not_exist_or_are_not_for_the_visitor(
    client: Client, version: DefinitionVersion, query: str, sentence: str
) -> None:
    Protocol.objects.create(slug="draft", title="A draft")
    response = client.get(f"/leaderboards/taylor/?{query}")
    assert response.status_code == 404
    assert sentence in response.content.decode()


def test_grades_and_all_outputs_can_be_listed(client: Client, version: DefinitionVersion) -> None:
    judge, run = make_judge(), make_run(make_model("ape"))
    for grade in (1.0, 1.0, 0.5, None):
        give(judge, make_output(run=run, grade=grade), {"one": "yes", "two": "yes"})
    make_output(run=run, grade=0.0)
    page = client.get("/leaderboards/taylor/").content.decode()
    assert ">2 right</a>" in page
    assert ">2 not</a>" in page
    expected = {
        "of=all": 5,
        "of=all&grade=right": 2,
        "of=all&grade=wrong": 2,
        "of=all&grade=any": 4,
        "grade=wrong": 1,
        "grade=none": 1,
        "verdict=met&grade=right": 2,
    }
    for query, n in expected.items():
        listed = client.get(f"/leaderboards/taylor/outputs/?{query}").content.decode()
        assert re.search(rf"<h1>{n} outputs?\b", listed), query
    assert client.get("/leaderboards/taylor/outputs/?grade=good").status_code == 404


def test_classifications_are_not_voted_over_and_have_an_agreement_of_their_own(
    client: Client, version: DefinitionVersion
) -> None:
    judges, outputs = [make_judge() for _ in range(2)], [make_output() for _ in range(12)]
    for number, output in enumerate(outputs):
        for judge in judges:
            classify(judge, output, version, "yes" if number % 2 else "no")
    asked = client.get("/leaderboards/taylor.json?road=direct&combine=any").json()
    plain = client.get("/leaderboards/taylor.json?road=direct").json()
    assert asked["question"] == plain["question"]
    (row,) = asked["rows"]
    assert (row["least_agreed"], row["alpha"], row["alpha_items"]) == ("direct", 1, 12)
    assert (row["alpha_values"], row["in_doubt"], row["judgments"]) == (24, "", 24)
