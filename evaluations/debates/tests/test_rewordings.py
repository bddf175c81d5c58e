"""What hangs on a statement stays with it when its author rewords it."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.debates.actions import reword
from evaluations.debates.models import Reaction, Statement
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import make_statement, make_version
from evaluations.debates.vote_actions import react, take_back_reaction, take_stance
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
ANSWER = "Which conclusion, and drawn from what?"


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def bob() -> User:
    return make_user("bob")


@pytest.fixture
def now(ada: User, bob: User) -> Statement:
    """A statement in its third wording; what was said of it was said of the first."""
    first = make_statement(make_version(), ada)
    make_statement(first.version, bob, ANSWER, quotes=first, quote="no conclusion")
    react(statement=first, person=bob, kind="define", quote="no conclusion")
    for value, because in (("use", None), ("reject", first)):
        take_stance(version=first.version, person=bob, value=value, because=because)
    second = reword(statement=first, author=ada, text="It counts what merely restates.")
    return reword(statement=second, author=ada, text="It counts what restates, no more.")


def test_answers_reactions_and_changed_minds_stand_on_its_page(
    client: Client, now: Statement
) -> None:
    for path in (now.get_absolute_url(), "/debates/taylor/"):
        page = client.get(path).content.decode()
        assert "Changed 1 mind" in page, path
        assert '<strong>Say what this means</strong>: <q dir="auto">no conclusion</q>' in page, path
    page = client.get(now.get_absolute_url()).content.decode()
    answers = page.partition('id="answers-title"')[2]
    assert ANSWER in answers
    assert '<q dir="auto">no conclusion</q>' in answers


def test_a_reaction_to_earlier_words_is_taken_back_and_given_anew(
    client: Client, now: Statement, bob: User
) -> None:
    client.force_login(bob)
    assert 'id="take-back-define"' in client.get(now.get_absolute_url()).content.decode()
    react(statement=now, person=bob, kind="define", quote="restates")
    assert Reaction.objects.current().get().statement == now
    take_back_reaction(statement=now, person=bob, kind="define")
    assert not Reaction.objects.current().exists()


def test_what_was_merged_into_it_leads_to_how_it_stands_now(now: Statement) -> None:
    other = make_statement(now.version, None, "It counts what says a thing twice.")
    mod = make_user("mod", role="moderator")
    retire(statement=other, actor=mod, sentence="It says the same.", into=now)
    assert now.author is not None
    last = reword(statement=now, author=now.author, text="It counts whatever restates.")
    other.refresh_from_db()
    assert other.leads_to == last
