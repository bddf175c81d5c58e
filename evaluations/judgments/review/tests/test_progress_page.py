"""The progress page: for whom, what it says, its tables as CSV and JSON, and how much it costs."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.judgments.models import Item, ProtocolVersion, Reveal
from evaluations.judgments.review.tables import TABLES
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.review_cast import judged, make_judged_protocol, serve

pytestmark = pytest.mark.django_db

PAGE = "/protocols/small/progress/"


@pytest.fixture
def protocol() -> tuple[ProtocolVersion, list[Item]]:
    version, items = make_judged_protocol()
    judged(make_judge(), items, "yyny", "yyyy")
    judged(make_judge(), items, "ynnp", "yyyy")
    return version, items


@pytest.fixture
def owner(client: Client, protocol: tuple[ProtocolVersion, list[Item]]) -> Client:
    client.force_login(protocol[0].protocol.owner)
    return client


def page_of(client: Client, query: str = "") -> str:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return text_of(response)


def table(client: Client, name: str, query: str = "") -> list[dict[str, Any]]:
    found = client.get(f"{PAGE}{name}.json{query}").json()
    rows: list[dict[str, Any]] = found[name]
    return rows


def test_only_the_owner_and_staff_see_it_and_others_read_who_may(
    client: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    urls = [PAGE, f"{PAGE}agreement.csv", f"{PAGE}agreement.json"]
    people = (
        (None, 403),
        (make_user("stranger"), 403),
        (make_user("researcher", role="researcher"), 403),
        (make_user("moderator", role="moderator"), 403),
        (make_user("staff", is_staff=True), 200),
        (protocol[0].protocol.owner, 200),
    )
    for user, status in people:
        client.logout()
        if user:
            client.force_login(user)
        responses = [client.get(url) for url in urls]
        assert [response.status_code for response in responses] == [status] * 3
        if status == 403:
            assert "is shown to its owner and to the staff" in text_of(responses[0])
    assert client.get("/protocols/none/progress/").status_code == 404
    assert client.get(f"{PAGE}secrets.csv").status_code == 404
    assert client.post(PAGE).status_code == 405


def test_the_page_says_progress_agreement_and_disputes_in_words(owner: Client) -> None:
    page = page_of(owner)
    assert "8 of 8 judgments" in page
    assert "Every output has its judges." in page
    assert "undefined: every judge gave the same answer" in page
    assert '<td class="number">0.34</td>' in page
    assert "2 outputs got different answers to a criterion; 2 wait for a decision." in page
    assert "Nothing was decided yet." in page
    assert "There are no gold items" in page


def test_judges_have_numbers_for_the_owner_and_names_for_staff(
    owner: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    names = [
        judgment.judge.user.get_username()
        for judgment in protocol[1][0].judgments.select_related("judge__user")
    ]
    page = page_of(owner) + text_of(owner.get(f"{PAGE}judges.csv"))
    assert "Judge 1" in page
    assert not any(name in page for name in names)
    owner.force_login(make_user("staff", is_staff=True))
    assert sorted(row["judge"] for row in table(owner, "judges")) == sorted(names)


def test_answers_on_disputed_outputs_are_shown_on_request_and_unblind(
    owner: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    assert "disagreement 1.00" in page_of(owner)
    assert not Reveal.objects.exists()
    page = page_of(owner, "?answers=1")
    assert " yes 1</span>" in page
    outputs = set(Reveal.objects.values_list("output", flat=True))
    assert outputs == {protocol[1][1].output_id, protocol[1][3].output_id}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_comes_as_csv_and_json_with_the_same_rows(owner: Client, name: str) -> None:
    response = owner.get(f"{PAGE}{name}.csv")
    rows = list(csv.DictReader(io.StringIO(text_of(response))))
    assert response.status_code == 200
    assert text_of(response).splitlines()[0] == ",".join(TABLES[name].columns)
    as_json = table(owner, name)
    assert len(as_json) == len(rows)
    for line, record in zip(rows, as_json, strict=True):
        assert list(record) == list(TABLES[name].columns)
        for column, value in record.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                assert float(line[column]) == value
    assert not owner.get(f"{PAGE}{name}.json").has_header("Access-Control-Allow-Origin")


def test_the_files_hold_what_the_page_says(
    owner: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    sound, short = table(owner, "agreement")
    assert sound["alpha"] == pytest.approx(0.3375)
    assert (sound["items"], sound["judges"], sound["pairable_values"]) == (4, 2, 8)
    assert (short["alpha"], short["alpha_low"]) == (None, None)
    assert short["alpha_undefined"] == "every judge gave the same answer"
    worst, mild = table(owner, "disputed")
    assert (worst["output"], worst["disagreement"]) == (protocol[1][1].output_id, 1.0)
    assert (mild["output"], mild["disagreement"]) == (protocol[1][3].output_id, 0.25)
    assert (mild["yes"], mild["partly"], mild["no"], mild["adjudicated"]) == (1, 1, 0, False)


def test_guests_are_counted_by_choice_in_the_address(
    owner: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    serve(make_judge("guest"), protocol[1][0], {"sound": "no"})
    assert [row["judges"] for row in table(owner, "agreement")] == [2, 2]
    assert [row["judges"] for row in table(owner, "agreement", "?guests=1")] == [3, 2]
    assert 'href="/protocols/small/progress/?guests=1#agreement-title"' in page_of(owner)
    page = page_of(owner, "?guests=1")
    assert 'href="/protocols/small/progress/#agreement-title"' in page
    assert "3 outputs got different answers" in page


def test_the_estimate_is_asked_for_by_form(owner: Client) -> None:
    assert "judges an item</strong>" not in page_of(owner)
    page = page_of(owner, "?question=sound&width=1.0")
    assert "are enough for “sound”" in page
    assert "progress/power.csv?question=sound&amp;width=1.0" in page
    assert "every judge gave the same answer" in page_of(owner, "?question=short&width=0.2")
    refused = page_of(owner, "?question=sound&width=nonsense")
    assert "Enter a number." in refused
    assert "judges an item</strong>" not in refused
    rows = table(owner, "power", "?question=sound&width=1.0")
    assert [row["narrow_enough"] for row in rows] == [False] * (len(rows) - 1) + [True]


def test_an_older_version_is_shown_by_its_number(
    owner: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    version, _ = protocol
    version.is_current = False
    version.save()
    version.protocol.versions.create(number=2, judges_per_item=2)
    assert "It has no outputs to judge" in page_of(owner)
    assert table(owner, "agreement") == []
    page = page_of(owner, "?version=1")
    assert "8 of 8 judgments" in page
    assert "no longer in force" in page
    assert 'href="/protocols/small/adjudicate/?version=1"' in page
    assert len(table(owner, "agreement", "?version=1")) == 2
    for number in ("3", "x", "¹"):
        assert owner.get(f"{PAGE}?version={number}").status_code == 404


def test_an_empty_protocol_says_so_everywhere(client: Client) -> None:
    client.force_login(make_user("staff", is_staff=True))
    for subject in ("output", "pair", "prompt"):
        make_protocol(f"empty-{subject}", subject=subject)
        response = client.get(f"/protocols/empty-{subject}/progress/")
        assert response.status_code == 200
        assert f"It has no {subject}s to judge" in text_of(response)
        assert "Nobody has judged here yet." in text_of(response)
        for name in TABLES:
            assert client.get(f"/protocols/empty-{subject}/progress/{name}.csv").status_code == 200


def test_queries_do_not_grow_with_items_and_judges(
    owner: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    version, items = protocol
    page_of(owner)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page_of(owner)
    more = items + [make_item(version, make_output(), needed=9) for _ in range(4)]
    for pattern in ("ynynynyn", "nynynyny", "ppppnnnn"):
        judged(make_judge(), more, pattern, pattern)
    with CaptureQueriesContext(connection) as many:
        page_of(owner)
    assert len(many) == len(few) <= 40


def test_only_what_the_protocol_is_about_is_read(
    owner: Client, protocol: tuple[ProtocolVersion, list[Item]]
) -> None:
    make_criterion("elsewhere")
    make_definition("wider", {"any": ["sound", "elsewhere"]})
    with CaptureQueriesContext(connection) as captured:
        page_of(owner)
    asked = [query["sql"] for query in captured.captured_queries]
    assert not [sql for sql in asked if "judgments_comparison" in sql]
    # Of definitions that it does not settle the pins alone.
    assert not [sql for sql in asked if '"definitions_definitionversion"."rule"' in sql
                and "judgments_protocoldefinition" not in sql]  # fmt: skip
