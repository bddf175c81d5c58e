"""What nobody sees is no title, no note and no text of a collection, and meets no bar."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.curation.actions import (
    BarNotMet,
    CollectionRefused,
    describe,
    make_collection,
    show,
)
from evaluations.curation.bar import lacks
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import NoteNeeded, annotate, place
from evaluations.curation.rounds.actions import UNTITLED, begin_round
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.targets import TargetRefused, target_from
from evaluations.curation.tests.cast import WHY, add, make, make_shown
from evaluations.curation.version_actions import freeze
from evaluations.curation.views import output_keys
from evaluations.judgments.tests.cast import make_block, make_criterion, make_output, make_user

pytestmark = pytest.mark.django_db

HIDING = ["\u200b\u200b", "\u3164", "\ufeff", "Three \u202elamps", "Three \u2067lamps", "Th\x1bree"]
BLANK = ["\u200b", "\u3164\n\u2800"]


@pytest.fixture
def ada(client: Client) -> User:
    found = make_user("ada")
    client.force_login(found)
    return found


@pytest.mark.parametrize("title", HIDING, ids=ascii)
def test_a_title_that_hides_something_is_refused(client: Client, ada: User, title: str) -> None:
    collection = make(ada)
    with pytest.raises(CollectionRefused, match="The title holds"):
        make_collection(owner=ada, title=title)
    with pytest.raises(CollectionRefused, match="The title holds"):
        describe(collection=collection, actor=ada, title=title, why=WHY)
    output = make_output()
    for address in (
        "/collections/new/",
        f"{collection.get_absolute_url()}edit/",
        f"/collections/add/?output={output.pk}",
    ):
        sent = client.post(address, {"title": title, "why": WHY, "note": "So."})
        assert sent.status_code == 422, address
        assert "It holds" in sent.content.decode(), address
    assert list(Collection.objects.values_list("title", flat=True)) == ["Three lamps"]


def test_joiners_within_words_and_emoji_stay_in_a_title(ada: User) -> None:
    title = "می\u200cخواهم 👩\u200d💻 ❤\ufe0f"
    assert make(ada, title=title).title == title


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
def test_what_nobody_sees_meets_no_bar(ada: User, blank: str) -> None:
    """Also where it was stored before it was refused."""
    collection = make(ada)
    for _ in range(3):
        add(collection)
    Collection.objects.update(title=blank, why="a" + blank * 80)
    collection.placements.update(note=blank)
    collection.refresh_from_db()
    words = [lack.words for lack in lacks(collection)]
    assert words[0] == "It has no title."
    assert words[1].startswith("Its why has 1 characters")
    assert words[2:] == ["An item has no note: say what sets it apart."] * 3
    with pytest.raises(BarNotMet):
        show(collection=collection, actor=ada, visibility="public")


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
def test_a_note_that_shows_nothing_is_none(ada: User, blank: str) -> None:
    public = make_shown(ada)
    target = {"output": make_output()}
    with pytest.raises(NoteNeeded):
        place(collection=public, actor=ada, target=target, note=blank)
    with pytest.raises(BarNotMet):
        annotate(item=public.placements.all()[0], actor=ada, note=blank)
    with pytest.raises(CollectionRefused, match="Say in a note"):
        suggest(collection=public, author=make_user("eve"), target=target, note=blank)
    assert add(make(ada), note=blank).note == ""
    with pytest.raises(TargetRefused, match="Nothing of this text can be seen"):
        target_from("text", blank)


@pytest.mark.parametrize(
    ("stored", "forked", "played"),
    [
        ("\u3164", "Untitled collection", UNTITLED),
        ("Three \u202elamps", "Three lamps", "Three lamps"),
    ],
    ids=["blank", "turning"],
)
def test_forks_and_rounds_of_earlier_titles_leave_such_characters_out(
    client: Client, ada: User, stored: str, forked: str, played: str
) -> None:
    collection = make_shown(make_user("eve"))
    Collection.objects.update(title=stored)
    collection.refresh_from_db()
    owner = collection.owner
    assert owner is not None
    version = freeze(collection=collection, actor=owner)
    assert client.post(f"{version.get_absolute_url()}fork/").status_code == 302
    assert Collection.objects.get(owner=ada).title == forked
    make_criterion("one")
    begun = begin_round(
        actor=owner, outputs=output_keys(collection), block=make_block("one"),
        collection=collection,
    )  # fmt: skip
    assert begun.protocol.title == played
