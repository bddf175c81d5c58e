"""What a debate keeps: nothing is rewritten, whoever leaves, and the archive comes once."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.actions import add_archived, state
from evaluations.debates.models import Evidence, Reaction, Stance, Statement, Vote
from evaluations.debates.refusals import DebateRefused, SaidAlready
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import (
    SAYS,
    counterexample,
    judged,
    make_statement,
    make_version,
    votes,
)
from evaluations.debates.vote_actions import react, take_stance, vote
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


def test_the_archive_names_its_source_and_is_loaded_once(version: DefinitionVersion) -> None:
    said: dict[str, Any] = {
        "version": version,
        "kind": "against",
        "text": SAYS,
        "checked": "quoted",
    }
    made = add_archived(**said, source="Mirzadeh et al. 2024")
    assert made.by == "Mirzadeh et al. 2024"
    assert add_archived(**said, source="Somebody else") == made
    with pytest.raises(DebateRefused, match="names its source"):
        add_archived(**{**said, "text": "Something quite different."}, source=" ")
    with pytest.raises(SaidAlready, match="Mirzadeh"):
        make_statement(version, kind="question")


# The database -----------------------------------------------------------------------------------


def test_nothing_of_a_debate_is_rewritten(version: DefinitionVersion, ada: User) -> None:
    bob = make_user("bob")
    made = counterexample(version, judged(), author=ada)
    vote(statement=made, voter=bob, useful=True)
    react(statement=made, person=bob, kind="crux")
    take_stance(version=version, person=bob, value="use")
    for model, change in (
        (Statement, {"text": "Something quite different."}),
        (Evidence, {"role": "edge"}),
        (Vote, {"useful": False}),
        (Stance, {"value": "reject"}),
        (Reaction, {"kind": "example"}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.update(**change)


def test_the_database_refuses_what_must_not_be(version: DefinitionVersion, ada: User) -> None:
    row: dict[str, Any] = {
        "version": version, "author": ada, "kind": "question", "text": SAYS, "text_key": "k",
    }  # fmt: skip
    for wrong in (
        {"text": "short"},
        {"text": "Two paragraphs\nin one."},
        {"kind": "odd"},
        {"text_key": ""},
        {"retired_at": timezone.now()},
        {"source": "Somebody"},
        {"quote_start": 1, "quote_end": 2},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Statement.objects.create(**{**row, **wrong})
    kept = Statement.objects.create(**row)
    for wrong_vote in ({}, {"agreement": "odd"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Vote.objects.create(statement=kept, voter=ada, **wrong_vote)


def test_who_leaves_leaves_words_and_votes(version: DefinitionVersion, ada: User) -> None:
    from evaluations.judgments.me.leave import leave

    bob = make_user("bob")
    made = make_statement(version, ada)
    votes(made, [bob], useful=True)
    take_stance(version=version, person=bob, value="use")
    leave(user=ada, choice="anonymise")
    leave(user=bob, choice="anonymise")
    made.refresh_from_db()
    assert (made.by, made.votes.count(), Stance.objects.count()) == ("a former member", 1, 1)


def test_one_signs_in_to_take_part(version: DefinitionVersion, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    ada.refresh_from_db()
    with pytest.raises(PermissionError, match="Sign in"):
        state(author=ada, version=version, kind="question", text=SAYS)


def test_keys_are_told_anew_but_where_another_says_the_same(
    version: DefinitionVersion, ada: User
) -> None:
    vowels = make_statement(version, ada, "कितना सोचता है यह माॅडल")
    first = make_statement(version, ada, "It counts what has no end.")
    second = make_statement(version, ada, "It counts what has none.")
    gone = make_statement(version, ada, "It counts what was never said.")
    retire(statement=gone, actor=ada)
    said_again = make_statement(version, ada, "It counts what was never said!")
    known = [vowels.text_key, first.text_key, "it counts what has no end again", gone.text_key]
    known.append(said_again.text_key)
    migration = import_module("evaluations.debates.migrations.0003_keys_of_words")
    rows = Statement.objects.order_by("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(migration.GUARD.format("DISABLE"))
        rows.filter(pk=vowels.pk).update(text_key="क तन स चत ह यह म डल")
        rows.filter(pk=second.pk).update(text="It counts what has no end!", text_key=known[2])
        rows.filter(pk=gone.pk).update(text_key="it counts")
        rows.filter(pk=said_again.pk).update(text_key="it counts too")
        migration.tell_anew(apps, None)
        cursor.execute(migration.GUARD.format("ENABLE"))
    assert list(rows.values_list("text_key", flat=True)) == known
