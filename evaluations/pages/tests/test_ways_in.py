"""What each role sees first: one next action, which answers and is theirs to take."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from evaluations.activity.models import Decision, Flag
from evaluations.curation.models import Collection
from evaluations.debates.tests.cast import make_statement
from evaluations.definitions.models import Definition
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_definition,
    make_output,
    make_run,
    make_user,
)
from evaluations.pages.ways_in import way_of, ways

pytestmark = pytest.mark.django_db

FIRST = {
    "member": "/judge/me/",
    "curator": "/collections/new/",
    "researcher": "/runs/new/",
    "moderator": "/moderation/queue/",
}


def way_on_home(client: Client) -> str:
    page = client.get("/").content.decode()
    return page.partition('id="way-in"')[2].partition("</p>")[0]


@pytest.mark.parametrize(("role", "href"), FIRST.items())
def test_who_signs_in_sees_their_next_action_and_is_let_in(
    client: Client, role: str, href: str
) -> None:
    client.force_login(make_user("ada", role=role))
    said = way_on_home(client)
    assert f'<a href="{href}">' in said
    assert said.count("<a ") == 1
    assert client.get(href).status_code == 200


def test_a_curator_makes_the_collection_that_they_are_led_to(client: Client) -> None:
    ada = make_user("ada", role="curator")
    client.force_login(ada)
    client.post(FIRST["curator"], {"title": "Lamps", "why": "They are alike."})
    assert Collection.objects.get().owner == ada


def test_a_researcher_may_launch_what_they_are_led_to(client: Client) -> None:
    make_run()
    client.force_login(make_user("ada", role="researcher"))
    assert 'id="launch"' in client.get(FIRST["researcher"]).content.decode()


@pytest.mark.parametrize("fields", [{"role": "moderator"}, {"is_staff": True}])
def test_a_moderator_decides_what_stands_in_the_queue(
    client: Client, fields: dict[str, Any]
) -> None:
    moderator = make_user("mod", **fields)
    make_criterion("one")
    said = make_statement(make_definition("taylor", "one"))
    Flag.objects.create(flagger=make_user("reader"), reason="abuse", folds=True, statement=said)
    client.force_login(moderator)
    way = way_of(moderator)
    assert way is not None
    address = f"/moderation/queue/statement/{said.pk}/"
    assert f'href="{address}"' in client.get(way.href).content.decode()
    client.post(address, {"reason": "other", "sentence": "It can stay.", "press": "keep"})
    assert Decision.objects.get().statement == said


def test_who_has_a_definition_goes_on_with_it(client: Client) -> None:
    ada = make_user("ada")
    make_criterion("one")
    Definition.objects.filter(pk=make_definition("own", "one").definition_id).update(owner=ada)
    client.force_login(ada)
    assert '<a href="/definitions/mine/">' in way_on_home(client)


def test_a_visitor_finds_a_way_for_everybody(client: Client) -> None:
    make_criterion("one")
    make_block("one")
    make_output()
    assert way_of(AnonymousUser()) is None
    page = client.get("/").content.decode()
    assert 'id="way-in"' not in page
    begin = page.partition('id="ways-title"')[2]
    assert len(ways()) == 7
    for way in ways().values():
        assert way.what in begin
        assert f'<a href="{way.href}">{way.action}</a>' in begin
        assert client.get(way.href, follow=True).status_code == 200
