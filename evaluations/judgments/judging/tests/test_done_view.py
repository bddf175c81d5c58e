"""The end of the list, and a site where nothing was written yet."""

import pytest
from django.test import Client

from evaluations.judgments.models import Block
from evaluations.judgments.tests.cast import make_block, make_criterion, make_output
from evaluations.judgments.tests.form import filled, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

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


def test_the_end_of_a_protocol_does_not_say_that_all_was_judged(client: Client) -> None:
    """What is left may be held by others, or have all the judges that it needs."""
    version = make_protocol(blocks=(Block.objects.get(),))
    make_item(version, make_output(), done=version.judges_per_item)
    page = text_of(client.get(f"/judge/?protocol={version.protocol.slug}"))
    assert "Nothing here for you now" in page
    assert "held by other judges at the moment, or has as many judges as it needs" in page
    assert "You have judged everything here" not in page


def test_a_save_that_settles_nothing_offers_no_verdicts(client: Client) -> None:
    output = make_output()
    make_output()
    url = f"/judge/{output.pk}/"
    page = text_of(client.get(client.post(url, filled(client.get(url), one="yes"))["Location"]))
    assert "See how others answered" in page
    assert "See which and why" not in page
