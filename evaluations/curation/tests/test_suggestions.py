"""Suggesting an item for somebody's collection."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.curation.actions import CollectionRefused
from evaluations.curation.models import Collection, Suggestion
from evaluations.curation.suggestions.actions import accept, decline, retract, suggest
from evaluations.curation.tests.cast import add, make, make_shown
from evaluations.judgments.tests.cast import make_output, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def eve() -> User:
    return make_user("eve")


@pytest.fixture
def collection(ada: User) -> Collection:
    return make_shown(ada)


def test_what_is_accepted_stands_there_under_its_authors_name(
    client: Client, ada: User, eve: User, collection: Collection
) -> None:
    output = make_output()
    path = f"{collection.get_absolute_url()}suggest/"
    client.force_login(eve)
    form = {"kind": "output", "said": str(output.pk), "note": "A case against it."}
    assert client.post(path, form).status_code == 302
    again = client.post(path, form)
    assert again.status_code == 409
    assert b"not decided yet" in again.content
    suggestion = Suggestion.objects.get()
    client.force_login(ada)
    assert "1 suggestion to decide" in client.get(collection.get_absolute_url()).content.decode()
    client.post(f"{path}{suggestion.pk}/", {"press": "accept"})
    item = collection.placements.latest("rank")
    assert (item.output, item.note, item.added_by) == (output, "A case against it.", eve)
    page = client.get(collection.get_absolute_url()).content.decode()
    assert 'added by <a href="/people/eve/">eve</a>' in page
    late = client.post(f"{path}{suggestion.pk}/", {"press": "decline", "reason": "No."})
    assert late.status_code == 409
    assert b"accepted already" in late.content


def test_the_author_reads_why_not_and_others_nothing(
    client: Client, ada: User, eve: User, collection: Collection
) -> None:
    made = suggest(
        collection=collection, author=eve, target={"output": make_output()}, note="This too."
    )
    with pytest.raises(CollectionRefused, match="Say why"):
        decline(suggestion=made, actor=ada, reason=" ")
    with pytest.raises(PermissionError):
        decline(suggestion=made, actor=eve, reason="Mine.")
    decline(suggestion=made, actor=ada, reason="It repeats the second.")
    path = f"{collection.get_absolute_url()}suggest/"
    client.force_login(eve)
    assert b"It repeats the second." in client.get(path).content
    client.force_login(make_user("dan"))
    assert b"It repeats the second." not in client.get(path).content
    assert suggest(
        collection=collection, author=eve, target={"output": made.output}, note="Once more."
    )


def test_one_takes_ones_own_back(ada: User, eve: User, collection: Collection) -> None:
    made = suggest(collection=collection, author=eve, target={"text": "Now."}, note="A turn.")
    with pytest.raises(PermissionError):
        retract(suggestion=made, actor=ada)
    with pytest.raises(PermissionError):
        accept(suggestion=made, actor=eve)
    assert retract(suggestion=made, actor=eve).state == "retracted"


def test_what_cannot_be_suggested(ada: User, eve: User, collection: Collection) -> None:
    output = make_output()
    item = add(collection, output=output)
    for into, author, target, note, match in (
        (collection, ada, {"text": "Mine."}, "x", "your own"),
        (collection, eve, {"output": output}, "x", "has this already"),
        (collection, eve, {"text": "No note."}, " ", "in a note"),
        (make(ada), eve, {"text": "Private."}, "x", "takes no suggestions"),
    ):
        with pytest.raises(CollectionRefused, match=match):
            suggest(collection=into, author=author, target=target, note=note)
    assert item.collection_id == collection.pk


def test_so_many_a_day(client: Client, eve: User, collection: Collection) -> None:
    client.force_login(eve)
    path = f"{collection.get_absolute_url()}suggest/"
    answers = [
        client.post(path, {"kind": "text", "said": f"Text {n}.", "note": "x"}).status_code
        for n in range(11)
    ]
    assert answers == [302] * 10 + [429]


def test_an_address_names_the_output_that_is_suggested(
    client: Client, eve: User, collection: Collection
) -> None:
    client.force_login(eve)
    path = f"{collection.get_absolute_url()}suggest/"
    said = client.get(path, {"output": "12"}).context["form"]["said"]
    assert said.value() == "12"
    assert not client.get(path).context["form"]["said"].value()
