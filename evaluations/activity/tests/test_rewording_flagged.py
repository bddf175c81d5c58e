"""Rewording what readers flagged: the flags stay with it, and a moderator may ask for it."""

from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.common.folding import folded_among
from evaluations.debates.actions import carry, reword, state
from evaluations.debates.models import Statement
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import SAYS, make_statement, make_version, next_version
from evaluations.debates.vote_actions import vote
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
OTHER = "It counts what only looks like a conclusion."


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


@pytest.fixture
def said(ada: User) -> Statement:
    return make_statement(make_version(), ada)


def test_flagged_words_stay_until_somebody_decided(
    client: Client, said: Statement, ada: User, mod: User
) -> None:
    flag(person=make_user("bob"), target=said, reason="abuse")
    client.force_login(ada)
    assert 'id="keeps-words"' in client.get(said.get_absolute_url()).content.decode()
    sent = client.post(f"{said.get_absolute_url()}reword/", {"text": OTHER})
    assert sent.status_code == 409
    assert "Readers flagged it" in sent.content.decode()
    assert f"{OTHER}</textarea>" in sent.content.decode()
    decide_flags(target=said, actor=mod, verb="keep", reason="other", sentence="It is a claim.")
    assert reword(statement=said, author=ada, text=OTHER).is_standing


def test_flagged_words_are_not_said_anew_after_they_were_taken_back(
    said: Statement, ada: User, mod: User
) -> None:
    flag(person=make_user("bob"), target=said, reason="abuse")
    now = next_version(said.version, {"not": "one"})
    with pytest.raises(DebateRefused, match="readers flagged it"):
        carry(statement=said, author=ada)
    retire(statement=said, actor=ada)
    anew: dict[str, Any] = {"author": ada, "version": now, "kind": "question"}
    with pytest.raises(DebateRefused, match="readers flagged it"):
        state(text=SAYS.upper(), **anew)
    assert state(text=OTHER, **anew).is_standing
    decide_flags(target=said, actor=mod, verb="keep", reason="other", sentence="It is a claim.")
    assert state(text=SAYS, **anew).is_standing


def test_what_a_moderator_asked_for_is_done_once_though_somebody_voted(
    client: Client, said: Statement, ada: User, mod: User
) -> None:
    bob = make_user("bob")
    vote(statement=said, voter=bob, useful=True)
    with pytest.raises(DebateRefused, match="has voted on it"):
        reword(statement=said, author=ada, text=OTHER)
    flag(person=bob, target=said, reason="not-a-claim")
    decide_flags(target=said, actor=mod, verb="ask to reword", reason="other", sentence="Name one.")
    client.force_login(ada)
    assert 'id="save-words"' in client.get(said.get_absolute_url()).content.decode()
    now = reword(statement=said, author=ada, text=OTHER)
    assert not now.votes.exists(), "whoever voted did so on the old words"
    vote(statement=now, voter=bob, useful=True)
    with pytest.raises(DebateRefused, match="has voted on it"):
        reword(statement=now, author=ada, text=SAYS)
    assert not folded_among(Statement, [now.pk], None)
