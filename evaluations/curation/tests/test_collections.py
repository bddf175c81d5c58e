"""Making collections and what becomes of them: the bar, addresses, retiring, featuring."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.curation.actions import (
    FEATURED_WHEN,
    BarNotMet,
    CollectionRefused,
    describe,
    feature,
    restore,
    retire,
    retired_by_others,
    show,
)
from evaluations.curation.models import Collection, Placement
from evaluations.curation.placement_actions import annotate, take_out
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.tests.cast import WHY, add, make, make_shown
from evaluations.judgments.tests.cast import make_output, make_prompt, make_user
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def told() -> Iterator[list[tuple[str, ...]]]:
    """What the public log is told: verb, kind, reason and sentence of each decision."""
    heard: list[tuple[str, ...]] = []

    def hear(verb: str, kind: str, reason: str, sentence: str, **_: object) -> None:
        heard.append((verb, kind, reason, sentence))

    decided.connect(hear)
    yield heard
    decided.disconnect(hear)


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


def test_a_public_collection_lacks_nothing_that_can_be_checked(ada: User) -> None:
    collection = make(ada, why="Short.")
    add(collection, note="")
    with pytest.raises(BarNotMet) as refused:
        show(collection=collection, actor=ada, visibility="public")
    words = [lack.words for lack in refused.value.missing]
    assert len(words) == 3
    assert "6 characters" in words[0]
    assert "1 of the 3" in words[1]
    assert "no note" in words[2]
    item = Placement.objects.get()
    assert refused.value.missing[2].href.endswith(
        f"/collections/ada/three-lamps/edit/#item-{item.pk}"
    )
    annotate(item=item, actor=ada, note="Because.")
    add(collection)
    add(collection, note="", text="What follows is the other case.")
    describe(collection=collection, actor=ada, title="Three lamps", why=WHY)
    assert show(collection=collection, actor=ada, visibility="public").visibility == "public"


def test_what_is_public_stays_above_the_bar(ada: User) -> None:
    collection = make_shown(ada)
    item = collection.placements.first()
    assert item is not None
    with pytest.raises(BarNotMet):
        annotate(item=item, actor=ada, note="")
    with pytest.raises(BarNotMet):
        take_out(item=item, actor=ada)
    with pytest.raises(BarNotMet):
        describe(collection=collection, actor=ada, title="Three lamps", why="No more.")
    assert collection.placements.exclude(note="").count() == 3


def test_an_address_follows_the_title_until_others_may_have_it(ada: User) -> None:
    first, second = make(ada), make(ada)
    assert (first.slug, second.slug) == ("three-lamps", "three-lamps-2")
    moved = describe(collection=first, actor=ada, title="Lamps", why=WHY)
    assert moved.get_absolute_url() == "/collections/ada/lamps/"
    show(collection=moved, actor=ada, visibility="unlisted")
    assert describe(collection=moved, actor=ada, title="Candles", why=WHY).slug == "lamps"
    assert make(ada, title="New").slug == "new-collection"


def test_nobody_else_edits_a_collection_not_even_staff(ada: User) -> None:
    collection = make(ada)
    with pytest.raises(PermissionError):
        describe(collection=collection, actor=make_user("s", is_staff=True), title="X", why="")


def test_who_leaves_takes_along_what_nobody_saw(ada: User) -> None:
    make(ada, title="Private")
    shown = make_shown(ada, "unlisted")
    ada.delete()
    left = Collection.objects.get()
    assert left.pk == shown.pk
    assert left.get_absolute_url() == f"/collections/~{left.pk}/three-lamps/"
    assert left.by == "a former member"


def test_a_moderator_retires_with_a_public_reason_and_the_owner_cannot_undo_it(
    ada: User, mod: User, told: list[tuple[str, ...]]
) -> None:
    collection = make_shown(ada)
    with pytest.raises(CollectionRefused, match="Say why"):
        retire(collection=collection, actor=mod, sentence=" ")
    retire(collection=collection, actor=mod, sentence="Names a person.", code="personal-data")
    assert told == [("retire", "collection", "personal-data", "Names a person.")]
    assert retired_by_others(ada, timezone.now() - dt.timedelta(days=1))
    assert not Collection.objects.listed().exists()
    with pytest.raises(PermissionError):
        restore(collection=collection, actor=ada)
    restore(collection=collection, actor=mod, sentence="A mistake.")
    assert Collection.objects.listed().count() == 1


def test_what_its_owner_retires_is_no_decision_and_comes_back(
    ada: User, mod: User, told: list[tuple[str, ...]]
) -> None:
    collection = make_shown(ada)
    retire(collection=collection, actor=ada, sentence="Wrong.")
    assert told == []
    with pytest.raises(CollectionRefused, match="retired"):
        add(collection)
    with pytest.raises(PermissionError):
        restore(collection=collection, actor=mod)
    assert restore(collection=collection, actor=ada).retired_at is None


def test_what_its_owner_retired_stays_so_when_a_moderator_lets_go_of_it(
    client: Client, ada: User, mod: User, told: list[tuple[str, ...]]
) -> None:
    collection = make_shown(ada)
    own = retire(collection=collection, actor=ada, sentence="I was wrong.")
    retire(collection=collection, actor=mod, sentence="Names a person.", code="personal-data")
    client.force_login(mod)
    path = f"{collection.get_absolute_url()}retire/"
    page = client.post(path, {"press": "restore", "sentence": "A mistake."}, follow=True)
    assert "Its owner retired it too: that stays." in page.content.decode()
    assert [verb for verb, *_ in told] == ["retire", "restore"]
    collection.refresh_from_db()
    assert (collection.retired_at, collection.retired_by) == (own.retired_at, ada)
    assert (collection.retired_because, collection.withheld) == ("I was wrong.", False)
    assert not Collection.objects.listed().exists()
    with pytest.raises(PermissionError):
        restore(collection=collection, actor=mod)
    back = restore(collection=collection, actor=ada)
    assert (back.retired_at, back.retired_by, back.retired_because) == (None, None, "")


def test_a_moderator_who_does_not_own_it_features_a_public_collection(
    client: Client, ada: User, mod: User
) -> None:
    every = set(FEATURED_WHEN)
    unlisted = make_shown(ada, "unlisted", title="Other")
    public = make_shown(ada)
    with pytest.raises(PermissionError):
        feature(collection=public, actor=ada, ticked=every, sentence="Mine.")
    with pytest.raises(CollectionRefused, match="case against itself"):
        feature(collection=public, actor=mod, ticked=every - {"against"}, sentence="Good.")
    with pytest.raises(CollectionRefused, match="Only a public"):
        feature(collection=unlisted, actor=mod, ticked=every, sentence="Good.")
    with pytest.raises(CollectionRefused, match="public sentence"):
        feature(collection=public, actor=mod, ticked=every, sentence="")
    kept = feature(collection=public, actor=mod, ticked=every, sentence="Good.")
    assert (kept.featured_by, kept.featured_because) == (mod, "Good.")
    page = client.get("/").content.decode()
    assert "chosen by mod on" in page
    assert f'<a href="{public.get_absolute_url()}">' in page
    assert show(collection=public, actor=ada, visibility="unlisted").featured_at is None
    with pytest.raises(PermissionError):
        feature(collection=make_shown(mod), actor=mod, ticked=every, sentence="Mine.")


def test_a_collection_with_a_withdrawn_output_is_not_featured(ada: User, mod: User) -> None:
    public = make_shown(ada)
    Output.objects.filter(pk=public.placements.earliest("pk").output_id).update(
        withdrawn_at=timezone.now()
    )
    with pytest.raises(CollectionRefused, match="withdrawn"):
        feature(collection=public, actor=mod, ticked=set(FEATURED_WHEN), sentence="Good.")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"output": 1, "text": "Two."},
        {"left": 1},
        {"left": 1, "right": 1},
        {"prompt": 1, "right": 1},
        {"output": 1, "part": "answer", "start": 4, "end": 4, "quote": "x"},
        {"text": "A text.", "part": "answer", "start": 1, "end": 4, "quote": "x"},
    ],
)
def test_the_database_takes_one_target_and_a_whole_span(
    ada: User, wrong: dict[str, object]
) -> None:
    collection = make(ada)
    rows = {"output": make_output(), "prompt": make_prompt()}
    rows["left"] = rows["right"] = rows["output"]
    columns = {name: rows[name] if value == 1 and name in rows else value
               for name, value in wrong.items()}  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Placement.objects.create(collection=collection, rank="V", **columns)


def test_links_in_a_why_say_that_nobody_vouches_for_them(ada: User) -> None:
    collection = make(ada, why="See [this](https://example.org) <script>alert(1)</script>")
    assert 'rel="noopener nofollow ugc"' in collection.why_html
    assert "<script" not in collection.why_html


def test_a_sentence_leaves_out_what_no_table_takes(client: Client, ada: User) -> None:
    made = make_shown(ada, "unlisted")
    client.force_login(ada)
    path = made.get_absolute_url()
    assert client.post(f"{path}retire/", {"sentence": "It was\0 wrong."}).status_code == 302
    made.refresh_from_db()
    assert made.retired_because == "It was wrong."
    assert client.post(f"{path}retire/", {"press": "restore", "sentence": "\0"}).status_code == 302
    suggested = suggest(
        collection=made, author=make_user("eve"), target={"text": "This."}, note="It fits."
    )
    declining = {"press": "decline", "reason": "No\0."}
    assert client.post(f"{path}suggest/{suggested.pk}/", declining).status_code == 302
    suggested.refresh_from_db()
    assert suggested.reason == "No."
