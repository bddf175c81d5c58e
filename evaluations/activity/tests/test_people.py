"""The public page of a person: what they made public, and nothing that they keep."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from evaluations.accounts.models import User
from evaluations.activity import people_views
from evaluations.activity.notices.follow_actions import follow
from evaluations.activity.tests.cast import Busy, amended, busy
from evaluations.curation.actions import FEATURED_WHEN, feature
from evaluations.curation.models import Collection
from evaluations.curation.suggestions.actions import accept, suggest
from evaluations.curation.tests.cast import make_shown
from evaluations.debates.choices import Checked
from evaluations.debates.models import Statement
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import call, judged, make_statement, make_version, votes
from evaluations.debates.vote_actions import take_stance
from evaluations.definitions.tests.cast import make_criteria, make_draft, make_published
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Item, Protocol
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(client: Client, name: str = "ada") -> str:
    sent = client.get(f"/people/{name}/")
    assert sent.status_code == 200
    return sent.content.decode()


@pytest.fixture
def world() -> Busy:
    return busy()


def test_a_page_tells_what_somebody_made_public(client: Client, world: Busy) -> None:
    User.objects.filter(pk=world.ada.pk).update(about="I read <b>lamps</b>.")
    page = page_of(client)
    assert "I read &lt;b&gt;lamps&lt;/b&gt;." in page
    assert 'href="/definitions/taylor/"' in page
    assert 'href="/collections/ada/three-lamps/"' in page
    assert "Taylor, amendment 3" in page_of(client, "bob")
    assert "amendment" not in page


def test_what_is_kept_is_not_told(client: Client) -> None:
    make_criteria()
    ada = make_user("ada")
    make_draft(ada, "Unfinished")
    make_shown(ada, visibility="unlisted", title="Hidden lamps")
    assert client.get("/people/ada/").status_code == 404, "nothing public, no page"
    make_published(ada)
    page = page_of(client)
    assert "Unfinished" not in page
    assert "Hidden lamps" not in page
    own = page_of(signed_in(ada))
    assert "This is your page" in own
    assert "Hidden lamps" not in own


@pytest.mark.parametrize("name", ["nobody", "a%00b", "eve"])
def test_who_wrote_nothing_has_no_page(client: Client, name: str) -> None:
    make_user("eve")
    assert client.get(f"/people/{name}/").status_code == 404
    assert client.get(f"/people/{name}/feed/").status_code == 404


def test_how_much_somebody_judged_is_shown_if_they_want_it(client: Client) -> None:
    make_criteria()
    ada = make_user("ada")
    make_published(ada)
    judge = make_judge(user=ada)
    for _ in range(2):
        give(judge, make_output(), {"one": "yes"})
    assert 'id="judged"' not in page_of(client)
    own = page_of(signed_in(ada))
    assert "Only you see these numbers" in own
    User.objects.filter(pk=ada.pk).update(shows_counts=True)
    judged = page_of(client).split('id="judged"')[1]
    assert "<dt>outputs</dt><dd>2</dd>" in judged
    assert "<dt>day</dt><dd>1</dd>" in judged


def test_a_protocol_is_finished_with_its_last_item(client: Client) -> None:
    make_criteria()
    ada = make_user("ada", shows_counts=True)
    make_published(ada)
    judge, block = make_judge(user=ada), make_block("one")
    version, hidden = (make_protocol(slug, blocks=(block,)) for slug in ("open", "hidden"))
    Protocol.objects.filter(pk=hidden.protocol_id).update(visibility="unlisted", access="invited")

    def finish(item: Item) -> None:
        assert item.output is not None
        give(judge, item.output, {"one": "yes"}, served=Served(item=item, finishes=True))

    first, last, unlisted = (make_item(each, make_output()) for each in (version, version, hidden))
    finish(unlisted)
    finish(first)
    assert "<dt>protocols finished</dt><dd>0</dd>" in page_of(client)
    finish(last)
    assert "<dt>protocol finished</dt><dd>1</dd>" in page_of(client)


def test_who_is_unlisted_is_found_by_the_address_alone(client: Client, world: Busy) -> None:
    assert 'href="/people/ada/"' in client.get("/search/?q=ada").content.decode()
    assert client.get("/people/ada/feed/").status_code == 200
    follow = f"/follow/person/{world.ada.pk}/"
    assert signed_in(world.bob).get(follow).status_code == 200
    User.objects.filter(pk=world.ada.pk).update(is_unlisted=True)
    assert 'href="/people/ada/"' not in client.get("/search/?q=ada").content.decode()
    assert client.get("/people/ada/feed/").status_code == 404
    assert signed_in(world.bob).get(follow).status_code == 404
    page = page_of(client)
    assert "noindex" in page
    assert "/people/ada/feed/" not in page


def test_the_feed_of_a_person_is_of_what_they_did(client: Client, world: Busy) -> None:
    titles = client.get("/people/bob/feed/").content.decode()
    assert "Amendment 1 to “Taylor” was proposed" in titles
    assert "was frozen" not in titles
    assert "suggested" not in titles


def test_following_from_the_page_leads_back_to_it(world: Busy) -> None:
    sent = signed_in(world.bob).post(f"/follow/person/{world.ada.pk}/", {"press": "follow"})
    assert sent["Location"] == "/people/ada/"


def test_who_left_has_no_page(client: Client, world: Busy) -> None:
    world.ada.delete()
    assert client.get("/people/ada/").status_code == 404
    assert (
        "a former member"
        in client.get(f"/collections/~{world.collection.pk}/three-lamps/").content.decode()
    )


def test_pages_lead_to_those_who_wrote_them(client: Client, world: Busy) -> None:
    for path in ("/definitions/taylor/", "/collections/ada/three-lamps/"):
        assert 'href="/people/ada/"' in client.get(path).content.decode(), path


def test_amending_alone_makes_a_page(client: Client) -> None:
    make_criteria()
    version = make_published(make_user("ada"))
    amended(version, make_user("eve"))
    assert "Taylor, amendment 1" in page_of(client, "eve")


def test_who_only_makes_statements_has_a_page_and_is_followed_flagged_and_hidden(
    client: Client,
) -> None:
    eve, bob = make_user("eve"), make_user("bob")
    said = make_statement(make_version(), eve, "It leaves out what a lamp does.")
    page = client.get(said.get_absolute_url()).content.decode()
    assert '<a href="/people/eve/">eve</a>' in page
    page = page_of(client, "eve")
    assert said.text in page
    assert f'href="/flag/person/{eve.pk}/"' in page
    assert "A statement was made" in client.get("/people/eve/feed/").content.decode()
    follow(person=bob, subject=eve)
    assert signed_in(bob).get(f"/follow/person/{eve.pk}/").status_code == 200
    assert signed_in(bob).get(f"/flag/person/{eve.pk}/").status_code == 200
    hidden = signed_in(bob).post(f"/hide/{eve.pk}/", {"press": "hide"}, follow=True)
    seen = hidden.content.decode()
    assert seen.index('id="hidden-words"') < seen.index(said.text)
    retire(statement=said, actor=eve)
    assert client.get("/people/eve/").status_code == 404
    page = client.get(said.get_absolute_url()).content.decode()
    assert "/people/eve/" not in page, "no link leads to a page that is not there"


def test_the_archive_names_a_source_and_no_account(client: Client) -> None:
    said = make_statement(make_version(), make_user("eve"))
    Statement.objects.create(
        version=said.version, author=make_user("archive"), kind="for", text="It says why a lamp.",
        text_key="it says why a lamp", source="Wick 1901", checked=Checked.QUOTED,
    )  # fmt: skip
    assert client.get("/people/archive/").status_code == 404


def test_who_is_credited_or_chooses_has_a_page_that_leads_there(client: Client) -> None:
    ada, eve, mod = make_user("ada"), make_user("eve"), make_user("mod", role="moderator")
    made = make_shown(ada)
    accept(
        suggestion=suggest(
            collection=made, author=eve, target={"output": make_output()}, note="It adds a lamp."
        ),
        actor=ada,
    )
    feature(collection=made, actor=mod, ticked=set(FEATURED_WHEN), sentence="It is short.")
    page = client.get("/collections/ada/three-lamps/").content.decode()
    assert page.count('href="/people/eve/"') == 1
    for name, role in (("eve", "has items of theirs"), ("mod", "chosen by them")):
        assert "Three lamps</a>" in page_of(client, name)
        assert role in page_of(client, name)
    Collection.objects.filter(pk=made.pk).update(visibility="unlisted")
    for name in ("eve", "mod"):
        assert client.get(f"/people/{name}/").status_code == 404


def test_who_opened_a_public_protocol_has_a_page(client: Client) -> None:
    eve = make_user("eve")
    version = make_protocol("lamps")
    Protocol.objects.filter(pk=version.protocol_id).update(owner=eve)
    assert 'href="/protocols/lamps/"' in page_of(client, "eve")
    Protocol.objects.filter(pk=version.protocol_id).update(opened_at=None)
    assert client.get("/people/eve/").status_code == 404


def test_queries_do_not_grow_with_what_somebody_wrote(
    client: Client,
) -> None:
    eve, version = make_user("eve"), make_version()

    def write(first: int) -> int:
        for n in range(first, first + 3):
            make_statement(version, eve, f"It leaves out lamp number {n}.")
            make_shown(eve, title=f"Lamps {n}")
        with CaptureQueriesContext(connection) as captured:
            page_of(client, "eve")
        return len(captured)

    assert write(0) == write(3)


def test_ones_own_page_says_what_is_left_of_the_day(client: Client) -> None:
    ada, version = make_user("ada"), make_version()
    said = make_statement(version, make_user("bob"))
    make_statement(version, ada, "What does it draw on, then?")
    client.force_login(ada)
    assert "Cast 60 votes in debates a day: 60 left" in client.get("/people/ada/").content.decode()
    client.post(f"{said.get_absolute_url()}vote/", {"press": "useful"})
    assert "Cast 60 votes in debates a day: 59 left" in client.get("/people/ada/").content.decode()
    client.force_login(User.objects.get(username="bob"))
    assert "left-today" not in client.get("/people/ada/").content.decode()


def own_line(person: User) -> str:
    """What their own page says of their side in the one debate in which they take part."""
    page = page_of(signed_in(person), person.username).partition('id="sides"')[2]
    return strip_tags(page.partition("<li>")[2].partition("</li>")[0]).replace("Name of taylor", "")


def side_in_debate(person: User) -> str:
    """The side that the page of that debate tells them; empty where it tells none."""
    page = strip_tags(signed_in(person).get("/debates/taylor/").content.decode())
    return page.partition("You are among those who ")[2].partition(", which only you")[0]


def test_ones_own_page_says_on_which_side_one_stands_and_by_what(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.measures.bridging.CALLS_TO_PLACE", 3)
    version = make_version()
    left_out, counted = ([judged(value) for _ in range(3)] for value in ("no", "yes"))
    said = make_statement(version, make_user("author"))
    wide, narrow = ([make_user(f"{name}-{n}") for n in range(3)] for name in ("wide", "narrow"))
    votes(said, wide[:1], useful=True)
    assert own_line(wide[0]).startswith("Nobody is on a side: that takes three people on two sides")
    for people, value in ((wide, "use"), (narrow, "reject")):
        for person in people:
            take_stance(version=version, person=person, value=value)
    votes(said, wide + narrow, useful=True)
    assert own_line(wide[0]) == "You are among those who would use it, by your own stance."
    assert side_in_debate(wide[0]) == "would use it"
    watcher = make_user("watcher")
    votes(said, [watcher], useful=False)
    assert own_line(watcher).startswith("You are on no side: sides are told from stances there")
    calls = ((wide, "yes", left_out), (narrow, "no", counted), ([watcher], "no", counted[:2]))
    for people, value, outputs in calls:
        for person in people:
            judge = make_judge(user=person)
            for output in outputs:
                call(judge, output, value)
    told = "You are among those who call more reasoning than this version does"
    assert own_line(wide[0]) == f"{told}, by what you called reasoning blind."
    assert own_line(watcher) == "You are on no side: judge 1 more output to be placed."
    assert told == f"You are among those who {side_in_debate(wide[0])}"
    assert side_in_debate(watcher) == ""
    assert 'id="sides"' not in client.get("/people/author/").content.decode()
    assert 'id="sides"' not in page_of(signed_in(watcher), "author"), "shown to oneself alone"


def test_sides_in_many_debates_are_read_at_once_and_what_is_not_shown_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    eve = make_user("eve")
    client = signed_in(eve)

    def argue(first: int, last: int) -> int:
        for n in range(first, last):
            version = make_version(f"taylor-{n}", f"one-{n}")
            votes(make_statement(version, make_user(f"author-{n}")), [eve], useful=True)
            take_stance(version=version, person=eve, value="use")
        page_of(client, "eve")
        with CaptureQueriesContext(connection) as captured:
            page_of(client, "eve")
        return len(captured)

    assert argue(0, 1) == argue(1, 4)
    sides = page_of(client, "eve").partition('id="sides"')[2]
    assert (sides.count("Nobody is on a side"), "more.</p>" in sides) == (4, False)
    monkeypatch.setattr(people_views, "MOST_DEBATES", 3)
    sides = page_of(client, "eve").partition('id="sides"')[2]
    assert (sides.count("Nobody is on a side"), "And 1 more.</p>" in sides) == (3, True)
