"""The end of the list, and a site where nothing was written yet."""

import re

import pytest
from django.test import Client

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.items import queue, skips
from evaluations.judgments.models import Block, ProtocolVersion
from evaluations.judgments.protocols.actions import close_protocol
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_user,
)
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


@pytest.fixture
def version() -> ProtocolVersion:
    version = make_protocol(blocks=(Block.objects.get(),), judges_per_item=1)
    make_item(version, make_output())
    return version


@pytest.mark.parametrize("state", ["full", "held", "judged", "skipped"])
def test_the_end_of_a_protocol_says_why(
    client: Client, version: ProtocolVersion, state: str
) -> None:
    """What is left may be held by others, or have all the judges that it needs."""
    user = make_user()
    client.force_login(user)
    judge, item = make_judge(user=user), version.items.get()
    if state == "full":
        version.items.update(done=1)
    elif state == "held":
        queue.next_item(version, make_judge())
    elif state == "skipped":
        skips.skip_item(item=item, judge=judge)
    else:
        give(judge, item.output, {"one": "yes"}, served=Served(item=item, finishes=True))
    page = text_of(client.get("/judge/?protocol=small"))
    assert "Nothing here for you now" in page
    assert "You have judged everything here" not in page
    left = "What you have not judged of “Protocol small” is held by other judges at the moment, or"
    done = "Every output of “Protocol small” has your answers, or you skipped it."
    assert (left in page, done in page) == (
        (True, False) if state in {"full", "held"} else (False, True)
    )
    assert "Open to you under other protocols" not in page


def test_the_end_of_a_protocol_lists_what_is_open_elsewhere(
    client: Client, version: ProtocolVersion
) -> None:
    user = make_user()
    client.force_login(user)
    judge = make_judge(user=user)
    version.items.update(done=1)
    ProtocolVersion.objects.update(selection={"models": ["none"]})  # nothing new is added to it
    others = {"open": {"is_default": True}, "study": {}, "mine": {}, "closed": {}, "full": {}}
    made = {
        slug: make_protocol(slug, blocks=(Block.objects.get(),), judges_per_item=1, **fields)
        for slug, fields in others.items()
    }
    make_protocol("invited", access="invited").items.create(
        output=make_output(), needed=1, random=0.5
    )
    outputs = [make_output() for _ in range(3)]
    items = {slug: [make_item(made[slug], output) for output in outputs] for slug in made}
    made["full"].items.update(done=1)
    close_protocol(protocol=made["closed"].protocol, actor=make_user("staff", is_staff=True))
    # One that the judge holds is open to them; one that another holds is not.
    queue.lease_on(items["study"][0], judge)
    queue.lease_on(items["study"][1], make_judge())
    give(judge, outputs[0], {"one": "yes"}, served=Served(item=items["mine"][0], finishes=True))
    page = text_of(client.get("/judge/?protocol=small"))
    listed = re.findall(
        r'<span>(\d+) outputs? open to you</span>.*?href="([^"]*)"', page, re.DOTALL
    )
    assert {where.partition("=")[2]: int(n) for n, where in listed} == {
        "open": 2,
        "study": 2,
        "mine": 2,
    }


def test_a_save_that_settles_nothing_offers_no_verdicts(client: Client) -> None:
    output = make_output()
    make_output()
    url = f"/judge/{output.pk}/"
    page = text_of(client.get(client.post(url, filled(client.get(url), one="yes"))["Location"]))
    assert "How others answered" in page
    assert "Which and why" not in page
