"""Founding definitions, changing drafts, publishing, retiring, merging."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction

from evaluations.accounts.models import User
from evaluations.definitions.actions import RuleRefused, draft_definition, publish_version
from evaluations.definitions.loading import load_criteria, load_definitions
from evaluations.definitions.models import Definition, DefinitionVersion, StateChange
from evaluations.definitions.moves import MOVES, MoveRefused, open_moves
from evaluations.definitions.proposal_actions import accept_proposal, propose_amendment
from evaluations.definitions.tests.cast import (
    make_criteria,
    make_draft,
    make_published,
    make_user,
    provenance,
    wording,
)
from evaluations.definitions.workshop_actions import (
    RESERVED,
    DefinitionRefused,
    describe_definition,
    discard_draft,
    found_definition,
    free_slug,
    merge_definition,
    restore_definition,
    retire_definition,
    revise_draft,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    make_criteria()
    return make_user("ada")


def states(definition: Definition) -> list[tuple[str, str]]:
    changes = StateChange.objects.filter(version__definition=definition)
    return [(change.before, change.after) for change in changes]


def test_founding_makes_a_draft_that_its_owner_alone_sees(ada: User) -> None:
    draft = make_draft(ada, "Taylor, as Quoted")
    assert (draft.definition.slug, draft.state, draft.author) == ("taylor-as-quoted", "draft", ada)
    for user, seen in (
        (ada, True), (make_user("staff", is_staff=True), True),
        (make_user("other"), False), (AnonymousUser(), False),
    ):  # fmt: skip
        assert Definition.objects.visible_to(user).exists() is seen
    publish_version(version=draft, actor=ada)
    assert Definition.objects.visible_to(AnonymousUser()).count() == 1
    assert Definition.objects.visible_to(ada).count() == 1


@pytest.mark.parametrize(
    ("name", "slug", "field", "words"),
    [
        ("New", "", "name", "need"),
        ("Something", "compare", "slug", "need"),
        ("推理", "", "slug", "write the address yourself"),
        ("Taylor", "", "name", "/definitions/taylor/ is taken"),
        ("Else", "taylor", "slug", "is taken"),
    ],
)
def test_addresses_that_are_refused(
    ada: User, name: str, slug: str, field: str, words: str
) -> None:
    make_draft(ada, "Taylor")
    with pytest.raises(DefinitionRefused, match=words) as refusal:
        found_definition(owner=ada, provenance=provenance(name=name), wording=wording(), slug=slug)
    assert refusal.value.field == field
    assert Definition.objects.count() == 1


def test_an_address_of_another_script_can_be_written(ada: User) -> None:
    assert free_slug("推理", "tuili") == "tuili"
    assert len(free_slug("a" * 120)) == 80


def test_reserved_words_are_those_of_the_addresses() -> None:
    assert {"new", "mine", "compare", "edit", "fork", "history", "v", "what-if"} <= RESERVED


def test_a_wrong_rule_founds_nothing(ada: User) -> None:
    with pytest.raises(RuleRefused, match="no criterion"):
        make_draft(ada, rule={"all": ["nope"]})
    assert not Definition.objects.exists()


def test_a_guest_writes_nothing(ada: User) -> None:
    with pytest.raises(PermissionError):
        found_definition(owner=AnonymousUser(), provenance=provenance(), wording=wording())  # type: ignore[arg-type]


def test_a_fork_names_what_it_comes_from(ada: User) -> None:
    source = make_published(None)
    bob = make_user("bob")
    fork = found_definition(
        owner=bob, provenance=provenance(name="Bob's"), wording=wording(), forked_from=source
    )
    assert (fork.forked_from, fork.definition.owner) == (source, bob)
    with pytest.raises(DefinitionRefused, match="published version"):
        found_definition(
            owner=ada, provenance=provenance(name="X"), wording=wording(), forked_from=fork
        )


SAID = "drawing conclusions from observations"
TAYLOR = ("Ross Taylor", 2025, "A talk", "https://example.org/talk", "second-hand")


@pytest.mark.parametrize(
    ("way", "statement", "whose", "quoted"),
    [
        ("fork", SAID, TAYLOR, True),
        ("fork", "drawing  conclusions\nfrom observations ", TAYLOR, True),
        ("fork", "guessing", ("bob, after Ross Taylor", None, "", "", ""), False),
        ("fork, then edited", "guessing", ("bob, after Ross Taylor", None, "", "", ""), False),
        ("fork of a fork", "guessing",
         ("bob, after bob, after Ross Taylor", None, "", "", ""), False),
        ("amendment", SAID, TAYLOR, True),
        ("amendment", "guessing", ("bob, after Ross Taylor", None, "", "", ""), False),
        ("staff edit", "guessing", ("staff, after Ross Taylor", None, "", "", ""), False),
        ("own edit", "guessing", TAYLOR, True),
        ("catalogue", "guessing", TAYLOR, True),
    ],
)  # fmt: skip
def test_a_changed_statement_is_its_writers(
    ada: User, way: str, statement: str, whose: tuple[object, ...], quoted: bool
) -> None:
    """Nobody is quoted with words that somebody else wrote; earlier versions keep their source."""
    bob, staff = make_user("bob"), make_user("staff", is_staff=True)
    source = make_published(bob if way == "own edit" else None)
    said = wording(statement=statement, rule="one")

    def forked(parent: DefinitionVersion, name: str, **changes: object) -> DefinitionVersion:
        draft = found_definition(
            owner=bob, provenance=provenance(name=name), wording=said | changes, forked_from=parent
        )
        return publish_version(version=draft, actor=bob)

    match way:
        case "fork":
            version = forked(source, "Bob's")
        case "fork, then edited":
            first = forked(source, "Bob's", statement=SAID)
            assert first.origin == TAYLOR
            draft = draft_definition(definition=first.definition, author=bob, **said)
            version = publish_version(version=draft, actor=bob)
            assert version.forked_from == source
        case "fork of a fork":
            version = forked(forked(source, "Bob's"), "Bob's own")
        case "amendment":
            proposal = propose_amendment(base=source, proposer=bob, reason="So.", wording=said)
            assert proposal.quoted is quoted
            version = accept_proposal(proposal=proposal, actor=staff)
        case _:
            author = {"staff edit": staff, "own edit": bob}.get(way)
            draft = draft_definition(definition=source.definition, author=author, **said)
            version = publish_version(version=draft, actor=author)
    version = DefinitionVersion.objects.get(pk=version.pk)
    assert (version.origin, version.quoted) == (whose, quoted)
    assert DefinitionVersion.objects.get(pk=source.pk).origin == TAYLOR
    assert ("(fork)" in version.definition.name) == way.startswith("fork")


def test_a_fork_is_called_one_under_every_name(ada: User) -> None:
    source = make_published(None)
    for given, kept in (("x" * 120, "x" * 113 + " (fork)"), ("Fork of T", "Fork of T")):
        draft = found_definition(
            owner=ada, provenance=provenance(name=given), wording=wording(), forked_from=source
        )
        assert draft.definition.name == kept
    describe_definition(
        definition=draft.definition, actor=ada, provenance=provenance(name="Taylor")
    )
    assert draft.definition.name == "Taylor (fork)"


def test_a_draft_changes_in_place_until_it_is_published(ada: User) -> None:
    draft = make_draft(ada)
    revise_draft(draft=draft, actor=ada, wording=wording(statement="better"), change_note="clearer")
    draft.refresh_from_db()
    assert (draft.statement, draft.change_note) == ("better", "clearer")
    with pytest.raises(PermissionError):
        revise_draft(draft=draft, actor=make_user("bob"), wording=wording())
    publish_version(version=draft, actor=ada)
    with pytest.raises(MoveRefused, match="published in the meantime"):
        revise_draft(draft=draft, actor=ada, wording=wording())
    with pytest.raises(MoveRefused):
        discard_draft(draft=draft, actor=ada)


def test_provenance_is_its_owners_to_correct(ada: User) -> None:
    definition = make_published(ada).definition
    describe_definition(definition=definition, actor=ada, provenance=provenance(year=1999))
    definition.refresh_from_db()
    assert definition.year == 1999
    with pytest.raises(PermissionError):
        describe_definition(definition=definition, actor=make_user("bob"), provenance=provenance())


def test_discarding_leaves_what_was_published(ada: User) -> None:
    first = make_published(ada)
    second = draft_definition(definition=first.definition, author=ada, **wording(rule="one"))
    discard_draft(draft=second, actor=ada)
    assert list(first.definition.versions.all()) == [first]
    only = make_draft(ada, "Another")
    discard_draft(draft=only, actor=ada)
    assert not Definition.objects.filter(slug="another").exists()


@pytest.mark.parametrize("published", [True, False])
def test_what_was_thrown_away_in_another_window_is_refused_in_words(
    ada: User, published: bool
) -> None:
    draft = make_draft(ada, "Another")
    if published:
        draft = draft_definition(
            definition=make_published(ada).definition, author=ada, **wording(rule="one")
        )
    discard_draft(draft=DefinitionVersion.objects.get(pk=draft.pk), actor=ada)
    with pytest.raises(MoveRefused, match="thrown away meanwhile"):
        discard_draft(draft=draft, actor=ada)
    with pytest.raises(MoveRefused, match="thrown away meanwhile"):
        publish_version(version=draft, actor=ada)


def test_an_overtaken_draft_gets_the_next_number(ada: User) -> None:
    first = make_published(ada)
    early = draft_definition(definition=first.definition, author=ada, **wording(rule="one"))
    late = draft_definition(definition=first.definition, author=ada, **wording(rule="two"))
    assert (early.number, late.number) == (2, 3)
    publish_version(version=late, actor=ada)
    publish_version(version=early, actor=ada)
    assert (early.number, early.is_current) == (4, True)


def test_retiring_leaves_the_lists_and_keeps_the_version(ada: User) -> None:
    version = make_published(ada)
    definition = version.definition
    retire_definition(definition=definition, actor=ada, reason="superseded")
    assert not DefinitionVersion.objects.published().exists()
    assert list(DefinitionVersion.objects.in_force()) == [version]
    with pytest.raises(MoveRefused, match="this is retired"):
        retire_definition(definition=definition, actor=ada)
    restore_definition(definition=definition, actor=ada)
    assert list(DefinitionVersion.objects.published()) == [version]
    assert states(definition) == [
        ("draft", "published"), ("published", "retired"), ("retired", "published"),
    ]  # fmt: skip
    assert [c.reason for c in StateChange.objects.all()] == ["", "superseded", ""]


def test_what_staff_retired_comes_back_by_staff_alone(ada: User) -> None:
    definition = make_published(ada).definition
    staff = make_user("staff", is_staff=True)
    retire_definition(definition=definition, actor=staff, reason="advertising")
    draft = draft_definition(definition=definition, author=ada, **wording())
    with pytest.raises(MoveRefused, match="only staff restores"):
        publish_version(version=draft, actor=ada)
    assert not DefinitionVersion.objects.published().exists()
    restore_definition(definition=definition, actor=staff)
    assert publish_version(version=draft, actor=ada).is_current
    retire_definition(definition=definition, actor=ada)
    own = draft_definition(definition=definition, author=ada, **wording())
    assert publish_version(version=own, actor=ada).is_current


def test_merging_names_the_other_and_only_staff_undo_it(ada: User) -> None:
    version, other = make_published(ada), make_published(None, "Peirce")
    definition = version.definition
    merge_definition(definition=definition, into=other.definition, actor=ada)
    definition.refresh_from_db()
    assert definition.merged_into == other.definition
    assert list(DefinitionVersion.objects.published()) == [other]
    with pytest.raises(PermissionError, match="staff"):
        restore_definition(definition=definition, actor=ada)
    with pytest.raises(MoveRefused, match="merged"):
        publish_version(
            version=draft_definition(definition=definition, author=ada, **wording()), actor=ada
        )
    restore_definition(definition=definition, actor=make_user("staff", is_staff=True))
    definition.refresh_from_db()
    assert definition.merged_into is None


def test_merging_is_refused_into_itself_a_draft_and_in_a_circle(ada: User) -> None:
    one, two = make_published(ada).definition, make_published(ada, "Peirce").definition
    draft = make_draft(ada, "Draft").definition
    for into in (one, draft):
        with pytest.raises(MoveRefused):
            merge_definition(definition=one, into=into, actor=ada)
    merge_definition(definition=one, into=two, actor=ada)
    with pytest.raises(MoveRefused, match="published one"):
        merge_definition(definition=two, into=one, actor=ada)


def test_the_table_decides_who_may_move(ada: User) -> None:
    definition = make_published(ada).definition
    staff, bob = make_user("staff", is_staff=True), make_user("bob")
    for move in MOVES:
        assert move in open_moves(definition, move.before, staff)
        assert (move in open_moves(definition, move.before, ada)) is (move.by == "owner")
        assert open_moves(definition, move.before, bob) == []
        assert open_moves(definition, move.before, AnonymousUser()) == []
    catalogue = make_published(None, "Peirce").definition
    assert open_moves(catalogue, "published", ada) == []
    assert {m.verb for m in open_moves(catalogue, "published", staff)} == {"retire", "merge"}


@pytest.mark.parametrize("action", [retire_definition, restore_definition])
def test_others_move_nothing(ada: User, action: Callable[..., Any]) -> None:
    definition = make_published(ada).definition
    with pytest.raises(PermissionError):
        action(definition=definition, actor=make_user("bob"))
    assert states(definition) == [("draft", "published")]


def test_the_record_of_moves_cannot_be_rewritten(ada: User) -> None:
    make_published(ada)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        StateChange.objects.update(reason="nothing happened")


def test_who_leaves_is_forgotten_by_what_they_wrote(ada: User) -> None:
    version = make_published(ada)
    ada.delete()
    version.refresh_from_db()
    assert (version.author, version.definition.owner) == (None, None)
    assert StateChange.objects.get().actor is None


def test_the_catalogue_does_not_bring_back_what_was_retired() -> None:
    load_criteria()
    load_definitions()
    staff = make_user("staff", is_staff=True)
    definition = Definition.objects.get(slug="oxford-dictionary")
    retire_definition(definition=definition, actor=staff)
    Definition.objects.filter(pk=definition.pk).update(catalogue_digest="another")
    assert load_definitions() == 0
    assert definition.versions.in_force().get().state == "retired"


@pytest.mark.django_db(transaction=True)
def test_publishing_twice_at_once_publishes_once() -> None:
    make_criteria()
    ada = make_user("ada")
    draft = make_draft(ada)
    results: list[str] = []
    together = threading.Barrier(2)

    def publish() -> None:
        version = DefinitionVersion.objects.get(pk=draft.pk)
        together.wait()
        try:
            publish_version(version=version, actor=ada)
            results.append("published")
        except MoveRefused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["published", "refused"]
    assert StateChange.objects.count() == 1
