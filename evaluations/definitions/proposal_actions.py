"""Proposing amendments to a definition, talking about them, and deciding."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.common.events import tell
from evaluations.definitions.actions import (
    check_rule,
    draft_definition,
    publish_version,
    same_words,
)
from evaluations.definitions.models import (
    Definition,
    DefinitionVersion,
    Proposal,
    ProposalMessage,
    ProposalState,
    Remark,
    State,
)
from evaluations.definitions.moves import Visitor, acts_as_owner
from evaluations.definitions.workshop_actions import check_owner, check_signed_in

HAPPENED = {
    Remark.QUESTION: "amendment-asked",
    Remark.ANSWER: "amendment-answered",
    Remark.ACCEPTED: "amendment-accepted",
    Remark.DECLINED: "amendment-declined",
    Remark.WITHDRAWN: "amendment-withdrawn",
}
"""The kind of event that each remark is."""


class ProposalRefused(Exception):
    """The amendment cannot be made or decided like this; the message says why."""


@transaction.atomic
def propose_amendment(
    *, base: DefinitionVersion, proposer: User, reason: str, wording: Mapping[str, Any]
) -> Proposal:
    """Propose another wording for the version in force.

    Args:
        wording: the fields named in `Wording.WRITTEN`.

    Raises:
        PermissionError: when *proposer* is not signed in.
        ProposalRefused: without a reason, for a wording that changes nothing, and where *base*
            is not the version in force of a published definition.
        RuleRefused: when the rule cannot be used.
    """
    check_signed_in(proposer)
    definition = Definition.objects.select_for_update().get(pk=base.definition_id)
    base.refresh_from_db()
    if base.state != State.PUBLISHED or not base.is_current:
        raise ProposalRefused(
            "An amendment is made to the version in force, and this one is not in force any more."
        )
    if not reason.strip():
        raise ProposalRefused("Say why: the owner decides on the reason.")
    check_rule(wording["rule"])
    if all(wording[name] == value for name, value in base.says().items()):
        raise ProposalRefused("Nothing was changed: this is the version in force, word for word.")
    latest = definition.proposals.order_by("-number").first()
    proposal = Proposal.objects.create(
        definition=definition,
        base=base,
        number=latest.number + 1 if latest else 1,
        proposer=proposer,
        reason=reason,
        **{
            **{name: wording[name] for name in Proposal.WRITTEN},
            # Changed words are no quotation of whom the others were.
            "quoted": wording["quoted"] and same_words(base.statement, wording["statement"]),
        },
    )
    tell(
        "amendment-proposed", proposal, actor=proposer, title=definition.name,
        number=proposal.number, words=reason, concerns=[definition.owner_id],
    )  # fmt: skip
    return proposal


@transaction.atomic
def accept_proposal(
    *, proposal: Proposal, actor: User, text: str = "", against: int | None = None
) -> DefinitionVersion:
    """Make the proposed wording the next version and put it in force, credited to its proposer.

    Args:
        against: key of the version in force that *actor* compared it with; left out, the one
            that the amendment was made to.

    Raises:
        PermissionError: when *actor* neither owns the definition nor is staff.
        ProposalRefused: when it is not open any more, when another version came into force
            since, and when the definition is not published.
        RuleRefused: when the rule cannot be used any more.
    """
    definition = decided_by(proposal, actor)
    current = definition.versions.in_force().first()
    if current is None or current.state != State.PUBLISHED:
        raise ProposalRefused("The definition is not published any more: restore it first.")
    if current.pk != (against or proposal.base_id):
        raise ProposalRefused(
            f"Version {current.number} came into force in the meantime: look at the difference "
            "from it before you accept."
        )
    draft = draft_definition(definition=definition, change_note=proposal.reason, **proposal.says())
    draft.author = proposal.proposer
    draft.save(update_fields=["author"])
    version = publish_version(version=draft, actor=actor)
    close(proposal, ProposalState.ACCEPTED, Remark.ACCEPTED, actor, text, version=version)
    return version


@transaction.atomic
def decline_proposal(*, proposal: Proposal, actor: User, text: str) -> Proposal:
    """Decline an amendment with a reason.

    Raises:
        PermissionError: when *actor* neither owns the definition nor is staff.
        ProposalRefused: without a reason, or when it is not open any more.
    """
    decided_by(proposal, actor)
    if not text.strip():
        raise ProposalRefused("Say why: whoever proposed it deserves a reason.")
    return close(proposal, ProposalState.DECLINED, Remark.DECLINED, actor, text)


@transaction.atomic
def withdraw_proposal(*, proposal: Proposal, actor: User, text: str = "") -> Proposal:
    """Take one's own amendment back.

    Raises:
        PermissionError: when *actor* did not propose it.
        ProposalRefused: when it is not open any more.
    """
    lock_open(proposal)
    if proposal.proposer_id != actor.pk:
        raise PermissionError("Only whoever proposed an amendment may withdraw it.")
    return close(proposal, ProposalState.WITHDRAWN, Remark.WITHDRAWN, actor, text)


@transaction.atomic
def ask_proposer(*, proposal: Proposal, actor: User, text: str) -> ProposalMessage:
    """Ask whoever proposed it something before deciding.

    Raises:
        PermissionError: when *actor* neither owns the definition nor is staff.
        ProposalRefused: without a question, or when it is not open any more.
    """
    decided_by(proposal, actor)
    if not text.strip():
        raise ProposalRefused("Write the question first.")
    return say(proposal, Remark.QUESTION, actor, text)


@transaction.atomic
def answer_owner(*, proposal: Proposal, actor: User, text: str) -> ProposalMessage:
    """Answer what was asked, or add to one's own amendment.

    Raises:
        PermissionError: when *actor* did not propose it.
        ProposalRefused: without an answer, or when it is not open any more.
    """
    lock_open(proposal)
    if proposal.proposer_id != actor.pk:
        raise PermissionError("Only whoever proposed an amendment may answer here.")
    if not text.strip():
        raise ProposalRefused("Write the answer first.")
    return say(proposal, Remark.ANSWER, actor, text)


def decided_by(proposal: Proposal, actor: User) -> Definition:
    """The definition, locked, after checking that *actor* may decide and it is still open."""
    definition = lock_open(proposal)
    check_owner(definition, actor)
    return definition


def lock_open(proposal: Proposal) -> Definition:
    """Lock the definition of an amendment, and refuse what somebody closed before."""
    definition = Definition.objects.select_for_update().get(pk=proposal.definition_id)
    proposal.refresh_from_db()
    if proposal.state != ProposalState.OPEN:
        raise ProposalRefused(f"This amendment is {proposal.get_state_display()} already.")
    return definition


def close(
    proposal: Proposal,
    state: ProposalState,
    remark: Remark,
    actor: User,
    text: str,
    version: DefinitionVersion | None = None,
) -> Proposal:
    proposal.state, proposal.version = state, version
    proposal.save(update_fields=["state", "version"])
    say(proposal, remark, actor, text)
    return proposal


def say(proposal: Proposal, remark: Remark, actor: User, text: str) -> ProposalMessage:
    definition = proposal.definition
    by_owner = remark in (Remark.QUESTION, Remark.ACCEPTED, Remark.DECLINED)
    tell(
        HAPPENED[remark], proposal, actor=actor, title=definition.name, number=proposal.number,
        words=text.strip(), concerns=[proposal.proposer_id if by_owner else definition.owner_id],
    )  # fmt: skip
    return ProposalMessage.objects.create(
        proposal=proposal, author=actor, kind=remark, text=text.strip()
    )


def may_decide(proposal: Proposal, user: Visitor) -> bool:
    """Whether somebody may accept, decline or ask about an amendment."""
    return proposal.is_open and acts_as_owner(proposal.definition, user)
