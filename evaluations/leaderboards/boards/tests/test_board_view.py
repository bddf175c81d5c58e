"""One definition's board: page, CSV, JSON, and the outputs behind every number."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_recipe,
    make_run,
)
from evaluations.leaderboards.boards.records import BOARD_COLUMNS
from evaluations.leaderboards.tests.chips import chips_in
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    make_criterion("two")
    return make_definition("taylor", {"all": ["one", "two"]}, name="Taylor as quoted")


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


def judged(run: Run, *verdicts: str) -> list[Output]:
    """Outputs of a run on which one person answered so that the verdict is as given."""
    judge = make_judge()
    outputs = [make_output(run=run) for _ in verdicts]
    for output, value in zip(outputs, verdicts, strict=True):
        give(judge, output, {"one": "yes", "two": value})
    return outputs


def records(client: Client, path: str, query: str = "") -> tuple[list[Any], list[Any]]:
    """The rows of a board's CSV and of its JSON, both as Python values."""
    response = client.get(f"{path}.csv{query}")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    data = client.get(f"{path}.json{query}").json()
    numbers = [
        {name: value if isinstance(data["rows"][i][name], str) else value and float(value)
         for name, value in row.items()}
        for i, row in enumerate(rows)
    ]  # fmt: skip
    return numbers, [{k: "" if v is None else v for k, v in row.items()} for row in data["rows"]]


def test_page_csv_and_json_say_the_same(client: Client, version: DefinitionVersion) -> None:
    ape, bee = make_model("ape", name="Ape 1B"), make_model("bee", name="Bee 2B")
    recipe = make_recipe("plain", name="Plainly")
    judged(make_run(ape, recipe), "yes", "yes", "no", "cannot-tell")
    make_output(run=make_run(ape, recipe), state="failed")
    judged(make_run(bee, recipe), "yes", "partly", "no", "no", "no")
    as_csv, as_json = records(client, "/leaderboards/taylor")
    assert as_csv == as_json
    assert list(as_json[0]) == list(BOARD_COLUMNS)
    first, second = as_json
    assert (first["model"], first["recipe"], first["outputs"], first["n"]) == ("ape", "plain", 5, 4)
    assert (first["share"], first["bound_low"], first["bound_high"]) == (0.5, 0.5, 0.75)
    assert (first["coverage"], first["undetermined"], first["met"]) == (0.8, 1, 2)
    assert (second["share"], second["partly"], second["not_reasoning"]) == (0.2, 1, 3)
    page = text(client, "/leaderboards/taylor/")
    rows = re.findall(r'<tr id="row-.*?</tr>\s*<tr class="more">.*?</tr>', page, re.DOTALL)
    assert ["Ape 1B" in row for row in rows] == [True, False]
    for row, record in zip(rows, as_json, strict=True):
        assert f">{100 * record['share']:.0f}%</a>" in row
        assert f"{100 * record['low']:.0f}% to {100 * record['high']:.0f}%" in " ".join(row.split())
        plain = " ".join(re.sub(r"<[^>]*>", " ", row).split())
        assert f"Coverage {100 * record['coverage']:.0f}% of {record['outputs']}" in plain
        assert f"Judgments {record['judgments']} " in plain
        for count, word in (("reasoning", "reasoning"), ("not_reasoning", "not reasoning")):
            assert f"{record[count]} {word}" in plain


@pytest.mark.parametrize("policy", ["not-met", "met"])
def test_every_number_leads_to_as_many_outputs(
    client: Client, version: DefinitionVersion, policy: str
) -> None:
    made = make_definition("policy", "two", partly_policy=policy)
    ape, bee = make_model("ape"), make_model("bee")
    judged(make_run(ape), "yes", "yes", "partly", "no", "cannot-tell")
    judged(make_run(bee), "yes", "no")
    make_output(run=make_run(ape), state="failed")
    page = text(client, "/leaderboards/policy/")
    _, as_json = records(client, "/leaderboards/policy")
    for record in as_json:
        narrowed = f"model={record['model']}&amp;recipe={record['recipe']}"
        for extra, count in (("&amp;verdict=met", record["met"]), ("", record["n"])):
            link = f"/leaderboards/policy/outputs/?{narrowed}{extra}"
            assert f'href="{link}"' in page
            listed = text(client, link.replace("&amp;", "&"))
            assert re.search(rf"<h1>{count} outputs? ", listed), (record, extra)
            assert listed.count('<p class="entry-title">') == count
        for word in ("reasoning", "partly", "not-reasoning", "undetermined"):
            link = f"/leaderboards/policy/outputs/?{narrowed}&verdict={word}".replace("&amp;", "&")
            count = record[word.replace("-", "_")]
            assert re.search(rf"<h1>{count} outputs? ", text(client, link))
    assert as_json[0]["met"] + as_json[1]["met"] == (4 if made.partly_policy == "met" else 3)


def test_what_counts_is_chosen_in_the_address_and_kept_in_the_links(
    client: Client, version: DefinitionVersion
) -> None:
    output, unblinded = make_output(), make_output()
    both = {"one": "yes", "two": "yes"}
    give(make_judge("guest"), output, both)
    give(make_judge("model"), output, {"one": "no", "two": "no"})
    shown = make_judge()
    reveal_answers(judge=shown, output=unblinded)
    give(shown, unblinded, both)
    expected = {
        "": (0, 0),
        "judges=guests": (1, 1),
        "judges=models": (1, 0),
        "unblinded=1": (1, 1),
        "judges=guests&unblinded=1": (2, 2),
        "judges=models&combine=any": (1, 0),
        "judges=models&combine=all": (1, 0),
        "judges=models&combine=majority": (1, 0),
        "judges=people&combine=median&road=computed": (0, 0),
    }
    for query, (n, met) in expected.items():
        as_csv, as_json = records(client, "/leaderboards/taylor", f"?{query}")
        assert as_csv == as_json
        assert (as_json[0]["n"], as_json[0]["met"]) == (n, met), query
        listed = text(client, f"/leaderboards/taylor/outputs/?{query}")
        assert re.search(rf"<h1>{n} outputs? ", listed), query
    page = text(client, "/leaderboards/taylor/?judges=guests&combine=any&unblinded=1")
    for link in (
        "/leaderboards/taylor.csv?judges=guests&amp;unblinded=1&amp;combine=any",
        "/leaderboards/taylor.json?judges=guests&amp;unblinded=1&amp;combine=any",
        "recipe=plainly&amp;judges=guests&amp;unblinded=1&amp;combine=any",
    ):
        assert link in page
    chips = chips_in(page)
    assert (chips["judges"], chips["blind"]) == ("signed-in and guests", "blind or not")
    assert (chips["served"], chips["combine"]) == ("served", "any")


def test_the_direct_road_shows_direct_answers(client: Client, version: DefinitionVersion) -> None:
    output = make_output()
    give(make_judge(), output, {"one": "no", "two": "no"})
    classify(make_judge(), output, version, "yes")
    _, (row,) = records(client, "/leaderboards/taylor", "?road=direct")
    assert (row["n"], row["met"]) == (1, 1)
    assert (
        chips_in(text(client, "/leaderboards/taylor/?road=direct"))["combine"] == "by the wording"
    )
    _, (row,) = records(client, "/leaderboards/taylor")
    assert (row["n"], row["met"]) == (1, 0)


def test_nothing_asked_yet_links_to_the_judging_that_is_missing(
    client: Client, version: DefinitionVersion
) -> None:
    assert "No outputs yet" in text(client, "/leaderboards/taylor/")
    give(make_judge(), make_output(), {"one": "yes"})
    page = text(client, "/leaderboards/taylor/")
    assert "Not asked yet: on no output" in page
    assert "Nobody was asked: “two”. <a" in page
    assert '<a href="/judge/?criteria=two">Judge this</a>' in page
    assert "No outputs here" in text(client, "/leaderboards/taylor/outputs/")
    _, (row,) = records(client, "/leaderboards/taylor")
    assert (row["n"], row["share"], row["low"], row["bound_high"]) == (0, "", "", "")


def test_what_a_rule_lacks_besides_judging_is_named(client: Client) -> None:
    make_criterion("one")
    make_criterion("stays-stable", level="set", answered_by="probe")
    make_definition("stable", {"all": ["one", "stays-stable"]})
    page = text(client, "/leaderboards/stable/")
    assert "also needs findings" in page
    assert "count a verdict only where the whole rule was asked" in page
    assert 'href="/criteria/stays-stable/"' in page
    assert 'href="/judge/?criteria=one"' in page
    give(make_judge(), make_output(), {"one": "yes"})
    page = text(client, "/leaderboards/stable/")
    note = page.partition("Not asked yet")[2].partition("</p>")[0]
    assert "No finding yet, which no judge gives:" in note
    assert "“stays stable”</a>." in note
    assert "/judge/" not in note


def test_each_model_names_what_it_lacks(client: Client, version: DefinitionVersion) -> None:
    ape, bee = make_run(make_model("ape")), make_run(make_model("bee"))
    give(make_judge(), make_output(run=ape), {"one": "yes", "two": "yes"})
    give(make_judge(), make_output(run=bee), {"one": "yes"})
    give(make_judge(), make_output(run=bee), {"one": "yes"})
    for path in ("/leaderboards/taylor/", "/definitions/taylor/"):
        page = text(client, path)
        assert "Not asked yet: on no output" not in page
        assert page.count("Nobody was asked: “two”.") == 1
        assert (path == "/definitions/taylor/") or "1 row at the end was not asked yet" in page
    matrix = text(client, "/leaderboards/")
    assert matrix.count('<span class="visually-hidden">lacks 1 question: two</span>') == 1
    give(make_judge(), make_output(run=bee), {"two": "yes"})
    page = text(client, "/leaderboards/taylor/")
    assert "Not asked together on any output: “one”, “two”." in page
    assert '<a href="/judge/?criteria=one,two">Judge these</a>' in page


def test_the_direct_road_asks_no_criteria(client: Client, version: DefinitionVersion) -> None:
    give(make_judge(), make_output(), {"one": "yes"})
    page = text(client, "/leaderboards/taylor/?road=direct")
    assert "Nobody was asked:" not in page
    assert '<a href="/judge/?direct=taylor">Classify one</a>' in page
    matrix = text(client, "/leaderboards/?road=direct")
    assert 'Nobody classified an output by it: <a href="/judge/?direct=taylor">judge' in matrix


def test_the_weakest_criterion_stands_beside_the_score(
    client: Client, version: DefinitionVersion
) -> None:
    ape, bee = make_run(make_model("ape")), make_run(make_model("bee"))
    output, other = make_output(run=ape), make_output(run=bee)
    for value in ("yes", "yes", "no", "cannot-tell"):
        give(make_judge(), output, {"one": "yes", "two": value})
    give(make_judge("guest"), output, {"one": "no", "two": "no"})
    give(make_judge(), other, {"one": "yes", "two": "yes"})
    page = " ".join(text(client, "/leaderboards/taylor/").split())
    # Yes, yes and no are three pairs of known answers; cannot-tell agrees with nobody.
    assert "17% of 6 pairs of judges alike" in page
    assert "It is the criterion on which the score rests most weakly: the one with" in page
    assert "“two”" in page
    assert "20% of 10 pairs" in text(client, "/leaderboards/taylor/?judges=guests")
    _, rows = records(client, "/leaderboards/taylor")
    ape_row = next(row for row in rows if row["model"] == "ape")
    # One item, two of three known answers alike: observed over expected disagreement is 1.
    assert (ape_row["least_agreed"], ape_row["alpha"], ape_row["alpha_items"]) == ("two", 0, 1)
    assert "judges do not agree on “two”: alpha 0.00 (1 answered" in ape_row["in_doubt"]


def test_the_board_says_its_version_and_how_to_cite_it(
    client: Client, version: DefinitionVersion
) -> None:
    give(make_judge(), make_output(), {"one": "yes", "two": "yes"})
    page = text(client, "/leaderboards/taylor/?combine=any&column=x")
    assert '<a href="/definitions/taylor/v/1/">version 1</a>' in page
    cited = page.partition('id="citation">')[2].partition("</p>")[0]
    assert "version 1 of the definition (http://testserver/definitions/taylor/v/1/)" in cited
    assert f"judgments as of {timezone.now():%-d %B %Y}" in cited
    assert (
        f"http://testserver/leaderboards/taylor/?combine=any, read on {timezone.now():%-d %B %Y}."
        in cited
    )


def test_the_outputs_behind_a_number_as_files(client: Client, version: DefinitionVersion) -> None:
    run = make_run(make_model("ape"))
    first, *_ = judged(run, *["yes"] * 26, "no")
    judged(make_run(make_model("bee")), "yes")
    query = "?model=ape&verdict=met"
    rows = client.get(f"/leaderboards/taylor/outputs.json{query}").json()["outputs"]
    assert len(rows) == 26
    assert rows[0] == {
        "output": first.pk, "definition": "taylor", "definition_version": 1,
        "verdict": "reasoning", "model": "ape", "recipe": run.recipe.slug,
        "prompt": first.prompt.slug, "sample": first.sample + 1,
        "trace_visibility": "full", "url": f"http://testserver/outputs/{first.pk}/",
    }  # fmt: skip
    as_csv = text(client, f"/leaderboards/taylor/outputs.csv{query}")
    assert list(csv.DictReader(io.StringIO(as_csv))) == [
        {name: str(value) for name, value in row.items()} for row in rows
    ]
    page = text(client, f"/leaderboards/taylor/outputs/{query}&page=2")
    assert 'href="/leaderboards/taylor/outputs.csv?model=ape&amp;verdict=met"' in page
    text(client, "/leaderboards/taylor/outputs.json?verdict=good", 404)
    text(client, "/leaderboards/nobody/outputs.csv", 404)


def test_a_guest_sees_how_it_reads_with_theirs(client: Client, version: DefinitionVersion) -> None:
    guest, output = make_judge("guest"), make_output()
    give(guest, output, {"one": "yes", "two": "yes"})
    session = client.session
    session[GUEST_KEY] = str(guest.guest_key)
    session.save()
    assert "with yours: 1 of 1" in text(client, "/leaderboards/taylor/")
    assert "with yours: </span>1 of 1" in text(client, "/leaderboards/")
    assert "with yours: 1 of 1" in text(client, "/definitions/taylor/")
    assert "with yours" not in text(Client(), "/definitions/taylor/")
    assert "with yours" not in text(Client(), "/leaderboards/taylor/")
    assert "with yours" not in text(client, "/leaderboards/taylor/?judges=guests")
    _, (row,) = records(client, "/leaderboards/taylor")
    assert row["n"] == 0


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/leaderboards/nobody/", "There is no definition “nobody”."),
        ("/leaderboards/nobody.csv", "There is no definition “nobody”."),
        ("/leaderboards/nobody.json", "There is no definition “nobody”."),
        ("/leaderboards/nobody/outputs/", "There is no definition “nobody”."),
        ("/leaderboards/taylor/?combine=mean", "“mean” is not a choice for “combine”"),
        ("/leaderboards/taylor.json?road=high", "“high” is not a choice for “road”"),
        ("/leaderboards/?judges=some", "“some” is not a choice for “judges”"),
        ("/leaderboards/taylor/outputs/?verdict=good", "“good” is no verdict"),
        ("/leaderboards/taylor/outputs/?model=nobody", "There is no model “nobody”."),
        ("/leaderboards/taylor/outputs/?recipe=none", "There is no recipe “none”."),
        ("/leaderboards/taylor/outputs/?recipe=%00", "holds a character that no name has"),
    ],
)
def test_unknown_names_and_choices_get_a_readable_404(
    client: Client, version: DefinitionVersion, path: str, sentence: str
) -> None:
    assert sentence in text(client, path, 404)


def test_long_lists_of_outputs_have_pages(client: Client, version: DefinitionVersion) -> None:
    judged(make_run(), *["yes"] * 27)
    first = text(client, "/leaderboards/taylor/outputs/?verdict=met")
    assert "27 outputs that count as reasoning" in first
    assert first.count('<p class="entry-title">') == 25
    assert "verdict=met&amp;page=2" in first
    for page, count in (("2", 2), ("99", 2), ("x", 25)):
        found = text(client, f"/leaderboards/taylor/outputs/?page={page}")
        assert found.count('<p class="entry-title">') == count


def test_hostile_text_is_escaped(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor", "one", name="<script>n</script>", statement="<script>s</script>")
    model = make_model("ape", name="<script>m</script>")
    judged_output = make_output(run=make_run(model), trace="", answer="<script>o</script>")
    give(make_judge(), judged_output, {"one": "yes"})
    for path in ("/leaderboards/", "/leaderboards/taylor/", "/leaderboards/taylor/outputs/",
                 "/definitions/", "/definitions/taylor/"):  # fmt: skip
        page = text(client, path)
        assert not re.search(r"<script>[nsmo]", page), path
        assert "&lt;script&gt;" in page, path


def test_csv_runs_no_formula(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor", "one", name="=1+1", statement="@SUM(A1)", author="+cmd")
    make_output()
    assert ",'=1+1," in client.get("/leaderboards/taylor.csv").content.decode()
    assert ",'=1+1," in client.get("/matrix.csv").content.decode()
    as_csv = client.get("/definitions.csv").content.decode()
    assert "'=1+1" in as_csv
    assert "'@SUM(A1)" in as_csv
    assert "'+cmd" in as_csv


def test_queries_do_not_grow_with_rows(client: Client, version: DefinitionVersion) -> None:
    paths = ("/leaderboards/taylor/", "/leaderboards/taylor.json", "/leaderboards/taylor/outputs/",
             "/leaderboards/taylor/outputs.json", "/definitions/taylor/")  # fmt: skip
    guest = make_judge("guest")
    session = client.session
    session[GUEST_KEY] = str(guest.guest_key)
    session.save()

    def grow(n: int) -> None:
        run = make_run(make_model(f"m{n}"), make_recipe(f"r{n}"))
        judged(run, "yes", "no")
        give(guest, make_output(run=run), {"one": "yes", "two": "yes"})
        make_criterion(f"c{n}", level="set", answered_by="probe")
        make_definition(f"d{n}", {"all": ["one", f"c{n}"]})

    assert_queries_do_not_grow(client, paths, grow)


def test_a_model_that_never_wrote_anything_is_on_no_board(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor", "one")
    give(make_judge(), make_output(), {"one": "yes"})
    mistyped = make_run(model=make_model("mistyped", name="Mistyped 7B"))
    make_output(run=mistyped, state="failed", text="", trace="", answer="")
    files = ("/", "/leaderboards.csv", "/leaderboards/taylor.csv")
    for path in files:
        assert "mistyped" not in client.get(path).content.decode(), path
    make_output(run=mistyped)
    for path in files:
        assert "mistyped" in client.get(path).content.decode(), path
