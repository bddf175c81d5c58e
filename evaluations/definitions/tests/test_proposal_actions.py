"""Proposing amendments, talking about them, deciding."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evaluations.accounts.models import User
from evaluations.definitions.actions import RuleRefused, draft_definition, publish_version
from evaluations.definitions.models import DefinitionVersion, Proposal, ProposalMessage
from evaluations.definitions.proposal_actions import (
    ProposalRefused,
    accept_proposal,
    answer_owner,
    ask_proposer,
    decline_proposal,
    propose_amendment,
    withdraw_proposal,
)
from evaluations.definitions.tests.cast import make_criteria, make_published, make_user, wording
from evaluations.definitions.workshop_actions import retire_definition

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    make_criteria()
    return make_published(make_user("ada"))


def owner_of(version: DefinitionVersion) -> User:
    assert version.definition.owner is not None
    return version.definition.owner


def propose(base: DefinitionVersion, proposer: User | None = None, **changes: Any) -> Proposal:
    proposer = proposer or User.objects.filter(username="bob").first() or make_user("bob")
    said = wording(**(changes or {"rule": {"any": ["one", "three"]}}))
    return propose_amendment(base=base, proposer=proposer, reason="Too narrow.", wording=said)


def test_accepting_makes_and_publishes_the_next_version_with_credit(
    version: DefinitionVersion,
) -> None:
    ada = owner_of(version)
    proposal = propose(version)
    made = accept_proposal(proposal=proposal, actor=ada, text="Right.")
    assert (made.number, made.is_current, made.state) == (2, True, "published")
    assert made.rule == {"any": ["one", "three"]}
    assert made.author is not None
    assert (made.author.username, made.change_note) == ("bob", "Too narrow.")
    assert made.proposal == proposal
    assert {pin.criterion.key for pin in made.criterion_versions.all()} == {"one", "three"}
    proposal.refresh_from_db()
    assert (proposal.state, proposal.version) == ("accepted", made)
    assert [(m.kind, m.text) for m in proposal.messages.all()] == [("accepted", "Right.")]
    version.refresh_from_db()
    assert not version.is_current


def test_a_thread_of_question_and_answer(version: DefinitionVersion) -> None:
    ada = owner_of(version)
    proposal = propose(version)
    bob = proposal.proposer
    assert bob is not None
    ask_proposer(proposal=proposal, actor=ada, text="Why any?")
    answer_owner(proposal=proposal, actor=bob, text="Both are too much.")
    decline_proposal(proposal=proposal, actor=ada, text="I mean both.")
    assert [m.kind for m in proposal.messages.all()] == ["question", "answer", "declined"]
    for action, actor in (
        (accept_proposal, ada), (ask_proposer, ada), (decline_proposal, ada),
        (answer_owner, bob), (withdraw_proposal, bob),
    ):  # fmt: skip
        with pytest.raises(ProposalRefused, match="declined already"):
            action(proposal=proposal, actor=actor, text="again")  # type: ignore[operator]
    assert proposal.messages.count() == 3


def test_words_are_needed_to_ask_answer_and_decline(version: DefinitionVersion) -> None:
    proposal = propose(version)
    assert proposal.proposer is not None
    for action, actor in (
        (ask_proposer, owner_of(version)), (decline_proposal, owner_of(version)),
        (answer_owner, proposal.proposer),
    ):  # fmt: skip
        with pytest.raises(ProposalRefused):
            action(proposal=proposal, actor=actor, text=" ")  # type: ignore[operator]
    assert not ProposalMessage.objects.exists()


def test_who_may_decide_and_who_may_withdraw(version: DefinitionVersion) -> None:
    proposal = propose(version)
    carl = make_user("carl")
    assert proposal.proposer is not None
    for actor in (carl, proposal.proposer):
        for action in (accept_proposal, decline_proposal, ask_proposer):
            with pytest.raises(PermissionError):
                action(proposal=proposal, actor=actor, text="so")  # type: ignore[operator]
    for actor in (carl, owner_of(version)):
        for action in (withdraw_proposal, answer_owner):
            with pytest.raises(PermissionError):
                action(proposal=proposal, actor=actor, text="so")  # type: ignore[operator]
    withdraw_proposal(proposal=proposal, actor=proposal.proposer)
    proposal.refresh_from_db()
    assert (proposal.state, version.definition.versions.count()) == ("withdrawn", 1)


def test_staff_decide_about_the_catalogue() -> None:
    make_criteria()
    proposal = propose(make_published(None))
    made = accept_proposal(proposal=proposal, actor=make_user("staff", is_staff=True))
    assert made.is_current


def test_what_cannot_be_proposed(version: DefinitionVersion) -> None:
    bob = make_user("bob")
    with pytest.raises(ProposalRefused, match="Nothing was changed"):
        propose_amendment(base=version, proposer=bob, reason="So.", wording=wording())
    with pytest.raises(ProposalRefused, match="Say why"):
        propose_amendment(base=version, proposer=bob, reason=" ", wording=wording(note="x"))
    with pytest.raises(RuleRefused):
        propose(version, bob, rule={"all": ["nope"]})
    draft = draft_definition(definition=version.definition, **wording(note="y"))
    with pytest.raises(ProposalRefused, match="not in force"):
        propose(draft, bob, note="x")
    publish_version(version=draft)
    with pytest.raises(ProposalRefused, match="not in force"):
        propose(version, bob, note="x")
    retire_definition(definition=version.definition, actor=owner_of(version))
    with pytest.raises(ProposalRefused, match="not in force"):
        propose(draft, bob, note="x")
    assert not Proposal.objects.exists()


def test_a_version_that_came_in_between_must_be_looked_at_first(
    version: DefinitionVersion,
) -> None:
    ada = owner_of(version)
    proposal = propose(version)
    second = publish_version(
        version=draft_definition(definition=version.definition, **wording(note="y"))
    )
    for against in (None, version.pk):
        with pytest.raises(ProposalRefused, match="Version 2 came into force"):
            accept_proposal(proposal=proposal, actor=ada, against=against)
    assert accept_proposal(proposal=proposal, actor=ada, against=second.pk).number == 3


def test_a_retired_definition_takes_no_amendment(version: DefinitionVersion) -> None:
    ada = owner_of(version)
    proposal = propose(version)
    retire_definition(definition=version.definition, actor=ada)
    with pytest.raises(ProposalRefused, match="not published any more"):
        accept_proposal(proposal=proposal, actor=ada)


def test_amendments_are_numbered_and_frozen(version: DefinitionVersion) -> None:
    assert [propose(version).number, propose(version, note="x").number] == [1, 2]
    for change in ({"statement": "other"}, {"reason": "other"}, {"rule": "one"}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Proposal.objects.update(**change)
    with (
        pytest.raises(IntegrityError, match="proposal_accepted_makes_a_version"),
        transaction.atomic(),
    ):
        Proposal.objects.update(state="accepted")
    proposal = Proposal.objects.get(number=1)
    ask_proposer(proposal=proposal, actor=owner_of(version), text="Why?")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ProposalMessage.objects.update(text="Never mind.")


def test_who_decides_is_told(version: DefinitionVersion) -> None:
    ada, staff = owner_of(version), make_user("staff", is_staff=True)
    mine, theirs = propose(version), propose(make_published(None, "Peirce"))
    assert list(Proposal.objects.waiting_for(ada)) == [mine]
    assert list(Proposal.objects.waiting_for(staff)) == [theirs]
    decline_proposal(proposal=mine, actor=ada, text="No.")
    assert list(Proposal.objects.waiting_for(ada)) == []


@pytest.mark.django_db(transaction=True)
def test_accepting_twice_at_once_makes_one_version() -> None:
    make_criteria()
    ada = make_user("ada")
    proposal = propose(make_published(ada))
    results: list[str] = []
    together = threading.Barrier(2)

    def accept() -> None:
        shown = Proposal.objects.get(pk=proposal.pk)
        together.wait()
        try:
            accept_proposal(proposal=shown, actor=ada)
            results.append("accepted")
        except ProposalRefused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["accepted", "refused"]
    assert DefinitionVersion.objects.count() == 2
