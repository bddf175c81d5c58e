"""What each role sees first: one next action, which answers and is theirs to take."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from evaluations.definitions.models import Definition
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_definition,
    make_output,
    make_user,
)
from evaluations.pages.ways_in import way_of, ways

pytestmark = pytest.mark.django_db

FIRST = {
    "member": "/judge/me/",
    "curator": "/leaderboards/others/",
    "researcher": "/runs/new/",
    "moderator": "/moderation/",
}


def way_on_home(client: Client) -> str:
    page = client.get("/").content.decode()
    return page.partition('id="way-in"')[2].partition("</p>")[0]


@pytest.mark.parametrize(("role", "href"), FIRST.items())
def test_who_signs_in_sees_their_next_action_and_may_take_it(
    client: Client, role: str, href: str
) -> None:
    client.force_login(make_user("ada", role=role))
    said = way_on_home(client)
    assert f'<a href="{href}">' in said
    assert said.count("<a ") == 1
    assert client.get(href).status_code == 200


def test_who_has_a_definition_goes_on_with_it(client: Client) -> None:
    ada = make_user("ada")
    make_criterion("one")
    Definition.objects.filter(pk=make_definition("own", "one").definition_id).update(owner=ada)
    client.force_login(ada)
    assert '<a href="/definitions/mine/">' in way_on_home(client)


def test_staff_look_after_the_site(client: Client) -> None:
    assert way_of(make_user("sta", is_staff=True)) == ways()["moderator"]


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
