"""Flags: one a person and thing, folding by three, and a decision in public."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.flags import actions
from evaluations.activity.flags.actions import FlagRefused, decide_flags, flag, withdraw_flag
from evaluations.activity.flags.waiting import queue, record_of
from evaluations.activity.models import Decision, Event, Flag
from evaluations.activity.notices.told import notices_for
from evaluations.common.folding import folded_among
from evaluations.curation.actions import FEATURED_WHEN, feature, show
from evaluations.curation.actions import retire as retire_collection
from evaluations.curation.models import Collection, Placement, Suggestion
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.tests.cast import make_shown
from evaluations.judgments.tests.cast import make_output, make_user
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db
NOTE = "It says so in its first step."
FOLDED = "Folded by readers, waiting for a moderator"
WHY = {"reason": "abuse", "sentence": "It insults a person."}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def collection() -> Collection:
    return make_shown(make_user("ada"))


@pytest.fixture
def item(collection: Collection) -> Placement:
    return collection.placements.earliest("pk")


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


@pytest.fixture
def established(monkeypatch: pytest.MonkeyPatch) -> list[User]:
    """Three people who are established: who is, is tried where standing is."""
    people = [make_user(f"reader-{n}") for n in range(3)]
    names = {person.username for person in people}
    monkeypatch.setattr(
        actions, "standing_of", lambda user: "established" if user.username in names else "member"
    )
    return people


def test_a_thing_is_flagged_once_a_person_and_for_good(item: Placement) -> None:
    bob = make_user("bob")
    flag(person=bob, target=item, reason="abuse", words="It names <somebody>.")
    assert withdraw_flag(person=bob, target=item)
    assert not withdraw_flag(person=bob, target=item)
    with pytest.raises(FlagRefused, match="once"):
        flag(person=bob, target=item, reason="off-topic")
    assert Flag.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Flag.objects.update(reason="off-topic")


def test_nobody_flags_their_own(collection: Collection, item: Placement) -> None:
    owner = collection.owner
    assert owner is not None
    for target in (collection, item):
        with pytest.raises(FlagRefused, match="yours"):
            flag(person=owner, target=target, reason="abuse")


@pytest.mark.parametrize(("reason", "words"), [("boring", ""), ("abuse", "x" * 281)])
def test_what_is_no_flag_is_refused(item: Placement, reason: str, words: str) -> None:
    with pytest.raises(FlagRefused):
        flag(person=make_user("bob"), target=item, reason=reason, words=words)


def test_three_established_people_fold_and_others_do_not(
    client: Client, item: Placement, established: list[User]
) -> None:
    for n in range(4):
        flag(person=make_user(f"new-{n}"), target=item, reason="abuse")
    for person in established[:2]:
        flag(person=person, target=item, reason="abuse")
    assert set(folded_among(Placement, [item.pk], None)) == set()
    flag(person=established[2], target=item, reason="personal-data")
    assert set(folded_among(Placement, [item.pk, 0], None)) == {item.pk}
    page = client.get("/collections/ada/three-lamps/").content.decode()
    assert page.count(FOLDED) == 1
    withdraw_flag(person=established[0], target=item)
    assert set(folded_among(Placement, [item.pk], None)) == set()


def test_what_is_beside_the_point_folds_nothing(item: Placement, established: list[User]) -> None:
    for person in established:
        flag(person=person, target=item, reason="off-topic")
    assert set(folded_among(Placement, [item.pk], None)) == set()


def test_folding_ends_after_three_days(
    item: Placement, established: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in established:
        flag(person=person, target=item, reason="abuse")
    for hours, still in ((71, {item.pk}), (73, set())):
        later = timezone.now() + dt.timedelta(hours=hours)
        with monkeypatch.context() as then:
            then.setattr("evaluations.activity.querysets.timezone.now", lambda at=later: at)
            assert set(folded_among(Placement, [item.pk], None)) == still


def test_a_collection_is_folded_with_its_why(
    client: Client, collection: Collection, established: list[User]
) -> None:
    for person in established:
        flag(person=person, target=collection, reason="abuse")
    page = client.get("/collections/ada/three-lamps/").content.decode()
    assert 'id="folded"' in page
    assert set(folded_among(Suggestion, [collection.pk], None)) == set()


def test_keeping_unfolds_and_is_told_in_public(
    client: Client, item: Placement, mod: User, established: list[User]
) -> None:
    for person in established:
        flag(person=person, target=item, reason="abuse")
    decide_flags(target=item, actor=mod, verb="keep", reason="other", sentence="It quotes.")
    assert set(folded_among(Placement, [item.pk], None)) == set()
    decision = Decision.objects.get()
    assert (decision.verb, decision.kind, decision.role) == ("keep", "item", "moderator")
    assert "It quotes." in client.get("/moderation/").content.decode()
    assert record_of(established[0]) == (0, 1)
    with pytest.raises(FlagRefused, match="meanwhile"):
        decide_flags(target=item, actor=mod, verb="keep", reason="other", sentence="Again.")


def test_a_struck_item_is_gone_and_its_writer_reads_why(
    client: Client, collection: Collection, item: Placement, mod: User
) -> None:
    bob, owner = make_user("bob"), collection.owner
    assert owner is not None
    flag(person=bob, target=item, reason="abuse")
    decide_flags(target=item, actor=mod, verb="retire", **WHY)
    assert not Placement.objects.filter(pk=item.pk).exists()
    assert record_of(bob) == (1, 1), "the flag stays for its maker's record"
    notices = [each.reason for each in notices_for(owner)]
    assert "Retire: It insults a person." in notices
    (decision,) = Decision.objects.all()
    assert decision.is_withheld
    collection.refresh_from_db()
    assert collection.visibility == "unlisted", "two notes are too few for a public one"
    assert queue() == []


def test_a_decision_that_no_flag_led_to_closes_the_flags_all_the_same(
    collection: Collection, mod: User
) -> None:
    bob = make_user("bob")
    flag(person=bob, target=collection, reason="abuse")
    feature(collection=collection, actor=mod, ticked=set(FEATURED_WHEN), sentence="It is short.")
    assert len(queue()) == 1, "to choose it says nothing of what was flagged"
    retire_collection(collection=collection, actor=mod, sentence="It insults.", code="abuse")
    assert queue() == []
    assert record_of(bob) == (1, 1)


def test_a_collection_is_retired_through_its_flags(collection: Collection, mod: User) -> None:
    flag(person=make_user("bob"), target=collection, reason="personal-data")
    decide_flags(target=collection, actor=mod, verb="retire", **WHY)
    collection.refresh_from_db()
    assert (collection.withheld, collection.retired_because) == (True, "It insults a person.")
    assert Decision.objects.get().verb == "retire"


def test_a_struck_suggestion_is_declined_with_the_sentence(
    collection: Collection, mod: User
) -> None:
    bob, owner = make_user("bob"), collection.owner
    assert owner is not None
    made = suggest(collection=collection, author=bob, target={"output": make_output()}, note="Ha.")
    flag(person=owner, target=made, reason="abuse")
    decide_flags(target=made, actor=mod, verb="retire", **WHY)
    made.refresh_from_db()
    assert (made.state, made.reason) == ("declined", "It insults a person.")
    assert [each.reason for each in notices_for(bob)] == ["Retire: It insults a person."]


def test_a_flagged_person_is_folded_and_suspended_without_a_name_in_the_log(
    client: Client, collection: Collection, mod: User, established: list[User]
) -> None:
    owner = collection.owner
    assert owner is not None
    User.objects.filter(pk=owner.pk).update(about="You are all fools.")
    assert f'href="/flag/person/{owner.pk}/"' in client.get("/people/ada/").content.decode()
    with pytest.raises(FlagRefused, match="yours"):
        flag(person=owner, target=owner, reason="abuse")
    for person in established:
        reader = signed_in(person)
        assert reader.post(f"/flag/person/{owner.pk}/", {"reason": "abuse"}).status_code == 302
    assert 'id="folded"' in client.get("/people/ada/").content.decode()
    (waiting,) = queue()
    assert (waiting.what, waiting.name, waiting.text) == ("person", "ada", "You are all fools.")
    path = f"/moderation/queue/person/{owner.pk}/"
    assert "Suspend for 7 days" in signed_in(mod).get(path).content.decode()
    assert signed_in(mod).post(path, {**WHY, "press": "retire"}).status_code == 302
    owner.refresh_from_db()
    assert owner.is_suspended
    assert queue() == []
    assert record_of(established[0]) == (1, 1)
    assert "ada" not in client.get("/moderation/").content.decode()
    assert "ada" not in client.get("/moderation/feed/").content.decode()


def test_who_has_no_page_is_not_flagged(mod: User) -> None:
    assert signed_in(make_user("eve")).get(f"/flag/person/{mod.pk}/").status_code == 404


def test_a_person_may_stay_as_they_are(collection: Collection, mod: User) -> None:
    owner = collection.owner
    assert owner is not None
    flag(person=make_user("bob"), target=owner, reason="off-topic")
    decide_flags(target=owner, actor=mod, verb="keep", reason="other", sentence="It is fine.")
    decision = Decision.objects.get()
    assert (decision.kind, decision.is_withheld, decision.url) == ("account", True, "")


def test_asking_to_reword_leaves_it_and_tells_its_writer(
    collection: Collection, item: Placement, mod: User
) -> None:
    flag(person=make_user("bob"), target=item, reason="unsupported")
    decide_flags(
        target=item, actor=mod, verb="ask to reword", reason="other", sentence="Say where."
    )
    assert Placement.objects.filter(pk=item.pk).exists()
    told = Event.objects.get(kind="decided")
    assert [each.person_id for each in told.concerns.all()] == [collection.owner_id]
    assert told.reason == "Ask to reword: Say where."


def test_who_is_part_of_it_does_not_decide(collection: Collection, item: Placement) -> None:
    owner, mod = collection.owner, make_user("mod", role="moderator")
    assert owner is not None
    User.objects.filter(pk=owner.pk).update(role="moderator")
    owner.refresh_from_db()
    flag(person=mod, target=item, reason="abuse")
    for person, why in (
        (owner, "yours"),
        (mod, "You flagged it"),
        (make_user("eve"), "moderators"),
    ):
        with pytest.raises(PermissionError, match=why):
            decide_flags(target=item, actor=person, verb="keep", reason="other", sentence="x")
    boss = make_user("boss", is_staff=True)
    flag(person=boss, target=item, reason="abuse")
    decide_flags(target=item, actor=boss, verb="keep", reason="other", sentence="I am alone.")


def test_the_queue_has_the_grave_first_then_the_longest_waiting(
    collection: Collection, mod: User
) -> None:
    items, bob = list(collection.placements.order_by("pk")), make_user("bob")
    for item, reason in zip(items, ("off-topic", "unsupported", "abuse"), strict=True):
        flag(person=bob, target=item, reason=reason)
    assert [each.pk for each in queue()] == [items[2].pk, items[0].pk, items[1].pk]
    page = signed_in(mod).get("/moderation/queue/").content.decode()
    assert page.index(f"/item/{items[2].pk}/") < page.index(f"/item/{items[0].pk}/")


def test_flagging_on_the_page(client: Client, item: Placement) -> None:
    page = client.get("/collections/ada/three-lamps/").content.decode()
    address = f"/flag/item/{item.pk}/"
    assert f'href="{address}"' in page
    assert "/accounts/login/" in client.get(address)["Location"]
    bob = signed_in(make_user("bob"))
    form = bob.get(address).content.decode()
    assert item.output is not None
    assert item.output.prompt.title in form
    assert NOTE not in form, "a note is for who judged or opened the output"
    kept = bob.post(address, {"words": "It names <somebody>."})
    assert kept.status_code == 422
    assert "It names &lt;somebody&gt;.</textarea>" in kept.content.decode()
    sent = bob.post(address, {"reason": "abuse", "words": "It names <somebody>."})
    assert sent["Location"] == "/collections/ada/three-lamps/"
    assert bob.post(address, {"reason": "abuse"}).status_code == 409
    assert "You flagged it on" in bob.get(address).content.decode()
    bob.post(address, {"press": "withdraw"})
    assert "You took that back." in bob.get(address).content.decode()


def test_an_allowance_a_day_is_kept(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        __import__("evaluations.definitions.allowances", fromlist=["A_DAY"]).A_DAY["flag"],
        "member", 1,
    )  # fmt: skip
    items, bob = list(collection.placements.order_by("pk")), signed_in(make_user("bob"))
    assert bob.post(f"/flag/item/{items[0].pk}/", {"reason": "abuse"}).status_code == 302
    refused = bob.post(f"/flag/item/{items[1].pk}/", {"reason": "abuse"})
    assert refused.status_code == 429
    assert "flag 1 thing a day" in refused.content.decode()


def test_deciding_on_the_page(collection: Collection, item: Placement, mod: User) -> None:
    flag(person=make_user("bob"), target=item, reason="abuse", words="Look.")
    client, address = signed_in(mod), f"/moderation/queue/item/{item.pk}/"
    page = client.get(address).content.decode()
    assert "Look." in page
    assert NOTE in page
    assert "their first flag" in page
    assert client.post(address, {**WHY, "press": "burn"}).status_code == 422
    assert client.post(address, {**WHY, "press": "keep"})["Location"] == "/moderation/queue/"
    assert "No flag on it waits" in client.get(address).content.decode()
    assert signed_in(make_user("eve")).get(address).status_code == 403


def test_nothing_is_told_of_what_is_not_public_any_more(
    client: Client, collection: Collection, item: Placement, mod: User
) -> None:
    assert item.output is not None
    title = item.output.prompt.title
    flag(person=make_user("bob"), target=item, reason="off-topic")
    Run.objects.filter(pk=item.output.run_id).update(visibility="private")
    moderator = signed_in(mod)
    for path in (
        "/moderation/queue/",
        f"/moderation/queue/item/{item.pk}/",
        f"/flag/item/{item.pk}/",
    ):
        page = moderator.get(path).content.decode()
        assert "An item that is not public any more" in page, path
        assert title not in page, path
        assert NOTE not in page, path
    decide_flags(target=item, actor=mod, verb="keep", reason="other", sentence="It fits.")
    assert title not in client.get("/moderation/").content.decode()


def test_what_one_may_not_see_cannot_be_flagged(client: Any) -> None:
    hidden = make_shown(make_user("zoe"), visibility="unlisted")
    Collection.objects.filter(pk=hidden.pk).update(visibility="private")
    bob = signed_in(make_user("bob"))
    for path in (f"collection/{hidden.pk}", f"item/{hidden.placements.earliest('pk').pk}", "run/1"):
        assert bob.get(f"/flag/{path}/").status_code == 404, path


def test_who_leaves_leaves_their_flags_without_a_name(item: Placement) -> None:
    people = [make_user("bob"), make_user("eve")]
    for person in people:
        flag(person=person, target=item, reason="abuse")
    for person in people:
        person.delete()
    assert list(Flag.objects.values_list("flagger", flat=True)) == [None, None]
    assert len(queue()) == 1


def test_who_is_flagged_and_hides_their_name_is_decided_about_all_the_same(
    collection: Collection, mod: User
) -> None:
    owner = collection.owner
    assert owner is not None
    flag(person=make_user("bob"), target=owner, reason="abuse")
    User.objects.filter(pk=owner.pk).update(hides_name=True)
    assert signed_in(make_user("eve")).get(f"/flag/person/{owner.pk}/").status_code == 404
    path = f"/moderation/queue/person/{owner.pk}/"
    page = signed_in(mod).get(path).content.decode()
    assert f'<p class="lead"><a href="/moderation/people/{owner.pk}/">ada</a>' in page
    assert signed_in(mod).post(path, {**WHY, "press": "retire"}).status_code == 302
    owner.refresh_from_db()
    assert owner.is_suspended


def test_what_its_owner_made_private_waits_for_nobody(
    collection: Collection, item: Placement, mod: User
) -> None:
    for target in (collection, item):
        flag(person=make_user(f"on-{target.pk}-{type(target).__name__}"), target=target,
             reason="abuse")  # fmt: skip
    assert len(queue()) == 2
    assert collection.owner is not None
    show(collection=collection, actor=collection.owner, visibility="private")
    assert not queue()
    assert collection.title not in signed_in(mod).get("/moderation/queue/").content.decode()
    show(collection=collection, actor=collection.owner, visibility="public")
    assert len(queue()) == 2
