"""Following, and what is told to whom until they have read it."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.kinds import FOLLOWED
from evaluations.activity.models import Event, Follow
from evaluations.activity.notices import follow_actions
from evaluations.activity.notices.follow_actions import (
    FollowRefused,
    follow,
    mark_read,
    stop_following,
)
from evaluations.activity.notices.told import KEYS, LASTS, MOST, notices_for, unread_count
from evaluations.activity.tests.cast import Busy, amended, busy
from evaluations.curation.actions import retire, show
from evaluations.curation.tests.cast import make_shown
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.tests.cast import make_criteria, make_draft, make_published
from evaluations.definitions.workshop_actions import retire_definition
from evaluations.judgments.me.leave import leave
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def world() -> Busy:
    return busy()


@pytest.fixture
def ada() -> User:
    make_criteria()
    return make_user("ada")


@pytest.fixture
def version(ada: User) -> DefinitionVersion:
    return make_published(ada)


def told(person: User) -> list[str]:
    person.refresh_from_db()
    return [notice.sentence for notice in notices_for(person) if notice.is_unread]


def test_who_leaves_follows_nothing_and_is_followed_by_nobody(version: DefinitionVersion) -> None:
    eve, bob = make_user("eve"), make_user("bob")
    follow(person=eve, subject=version.definition)
    follow(person=bob, subject=eve)
    leave(user=eve, choice="anonymise")
    assert not Follow.objects.exists()


def test_who_follows_a_definition_hears_of_its_versions(version: DefinitionVersion) -> None:
    eve, owner = make_user("eve"), version.definition.owner
    assert owner is not None
    assert told(eve) == []
    follow(person=eve, subject=version.definition)
    assert told(eve) == ["Version 1 of the definition “Taylor” was published"]
    assert told(owner) == [], "nobody hears of their own doing"
    stop_following(person=eve, subject=version.definition)
    assert told(eve) == []


def test_who_follows_a_person_hears_what_they_make_public(ada: User) -> None:
    eve = make_user("eve")
    follow(person=eve, subject=ada)
    made = make_shown(ada)
    assert told(eve) == ["The collection “Three lamps” is public"]
    show(collection=made, actor=ada, visibility="unlisted")
    assert told(eve) == []


def test_nothing_is_told_of_whom_one_follows_while_they_hide_their_name(ada: User) -> None:
    eve, address = make_user("eve"), f"/follow/person/{ada.pk}/"
    follow(person=eve, subject=ada)
    make_shown(ada)
    User.objects.filter(pk=ada.pk).update(hides_name=True)
    assert told(eve) == []
    client = signed_in(eve)
    assert "Follow “a member”" in client.get(address).content.decode()
    sent = client.post(address, {"press": "stop"}, follow=True)
    assert sent.redirect_chain == [("/notices/", 302)]
    assert "You do not follow “a member” any more." in sent.content.decode()
    assert not Follow.objects.exists()
    assert client.post(address).status_code == 404, "who hides is not followed anew"


def test_what_means_me_is_told_without_following(world: Busy) -> None:
    assert told(world.bob) == [
        "What you suggested for “Three lamps” was declined",
        "What you suggested for “Three lamps” was added",
        "Amendment 3 to “Taylor” was accepted",
        "Version 2 of “Taylor” is in force: does what you said of an earlier one hold?",
        "Somebody asked for an example of a statement of yours about “Taylor”",
        "Somebody asked what a statement of yours about “Taylor” means",
        "Your words in the debate about “Taylor” were answered",
        "Amendment 1 to “Taylor” was declined",
        "Something was asked about amendment 1 to “Taylor”",
    ]
    by = {notice.sentence: notice for notice in notices_for(world.bob)}
    declined = by["What you suggested for “Three lamps” was declined"]
    assert (declined.reason, declined.who) == ("Not here.", ("ada",))
    assert declined.address == "/collections/ada/three-lamps/suggest/"


def test_events_of_a_kind_on_one_thing_are_one_notice(version: DefinitionVersion) -> None:
    owner = version.definition.owner
    assert owner is not None
    for name in ("bob", "eve", "bob"):
        person = User.objects.filter(username=name).first() or make_user(name)
        amended(version, person)
    assert told(owner) == ["3 amendments to “Taylor” were proposed"]
    assert notices_for(owner)[0].who == ("bob", "eve")
    assert unread_count(owner) == 3


def test_what_was_read_is_old_and_what_came_meanwhile_is_not(version: DefinitionVersion) -> None:
    owner = version.definition.owner
    assert owner is not None
    amended(version, make_user("bob"))
    seen = Event.objects.latest("pk").pk
    amended(version, make_user("eve"))
    mark_read(person=owner, upto=seen)
    assert told(owner) == ["Amendment 2 to “Taylor” was proposed"]
    assert [notice.is_unread for notice in notices_for(owner)] == [True, False]
    mark_read(person=owner, upto=0)
    mark_read(person=owner, upto=10**9)
    amended(version, make_user("zoe"))
    assert told(owner) == ["Amendment 3 to “Taylor” was proposed"]


def test_after_sixty_days_a_notice_is_gone(
    version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = version.definition.owner
    assert owner is not None
    amended(version, make_user("bob"))
    later = timezone.now() + dt.timedelta(days=61)
    monkeypatch.setattr("evaluations.activity.notices.told.timezone.now", lambda: later)
    assert told(owner) == []
    assert unread_count(owner) == 0


def test_what_is_followed_is_found_without_a_walk_through_all_that_happened(
    version: DefinitionVersion,
) -> None:
    eve = make_user("eve")
    follow(person=eve, subject=version.definition)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO activity_event
                (kind, at, sentence, title, reason, public, definition_id, definition_version_id)
            SELECT 'statement-made', now() - n * interval '1 hour', 'x', 'x', '', true, d, v
            FROM generate_series(1, 5000) n, (SELECT %s AS d, %s AS v) version""",
            [version.definition_id, version.pk],
        )
        cursor.execute("ANALYZE activity_event")
        asked = {"person": eve.pk, "after": 0, "most": MOST, "kinds": list(FOLLOWED),
                 "since": timezone.now() - LASTS}  # fmt: skip
        cursor.execute(f"EXPLAIN {KEYS}", asked)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "activity_event_pkey" not in plan
    assert "Seq Scan on activity_event " not in plan
    assert unread_count(eve) == MOST


def test_a_decision_reaches_whom_it_concerns_with_its_sentence(ada: User) -> None:
    made = make_shown(ada)
    retire(
        collection=made, actor=make_user("mod", role="moderator"), sentence="It insults.",
        code="abuse",
    )  # fmt: skip
    (notice,) = [each for each in notices_for(ada) if "moderator" in each.sentence]
    assert notice.sentence == "A moderator decided about “Three lamps”"
    assert notice.reason == "Retire: It insults."
    assert notice.who == (), "the role decides, not a name"


def test_the_page_tells_counts_and_marks_as_read(world: Busy) -> None:
    client = signed_in(world.bob)
    page = client.get("/notices/").content.decode()
    assert page.count("<li>") == 9
    assert 'id="unread-notices" href="/notices/">9<' in page
    upto = page.split('name="upto" value="')[1].split('"')[0]
    assert client.post("/notices/", {"upto": upto}).status_code == 302
    page = client.get("/notices/").content.decode()
    assert 'id="unread-notices"' not in page
    assert "Nothing new." in page
    assert "Read before" in page


def test_the_number_beside_the_name_is_counted_once_a_minute_and_at_once_for_what_is_new(
    version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    owner = version.definition.owner
    assert owner is not None
    now = timezone.now()
    monkeypatch.setattr("evaluations.activity.notices.told.timezone.now", lambda: now)
    for number, name in enumerate(("bob", "eve"), start=1):
        amended(version, make_user(name))
        for queries in (3, 1):
            with django_assert_num_queries(queries):
                assert unread_count(owner) == number
    now += dt.timedelta(minutes=1)
    with django_assert_num_queries(3):
        assert unread_count(owner) == 2


def test_the_number_beside_the_name_is_that_of_the_page(world: Busy) -> None:
    client = signed_in(world.ada)
    page = client.get("/about/").content.decode()
    number = int(page.split('id="unread-notices" href="/notices/">')[1].split("<")[0])
    assert number == unread_count(world.ada)
    assert number == sum(
        int(n.sentence.split()[0]) if n.sentence[0].isdigit() else 1 for n in notices_for(world.ada)
    )


def test_following_by_the_button_with_and_without_scripts(version: DefinitionVersion) -> None:
    eve = make_user("eve")
    client, address = signed_in(eve), f"/follow/definition/{version.definition_id}/"
    page = client.get("/definitions/taylor/").content.decode()
    assert f'hx-get="{address}"' in page
    assert f'<a href="{address}">Follow</a>' in page
    assert "Follow</button>" in client.get(address).content.decode()
    sent = client.post(address, {"press": "follow"})
    assert sent["Location"] == "/definitions/taylor/"
    assert Follow.objects.filter(person=eve).count() == 1
    part = client.get(address, headers={"hx-request": "true"}).content.decode()
    assert "Stop following</button>" in part
    assert "<html" not in part
    assert "Taylor" in client.get("/notices/").content.decode().split('id="followed"')[1]
    client.post(address, {"press": "stop"}, headers={"hx-request": "true"})
    assert not Follow.objects.exists()


def test_who_is_not_signed_in_is_asked_to(client: Client, version: DefinitionVersion) -> None:
    for path in (f"/follow/definition/{version.definition_id}/", "/notices/"):
        assert "/accounts/login/" in client.get(path)["Location"]
    assert 'hx-get="/follow' not in client.get("/definitions/taylor/").content.decode()


def test_nothing_is_followed_that_not_everybody_comes_across(ada: User) -> None:
    made = make_shown(ada, visibility="unlisted")
    draft = make_draft(ada, "Unfinished")
    client = signed_in(make_user("eve"))
    for path in (
        f"collection/{made.pk}", f"definition/{draft.definition_id}", "person/99999", "snapshot/1",
    ):  # fmt: skip
        assert client.post(f"/follow/{path}/").status_code == 404, path


def test_nobody_follows_themselves_or_without_end(
    version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve = make_user("eve")
    make_published(eve, "Hers")
    refused = signed_in(eve).post(f"/follow/person/{eve.pk}/")
    assert refused.status_code == 409
    assert "no news to you" in refused.content.decode()
    follow(person=eve, subject=version.definition)
    monkeypatch.setattr(follow_actions, "MOST_FOLLOWED", 1)
    assert follow(person=eve, subject=version.definition).definition == version.definition
    with pytest.raises(FollowRefused, match="stop following one"):
        follow(person=eve, subject=make_user("zoe"))


def test_a_retired_definition_is_told_of_as_that(version: DefinitionVersion) -> None:
    eve, owner = make_user("eve"), version.definition.owner
    assert owner is not None
    follow(person=eve, subject=version.definition)
    retire_definition(definition=version.definition, actor=owner, reason="Wrong.")
    assert told(eve) == ["The definition “Taylor” was retired"]


def test_the_page_makes_no_more_queries_for_more_notices(
    version: DefinitionVersion, django_assert_max_num_queries: Any
) -> None:
    owner = version.definition.owner
    assert owner is not None
    for n in range(12):
        amended(version, make_user(f"reader-{n}"))
        make_published(make_user(f"writer-{n}"), f"Other {n}")
    follow(person=owner, subject=User.objects.get(username="writer-3"))
    client = signed_in(owner)
    with django_assert_max_num_queries(15):
        client.get("/notices/")
