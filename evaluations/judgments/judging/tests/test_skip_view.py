"""Skipping: the output is passed by for this judge, and nothing needs an answer."""

import pytest
from django.test import Client

from evaluations.judgments.models import Judgment, Skip
from evaluations.judgments.tests.cast import make_block, make_criterion, make_output
from evaluations.judgments.tests.form import filled, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def block() -> None:
    make_criterion("one")
    make_block("one")


def test_a_skipped_output_does_not_come_back(client: Client) -> None:
    first, second = make_output(), make_output()
    response = client.post(f"/judge/{first.pk}/skip/", {"reason": "too long"})
    assert (response.status_code, response["Location"]) == (303, f"/judge/{second.pk}/")
    assert Skip.objects.get().reason == "too long"
    response = client.post(f"/judge/{second.pk}/skip/")
    assert response["Location"] == "/judge/"
    assert "You have judged everything here" in text_of(client.get("/judge/"))
    assert client.get(f"/judge/{first.pk}/").status_code == 200
    assert Client().get("/judge/").status_code == 302


def test_the_half_filled_form_is_sent_along_and_stored_nowhere(client: Client) -> None:
    first, second = make_output(), make_output()
    form = filled(client.get(f"/judge/{first.pk}/"), one="yes")
    response = client.post(
        f"/judge/{first.pk}/skip/?criteria=one", form, headers={"HX-Request": "true"}
    )
    assert response["HX-Push-Url"] == f"/judge/{second.pk}/?criteria=one"
    assert "<html" not in text_of(response)
    assert not Judgment.objects.exists()


def test_a_reason_that_is_too_long_is_left_out(client: Client) -> None:
    output = make_output()
    assert client.post(f"/judge/{output.pk}/skip/", {"reason": "x" * 201}).status_code == 303
    assert Skip.objects.get().reason == ""


def test_an_output_that_is_not_there_cannot_be_skipped(client: Client) -> None:
    response = client.post("/judge/999999/skip/")
    assert response.status_code == 404
    assert "There is no output 999999" in text_of(response)
    assert not Skip.objects.exists()


def test_a_skip_is_offered_to_be_taken_back_once_and_then_is_as_if_it_had_not_been(
    client: Client,
) -> None:
    first, second = make_output(), make_output()
    skipped = client.post(f"/judge/{first.pk}/skip/", headers={"HX-Request": "true"})
    assert f'action="/judge/{first.pk}/unskip/"' in text_of(skipped)
    assert "Skipped." in text_of(skipped)
    assert 'id="skipped"' not in text_of(client.get(f"/judge/{second.pk}/"))
    back = client.post(f"/judge/{first.pk}/unskip/")
    assert (back.status_code, back["Location"]) == (303, f"/judge/{first.pk}/")
    assert not Skip.objects.exists()
    assert 'id="skipped"' not in text_of(client.get(f"/judge/{first.pk}/"))


def test_the_last_skip_is_taken_back_from_the_end_too(client: Client) -> None:
    output = make_output()
    client.post(f"/judge/{output.pk}/skip/")
    assert f'action="/judge/{output.pk}/unskip/"' in text_of(client.get("/judge/"))


def test_nobody_takes_back_what_another_skipped(client: Client) -> None:
    output = make_output()
    client.post(f"/judge/{output.pk}/skip/")
    assert Client().post(f"/judge/{output.pk}/unskip/").status_code == 303
    assert Skip.objects.exists()
