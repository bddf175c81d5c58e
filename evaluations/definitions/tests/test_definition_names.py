"""Two published definitions never read as one, and nobody says of their own that it was checked."""

import threading

import pytest
from django.db import connection

from evaluations.accounts.models import User
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.definitions.moves import MoveRefused
from evaluations.definitions.names import NameTaken, readings
from evaluations.definitions.tests.cast import (
    make_criteria,
    make_draft,
    make_published,
    make_user,
    provenance,
    wording,
)
from evaluations.definitions.workshop_actions import (
    DefinitionRefused,
    describe_definition,
    found_definition,
    mark_wording,
    restore_definition,
    retire_definition,
)


def found(owner: User, name: str, number: int = 0, **changes: object) -> DefinitionVersion:
    return found_definition(
        owner=owner,
        provenance=provenance(name=name, **changes),
        wording=wording(),
        slug=f"own-{number}",
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Taylor", "TAYLOR"),
        ("Taylor, as quoted", " Taylor as  quoted."),
        ("Taylor", "Тауlог"),
        ("Taylor", "Ｔａｙｌｏｒ"),
        ("Modern", "Modem"),
        ("Level 1", "Level l"),
        ("AI", "Al"),
        ("?!", "?!"),
    ],
)
def test_names_that_read_alike(one: str, other: str) -> None:
    assert readings(one) & readings(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Taylor 2024", "Taylor 2025"), ("Taylor", "Taylor (fork)"), ("推理", "推論"), ("?", "!"),
     ("Sense 5", "Senses"), ("Qué", "Que")],
)  # fmt: skip
def test_names_that_do_not(one: str, other: str) -> None:
    assert not readings(one) & readings(other)


@pytest.mark.django_db
def test_nothing_is_published_under_anothers_name() -> None:
    make_criteria()
    ada, bob = make_user("ada"), make_user("bob")
    first = make_published(ada, "Taylor")
    draft = found(bob, "taylоr")
    with pytest.raises(NameTaken, match=r"“Taylor” already \(/definitions/taylor/\).* of its own"):
        publish_version(version=draft, actor=bob)
    describe_definition(
        definition=draft.definition, actor=bob, provenance=provenance(name="Bob's reading")
    )
    published = publish_version(version=draft, actor=bob)
    for actor in (bob, make_user("boss", is_staff=True)):
        with pytest.raises(NameTaken):
            describe_definition(
                definition=published.definition, actor=actor, provenance=provenance(name="TAYLOR")
            )
    assert Definition.objects.get(pk=published.definition_id).name == "Bob's reading"
    nxt = draft_definition(definition=first.definition, author=ada, **wording(rule="one"))
    assert publish_version(version=nxt, actor=ada).number == 2, "its own name is no other's"
    retire_definition(definition=first.definition, actor=ada)
    second = publish_version(version=found(bob, "Taylor", 2), actor=bob)
    with pytest.raises(NameTaken):
        restore_definition(definition=first.definition, actor=ada)
    retire_definition(definition=second.definition, actor=bob)
    assert restore_definition(definition=first.definition, actor=ada).state == "published"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_one_name_at_once_one_is_refused() -> None:
    make_criteria()
    drafts = [found(make_user(f"ada{n}"), "Taylor", n) for n in range(2)]
    ready = threading.Barrier(2)
    done: list[str] = []

    def publish(draft: DefinitionVersion) -> None:
        try:
            ready.wait()
            publish_version(version=draft, actor=draft.author)
            done.append("published")
        except NameTaken:
            done.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["published", "refused"]


@pytest.mark.django_db
def test_nobody_says_of_their_own_wording_that_it_was_checked() -> None:
    make_criteria()
    ada = make_user("ada")
    curator = make_user("curator", role="curator")
    with pytest.raises(DefinitionRefused, match="is marked by a curator") as refused:
        found(ada, "Taylor", verification="read")
    assert refused.value.field == "verification"
    definition = make_published(ada).definition
    said = provenance(name="Taylor", verification="read")
    with pytest.raises(DefinitionRefused):
        describe_definition(definition=definition, actor=ada, provenance=said)
    with pytest.raises(PermissionError):
        mark_wording(definition=definition, actor=ada, read=True)
    definition = mark_wording(definition=definition, actor=curator, read=True)
    renamed = describe_definition(
        definition=definition, actor=ada, provenance=said | {"name": "Taylor's"}
    )
    assert renamed.verification == "read"
    with pytest.raises(DefinitionRefused, match="as it stood before"):
        describe_definition(definition=definition, actor=ada, provenance=said | {"year": 1999})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "statement", "after"),
    [
        ("ada", wording()["statement"], "read"),
        ("ada", "guessing", "unverified"),
        ("boss", "guessing", ""),
    ],
)
def test_the_mark_is_of_the_words_that_were_read(who: str, statement: str, after: str) -> None:
    make_criteria()
    ada, boss = make_user("ada"), make_user("boss", is_staff=True)
    definition = make_published(ada).definition
    mark_wording(definition=definition, actor=boss, read=True)
    author = {"ada": ada, "boss": boss}[who]
    draft = draft_definition(
        definition=definition, author=author, **wording(statement=statement, rule="one")
    )
    version = publish_version(version=draft, actor=author)
    version = DefinitionVersion.objects.get(pk=version.pk)
    assert version.origin.verification == after
    if not after:
        with pytest.raises(MoveRefused):
            mark_wording(definition=definition, actor=boss, read=False)


@pytest.mark.django_db
def test_a_draft_that_claimed_it_before_does_not_publish_it() -> None:
    make_criteria()
    ada = make_user("ada")
    draft = make_draft(ada)
    Definition.objects.update(verification="read")
    publish_version(version=draft, actor=ada)
    assert Definition.objects.get().verification == "unverified"
