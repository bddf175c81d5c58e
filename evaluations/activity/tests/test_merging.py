"""Merging statements that say the same: the one leads on to the other, and no vote is moved."""

import contextlib
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from evaluations.accounts.models import User
from evaluations.activity.flags.actions import FlagRefused, decide_flags, flag
from evaluations.activity.flags.beside import near_duplicates
from evaluations.activity.flags.waiting import queue, record_of
from evaluations.activity.models import Decision
from evaluations.debates.actions import locked
from evaluations.debates.models import Statement, Vote
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.retiring_actions import restore, retire
from evaluations.debates.tests.cast import make_statement, make_version, votes
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
WHY = {"reason": "duplicate", "sentence": "The other says it too."}


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def kept(version: DefinitionVersion) -> Statement:
    return make_statement(version, None, "Which conclusion is meant by the word conclusion?")


@pytest.fixture
def double(version: DefinitionVersion) -> Statement:
    return make_statement(version, None, "Which conclusion is meant by the word, then?")


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


def merged_note(client: Client, said: Statement) -> str:
    page = client.get(said.get_absolute_url()).content.decode()
    return page.split('id="merged">')[1].split("</p>")[0]


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_what_is_merged_leads_on_and_leaves_the_rankings(
    client: Client, kept: Statement, double: Statement, mod: User
) -> None:
    bob = make_user("bob")
    votes(double, [make_user("vera")], useful=True)
    flag(person=bob, target=double, reason="duplicate")
    inside, path = signed_in(mod), f"/moderation/queue/statement/{double.pk}/"
    page = inside.get(path).content.decode()
    assert f'name="into" value="{kept.pk}"' in page, "the nearest is proposed"
    assert kept.text in page
    assert "no decision against what they wrote" in page
    wrong = inside.post(path, {**WHY, "press": "merge", "into": "none"})
    assert wrong.status_code == 422
    assert "There is no statement “none”" in wrong.content.decode()
    inside.post(path, {**WHY, "press": "merge", "into": f"#{kept.pk}"})
    double.refresh_from_db()
    assert (double.merged_into, double.retired_for) == (kept, "duplicate")
    assert [vote.statement for vote in Vote.objects.all()] == [double]
    assert queue() == []
    assert record_of(bob) == (1, 1)
    shown = client.get(double.get_absolute_url()).content.decode()
    assert f'says the same as <a href="{kept.get_absolute_url()}">' in shown
    debate = client.get("/debates/taylor/").content.decode()
    assert f'id="statement-{double.pk}"' not in debate
    assert f'id="statement-{kept.pk}"' in debate
    decision = Decision.objects.get()
    assert (decision.verb, decision.reason) == ("merge", "duplicate")
    assert double.author is not None
    assert Decision.objects.against().concerning(double.author).get() == decision


def test_a_moderator_merges_on_the_page_of_a_statement_too(
    kept: Statement, double: Statement, mod: User
) -> None:
    inside, path = signed_in(mod), double.get_absolute_url()
    assert 'name="into"' in inside.get(path).content.decode()
    sent = {"press": "retire", "reason": "other", "sentence": "The same.", "into": "0"}
    assert inside.post(f"{path}retire/", sent).status_code == 409
    assert inside.post(f"{path}retire/", {**sent, "into": str(kept.pk)}).status_code == 303
    double.refresh_from_db()
    assert double.merged_into == kept


def test_what_is_restored_leads_nowhere_else(kept: Statement, double: Statement, mod: User) -> None:
    retire(statement=double, actor=mod, sentence="The same.", into=kept)
    restore(statement=double, actor=mod)
    double.refresh_from_db()
    assert (double.merged_into, double.is_standing) == (None, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.filter(pk=double.pk).update(merged_into=kept)


def test_the_page_leads_on_only_to_what_stands(
    client: Client, version: DefinitionVersion, kept: Statement, double: Statement, mod: User
) -> None:
    last = make_statement(version, None, "Which conclusion does it mean?")
    retire(statement=double, actor=mod, sentence="The same.", into=kept)
    retire(statement=kept, actor=mod, sentence="The same.", into=last)
    assert f'says the same as <a href="{last.get_absolute_url()}">' in merged_note(client, double)
    retire(statement=last, actor=mod, sentence="It insults.", reason="abuse")
    note = merged_note(client, double)
    assert f"statement {kept.pk}, which does not stand any more either" in note
    assert "vote on" not in note
    assert "href" not in note


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_statements_into_each_other_end_up_with_one_merging(
    kept: Statement, double: Statement, mod: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, told = threading.Barrier(2, timeout=20), list[Exception]()

    def both_at_once(statement: Statement) -> Statement:
        """As `locked`; who has the first of two waits for the other to have one, too."""
        found = locked(statement)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(1)
        return found

    def merge(one: Statement, into: Statement) -> None:
        try:
            retire(statement=one, actor=mod, sentence="The same.", into=into)
        except Exception as error:
            told.append(error)
        finally:
            connection.close()

    monkeypatch.setattr("evaluations.debates.retiring_actions.locked", both_at_once)
    pairs = ((kept, double), (double, kept))
    windows = [threading.Thread(target=merge, args=pair) for pair in pairs]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert [type(each) for each in told] == [DebateRefused]
    assert Statement.objects.standing().count() == 1


def test_nothing_is_merged_with_what_does_not_stand_there(
    kept: Statement, double: Statement, mod: User
) -> None:
    elsewhere = make_statement(make_version("peirce", "two"), None, "Which habit is it then?")
    for other in (double, elsewhere):
        with pytest.raises(DebateRefused, match="another statement of this debate"):
            retire(statement=double, actor=mod, sentence="The same.", into=other)
    retire(statement=kept, actor=mod, sentence="Gone.")
    with pytest.raises(DebateRefused, match="that stands"):
        retire(statement=double, actor=mod, sentence="The same.", into=kept)
    assert double.author is not None
    with pytest.raises(DebateRefused, match="yours you can retire"):
        retire(statement=double, actor=double.author, into=elsewhere)
    flag(person=make_user("bob"), target=double, reason="duplicate")
    with pytest.raises(FlagRefused, match="number"):
        decide_flags(target=double, actor=mod, verb="merge", **WHY)


def test_near_are_those_that_share_words_the_most_first(
    version: DefinitionVersion, kept: Statement, double: Statement
) -> None:
    make_statement(version, None, "Something quite different is asked.")
    nearer = make_statement(version, None, "Which conclusion is meant by that word conclusion?")
    assert near_duplicates(kept) == [double, nearer]
