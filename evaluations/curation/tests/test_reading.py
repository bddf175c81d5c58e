"""Reading a collection: who finds it, and what is not sent to who may still judge."""

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.curation.actions import retire, show
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import excerpt, look_through, place
from evaluations.curation.tests.cast import WHY, add, make, make_shown
from evaluations.curation.version_actions import freeze
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge, Reveal
from evaluations.judgments.outputs import reveals
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db
NOTE = "It leaps over the second premise."


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(client: Client, path: str, status: int = 200) -> str:
    answered = client.get(path)
    assert answered.status_code == status, answered.content[:400]
    return answered.content.decode()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    return make_definition("taylor", "one", name="Taylor, as quoted")


@pytest.fixture
def judged(version: DefinitionVersion) -> Output:
    """An output that one person judged: reasoning, by Taylor's definition."""
    output = make_output(trace="The lamp is on.\nSo somebody is home.", answer="Yes.")
    give(make_judge(), output, {"one": "yes"})
    return output


@pytest.fixture
def collection(ada: User, judged: Output, version: DefinitionVersion) -> Collection:
    made = make(ada)
    item = add(made, NOTE, output=judged)
    excerpt(item=item, actor=ada, part="trace", quote="So somebody is home.")
    look_through(items=[item], actor=ada, versions=[version])
    return show(collection=made, actor=ada, visibility="unlisted")


def test_a_private_collection_is_not_there_for_others(client: Client, ada: User) -> None:
    path = make(ada).get_absolute_url()
    assert client.get(path).status_code == 404
    assert signed_in(make_user("eve")).get(path).status_code == 404
    assert signed_in(make_user("mod", role="moderator")).get(path).status_code == 404
    assert "Nothing in it yet" in text_of(signed_in(ada), path)


def test_an_unlisted_one_is_read_and_not_listed(client: Client, ada: User) -> None:
    unlisted, public = make_shown(ada, "unlisted", title="Unlisted"), make_shown(ada)
    assert "by ada" in text_of(client, unlisted.get_absolute_url())
    listed = text_of(client, "/collections/")
    assert public.get_absolute_url() in listed
    assert unlisted.get_absolute_url() not in listed
    assert unlisted.get_absolute_url() in text_of(signed_in(ada), "/collections/")


def test_who_has_not_judged_gets_prompt_and_excerpt_alone(
    client: Client, collection: Collection, judged: Output
) -> None:
    for reader in (client, signed_in(make_user("eve"))):
        page = text_of(reader, collection.get_absolute_url())
        assert judged.prompt.text in page
        assert "So somebody is home." in page
        assert "step 2 of the working" in page
        assert NOTE not in page
        assert "Taylor" not in page
        assert f"/judge/{judged.pk}/" in page
    assert not Reveal.objects.exists()


def test_opening_is_recorded_and_shows_note_and_verdict(
    collection: Collection, judged: Output
) -> None:
    eve = make_user("eve")
    reader, path = signed_in(eve), collection.get_absolute_url()
    item = collection.placements.get()
    sent = reader.post(f"{path}open/", {"item": item.pk})
    assert (sent.status_code, sent["Location"]) == (303, f"{path}#item-{item.pk}")
    assert Reveal.objects.filter(judge__user=eve, output=judged).exists()
    page = text_of(reader, path)
    assert NOTE in page
    assert "Taylor, as quoted (1 judge)" in page
    (late,) = give(Judge.objects.get(user=eve), judged, {"one": "no"})
    assert not late.blind, "a judgment that comes after it leans on it"


def test_who_judged_sees_both_and_nothing_is_recorded(
    collection: Collection, judged: Output
) -> None:
    eve = make_user("eve")
    give(make_judge(user=eve), judged, {"one": "no"})
    page = text_of(signed_in(eve), collection.get_absolute_url())
    assert NOTE in page
    assert "Taylor, as quoted (2 judges)" in page
    assert not Reveal.objects.exists()


def test_the_list_that_it_came_from_is_not_told_before_judging(
    client: Client, ada: User, judged: Output
) -> None:
    made = make(ada)
    listed = "/leaderboards/taylor/outputs/?verdict=reasoning"
    place(collection=made, actor=ada, target={"output": judged}, came_from=listed)
    show(collection=made, actor=ada, visibility="unlisted")
    assert "verdict=reasoning" not in text_of(client, made.get_absolute_url())
    assert listed in text_of(signed_in(ada), made.get_absolute_url())
    eve = make_user("eve")
    give(make_judge(user=eve), judged, {"one": "no"})
    assert listed in text_of(signed_in(eve), made.get_absolute_url())


def test_its_owner_reads_own_notes_and_no_verdict_before_judging(
    ada: User, collection: Collection
) -> None:
    page = text_of(signed_in(ada), collection.get_absolute_url())
    assert NOTE in page
    assert "Taylor" not in page
    edit = text_of(signed_in(ada), f"{collection.get_absolute_url()}edit/")
    assert "(1 judge)" not in edit


def test_notes_and_why_are_written_out_and_not_shown_as_tags(ada: User) -> None:
    made = make_shown(ada, why=f"{WHY} *Read on.*")
    add(made, note="It is *not* <b>sure</b>.", text="Begin here.")
    frozen = freeze(collection=made, actor=ada).get_absolute_url()
    reader = signed_in(ada)
    for page in (text_of(reader, made.get_absolute_url()), text_of(reader, frozen)):
        assert "<em>Read on.</em>" in page
        assert "It is <em>not</em> &lt;b&gt;sure&lt;/b&gt;." in page
        assert "&lt;p&gt;" not in page


def test_guests_of_one_address_open_so_many_a_day(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveals, "GUEST_REVEALS_A_DAY", 2)
    path = make_shown(ada).get_absolute_url()
    sent = client.post(f"{path}open/")
    assert sent.status_code == 429
    assert b"Sign in to see more" in sent.content
    assert Reveal.objects.count() == 2


def test_the_button_judges_what_was_not_judged(client: Client, ada: User) -> None:
    collection = make_shown(ada)
    first = collection.placements.earliest("rank").output_id
    assert "Judge these 3 blind first" in text_of(client, collection.get_absolute_url())
    eve = make_user("eve")
    make_criterion("one")
    give(make_judge(user=eve), Output.objects.get(pk=first), {"one": "yes"})
    page = text_of(signed_in(eve), collection.get_absolute_url())
    assert "Judge these 2 blind first" in page


def test_a_withdrawn_output_keeps_its_place_without_its_text(
    client: Client, collection: Collection, judged: Output
) -> None:
    Output.objects.filter(pk=judged.pk).update(withdrawn_at=timezone.now())
    page = text_of(client, collection.get_absolute_url())
    assert "was withdrawn" in page
    assert "somebody is home" not in page


def test_a_pair_shows_the_first_step_that_differs(client: Client, ada: User) -> None:
    left = make_output(trace="It is on.\nSo she is home.")
    right = make_output(trace="It is on.\nSo nobody is.", prompt=left.prompt)
    collection = make(ada)
    add(collection, "Two readings.", left=left, right=right)
    show(collection=collection, actor=ada, visibility="unlisted")
    page = text_of(client, collection.get_absolute_url())
    assert "<mark>So she is home.</mark>" in page
    assert "<mark>So nobody is.</mark>" in page
    assert "the same up to step 1" in page
    assert "Two readings." not in page


def test_a_retired_one_says_so_and_nothing_else(client: Client, ada: User) -> None:
    collection = make_shown(ada)
    retire(collection=collection, actor=ada, sentence="It was wrong.")
    page = text_of(client, collection.get_absolute_url(), 410)
    assert "It was wrong." in page
    assert collection.title not in page
    assert "Bring it back" in text_of(signed_in(ada), collection.get_absolute_url())


def test_the_pages_ask_as_often_for_two_items_as_for_six(
    client: Client, ada: User, version: DefinitionVersion
) -> None:
    made = make_shown(ada)

    def grow(_: int) -> None:
        look_through(items=[add(made)], actor=ada, versions=[version])
        left = make_output()
        add(made, left=left, right=make_output(prompt=left.prompt, trace="Other."))

    assert_queries_do_not_grow(client, [made.get_absolute_url()], grow)
    edit = f"{made.get_absolute_url()}edit/"
    assert_queries_do_not_grow(signed_in(ada), [edit, made.get_absolute_url()], grow)
