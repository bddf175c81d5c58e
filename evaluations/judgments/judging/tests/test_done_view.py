"""The end of the list, and a site where nothing was written yet."""

import pytest
from django.test import Client

from evaluations.judgments.tests.cast import make_block, make_criterion, make_output
from evaluations.judgments.tests.form import filled, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def block() -> None:
    make_criterion("one")
    make_block("one")


def test_a_site_without_outputs_says_so(client: Client) -> None:
    make_output(state="pending")
    response = client.get("/judge/")
    assert response.status_code == 200
    assert "No outputs to judge yet" in text_of(response)
    assert 'href="/runs/"' in text_of(response)


def test_a_judge_who_answered_all_can_still_undo(client: Client) -> None:
    output = make_output()
    url = f"/judge/{output.pk}/"
    form = filled(client.get(url), one="yes")
    client.post(url, form)
    page = text_of(client.get("/judge/"))
    assert "You have judged everything here" in page
    assert form["form_token"] in page
    assert 'action="/judge/undo/"' in page
