"""Two windows, second sendings, what is withdrawn or full by now: said in words, nothing lost."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.curation import placement_actions
from evaluations.curation.models import Collection
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.tests.cast import add, make, make_shown
from evaluations.curation.version_actions import freeze
from evaluations.judgments.tests.cast import make_output, make_user
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def client(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def edit(collection: Collection, key: int | str = "") -> str:
    return f"{collection.get_absolute_url()}edit/{f'{key}/' if key else ''}"


def test_what_was_typed_for_an_item_that_is_gone_is_given_back(client: Client, ada: User) -> None:
    collection = make(ada)
    item = add(collection)
    for _ in range(2):
        sent = client.post(edit(collection, item.pk), {"press": "out"})
    assert sent.status_code == 409
    assert b"This item was taken out meanwhile" in sent.content
    typed = {"press": "note", "note": "It says so, and then it does not."}
    for headers in ({}, {"HX-Request": "true"}):
        lost = client.post(edit(collection, item.pk), typed, headers=headers)
        assert lost.status_code == 409
        assert b"It says so, and then it does not." in lost.content


def test_what_is_sent_twice_stands_once(client: Client, ada: User) -> None:
    collection, output = make(ada), make_output()
    for kind, said in (("output", str(output.pk)), ("text", "Begin with this.")):
        form = {"kind": kind, "said": said, "note": "Why it is here."}
        first, again = (client.post(f"{edit(collection)}place/", form) for _ in range(2))
        assert (first.status_code, again.status_code) == (303, 409)
        page = again.content.decode()
        assert "has this already" in page
        assert "Why it is here." in page
    assert collection.placements.count() == 2


def test_a_form_that_makes_a_collection_makes_one_however_often_it_is_sent(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = freeze(
        collection=make_shown(make_user("bob")), actor=User.objects.get(username="bob")
    )
    output = make_output()
    for path, form, module in (
        ("/collections/new/", {"title": "Lamps", "why": ""}, "writing_views"),
        (f"{version.get_absolute_url()}fork/", {}, "version_views"),
        (f"/collections/add/?output={output.pk}", {"title": "Others"}, "adding_views"),
    ):
        before = set(ada.collections.values_list("pk", flat=True))
        shown = version.get_absolute_url() if "fork" in path else path
        token = client.get(shown).content.decode().partition('name="form_token" value="')[2][:36]
        client.post(path, {**form, "form_token": token})
        with monkeypatch.context() as spent:  # the first was the last that the day allows
            spent.setattr(f"evaluations.curation.{module}.refusal", lambda *_: "Enough.")
            assert client.post(path, {**form, "form_token": token}).status_code in (302, 303)
        (made,) = ada.collections.exclude(pk__in=before)
        assert made.placements.count() == {"Lamps": 0, "Others": 1}.get(made.title, 3)
        client.post(path, {**form, "form_token": str(uuid.uuid4())})
        assert ada.collections.exclude(pk__in=before).count() == 2, "another form makes another"


def test_what_is_new_stays_when_freezing_is_refused(client: Client, ada: User) -> None:
    collection = make(ada)
    sent = client.post(f"{collection.get_absolute_url()}freeze/", {"words": "A second lamp."})
    assert sent.status_code == 409
    assert 'value="A second lamp."' in sent.content.decode()


def test_beyond_what_it_holds_every_way_says_so_and_keeps_what_was_typed(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = make_shown(ada)
    output = make_output(text="a lamp")
    eve = make_user("eve")
    offered = suggest(collection=collection, author=eve, target={"output": output}, note="This.")
    monkeypatch.setattr(placement_actions, "MOST_ITEMS", 3)
    note = {"note": "One too many."}
    into = {"into": collection.slug, **note}
    for path, form in (
        (f"{edit(collection)}place/", {"kind": "output", "said": str(output.pk), **note}),
        (f"/collections/add/?output={output.pk}", into),
        ("/collections/add/?from=%2Foutputs%2F%3Fwords%3Dlamp", into),
    ):
        full = client.post(path, form)
        assert full.status_code == 409, path
        assert "items at most. Split it" in full.content.decode(), path
        assert "One too many." in full.content.decode(), path
    path = f"{collection.get_absolute_url()}suggest/{offered.pk}/"
    full = client.post(path, {"press": "accept"})
    assert full.status_code == 409
    assert "items at most. Split it" in full.content.decode()
    offered.refresh_from_db()
    assert offered.state == "open"
    assert collection.placements.count() == 3


def test_an_output_that_is_withdrawn_meanwhile_is_not_added(client: Client, ada: User) -> None:
    collection, output = make(ada), make_output()
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    form = {"kind": "output", "said": str(output.pk), "note": "Why it is here."}
    sent = client.post(f"{edit(collection)}place/", form)
    assert sent.status_code == 422
    assert "is not withdrawn" in sent.content.decode()
    assert "Why it is here." in sent.content.decode()
    item = add(collection)
    Output.objects.filter(pk=item.output_id).update(withdrawn_at=timezone.now())
    marked = client.post(
        edit(collection, item.pk), {"press": "excerpt", "part": "trace", "quote": "The lamp"}
    )
    assert marked.status_code == 409
    assert "cannot be read any more" in marked.content.decode()
    assert "The lamp</textarea>" in marked.content.decode()
