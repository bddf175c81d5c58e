"""Who hides their name is “a member” to everybody, and known to moderators where they decide."""

import re

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.activity.models import Decision
from evaluations.activity.notices.follow_actions import follow
from evaluations.activity.notices.told import notices_for
from evaluations.activity.tests.cast import Busy, busy
from evaluations.curation.models import Collection, CollectionVersion
from evaluations.debates.models import Statement
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
NAME = "zephyrine"
PLACES = "definitions|collections|debates|statements|people|feed|moderation"
LINK = re.compile(rf'href="(/(?:{PLACES})/[^"#?]*)')


@pytest.fixture
def world() -> Busy:
    """Everything that happens, by people who hide their names."""
    world = busy()
    User.objects.filter(pk=world.bob.pk).update(username=f"{NAME}-bob")
    User.objects.filter(pk=world.ada.pk).update(username=NAME)
    made = Collection.objects.get(pk=world.collection.pk)
    decide_flags(target=made, actor=world.mod, verb="keep", reason="other", sentence="It fits.")
    assert NAME in Decision.objects.latest("pk").url, "the log noted it before it was hidden"
    User.objects.filter(username__startswith=NAME).update(hides_name=True)
    world.collection.refresh_from_db()
    return world


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_no_page_that_one_comes_to_says_the_name(client: Client, world: Busy) -> None:
    waiting = ["/", "/feed/", "/definitions/", "/collections/", "/debates/"]
    waiting += [f"/statements/{said.pk}/" for said in Statement.objects.all()]
    waiting += ["/definitions/taylor/history.json", "/definitions/taylor/proposals.json"]
    waiting += ["/moderation/", "/moderation.csv", "/moderation.json", "/moderation/feed/"]
    read: set[str] = set()
    named = []
    while waiting:
        path = waiting.pop()
        if path in read:
            continue
        read.add(path)
        page = client.get(path, follow=True).content.decode(errors="replace")
        if NAME in page:
            named.append(path)
        waiting += LINK.findall(page)
    assert named == []
    assert "/people/" not in client.get(f"/search/?q={NAME}").content.decode()
    assert f"/collections/~{world.collection.pk}/three-lamps/" in read
    assert len(read) > 40
    log = client.get("/moderation/").content.decode()
    assert f'href="/collections/~{world.collection.pk}/three-lamps/"' in log
    decisions = {each.get_absolute_url() for each in Decision.objects.all()}
    assert len(decisions & read) == 2
    assert ",keep," in client.get("/moderation.csv").content.decode()
    assert "keep, collection" in client.get("/moderation/feed/").content.decode()
    assert "by a member" in client.get("/debates/taylor/v/1/").content.decode()


def test_the_page_of_a_person_is_gone_and_frozen_versions_stay(client: Client, world: Busy) -> None:
    for path in (f"/people/{NAME}/", f"/people/{NAME}/feed/", f"/collections/{NAME}/three-lamps/"):
        assert client.get(path).status_code == 404, path
    version = CollectionVersion.objects.filter(collection=world.collection).first()
    assert version is not None
    cited = f"/collections/{NAME}/three-lamps/{version.name}/"
    assert client.get(cited).status_code == 200, "what was cited is found"
    assert (
        "nobody else has this page" in signed_in(world.ada).get(f"/people/{NAME}/").content.decode()
    )


def test_what_was_cited_while_a_name_was_hidden_leads_on_once_it_is_shown(
    client: Client, world: Busy
) -> None:
    User.objects.filter(pk=world.ada.pk).update(hides_name=False)
    name = CollectionVersion.objects.filter(collection=world.collection)[0].name
    ends = ["/", "/?page=1", "/embed/", "/feed/", ".jsonl", ".zip", f"/{name}/", f"/{name}/embed/"]
    ends += [f"/{name}.{form}" for form in ("bib", "jsonl", "zip")]
    for end in ends:
        sent = client.get(f"/collections/~{world.collection.pk}/three-lamps{end}")
        assert (sent.status_code, sent["Location"]) == (
            302,
            f"/collections/{NAME}/three-lamps{end}",
        )
        assert client.get(sent["Location"]).status_code == 200, end
    assert client.get(f"/collections/~{world.collection.pk + 9}/three-lamps/").status_code == 404


def test_notices_name_nobody_who_hides_and_moderators_know_them(world: Busy) -> None:
    eve, mod = make_user("eve"), make_user("decider", role="moderator")
    follow(person=eve, subject=world.version.definition)
    assert {name for each in notices_for(eve) for name in each.who} == {"a member", "mod"}
    said = Statement.objects.filter(author=world.bob).earliest("pk")
    flag(person=eve, target=said, reason="off-topic")
    page = signed_in(mod).get(f"/moderation/queue/statement/{said.pk}/").content.decode()
    assert f">{NAME}-bob</a>" in page


def test_one_hides_it_in_the_preferences(world: Busy) -> None:
    User.objects.filter(pk=world.ada.pk).update(hides_name=False)
    own = signed_in(world.ada)
    assert 'name="hides_name"' in own.get("/accounts/preferences/").content.decode()
    own.post("/accounts/preferences/", {"single_keys": "on", "hides_name": "on"})
    world.ada.refresh_from_db()
    assert world.ada.hides_name
