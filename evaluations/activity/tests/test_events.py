"""Events: written with what they tell of, for good, and read by those whom it is meant for."""

import pytest
from django.db import IntegrityError, transaction

from evaluations.activity.kinds import FOLLOWED, IN_FEEDS, IN_THE_LOG, KINDS, OF_THE_SITE
from evaluations.activity.models import Event, EventConcern
from evaluations.activity.tests.cast import busy, kinds_for
from evaluations.common.events import tell
from evaluations.curation.actions import retire, show
from evaluations.curation.tests.cast import make, make_shown
from evaluations.definitions.loading import load_criteria, load_definitions
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.tests.cast import make_criteria, make_published
from evaluations.definitions.workshop_actions import retire_definition
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db


def test_everything_that_happens_is_written_down_under_what_it_belongs_to() -> None:
    world = busy()
    assert set(Event.objects.values_list("kind", flat=True)) == set(KINDS)
    for event in Event.objects.with_rows():
        assert event.about is not None, event
        assert (event.definition is None) == (
            event.kind.startswith(("coll", "sugg", "decided", "mod", "data"))
        )
        assert "{" not in event.sentence
        assert "None" not in event.sentence
        assert "ada" not in event.sentence + event.reason, "a sentence names nobody"
    newest = Event.objects.filter(kind="version-published", definition=world.version.definition)
    assert newest[0].sentence == "Version 2 of the definition “Taylor” was published"
    assert newest[0].reason == "Too <narrow> & dull."


def test_those_who_are_meant_are_named_and_nobody_is_told_of_their_own_doing() -> None:
    world = busy()
    assert kinds_for(world.bob) == [
        "amendment-asked",
        "amendment-declined",
        "statement-answered",
        "asked-what-it-means",
        "asked-for-an-example",
        "still-holds",
        "amendment-accepted",
        "suggestion-accepted",
        "suggestion-declined",
    ]
    assert kinds_for(world.ada) == [
        *("amendment-proposed", "amendment-answered"),
        *("amendment-proposed", "amendment-withdrawn", "amendment-proposed"),
        *("snapshot-withdrawn", "decided", "suggestion-made", "suggestion-made"),
        "collection-forked",
    ]
    assert kinds_for(world.mod) == ["moderation-waits"]


def test_what_goes_wrong_leaves_neither_the_row_nor_the_event() -> None:
    make_criteria()
    ada = make_user("ada")
    made = make(ada)

    @transaction.atomic
    def publish_and(kind: str) -> None:
        make_published(ada)
        tell(kind, made, actor=ada, title="x")

    with pytest.raises(KeyError):
        publish_and("no-such-kind")
    assert not Event.objects.exists()
    assert not DefinitionVersion.objects.exists()


def test_an_event_never_changes_and_forgets_only_what_is_erased() -> None:
    world = busy()
    event = Event.objects.filter(kind="collection-forked").get()
    other = make_shown(world.ada, title="Another")
    for change in ({"sentence": "x"}, {"actor": world.ada}, {"collection": other}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(pk=event.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        EventConcern.objects.filter(event=event).update(person=world.bob)
    world.bob.delete()
    event.refresh_from_db()
    assert event.actor is None
    assert event.sentence.startswith("Somebody made a collection of their own from version 1")


def test_what_is_shown_again_is_told_once() -> None:
    ada = make_user("ada")
    made = make_shown(ada)
    show(collection=made, actor=ada, visibility="unlisted")
    show(collection=made, actor=ada, visibility="public")
    assert Event.objects.filter(kind="collection-shown").count() == 1


def test_lists_hold_nothing_that_not_everybody_comes_across() -> None:
    make_criteria()
    ada, staff = make_user("ada"), make_user("boss", is_staff=True)
    made, version = make_shown(ada), make_published(ada)

    def told() -> list[str]:
        return list(Event.objects.in_feeds().values_list("kind", flat=True))

    assert told() == ["version-published", "collection-shown"]
    show(collection=made, actor=ada, visibility="unlisted")
    assert told() == ["version-published"]
    show(collection=made, actor=ada, visibility="public")
    retire_definition(definition=version.definition, actor=ada, reason="Wrong.")
    assert told() == ["definition-retired", "collection-shown"]
    retire(collection=made, actor=staff, sentence="It insults.", code="abuse")
    assert told() == ["definition-retired"]


def test_a_collection_that_its_owner_retires_is_told_of_as_retired_alone() -> None:
    ada = make_user("ada")
    retire(collection=make_shown(ada), actor=ada, sentence="Old.")
    assert [event.kind for event in Event.objects.listed()] == ["collection-retired"]


def test_what_is_not_for_everybody_is_in_no_feed() -> None:
    busy()
    kept = {key for key, kind in KINDS.items() if not kind.public}
    assert kept
    assert not kept & {*IN_FEEDS, *IN_THE_LOG, *OF_THE_SITE, *FOLLOWED}
    assert not kept & set(Event.objects.listed().values_list("kind", flat=True))


def test_what_a_site_is_shipped_with_is_no_news() -> None:
    load_criteria()
    load_definitions()
    assert not Event.objects.exists()
