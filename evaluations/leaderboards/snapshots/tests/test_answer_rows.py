"""The answers behind a board as CSV: all that count, and no names."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.accounts.visibility import Audience
from evaluations.judgments.answers.actions import Served, reveal_answers
from evaluations.judgments.models import Answer, Way
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.snapshots.answers import COLUMNS
from evaluations.leaderboards.snapshots.hash import pseudonym, site_salt

pytestmark = pytest.mark.django_db


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"/leaderboards/taylor/answers.csv{query}")
    assert response.status_code == 200
    reader = csv.DictReader(io.StringIO(response.content.decode()))
    assert reader.fieldnames == list(COLUMNS)
    return list(reader)


@pytest.fixture(autouse=True)
def definition() -> None:
    make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    make_criterion("elsewhere")
    make_definition("taylor", {"all": ["one", "needs-steps"]})


def test_each_answer_that_counts_is_a_row_without_a_name(client: Client) -> None:
    output = make_output(trace="", trace_visibility="hidden")
    ada = make_judge(user=make_user("ada-lovelace"))
    give(ada, output, {"one": "yes", "needs-steps": "no", "elsewhere": "yes"})
    found = rows(client)
    about_output = next(row for row in found if row["criterion"] == "one")
    about_prompt = next(row for row in found if row["criterion"] == "needs-steps")
    assert len(found) == 2
    pseudonym = about_output["judge"]
    assert about_output == {
        "output": str(output.pk),
        "prompt": output.prompt.slug,
        "family": "",
        "model": output.run.model.slug,
        "recipe": output.run.recipe.slug,
        "trace_visibility": "hidden",
        "criterion": "one",
        "meaning": "1",
        "judge": pseudonym,
        "judge_kind": "person",
        "blind": "yes",
        "answer": "yes",
    }
    assert (about_prompt["output"], about_prompt["model"]) == ("", "")
    assert (about_prompt["prompt"], about_prompt["answer"]) == (output.prompt.slug, "no")
    assert about_prompt["judge"] == pseudonym
    assert pseudonym not in {"", str(ada.pk)}
    assert "ada" not in str(found)


def test_the_filters_of_the_board_choose_the_rows(client: Client) -> None:
    output = make_output()
    person, guest = make_judge(), make_judge("guest")
    give(person, output, {"one": "yes"})
    give(guest, output, {"one": "no"})
    late = make_judge()
    reveal_answers(judge=late, output=output)
    give(late, output, {"one": "partly"})
    assert [row["answer"] for row in rows(client)] == ["yes"]
    with_guests = rows(client, "?judges=guests")
    assert {(row["judge_kind"], row["answer"]) for row in with_guests} == {
        ("person", "yes"),
        ("guest", "no"),
    }
    seen = rows(client, "?unblinded=1")
    assert {(row["blind"], row["answer"]) for row in seen} == {("yes", "yes"), ("no", "partly")}
    assert len({row["judge"] for row in rows(client, "?judges=guests&unblinded=1")}) == 3


def test_the_direct_road_gives_classifications(client: Client) -> None:
    version = make_definition("other", "elsewhere")
    output, judge = make_output(), make_judge()
    classify(judge, output, version, "partly")
    response = client.get("/leaderboards/other/answers.csv?road=direct")
    (row,) = csv.DictReader(io.StringIO(response.content.decode()))
    assert (row["criterion"], row["answer"]) == ("", "partly")


def test_names_of_a_private_board_lead_to_nothing_that_is_public(client: Client) -> None:
    owner, judge = make_user("owner", role="researcher"), make_judge()
    version = make_protocol("closed", owner=owner)
    protocol = version.protocol
    protocol.visibility = Audience.PRIVATE
    protocol.save()
    shown, hidden = make_output(), make_output()
    give(judge, shown, {"one": "yes", "needs-steps": "yes"})
    item = make_item(version, hidden)
    give(judge, hidden, {"one": "no"}, served=Served(item=item, way=Way.SERVED))
    client.force_login(owner)
    (public,) = {row["judge"] for row in rows(client)}
    (private,) = {row["judge"] for row in rows(client, "?protocol=closed")}
    assert private == pseudonym(site_salt(), judge.pk, (1, protocol.pk)) != public


def test_queries_do_not_grow_with_the_rows(client: Client) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            give(make_judge(), make_output(), {"one": "yes", "needs-steps": "no"})
        rows(client)
        with CaptureQueriesContext(connection) as captured:
            assert len(rows(client)) == Answer.objects.count()
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_unknown_definition_has_none(client: Client) -> None:
    assert client.get("/leaderboards/nobody/answers.csv").status_code == 404
