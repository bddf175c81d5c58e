"""Writing a collection: items, notes, excerpts, lenses, their order, and the pages for it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.accounts import standing
from evaluations.accounts.models import User
from evaluations.curation import placement_actions
from evaluations.curation.actions import CollectionRefused
from evaluations.curation.models import Collection, Placement
from evaluations.curation.placement_actions import (
    excerpt,
    look_through,
    move,
    place,
    place_many,
    rank_anew,
    take_out,
)
from evaluations.curation.ranks import LONGEST
from evaluations.curation.targets import TargetRefused, target_from
from evaluations.curation.tests.cast import WHY, add, make, make_shown, order_of
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_output,
    make_user,
)
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


# Items -----------------------------------------------------------------------------------------


def test_one_output_stands_once_in_a_collection(ada: User) -> None:
    collection, output = make(ada), make_output()
    add(collection, output=output)
    with pytest.raises(CollectionRefused, match="has this already"):
        add(collection, output=output)
    add(make(ada), output=output)
    assert Placement.objects.count() == 2


def test_a_full_collection_is_to_be_split(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement_actions, "MOST_ITEMS", 2)
    collection = make(ada)
    add(collection)
    add(collection)
    with pytest.raises(CollectionRefused, match="Split it"):
        add(collection)


def test_what_may_be_placed_is_found_by_number_or_address() -> None:
    one = make_output()
    two = make_output(prompt=one.prompt)
    make_criterion("one")
    version = make_definition("taylor", "one")
    site = "https://example.org"
    assert target_from("output", f"{site}/outputs/{one.pk}/") == {"output": one}
    assert target_from("pair", f"{one.pk}, {two.pk}") == {"left": one, "right": two}
    assert target_from("definition", "/definitions/taylor/") == {"definition_version": version}
    assert target_from("prompt", one.prompt.slug) == {"prompt": one.prompt}
    assert target_from("text", " Now. ") == {"text": "Now."}


@pytest.mark.parametrize(
    ("kind", "said", "match"),
    [
        ("output", "999999", "no output"),
        ("output", "x", "no output"),
        ("pair", "1", "two numbers"),
        ("definition", "nobody", "No definition"),
        ("prompt", "nobody", "no prompt"),
        ("text", "", "1 to 1,000"),
        ("video", "1", "Choose what"),
    ],
)
def test_what_is_not_there_is_refused_in_words(kind: str, said: str, match: str) -> None:
    with pytest.raises(TargetRefused, match=match):
        target_from(kind, said)


def test_a_withdrawn_output_or_an_odd_pair_cannot_be_placed() -> None:
    one, other = make_output(), make_output()
    with pytest.raises(TargetRefused, match="two different"):
        target_from("pair", f"{one.pk} {other.pk}")
    with pytest.raises(TargetRefused, match="these are one"):
        target_from("pair", f"{one.pk} {one.pk}")
    Output.objects.filter(pk=one.pk).update(withdrawn_at=timezone.now())
    with pytest.raises(TargetRefused, match="not withdrawn"):
        target_from("output", str(one.pk))


# Excerpts, lenses ------------------------------------------------------------------------------


def test_an_excerpt_is_kept_in_code_points_with_what_stands_around_it(ada: User) -> None:
    item = add(make(ada), output=make_output(trace="😀 The lamp 🪔 is on.\nSo she is home."))
    kept = excerpt(item=item, actor=ada, part="trace", quote="lamp 🪔")
    assert (kept.start, kept.end, kept.quote) == (6, 12, "lamp 🪔")
    assert (kept.prefix, kept.suffix) == ("😀 The ", " is on.\nSo she is home.")
    assert len(kept.text_sha256) == 64
    assert excerpt(item=item, actor=ada, part="trace", quote=" ").start is None


@pytest.mark.parametrize(
    ("part", "quote", "match"),
    [
        ("trace", "nowhere", "do not stand"),
        ("trace", "aa", "more than once"),
        ("mind", "aaa", "working, the answer or the prompt"),
    ],
)
def test_an_excerpt_stands_in_the_text_once(ada: User, part: str, quote: str, match: str) -> None:
    item = add(make(ada), output=make_output(trace="aaa"))
    with pytest.raises(CollectionRefused, match=match):
        excerpt(item=item, actor=ada, part=part, quote=quote)


def test_a_lens_has_three_definitions_at_most(ada: User) -> None:
    make_criterion("one")
    versions = [make_definition(f"d{number}", "one") for number in range(4)]
    item = add(make(ada))
    with pytest.raises(CollectionRefused, match="at most 3"):
        look_through(items=[item], actor=ada, versions=versions)
    look_through(items=[item], actor=ada, versions=[*versions[:2], versions[0]])
    assert set(item.lens.all()) == set(versions[:2])


def test_a_lens_on_all_items_asks_the_database_no_more_for_more_of_them(ada: User) -> None:
    make_criterion("one")
    collection = make(ada)
    first, second = (make_definition(f"d{number}", "one") for number in range(2))

    def set_on_all(version: DefinitionVersion) -> int:
        items = list(collection.placements.all())
        with CaptureQueriesContext(connection) as captured:
            look_through(items=items, actor=ada, versions=[version])
        assert all(list(item.lens.all()) == [version] for item in items)
        return len(captured)

    add(collection)
    few = set_on_all(first)
    for _ in range(3):
        add(collection)
    assert set_on_all(second) == few


# Order -----------------------------------------------------------------------------------------


def test_moving_writes_one_row_and_keeps_within_the_ends(ada: User) -> None:
    collection = make(ada)
    items = [add(collection) for _ in range(4)]
    before = dict(collection.placements.values_list("pk", "rank"))
    assert move(item=items[3], actor=ada, to=2) == 2
    after = dict(collection.placements.values_list("pk", "rank"))
    assert [key for key in after if after[key] != before[key]] == [items[3].pk]
    keys = [item.pk for item in items]
    assert order_of(collection) == [keys[0], keys[3], keys[1], keys[2]]
    assert move(item=items[0], actor=ada, to=99) == 4
    assert move(item=items[2], actor=ada, to=-5) == 1
    assert order_of(collection) == [keys[2], keys[3], keys[1], keys[0]]


def test_ranks_that_grow_too_long_are_made_anew(ada: User) -> None:
    collection = make(ada)
    items = [add(collection) for _ in range(3)]
    for number in range(100):
        move(item=items[1 + number % 2], actor=ada, to=2)
    assert (
        max(len(rank) for rank in collection.placements.values_list("rank", flat=True)) <= LONGEST
    )
    assert len(order_of(collection)) == 3


def test_equal_ranks_are_put_right_by_the_next_move(ada: User) -> None:
    collection = make(ada)
    items = [add(collection) for _ in range(3)]
    collection.placements.update(rank="V")
    move(item=items[2], actor=ada, to=2)
    assert order_of(collection) == [items[0].pk, items[2].pk, items[1].pk]
    rank_anew(collection.placements.all())


def test_an_item_that_another_window_took_out_is_gone_in_words(ada: User) -> None:
    item = add(make(ada))
    take_out(item=item, actor=ada)
    with pytest.raises(CollectionRefused, match="taken out meanwhile"):
        move(item=item, actor=ada, to=1)


def test_many_are_added_once_each_with_where_they_came_from(ada: User) -> None:
    collection = make(ada)
    first = add(collection)
    keys = [make_output().pk for _ in range(3)]
    gone = make_output()
    Output.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    done = place_many(
        collection=collection, actor=ada, outputs=[first.output_id, *keys, keys[0], gone.pk],
        note="Found so.", came_from="/outputs/?model=babbler",
    )  # fmt: skip
    assert done == (3, 1)
    items = list(collection.placements.all())
    assert [item.output_id for item in items] == [first.output_id, *keys]
    assert {item.came_from for item in items[1:]} == {"/outputs/?model=babbler"}
    with pytest.raises(CollectionRefused, match="At most 200"):
        place_many(
            collection=collection, actor=ada, outputs=range(201), note="", came_from="/outputs/"
        )


# Pages -----------------------------------------------------------------------------------------


def test_a_collection_is_made_filled_and_published_without_javascript(
    client: Client, ada: User
) -> None:
    sent = client.post("/collections/new/", {"title": "Three lamps", "why": WHY})
    assert sent["Location"] == "/collections/ada/three-lamps/edit/"
    collection = Collection.objects.get()
    for _ in range(3):
        form = {"kind": "output", "said": str(make_output().pk), "note": ""}
        sent = client.post(f"{edit(collection)}place/", form)
        assert sent.status_code == 303
    refused = client.post(f"{collection.get_absolute_url()}publish/", {"visibility": "public"})
    assert refused.status_code == 409
    page = refused.content.decode()
    for item in collection.placements.all():
        assert f'href="/collections/ada/three-lamps/edit/#item-{item.pk}"' in page
        client.post(edit(collection, item.pk), {"press": "note", "note": "See step *two*."})
    sent = client.post(f"{collection.get_absolute_url()}publish/", {"visibility": "public"})
    assert sent.status_code == 302
    assert Collection.objects.get().visibility == "public"
    assert "See step <em>two</em>." in client.get(collection.get_absolute_url()).content.decode()


def test_the_form_says_what_public_takes_and_calls_no_part_of_it_optional(
    client: Client, ada: User
) -> None:
    for path in ("/collections/new/", edit(make(ada))):
        page = client.get(path).content.decode()
        assert '<label for="id_why">Why (needed to be public)</label>' in page
        assert "takes 80 characters or more here, 3 items or more, and a note on each" in page


def test_what_is_pressed_on_an_item_is_done(client: Client, ada: User) -> None:
    collection = make(ada)
    items = [add(collection) for _ in range(3)]
    client.post(edit(collection, items[2].pk), {"press": "up"})
    client.post(edit(collection, items[0].pk), {"press": "to", "to": "3"})
    assert order_of(collection) == [items[2].pk, items[1].pk, items[0].pk]
    client.post(edit(collection, items[2].pk), {"press": "down"})
    assert order_of(collection) == [items[1].pk, items[2].pk, items[0].pk]
    client.post(edit(collection, items[1].pk), {"press": "out"})
    assert order_of(collection) == [items[2].pk, items[0].pk]
    wrong = client.post(edit(collection, items[2].pk), {"press": "to", "to": "first"})
    assert wrong.status_code == 409
    assert b"as a number" in wrong.content
    quoted = {"press": "excerpt", "part": "trace", "quote": "somebody"}
    client.post(edit(collection, items[0].pk), quoted)
    assert Placement.objects.get(pk=items[0].pk).quote == "somebody"


def test_htmx_gets_the_items_with_what_was_done_for_the_live_region(
    client: Client, ada: User
) -> None:
    collection = make(ada)
    items = [add(collection) for _ in range(2)]
    sent = client.post(
        edit(collection, items[1].pk), {"press": "up"}, headers={"HX-Request": "true"}
    )
    part = sent.content.decode()
    assert part.lstrip().startswith('<section class="section" id="items"')
    assert "data-announce>Now number 1 of 2.</p>" in part
    assert f'id="up-{items[1].pk}"' in part
    assert part.count("data-focus") == 1


def test_a_note_that_is_too_long_stays_in_its_field(client: Client, ada: User) -> None:
    item = add(make(ada), "Before.")
    sent = client.post(edit(item.collection, item.pk), {"press": "note", "note": "n" * 501})
    assert sent.status_code == 409
    assert "n" * 501 in sent.content.decode()
    assert Placement.objects.get().note == "Before."


def test_a_new_account_publishes_unlisted_only(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "FIRST_ACCOUNTS", 0)
    path = make_shown(ada, "unlisted").get_absolute_url()
    sent = client.post(f"{path}publish/", {"visibility": "public"})
    assert sent.status_code == 429
    assert "A new account cannot make any collections public" in sent.content.decode()
    assert Collection.objects.get().visibility == "unlisted"


def test_a_member_makes_three_public_a_day(client: Client, ada: User) -> None:
    paths = [make_shown(ada, "unlisted").get_absolute_url() for _ in range(4)]
    answers = [
        client.post(f"{path}publish/", {"visibility": "public"}).status_code for path in paths
    ]
    assert answers == [302, 302, 302, 429]


# Adding from anywhere --------------------------------------------------------------------------


def test_an_output_page_leads_to_the_form_that_adds_it(client: Client, ada: User) -> None:
    first, second = make(ada, title="First"), make(ada, title="Second")
    add(first)
    output = make_output()
    page = client.get(output.get_absolute_url()).content.decode()
    assert f'href="/collections/add/?output={output.pk}" data-collect' in page
    form = client.get(f"/collections/add/?output={output.pk}").content.decode()
    assert form.index("First (1)") < form.index("Second (0)"), "the last used comes first"
    sent = client.post(
        f"/collections/add/?output={output.pk}", {"into": second.slug, "note": "Look."}
    )
    assert sent["Location"] == f"{output.get_absolute_url()}#messages"
    assert second.placements.get().output == output
    again = client.post(f"/collections/add/?output={output.pk}", {"into": second.slug})
    assert again.status_code == 409
    assert "has this already" in again.content.decode()
    client.post(f"/collections/add/?output={output.pk}", {"title": "Third"})
    assert Collection.objects.get(title="Third").placements.get().output == output


def test_without_a_collection_a_title_is_asked_for(client: Client, ada: User) -> None:
    address = f"/collections/add/?output={make_output().pk}"
    form = client.get(address).content.decode()
    assert "Title of your first collection</label>" in form, "it is not optional"
    assert client.post(address, {"note": "Look."}).status_code == 422
    client.post(address, {"title": "First"})
    assert "A new one, called <span" in client.get(address).content.decode()


def test_who_is_not_signed_in_is_sent_there_and_back() -> None:
    sent = Client().get("/collections/add/?output=1")
    assert sent.status_code == 302
    assert "/accounts/login/?next=/collections/add/%3Foutput%3D1" in sent["Location"]


def test_a_place_of_another_collection_is_not_edited_through_ones_own(
    client: Client, ada: User
) -> None:
    other = add(make(make_user("eve"), title="Theirs"))
    mine = make(ada)
    assert client.post(edit(mine, other.pk), {"press": "out"}).status_code == 404
    with pytest.raises(PermissionError):
        place(collection=other.collection, actor=ada, target={"output": make_output()})


def test_the_page_reads_no_more_than_it_shows(client: Client, ada: User) -> None:
    make_criterion("one")
    make_definition("first", "one", name="One alone")
    collection = make_shown(ada)
    with CaptureQueriesContext(connection) as captured:
        assert "One alone" in client.get(edit(collection)).content.decode()
    asked = [query["sql"] for query in captured.captured_queries]
    # How many items there are and those of the page: what it lacks is asked before it is public.
    items = [sql for sql in asked if 'FROM "curation_placement"' in sql]
    assert len(items) == 2
    # What kinds of items there are not is not joined: planning took longer than reading.
    assert not [sql for sql in items if "debates_statement" in sql or "prompts_prompt" in sql]
    # A lens is chosen by the name of a definition.
    named = [sql for sql in asked if 'FROM "definitions_definitionversion"' in sql]
    listed = [sql for sql in named if "curation_placement_lens" not in sql]
    assert len(listed) == 1
    assert '"definitions_definitionversion"."rule"' not in listed[0]
