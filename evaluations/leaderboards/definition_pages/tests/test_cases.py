"""The pages of the worked cases: each mark, and why, as `cases_under` gives them."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from evaluations.common.templatetags.marks import mark_word
from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_criterion, make_definition
from evaluations.leaderboards.definition_pages.cases import (
    all_cases,
    cases_to_read,
    cases_under,
    under_all,
)

pytestmark = pytest.mark.django_db


def page_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return " ".join(response.content.decode().split())


@pytest.fixture
def two() -> list[DefinitionVersion]:
    make_criterion("states-conclusion")
    make_criterion("makes-inference", process=True)
    make_definition("states", "states-conclusion", name="States it")
    make_definition("infers", "makes-inference", name="Infers it", absence_policy="must-be-shown")
    return list(DefinitionVersion.objects.curated().with_pins())


def test_twelve_replies_are_written_out_and_short() -> None:
    written = cases_to_read()
    assert len(written) == 12
    assert all(case.prompt and len(case.reply) < 700 for case in written)
    by_key = all_cases()
    assert by_key["k05"].reply == by_key["k02"].reply, "who only reads sees the clean chain"
    assert by_key["k08"].prompt == by_key["k07"].prompt
    assert len(by_key["k07"].reply) == max(len(case.reply) for case in written)


def test_a_case_says_what_each_definition_says_of_it_elsewhere(
    two: list[DefinitionVersion], client: Client
) -> None:
    for key, found in under_all(two).items():
        page = page_of(client, f"/cases/{key}/")
        for said in found.said:
            version = said.version
            elsewhere = cases_under(
                version.rule, version.absence_policy, list(version.wordings.values())
            )
            same = next(each for each in elsewhere.each if each.case.key == key)
            assert said.explanation == same.explanation
            row = page.partition(f'<tr id="{version.definition.slug}">')[2].partition("</tr>")[0]
            assert f"<span>{mark_word(said.verdict)}</span>" in row
            assert said.explanation.sentence in row.replace("&#x27;", "'")
    hidden = under_all(two)["k08"].by_verdict
    assert [(said.label, said.verdict) for said in hidden] == [
        ("States it", "reasoning"),
        ("Infers it", "not-reasoning"),
    ]


def test_every_mark_of_the_table_leads_to_why(two: list[DefinitionVersion], client: Client) -> None:
    page = page_of(client, "/cases/")
    assert "made by hand" in page
    row = page.partition('<tr id="infers">')[2].partition("</tr>")[0]
    assert re.findall(r'href="(/cases/[^"]+)"', row) == [
        f"{case.get_absolute_url()}#infers" for case in cases_to_read()
    ]
    words = re.findall(r'visually-hidden">([\w ]+)<', row)
    assert words == [
        mark_word(found.said[1].verdict) for found in list(under_all(two).values())[:12]
    ]
    assert page.count('class="entry-title"') == len(all_cases()) - 12
    assert client.get("/cases/k99/").status_code == 404


def test_the_files_hold_every_case_under_every_definition(
    two: list[DefinitionVersion], client: Client
) -> None:
    data = client.get("/cases.json").json()
    assert data["made_by_hand"] is True
    assert len(data["rows"]) == 2 * len(all_cases())
    row = next(r for r in data["rows"] if (r["case"], r["definition"]) == ("k01", "infers"))
    assert row["verdict"] == "not-reasoning"
    assert row["url"] == "http://testserver/cases/k01/#infers"


def test_a_definition_leads_to_its_row(two: list[DefinitionVersion], client: Client) -> None:
    page = page_of(client, "/definitions/infers/")
    assert 'href="/cases/#infers"' in page
    assert 'href="/cases/k07/"' in page


def test_the_shipped_definitions_part_on_the_shipped_cases(client: Client) -> None:
    call_command("load_catalogue", verbosity=0)
    page = page_of(client, "/")
    count = DefinitionVersion.objects.curated().count()
    assert f"Same text, {count} definitions, different verdicts" in page
    line = page.partition('class="verdict-line"')[2].partition("</ul>")[0]
    assert line.count("<li>") == count
    for word in ("reasoning", "not reasoning", "undetermined"):
        assert f'visually-hidden">{word}<' in line


def test_queries_do_not_grow_with_definitions(two: list[DefinitionVersion], client: Client) -> None:
    def grow(n: int) -> None:
        make_definition(f"more-{n}", {"not": "makes-inference"})

    assert_queries_do_not_grow(client, ["/cases/", "/cases/k02/", "/"], grow)
