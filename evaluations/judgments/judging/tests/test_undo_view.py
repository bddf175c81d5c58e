"""Undo from the judging page: the output comes back with what was answered."""

import pytest
from django.test import Client

from evaluations.judgments.models import Answer, Judgment
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.form import chosen, filled, text_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def block() -> None:
    make_criterion("one")
    make_criterion("two")
    make_block("one", "two")


def save(client: Client, url: str, **answers: str) -> str:
    """Save the form at an address; returns its token."""
    form = filled(client.get(url), **answers)
    assert client.post(url, form).status_code == 303
    return form["form_token"]


def test_undo_by_a_form_shows_the_output_again_with_what_was_answered(client: Client) -> None:
    output = make_output()
    make_output()
    token = save(client, f"/judge/{output.pk}/", one="yes", two="partly", comment="typed text")
    response = client.post("/judge/undo/", {"form_token": token})
    assert response.status_code == 303
    assert response["Location"] == f"/judge/{output.pk}/?undone={token}"
    assert not Answer.objects.current().exists()
    page = client.get(response["Location"])
    assert chosen(page) == {"answer-one": "yes", "answer-two": "partly"}
    assert ">typed text</textarea>" in text_of(page)
    assert f'action="/judge/{output.pk}/"' in text_of(page)
    assert "none saved yet" in text_of(page)
    assert 'id="undo-bar"' not in text_of(page)


def test_undo_by_htmx_brings_the_fragment_with_what_was_answered(client: Client) -> None:
    output = make_output()
    token = save(client, f"/judge/{output.pk}/?criteria=two", two="cannot-tell")
    response = client.post("/judge/undo/?criteria=two", {"form_token": token}, headers=HTMX)
    assert response.status_code == 200
    assert text_of(response).lstrip().startswith('<div class="judging-item"')
    assert chosen(response) == {"answer-two": "cannot-tell"}
    assert response["HX-Push-Url"] == f"/judge/{output.pk}/?criteria=two&undone={token}"


def test_a_corrected_answer_is_saved_as_a_new_judgment(client: Client) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    token = save(client, url, one="yes", two="yes")
    again = client.post("/judge/undo/", {"form_token": token})["Location"]
    form = filled(client.get(again), one="yes", two="no")
    assert form["form_token"] != token
    assert client.post(url, form).status_code == 303
    assert Judgment.objects.count() == 2
    assert Answer.objects.current().get(criterion__key="two").value == "no"
    assert chosen(client.get(again)) == {"answer-one": "yes", "answer-two": "no"}


def test_undo_over_an_earlier_judgment_offers_what_was_taken_back(client: Client) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    save(client, url, one="no", two="no")
    token = save(client, url, one="yes", two="no")
    again = client.post("/judge/undo/", {"form_token": token})["Location"]
    assert Answer.objects.current().get(criterion__key="one").value == "no"
    assert chosen(client.get(again)) == {"answer-one": "yes", "answer-two": "no"}
    assert chosen(client.get(url)) == {"answer-one": "no", "answer-two": "no"}


def test_undo_of_a_direct_classification_keeps_its_words(client: Client) -> None:
    make_definition("taylor", "one")
    output = make_output()
    token = save(
        client, f"/judge/{output.pk}/?direct=taylor", direct="no", words="drawing", reason="None."
    )
    response = client.post("/judge/undo/?direct=taylor", {"form_token": token}, headers=HTMX)
    assert chosen(response) == {"answer-direct": "no"}
    assert 'value="drawing"' in text_of(response)
    assert ">None.</textarea>" in text_of(response)


def test_a_judgment_of_a_prompt_alone_can_be_undone_too(client: Client) -> None:
    make_criterion("needs-steps", level="prompt")
    output = make_output()
    token = save(client, f"/judge/{output.pk}/?criteria=needs-steps", needs_steps="no")
    response = client.post("/judge/undo/?criteria=needs-steps", {"form_token": token})
    assert response["Location"].startswith(f"/judge/{output.pk}/?criteria=needs-steps")
    assert not Answer.objects.current().exists()
    assert chosen(client.get(response["Location"])) == {"answer-needs-steps": "no"}


def test_undoing_twice_goes_on_with_judging(client: Client) -> None:
    output = make_output()
    token = save(client, f"/judge/{output.pk}/", one="yes", two="no")
    client.post("/judge/undo/", {"form_token": token})
    response = client.post("/judge/undo/", {"form_token": token})
    assert (response.status_code, response["Location"]) == (302, "/judge/")


def test_what_was_saved_again_since_is_not_undone(client: Client) -> None:
    user, output = make_user(), make_output()
    client.force_login(user)
    token = save(client, f"/judge/{output.pk}/", one="yes", two="no")
    give(user.judge, output, {"one": "partly"})
    response = client.post("/judge/undo/", {"form_token": token})
    assert response["Location"] == "/judge/"
    assert Answer.objects.current().get(criterion__key="one").value == "partly"


def test_nobody_undoes_or_reads_what_another_saved(client: Client) -> None:
    output = make_output()
    token = save(Client(), f"/judge/{output.pk}/", one="yes", two="no")
    client.force_login(make_user())
    give(make_judge(), output, {"one": "yes"})
    assert client.post("/judge/undo/", {"form_token": token})["Location"] == "/judge/"
    assert Judgment.objects.standing().count() == 2
    assert chosen(client.get(f"/judge/{output.pk}/?undone={token}")) == {}


@pytest.mark.parametrize("token", ["", "no-uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"])
def test_a_token_of_nothing_goes_on_with_judging(client: Client, token: str) -> None:
    output = make_output()
    assert client.post("/judge/undo/", {"form_token": token})["Location"] == "/judge/"
    assert chosen(client.get(f"/judge/{output.pk}/?undone={token}")) == {}


def test_undo_and_skip_are_posts(client: Client) -> None:
    output = make_output()
    assert client.get("/judge/undo/").status_code == 405
    assert client.get(f"/judge/{output.pk}/skip/").status_code == 405
