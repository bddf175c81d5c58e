"""Statements of debates as items of collections: placed, frozen, forked, and withheld later."""

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from evaluations.accounts.models import User
from evaluations.common.folding import HIDDEN
from evaluations.curation.actions import CollectionRefused
from evaluations.curation.contents import placements_from
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import annotate, place
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.targets import TargetRefused, target_from
from evaluations.curation.tests.cast import add, make_shown
from evaluations.curation.version_actions import freeze
from evaluations.debates.actions import reword
from evaluations.debates.models import Statement
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import make_statement, make_version
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
WORDS = "It leaves out <every> lamp that is lit."


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def said() -> Statement:
    return make_statement(make_version(), make_user("zelda"), WORDS)


@pytest.fixture
def made(ada: User, said: Statement) -> Collection:
    found = make_shown(ada)
    add(found, note="This is what speaks against it.", statement=said)
    return found


def test_a_statement_is_placed_by_its_number_or_address_and_once(
    client: Client, ada: User, said: Statement
) -> None:
    found = make_shown(ada)
    sent = signed_in(ada).post(
        f"{found.get_absolute_url()}edit/place/",
        {"kind": "statement", "said": f"/statements/{said.pk}/", "note": "It speaks against it."},
    )
    assert sent.status_code == 303
    assert target_from("statement", str(said.pk)) == {"statement": said}
    page = client.get(found.get_absolute_url()).content.decode()
    assert f'<a href="/statements/{said.pk}/">Statement {said.pk} about' in page
    assert "It leaves out &lt;every&gt; lamp that is lit." in page
    with pytest.raises(CollectionRefused, match="already"):
        place(collection=found, actor=ada, target={"statement": said}, note="Twice.")


def test_a_statement_s_page_offers_members_to_add_it_to_a_collection(
    client: Client, ada: User, said: Statement
) -> None:
    found, path = make_shown(ada), said.get_absolute_url()
    link = f'href="/collections/add/?statement={said.pk}"'
    assert link not in client.get(path).content.decode()
    member = signed_in(ada)
    assert link in member.get(path).content.decode()
    address = f"/collections/add/?statement={said.pk}"
    assert f"Statement {said.pk} about" in member.get(address).content.decode()
    sent = member.post(address, {"into": found.slug, "note": "It speaks against it."})
    assert (sent.status_code, sent["Location"]) == (303, f"{path}#messages")
    assert found.placements.get(statement=said).note == "It speaks against it."
    twice = member.post(address, {"into": found.slug})
    assert twice.status_code == 409
    author = said.author
    assert author is not None
    now = reword(statement=said, author=author, text="It leaves out each lamp that burns.")
    another = member.post(address, {"title": "Reworded meanwhile", "note": "It speaks against it."})
    assert another["Location"] == f"/statements/{now.pk}/#messages"
    retire(statement=now, actor=author)
    assert link not in member.get(path).content.decode()
    gone = member.post(address, {"into": found.slug, "note": "Why it belongs here."})
    assert gone.status_code == 404
    assert "Why it belongs here." in gone.content.decode()


def test_what_does_not_stand_is_not_placed(said: Statement) -> None:
    author = said.author
    assert author is not None
    retire(statement=said, actor=author)
    for words in (str(said.pk), "seven", "99999999999999999999"):
        with pytest.raises(TargetRefused, match="that stands"):
            target_from("statement", words)


def test_a_version_keeps_a_statement_and_so_does_a_fork(
    client: Client, made: Collection, ada: User, said: Statement
) -> None:
    frozen = freeze(collection=made, actor=ada)
    assert WORDS in json.dumps(frozen.contents)
    assert "zelda" not in json.dumps(frozen.contents), "a version names no person"
    assert all("statement" not in item for item in frozen.contents["items"][:3])
    for path in (frozen.get_absolute_url(), f"{made.get_absolute_url()}embed/"):
        assert "lamp that is lit" in client.get(path).content.decode(), path
    lines = client.get("/collections/ada/three-lamps.jsonl").content.decode().splitlines()
    last = json.loads(lines[-1])
    assert last["statement"]["text"] == WORDS
    assert last["url"].endswith(f"/statements/{said.pk}/")
    bob = make_user("bob")
    assert signed_in(bob).post(f"{frozen.get_absolute_url()}fork/").status_code in (302, 303)
    forked = Collection.objects.get(owner=bob)
    assert forked.placements.get(statement=said).note == "This is what speaks against it."


def test_words_that_a_moderator_withholds_are_read_nowhere(
    client: Client, made: Collection, ada: User, said: Statement
) -> None:
    frozen = freeze(collection=made, actor=ada)
    mod = make_user("mod", role="moderator")
    retire(statement=said, actor=mod, sentence="It insults.", reason="abuse")
    paths = (
        made.get_absolute_url(), frozen.get_absolute_url(), f"{made.get_absolute_url()}embed/",
        "/collections/ada/three-lamps.jsonl", f"{frozen.get_absolute_url()[:-1]}.jsonl",
    )  # fmt: skip
    for path in paths:
        assert "lamp that is lit" not in client.get(path).content.decode(), path


def test_a_statement_of_a_hidden_author_is_behind_a_click(
    made: Collection, said: Statement
) -> None:
    reader, author = make_user("reader"), said.author
    assert author is not None
    reader.hides.add(author)
    page = signed_in(reader).get(made.get_absolute_url()).content.decode()
    assert page.index(HIDDEN) < page.index("lamp that is lit")


def test_the_desk_has_three_fields_for_a_lens_and_shows_what_is_chosen(
    ada: User, made: Collection, said: Statement
) -> None:
    item = made.placements.exclude(output=None).earliest("rank")
    item.lens.set([said.version])
    page = signed_in(ada).get(f"{made.get_absolute_url()}edit/").content.decode()
    fields = page.split(f'id="lens-{item.pk}-')[1:]
    assert len(fields) == 3
    name = said.version.definition.name
    chosen = f'<option value="{said.version_id}" selected hidden>{name}</option>'
    assert [chosen in field.split("</select>")[0] for field in fields] == [True, False, False]
    assert f'<option value="{said.version_id}">{name}</option>' in fields[2].split("</select>")[0]


def test_reworded_it_is_shown_as_it_stands_and_what_is_frozen_does_not_move(
    client: Client, made: Collection, ada: User, said: Statement
) -> None:
    frozen, author, mark = freeze(collection=made, actor=ada), said.author, "reworded it since"
    assert author is not None
    idea = suggest(collection=make_shown(author), author=ada, target={"statement": said}, note="So")
    assert mark not in client.get(made.get_absolute_url()).content.decode()
    first = reword(statement=said, author=author, text="It leaves out each lit lamp, all told.")
    now = reword(statement=first, author=author, text="It leaves out each lamp that burns.")
    item = made.placements.get(statement=now)
    idea.refresh_from_db()
    assert idea.statement == now
    page = client.get(made.get_absolute_url()).content.decode()
    assert "each lamp that burns" in page
    assert "lamp that is lit" not in page
    assert f'{mark} the note was written. <a href="/statements/{now.pk}/">' in page
    then = client.get(frozen.get_absolute_url()).content.decode()
    assert "lamp that is lit" in then
    assert f'{mark}. <a href="/statements/{said.pk}/">' in then
    annotate(item=item, actor=ada, note="This speaks against it, in its new words too.")
    assert mark not in client.get(made.get_absolute_url()).content.decode()
    flags = apps.get_model("activity", "Flag")._default_manager
    for reader in map(make_user, "xyz"):
        flags.create(flagger=reader, placement=item, reason="abuse", folds=True)
    then = client.get(frozen.get_absolute_url()).content.decode()
    assert then.index("Folded by readers") < then.index("lamp that is lit")
    ((copied, _),) = (it for it in placements_from(frozen.contents, {}, None) if it[0].statement)
    assert copied.statement == now
    retire(statement=now, actor=author)
    assert "It was retired since" in client.get(made.get_absolute_url()).content.decode()


def test_of_two_wordings_that_were_placed_the_migration_leads_on_the_first_alone(
    ada: User, said: Statement
) -> None:
    author, bob = said.author, make_user("bob")
    assert author is not None
    then = reword(statement=said, author=author, text="It leaves out each lamp that is lit.")
    now = reword(statement=then, author=author, text="It leaves out each lamp that burns.")
    both, taken = make_shown(ada), make_shown(ada, title="Another")
    placed = [add(both, statement=said), add(both, statement=then)]
    there = [add(taken, statement=now), add(taken, statement=said)]
    asked = [
        both.suggestions.create(author=author, statement=statement, note="Look.")
        for author in (bob, None)
        for statement in (said, then)
    ]
    asked += [
        both.suggestions.create(
            author=bob, statement=said, note="Look.", state="declined", decided_at=now.created_at
        )
    ]
    migration = import_module("evaluations.curation.migrations.0004_when_words_were_written")
    with connection.cursor() as cursor:
        for sql in migration.LED:
            cursor.execute(sql)
    for row in (*placed, *there, *asked):
        row.refresh_from_db()
    assert [each.statement for each in placed] == [now, then]
    assert [each.statement for each in there] == [now, said]
    assert [each.statement for each in asked] == [now, then, now, then, now]
