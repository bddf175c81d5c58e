"""Feeds: valid, complete, the same for good, and cheap to ask for again."""

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as Tree

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.activity.models import Event, SiteKey
from evaluations.activity.tests.cast import Busy, busy
from evaluations.common.events import tell
from evaluations.curation.actions import show
from evaluations.curation.tests.cast import make_shown
from evaluations.definitions.models import Definition
from evaluations.definitions.tests.cast import make_criteria, make_draft, make_published
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
TAG = re.compile(r"^tag:[0-9a-f]{32}\.invalid,\d{4}-\d\d-\d\d:(event/\d+|site|[a-z]+/\d+)$")


@pytest.fixture
def world() -> Busy:
    return busy()


def read(client: Client, path: str = "/feed/", **headers: str) -> Tree.Element:
    sent = client.get(path, headers=headers)
    assert sent.status_code == 200
    assert sent["Content-Type"] == "application/atom+xml; charset=utf-8"
    return Tree.fromstring(sent.content)


def entries(feed: Tree.Element) -> list[dict[str, str]]:
    return [
        {child.tag.removeprefix(ATOM): child.get("href") or child.text or "" for child in entry}
        for entry in feed.findall(f"{ATOM}entry")
    ]


def test_every_part_that_atom_asks_for_is_there(client: Client, world: Busy) -> None:
    feed = read(client)
    for name in ("id", "title", "updated", "author/name"):
        assert feed.findtext("/".join(f"{ATOM}{part}" for part in name.split("/"))), name
    own = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == ["http://testserver/feed/"]
    found = entries(feed)
    assert len(found) == Event.objects.of_the_site().count() > 3
    for entry in found:
        assert {"id", "title", "updated", "published", "link"} <= set(entry)
        assert TAG.match(entry["id"])
        assert entry["link"].startswith("http://testserver/events/")
        assert client.get(entry["link"]).status_code == 302
    stamps = [datetime.fromisoformat(entry["updated"]) for entry in found]
    assert stamps == sorted(stamps, reverse=True)
    assert stamps[0] == datetime.fromisoformat(feed.findtext(f"{ATOM}updated") or "")


def test_characters_that_no_xml_holds_end_no_feed(client: Client, world: Busy) -> None:
    tell(
        "version-published", world.version, actor=world.ada, title="Bell\x07", number=9,
        words="It rings\ufffe \x01now.",
    )  # fmt: skip
    newest = entries(read(client))[0]
    assert newest["title"] == "Version 9 of the definition “Bell” was published"
    assert newest["summary"] == "It rings now."


def test_ids_are_of_a_stored_key_and_neither_of_a_host_nor_of_a_slug(
    client: Client, world: Busy
) -> None:
    before = {entry["id"] for entry in entries(read(client))}
    assert {SiteKey.objects.get().value} == {each[4:36] for each in before}
    Definition.objects.filter(slug="taylor").update(slug="renamed")
    moved = read(client, "/feed/", host="localhost")
    assert {entry["id"] for entry in entries(moved)} == before
    assert TAG.match(read(client, "/definitions/renamed/feed/").findtext(f"{ATOM}id") or "")


def test_an_entry_never_changes(client: Client, world: Busy) -> None:
    before = entries(read(client))
    Definition.objects.update(name="Another name")
    world.bob.delete()
    User.objects.filter(pk=world.ada.pk).update(username="renamed")
    make_published(world.ada, "Newer")
    assert entries(read(client))[1:] == before


def test_what_people_write_is_escaped_by_the_library_alone(client: Client, world: Busy) -> None:
    sent = client.get("/feed/").content.decode()
    assert "Too &amp;lt;narrow&amp;gt; &amp;amp; dull." in sent
    (entry,) = [
        each for each in entries(read(client)) if "Version 2 of the definition" in each["title"]
    ]
    assert entry["summary"] == "Too &lt;narrow&gt; &amp; dull.", "HTML that shows the words"


def test_who_has_the_newest_is_sent_nothing(client: Client, world: Busy) -> None:
    sent = client.get("/feed/")
    assert sent["Last-Modified"].endswith(" GMT")
    for headers in (
        {"if-none-match": sent["ETag"]},
        {"if-none-match": f"W/{sent['ETag']}"},
        {"if-modified-since": sent["Last-Modified"]},
    ):
        again = client.get("/feed/", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == sent["ETag"]
    make_published(world.ada, "Newer")
    assert client.get("/feed/", headers={"if-none-match": sent["ETag"]}).status_code == 200


def test_an_empty_feed_stays_the_same_too(client: Client) -> None:
    first = client.get("/feed/")
    assert entries(Tree.fromstring(first.content)) == []
    assert client.get("/feed/", headers={"if-none-match": first["ETag"]}).status_code == 304
    assert client.get("/feed/").content == first.content


def test_fifty_are_enough(client: Client) -> None:
    make_criteria()
    version = make_published(make_user("ada"))
    Event.objects.bulk_create(
        Event(
            kind="version-published", sentence=f"Version {n}", title="Taylor", public=True,
            definition=version.definition, definition_version=version, at=datetime.now(UTC),
        )
        for n in range(60)
    )  # fmt: skip
    found = entries(read(client))
    assert len(found) == 50
    assert found[0]["title"] == "Version 59"


def test_each_thing_has_a_feed_of_its_own(client: Client, world: Busy) -> None:
    titles = [entry["title"] for entry in entries(read(client, "/definitions/taylor/feed/"))]
    assert "Amendment 1 to “Taylor” was proposed" in titles
    assert not any("lamps" in title or "Other" in title for title in titles)
    titles = [
        entry["title"] for entry in entries(read(client, "/collections/ada/three-lamps/feed/"))
    ]
    assert titles[-1] == "The collection “Three lamps” is public"
    assert not any("suggested" in title for title in titles)


def test_pages_link_to_the_feeds(client: Client, world: Busy) -> None:
    for path, feed in (
        ("/about/", "/feed/"),
        ("/definitions/taylor/", "/definitions/taylor/feed/"),
        ("/collections/ada/three-lamps/", "/collections/ada/three-lamps/feed/"),
    ):
        page = client.get(path).content.decode()
        assert re.search(
            rf'<link rel="alternate" type="application/atom\+xml"[^>]* href="{feed}">', page
        )
        assert f'<a href="{feed}"' in page, "for those who look"


def test_what_is_not_public_has_no_feed(client: Client) -> None:
    make_criteria()
    ada = make_user("ada")
    draft = make_draft(ada, "Unfinished")
    made = make_shown(ada)
    show(collection=made, actor=ada, visibility="unlisted")
    mine = Client()
    mine.force_login(ada)
    for each in (client, mine):
        assert each.get(f"/definitions/{draft.definition.slug}/feed/").status_code == 404
        assert each.get("/collections/ada/three-lamps/feed/").status_code == 404
    hidden = Event.objects.get(kind="collection-shown")
    assert client.get(hidden.get_absolute_url()).status_code == 404


def test_the_address_of_an_event_is_for_those_who_may_read_it(client: Client, world: Busy) -> None:
    for event in Event.objects.all():
        sent = client.get(event.get_absolute_url())
        assert sent.status_code == (302 if event.public else 404), event
    made = Event.objects.filter(kind="suggestion-made").latest("pk")
    hers = Client()
    hers.force_login(world.ada)
    assert hers.get(made.get_absolute_url())["Location"] == "/collections/ada/three-lamps/suggest/"


def test_the_front_page_tells_the_newest_five_of_this_week(client: Client, world: Busy) -> None:
    page = client.get("/").content.decode()
    week = page.split('id="this-week"')[1].split("</section>")[0]
    assert week.count("<li>") == 5
    assert "The collection “Three lamps” was chosen for the front page" in week
    assert "suggested" not in week


def test_a_week_in_which_nothing_happened_is_not_shown(client: Client) -> None:
    assert 'id="this-week"' not in client.get("/").content.decode()
