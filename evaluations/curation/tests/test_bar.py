"""The bar of public collections: kept by what is added, and never a lock on what is there."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.curation.actions import BarNotMet, describe
from evaluations.curation.bar import lacks
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import (
    NoteNeeded,
    annotate,
    place,
    place_many,
    take_out,
)
from evaluations.curation.tests.cast import WHY, add, make_shown
from evaluations.judgments.tests.cast import make_output, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def public(ada: User) -> Collection:
    return make_shown(ada)


def test_what_joins_a_public_collection_says_why_and_what_was_typed_stays(
    client: Client, public: Collection, ada: User
) -> None:
    client.force_login(ada)
    output = make_output()
    edit = f"{public.get_absolute_url()}edit/place/"
    for path, form in (
        (edit, {"kind": "output", "said": str(output.pk), "note": ""}),
        (f"/collections/add/?output={output.pk}", {"into": public.slug, "note": " "}),
    ):
        sent = client.post(path, form)
        assert sent.status_code == 409, path
        assert "say why it belongs" in sent.content.decode(), path
    assert f">\n{output.pk}</textarea>" in client.post(edit, {
        "kind": "output", "said": str(output.pk), "note": "",
    }).content.decode()  # fmt: skip
    with pytest.raises(NoteNeeded):
        place_many(
            collection=public, actor=ada, outputs=[output.pk], note="", came_from="/outputs/"
        )
    place(collection=public, actor=ada, target={"text": "Now the other side."})
    assert not lacks(public)


def test_what_lacks_notes_already_is_mended_one_by_one(public: Collection, ada: User) -> None:
    """As it was left before anything asked for a note."""
    fourth = add(public)
    public.placements.update(note="")
    first, second, *_ = public.placements.all()
    annotate(item=first, actor=ada, note="It says so in its first step.")
    with pytest.raises(BarNotMet) as refused:
        annotate(item=first, actor=ada, note="")
    assert len(refused.value.missing) == 4
    describe(collection=public, actor=ada, title="Four lamps", why=WHY)
    with pytest.raises(BarNotMet):
        describe(collection=public, actor=ada, title="Four lamps", why="Short.")
    take_out(item=fourth, actor=ada)
    with pytest.raises(BarNotMet):
        take_out(item=second, actor=ada)
    assert public.placements.count() == 3
