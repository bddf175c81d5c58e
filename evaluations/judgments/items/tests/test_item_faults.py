"""Who may not, what is gone meanwhile, and odd input: nothing typed is lost, nothing is held."""

import uuid

import pytest
from django.test import Client

from evaluations.judgments.models import Draft, Judgment, ProtocolVersion
from evaluations.judgments.tests.cast import make_output
from evaluations.judgments.tests.form import hidden_fields
from evaluations.judgments.tests.item_pages import SMALL, answer, body, opened, signed_in, version
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db
__all__ = ["signed_in", "version"]


def test_an_invitation_only_protocol_refuses_others_with_a_sentence(
    version: ProtocolVersion, signed_in: Client
) -> None:
    version.protocol.access = "invited"
    version.protocol.save()
    item = make_item(version, make_output())
    for url in (f"/judge/{SMALL}", f"/judge/{item.output_id}/{SMALL}"):
        response = signed_in.get(url)
        assert response.status_code == 403
        assert "invit" in body(response)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("protocol=none", "There is no protocol"), ("protocol=closed", "is closed")],
)
def test_unknown_and_closed_protocols_get_a_sentence(
    client: Client, query: str, sentence: str
) -> None:
    version = make_protocol("closed")
    version.protocol.closed_at = version.protocol.opened_at
    version.protocol.save()
    response = client.get(f"/judge/?{query}")
    assert response.status_code == 404
    assert sentence in body(response)


def test_a_page_that_the_item_does_not_have_is_refused(version: ProtocolVersion) -> None:
    item, client = make_item(version, make_output()), Client()
    url = f"/judge/{item.output_id}/{SMALL}"
    form = hidden_fields(opened(client, url)) | {"answer-direct": "yes"}
    response = client.post(url, form | {"page": f"definition:{uuid.uuid4()}"})
    assert response.status_code == 404
    assert not Judgment.objects.exists()


def test_a_protocol_that_is_closed_meanwhile_gives_back_what_was_typed(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    url = f"/judge/{item.output_id}/{SMALL}"
    fields = hidden_fields(opened(signed_in, url))
    version.protocol.closed_at = version.protocol.opened_at
    version.protocol.save()
    response = signed_in.post(url, fields | {"answer-one": "yes", "comment": "Long thought."})
    assert response.status_code == 403
    assert "one: yes\ncomment: Long thought.</textarea>" in body(response)
    assert "is closed: judge under another protocol" in body(response)
    assert item.output is not None
    assert item.output.answer not in body(response)
    assert not Judgment.objects.exists()


def test_outsiders_can_neither_hold_nor_skip_what_is_by_invitation(
    version: ProtocolVersion, client: Client
) -> None:
    item = make_item(version, make_output())
    fields = hidden_fields(opened(client, f"/judge/{item.output_id}/{SMALL}"))
    version.protocol.access = "invited"
    version.protocol.save()
    for page in ("draft", "skip"):
        response = client.post(f"/judge/{item.output_id}/{page}/{SMALL}", fields)
        assert response.status_code == 403
    item.refresh_from_db()
    assert (item.done, item.leased) == (0, 0)


def test_an_undo_that_stands_above_another_protocol_goes_on(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    other = make_protocol("other", blocks=tuple(version.blocks.all()))
    make_item(other, make_output())
    answer(signed_in, f"/judge/{item.output_id}/{SMALL}", answer_one="yes")
    token = {"form_token": str(Judgment.objects.get().form_token)}
    response = signed_in.post("/judge/undo/?protocol=other", token)
    assert (response.status_code, response["Location"]) == (302, "/judge/?protocol=other")
    assert not Judgment.objects.standing().exists()


def test_a_draft_with_nul_is_kept_without_it_and_a_huge_one_is_refused(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    url = f"/judge/{item.output_id}/draft/{SMALL}"
    assert signed_in.post(url, {"comment": "a\0b"}).status_code == 200
    assert Draft.objects.get().data["comment"] == "ab"
    assert signed_in.post(url, {"comment": "a" * 300_001}).status_code == 413
