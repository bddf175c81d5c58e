"""A protocol's comparisons as CSV and JSON: closed to judges while it is open."""

import csv
import io
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.judgments.models import Comparison, Protocol, Reveal
from evaluations.judgments.pairs.actions import submit_comparison, undo_comparison
from evaluations.judgments.tests.cast import make_judge, make_output, make_prompt, make_user
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db

CSV, JSON = "/protocols/small/comparisons.csv", "/protocols/small/comparisons.json"


@pytest.fixture
def judged() -> list[Comparison]:
    """Two judges, one of whom changed their mind; a third took theirs back."""
    owner = make_user("owner")
    prompt = make_prompt("lamp")
    pair = make_output(prompt=prompt), make_output(prompt=prompt)
    item = make_item(make_protocol(subject="pair", owner=owner, judges_per_item=5), pair=pair)
    people = [make_judge() for _ in range(3)]
    sent = [
        submit_comparison(
            judge=judge, left=pair[0], right=pair[1], value=value, form_token=uuid.uuid4(),
            item=item, comment="PRIVATE",
        )
        for judge, value in zip(
            [*people, people[0]], ["left", "tie", "right", "right"], strict=True
        )
    ]  # fmt: skip
    undo_comparison(judge=people[2], form_token=sent[2].form_token)
    return sent


def test_judges_cannot_read_them_while_the_protocol_is_open(
    client: Client, judged: list[Comparison]
) -> None:
    assert client.get(CSV).status_code == 404
    client.force_login(make_user())
    response = client.get(JSON)
    assert response.status_code == 404
    assert "once it is closed" in text_of(response)


def test_the_owner_and_staff_read_them_at_once(client: Client, judged: list[Comparison]) -> None:
    for user in (Protocol.objects.get().owner, make_user("staff", is_staff=True)):
        client.force_login(user)
        assert client.get(CSV).status_code == 200


def test_everybody_reads_what_is_in_force_once_it_is_closed(
    client: Client, judged: list[Comparison]
) -> None:
    Protocol.objects.update(closed_at=timezone.now())
    response = client.get(CSV)
    rows = list(csv.DictReader(io.StringIO(text_of(response))))
    assert [(row["judge"], row["value"]) for row in rows] == [("1", "tie"), ("2", "right")]
    assert rows[0]["prompt"] == "lamp"
    assert rows[0]["left_model"]
    assert "PRIVATE" not in text_of(response)
    assert "judge-" not in text_of(response)
    data = client.get(JSON).json()
    assert data["protocol"] == "small"
    assert [row["value"] for row in data["comparisons"]] == ["tie", "right"]


def test_who_reads_them_is_not_blind_to_their_outputs_any_more(
    client: Client, judged: list[Comparison]
) -> None:
    owner = Protocol.objects.get().owner
    client.force_login(owner)
    client.head(CSV)
    assert not Reveal.objects.filter(judge__user=owner).exists()
    client.get(CSV)
    seen = Reveal.objects.filter(judge__user=owner).values_list("output", flat=True)
    assert set(seen) == {judged[0].left_id, judged[0].right_id}


def test_a_draft_is_not_named_to_strangers(client: Client, judged: list[Comparison]) -> None:
    Protocol.objects.update(opened_at=None, title="SECRET DRAFT")
    assert "SECRET DRAFT" not in text_of(client.get(CSV))


def test_an_unknown_protocol_is_a_404(client: Client) -> None:
    assert client.get("/protocols/none/comparisons.csv").status_code == 404
