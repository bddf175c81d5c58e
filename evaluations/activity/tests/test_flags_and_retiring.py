"""Flags and what they are about, when its collection is retired; who is not offered to decide."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.accounts.models import User
from evaluations.activity.flags import views
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.activity.flags.backlog import backlog
from evaluations.activity.flags.waiting import queue
from evaluations.activity.models import Flag
from evaluations.curation.actions import CollectionRefused, restore, retire
from evaluations.curation.models import Collection
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.tests.cast import make_shown
from evaluations.curation.version_actions import freeze
from evaluations.debates.tests.cast import make_statement, make_version
from evaluations.judgments.tests.cast import make_output, make_user

pytestmark = pytest.mark.django_db
WHY = {"reason": "abuse", "sentence": "It insults a person."}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


@pytest.fixture
def made(ada: User) -> Collection:
    """A collection of which an item, a suggestion and itself are flagged."""
    found = make_shown(ada)
    target: dict[str, Any] = {"output": make_output()}
    said = suggest(collection=found, author=make_user("eve"), target=target, note="Too.")
    for each in (found, found.placements.earliest("pk"), said):
        flag(person=make_user(f"reader-{Flag.objects.count()}"), target=each, reason="abuse")
    return found


def what_waits() -> list[str]:
    return sorted(each.what for each in queue())


def test_what_nobody_reads_any_more_waits_for_nobody(
    made: Collection, ada: User, mod: User
) -> None:
    assert what_waits() == ["collection", "item", "suggestion"]
    assert backlog().waiting == 3
    retire(collection=made, actor=ada, sentence="I am done.")
    assert what_waits() == []
    assert backlog().waiting == 0
    restore(collection=made, actor=ada)
    assert what_waits() == ["collection", "item", "suggestion"]
    retire(collection=made, actor=mod, sentence="It insults.", code="abuse")
    assert what_waits() == []
    assert Flag.objects.waiting().count() == 2, "not decided: they wait again with the items"
    restore(collection=made, actor=mod)
    assert what_waits() == ["item", "suggestion"]


def test_what_is_still_read_in_a_version_waits_and_says_what_happened(
    made: Collection, ada: User, mod: User
) -> None:
    item = made.placements.earliest("pk")
    freeze(collection=made, actor=ada, words="The first.")
    retire(collection=made, actor=ada, sentence="I am done.")
    assert what_waits() == ["collection", "item", "suggestion"]
    client = signed_in(mod)
    happened = "Its owner retired its collection: what was frozen of it is still read."
    assert happened in client.get("/moderation/queue/").content.decode()
    page = client.get(f"/moderation/queue/item/{item.pk}/").content.decode()
    assert happened in page
    decide_flags(target=item, actor=mod, verb="retire", **WHY)
    assert what_waits() == ["collection", "suggestion"]


def test_a_moderator_retires_what_its_owner_only_took_off(
    client: Client, made: Collection, ada: User, mod: User
) -> None:
    frozen = freeze(collection=made, actor=ada, words="The first.")
    retire(collection=made, actor=ada, sentence="I am done.")
    assert client.get(frozen.get_absolute_url()).status_code == 200
    with pytest.raises(CollectionRefused, match="already"):
        retire(collection=made, actor=ada, sentence="Twice.")
    page = signed_in(mod).get(made.get_absolute_url()).content.decode()
    assert 'value="retire"' in page
    retire(collection=made, actor=mod, sentence="It insults.", code="abuse")
    assert client.get(frozen.get_absolute_url()).status_code == 410
    assert 'value="restore"' not in signed_in(ada).get(made.get_absolute_url()).content.decode()
    with pytest.raises(CollectionRefused, match="already"):
        retire(collection=made, actor=mod, sentence="Twice.")


def test_who_moderates_does_not_bring_back_their_own(made: Collection, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(role="moderator")
    ada.refresh_from_db()
    boss = make_user("boss", is_staff=True)
    retire(collection=made, actor=boss, sentence="It insults.", code="abuse")
    with pytest.raises(PermissionError, match="Who retired it"):
        restore(collection=made, actor=ada)


def test_who_flagged_a_thing_is_told_why_they_do_not_decide(
    made: Collection, ada: User, mod: User
) -> None:
    said = make_statement(make_version(), ada)
    pages = (
        (made, made.get_absolute_url()),
        (said, said.get_absolute_url()),
        (ada, f"/moderation/people/{ada.pk}/"),
    )
    client = signed_in(mod)
    for target, path in pages:
        page = client.get(path).content.decode()
        assert 'value="retire"' in page or 'value="suspend"' in page, path
        flag(person=mod, target=target, reason="off-topic")
        page = client.get(path).content.decode()
        assert "You flagged it, so somebody else decides about it." in page, path
        assert 'value="retire"' not in page, path
        assert 'value="suspend"' not in page, path
    assert "why-not" not in signed_in(ada).get(made.get_absolute_url()).content.decode()


def test_the_queue_goes_by_pages_and_reads_no_more_for_more_flags(
    monkeypatch: pytest.MonkeyPatch, ada: User, mod: User
) -> None:
    version, bob, client = make_version(), make_user("bob"), signed_in(mod)

    def flagged(first: int) -> int:
        for number in range(first, first + 4):
            said = make_statement(version, ada, f"It leaves out lamp number {number}.")
            flag(person=bob, target=said, reason="abuse" if number == 7 else "off-topic")
        with CaptureQueriesContext(connection) as captured:
            client.get("/moderation/queue/")
        return len(captured)

    assert flagged(0) == flagged(4)
    grave, *others = queue()
    assert grave.text == "It leaves out lamp number 7."
    assert [each.text[-2] for each in others] == list("0123456")
    monkeypatch.setattr(views, "A_PAGE", 3)
    pages = [client.get(f"/moderation/queue/?page={n}").content.decode() for n in (1, 3)]
    assert f"/statement/{grave.pk}/" in pages[0]
    assert f"/statement/{others[-1].pk}/" not in pages[0]
    assert f"/statement/{others[-1].pk}/" in pages[1]
    assert "Page 1 of 3" in pages[0]


def test_the_queue_says_what_is_flagged_and_why_and_a_decision_begins_with_that(
    ada: User, mod: User
) -> None:
    said, client = (
        make_statement(make_version(), ada, "It leaves out <every> lamp."),
        signed_in(mod),
    )
    for name, reason in (("bob", "duplicate"), ("eve", "duplicate"), ("joe", "off-topic")):
        flag(person=make_user(name), target=said, reason=reason)
    page = client.get("/moderation/queue/").content.decode()
    assert "It leaves out &lt;every&gt; lamp." in page
    assert "3 flags: it says the same as another, 2 times; it is about something else" in page
    page = client.get(f"/moderation/queue/statement/{said.pk}/").content.decode()
    assert '<option value="duplicate" selected>' in page
    page = client.get(f"/moderation/people/{ada.pk}/").content.decode()
    assert '<option value="other" selected>' in page
