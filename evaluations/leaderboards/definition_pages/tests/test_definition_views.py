"""Definitions and criteria: lists, pages, versions, files."""

import csv
import io
import json
import random
import re

import krippendorff
import numpy as np
import pytest
from django.test import Client

from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import Criterion, Definition, DefinitionVersion
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Way
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_run,
    make_user,
    reword,
)
from evaluations.measures.agreement import gwet_ac1, krippendorff_alpha

pytestmark = pytest.mark.django_db


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


@pytest.fixture
def taylor() -> DefinitionVersion:
    make_criterion("one", question="Is there one?")
    make_criterion("two", question="Are there two?")
    make_criterion("stays-stable", level="set", answered_by="probe", question="Is it stable?")
    return make_definition(
        "taylor", {"all": ["one", {"not": "two"}]}, name="Taylor as quoted", statement="Drawing."
    )


def test_the_list_has_both_groups_and_counts(client: Client, taylor: DefinitionVersion) -> None:
    make_definition("stable", "stays-stable", name="Stable under change")
    Definition.objects.filter(slug="stable").update(kind="claim")
    judge = make_judge()
    for value in ("yes", "no"):
        give(judge, make_output(), {"one": value, "two": "no"})
    page = text(client, "/definitions/")
    judged, _, needing = page.partition("Also need findings")
    assert "2 statements about what reasoning is" in judged
    assert "1 of 2 judged outputs count" in judged
    assert "“Drawing.”" in judged
    assert "Stable under change" in needing
    assert '<span class="badge">claim</span>' in needing


def test_an_empty_list(client: Client) -> None:
    assert "0 statements" in text(client, "/definitions/")


def test_files_of_the_definitions_hold_the_rule(client: Client, taylor: DefinitionVersion) -> None:
    (row,) = csv.DictReader(io.StringIO(text(client, "/definitions.csv")))
    (entry,) = client.get("/definitions.json").json()["definitions"]
    assert json.loads(row["rule"]) == entry["rule"] == taylor.rule
    assert row["statement"] == entry["statement"] == "Drawing."
    assert (row["year"], entry["year"]) == ("", None)


def test_the_page_before_anything_was_judged(client: Client, taylor: DefinitionVersion) -> None:
    page = text(client, "/definitions/taylor/")
    for piece in (
        "Taylor as quoted", "“Drawing.”", "A. Author", "Reading of taylor.",
        "not its author’s text", "Is there one?", "Not asked yet", "not asked yet",
        'href="/judge/?criteria=one,two"', 'href="/judge/?direct=taylor"',
        'href="/definitions/taylor/v/1/"',
    ):  # fmt: skip
        assert piece in page, piece


def test_the_page_shows_answers_board_direct_answers_and_fidelity(
    client: Client, taylor: DefinitionVersion
) -> None:
    first, second = make_output(), make_output()
    judge, other, guest = make_judge(), make_judge(), make_judge("guest")
    for output, value in ((first, "yes"), (second, "no")):
        give(judge, output, {"one": value, "two": "no"})
    give(other, first, {"one": "yes"})
    give(guest, first, {"one": "no"})
    classify(judge, first, taylor, "yes")
    classify(judge, second, taylor, "yes")
    classify(guest, second, taylor, "no")
    page = text(client, "/definitions/taylor/")
    assert "3 answers by 2 judges" in page
    assert "Classified directly against the wording: 2 yes, 0 partly, 0 no, 0 cannot tell." in page
    assert "<strong>50%</strong>" in page
    assert "judgments with both settled, 2 in all" in page
    assert ">50%</a><br>" in page
    assert 'href="/leaderboards/taylor/"' in page
    assert 'href="/leaderboards/taylor.csv"' in page


def test_direct_answers_are_counted_as_their_board_counts_them(
    client: Client, taylor: DefinitionVersion
) -> None:
    """A judge who opened an output by its address chose it, and boards leave that out."""
    output, other = make_output(), make_output()
    classify(make_judge(), output, taylor, "yes")
    classify(make_judge(), other, taylor, "no", served=Served(way=Way.CHOSEN))
    page = text(client, "/definitions/taylor/")
    assert "Classified directly against the wording: 1 yes, 0 partly, 0 no, 0 cannot tell." in page
    (row,) = client.get("/leaderboards/taylor.json?road=direct").json()["rows"]
    assert (row["n"], row["reasoning"]) == (1, 1)


def test_what_is_no_definition_says_so(client: Client, taylor: DefinitionVersion) -> None:
    Definition.objects.update(kind="neighbouring-concept")
    assert "This is a neighbouring concept rather than a definition" in text(
        client, "/definitions/taylor/"
    )


def test_related_definitions_link_to_each_other(client: Client, taylor: DefinitionVersion) -> None:
    other = make_definition("spoken", "one", name="Taylor as spoken")
    taylor.definition.related.add(other.definition)
    assert 'href="/definitions/spoken/"' in text(client, "/definitions/taylor/")
    assert 'href="/definitions/taylor/"' in text(client, "/definitions/spoken/")


def test_versions_have_permalinks_and_old_ones_say_so(
    client: Client, taylor: DefinitionVersion
) -> None:
    draft = draft_definition(
        definition=taylor.definition, statement="Drawn anew.", rule="one", reading="Anew."
    )
    text(client, "/definitions/taylor/v/2/", 404)
    publish_version(version=draft)
    old, new = (text(client, f"/definitions/taylor/v/{number}/") for number in (1, 2))
    assert "“Drawing.”" in old
    assert "version 1, which is not the one in force" in old
    assert "“Drawn anew.”" in new
    assert "not the one in force" not in new
    assert "“Drawn anew.”" in text(client, "/definitions/taylor/")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/definitions/nobody/", "There is no definition “nobody”."),
        ("/definitions/taylor/v/9/", "There is no version 9 of a definition “taylor”."),
        ("/definitions/nobody/v/1/", "There is no version 1 of a definition “nobody”."),
        ("/definitions/taylor/v/99999999999/", "There is no version 99999999999"),
        ("/criteria/nothing/", "There is no criterion “nothing”."),
    ],
)
def test_unknown_things_get_a_readable_404(
    client: Client, taylor: DefinitionVersion, path: str, sentence: str
) -> None:
    assert sentence in text(client, path, 404)


def test_criteria_are_listed_by_what_they_are_about(
    client: Client, taylor: DefinitionVersion
) -> None:
    page = text(client, "/criteria/")
    one, _, sets = page.partition("About a set of runs")
    assert "About one output" in one
    assert "Is there one?" in one
    assert "used by 1 definition<" in one
    assert "Is it stable?" in sets
    assert "used by 0 definitions<" in sets


def test_files_of_the_criteria(client: Client, taylor: DefinitionVersion) -> None:
    entries = client.get("/criteria.json").json()["criteria"]
    assert [entry["key"] for entry in entries] == ["one", "two", "stays-stable"]
    assert entries[0]["question"] == "Is there one?"
    assert [entry["used_by"] for entry in entries] == [["taylor"], ["taylor"], []]
    assert (entries[2]["level"], entries[2]["answered_by"]) == ("set", "probe")
    make_definition("spoken", "one")
    rows = list(csv.DictReader(io.StringIO(text(client, "/criteria.csv"))))
    assert list(rows[0]) == list(entries[0])
    assert [row["used_by"] for row in rows] == ["taylor spoken", "taylor", ""]
    assert 'href="/criteria.csv"' in text(client, "/criteria/")
    assert 'href="/criteria/">All criteria</a>' in text(client, "/definitions/")
    assert 'href="/models/"' in text(client, "/runs/")


def test_where_judges_disagree(client: Client, taylor: DefinitionVersion) -> None:
    output = make_output()
    give(make_judge(), output, {"one": "yes", "two": "no"})
    assert "How far judges agree" not in text(client, "/definitions/taylor/")
    give(make_judge(), output, {"one": "yes"})
    give(make_judge(), output, {"one": "partly"})
    give(make_judge("guest"), output, {"one": "no", "two": "no"})
    page = text(client, "/definitions/taylor/")
    table = page.partition('id="agreement"')[2].partition("</table>")[0]
    assert table.count("<tr>") == 2, "one criterion was answered twice"
    words = page.partition('class="words"')[2].partition("</ul>")[0]
    assert "<strong>unknown</strong>" in words, "the word comes before its numbers"
    assert "1 of 3 pairs of answers alike" in words
    assert page.index('class="words"') < page.index('id="agreement"')
    assert '<td class="number">1 of 3</td>' in table
    assert f'<td class="number">{krippendorff_alpha([[2], [2], [1]], "ordinal"):.2f}</td>' in table
    assert f'href="{output.get_absolute_url()}"' in page, "the output that divides them"
    assert "one (2 yes, 1 partly)" in page


def test_a_criterion_with_its_answers_and_users(client: Client, taylor: DefinitionVersion) -> None:
    assert "None yet." in text(client, "/criteria/one/")
    wording = taylor.criterion_versions.get(criterion__key="one")
    judge, other = make_judge(), make_judge()
    give(judge, make_output(), {"one": "yes"})
    reword(wording, "Is there just one?")
    give(other, make_output(), {"one": "cannot-tell"})
    give(make_judge("guest"), make_output(), {"one": "no"})
    page = text(client, "/criteria/one/")
    assert "Is there just one?" in page
    assert "version 2" in page
    assert "2 by 2 judges: 1 yes, 0 partly, 0 no, 1 cannot tell." in " ".join(page.split())
    assert 'href="/definitions/taylor/"' in page
    assert 'href="/judge/?criteria=one"' in page
    reword(wording, "Something else?", new_question=True)
    assert "None yet." in text(client, "/criteria/one/")


def test_a_retired_criterion_stays_readable_and_is_offered_to_no_new_rule(
    client: Client, taylor: DefinitionVersion
) -> None:
    Criterion.objects.filter(key="one").update(successors=["two", "stays-stable"])
    page = text(client, "/criteria/one/")
    assert "Retired: it asked more than one thing." in page
    assert '<a href="/criteria/two/">two</a>, <a href="/criteria/stays-stable/">' in page
    assert "Judge this criterion" not in page
    assert "<span>retired</span>" in text(client, "/criteria/")
    records = client.get("/criteria.json").json()["criteria"]
    assert records[0]["successors"] == ["two", "stays-stable"]
    assert text(client, "/definitions/taylor/"), "its users are shown as before"
    client.force_login(make_user("ada"))
    form = text(client, "/definitions/new/")
    assert 'value="two"' in form
    assert 'value="one"' not in form


def test_a_criterion_that_no_judge_answers(client: Client, taylor: DefinitionVersion) -> None:
    page = text(client, "/criteria/stays-stable/")
    assert "answered by a probe" in page
    assert "Judge this criterion" not in page
    assert "No definition in force uses it." in page


def test_queries_do_not_grow_with_rows(client: Client, taylor: DefinitionVersion) -> None:
    paths = ("/definitions/", "/definitions/taylor/", "/criteria/", "/criteria/one/",
             "/definitions.json", "/criteria.json")  # fmt: skip

    def grow(n: int) -> None:
        other = make_definition(f"d{n}", {"any": ["one", "two"]})
        taylor.definition.related.add(other.definition)
        make_criterion(f"c{n}")
        output = make_output(run=make_run(make_model(f"m{n}")))
        judge = make_judge()
        give(judge, output, {"one": "yes", "two": "no"})
        classify(judge, output, taylor, "yes")
        publish_version(
            version=draft_definition(
                definition=other.definition, statement="S.", rule="one", reading="R."
            )
        )

    assert_queries_do_not_grow(client, paths, grow)


def test_agreement_stands_with_all_that_makes_it_readable(client: Client) -> None:
    """Alpha with its interval, AC1, judges and pairable answers, against another's package."""
    make_criterion("one")
    make_definition("taylor", "one")
    judges, chance = [make_judge() for _ in range(4)], random.Random(5)
    table = np.full((4, 30), np.nan)
    for item in range(30):
        output, truth = make_output(), chance.choice(["yes", "no", "partly"])
        for place, judge in enumerate(judges):
            if chance.random() < 0.3:
                continue
            value = truth if chance.random() < 0.8 else chance.choice(["yes", "no", "cannot-tell"])
            give(judge, output, {"one": value})
            if value != "cannot-tell":
                table[place, item] = {"no": 0, "partly": 1, "yes": 2}[value]
    twice = (~np.isnan(table)).sum(axis=0) > 1
    alpha = krippendorff.alpha(table, level_of_measurement="ordinal")
    for url in ("/definitions/taylor/", "/criteria/one/"):
        page = client.get(url).content.decode()
        row = re.search(r'id="agreement".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
        assert row is not None
        cells = re.findall(r'<td class="number">(.*?)</td>', row[1])
        shown, low, high = map(float, re.findall(r"\d\.\d\d", cells[0]))
        assert shown == pytest.approx(alpha, abs=0.005)
        assert low < alpha < high
        assert float(cells[1]) == pytest.approx(gwet_ac1(table, 3), abs=0.005)
        pairable = int((~np.isnan(table))[:, twice].sum())
        assert [int(cell) for cell in cells[2:5]] == [4, int(twice.sum()), pairable]
