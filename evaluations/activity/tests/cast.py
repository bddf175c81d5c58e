"""A site on which everything happened once."""

from dataclasses import dataclass

from django.apps import apps
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.flags.actions import flag
from evaluations.activity.flags.backlog import PATIENCE, remind
from evaluations.activity.models import Event
from evaluations.common.events import tell
from evaluations.curation.actions import FEATURED_WHEN, feature, restore, retire
from evaluations.curation.models import Collection
from evaluations.curation.suggestions.actions import accept, decline, suggest
from evaluations.curation.tests.cast import make_shown
from evaluations.curation.version_actions import fork
from evaluations.curation.version_actions import freeze as freeze_collection
from evaluations.debates.actions import state
from evaluations.debates.freezing_actions import freeze as freeze_debate
from evaluations.debates.models import Statement
from evaluations.debates.vote_actions import react
from evaluations.definitions.models import DefinitionVersion, Proposal
from evaluations.definitions.proposal_actions import (
    accept_proposal,
    answer_owner,
    ask_proposer,
    decline_proposal,
    propose_amendment,
    withdraw_proposal,
)
from evaluations.definitions.tests.cast import make_criteria, make_published, wording
from evaluations.definitions.workshop_actions import (
    merge_definition,
    restore_definition,
    retire_definition,
)
from evaluations.judgments.tests.cast import give, make_judge, make_output, make_user
from evaluations.leaderboards.snapshots.actions import withdraw_snapshot
from evaluations.leaderboards.tests.freezing import freeze


@dataclass
class Busy:
    """Who did it, and to what."""

    ada: User
    """Owns the definition and the collection."""
    bob: User
    """Proposes, suggests and forks."""
    mod: User
    version: DefinitionVersion
    collection: Collection


def amended(base: DefinitionVersion, by: User) -> Proposal:
    said = wording(rule={"any": ["one", "three"]})
    return propose_amendment(base=base, proposer=by, reason="Too <narrow> & dull.", wording=said)


def argued_about(version: DefinitionVersion, ada: User, bob: User) -> Statement:
    """A question of bob's that ada answers and asks about; their debate is frozen."""
    said = state(author=bob, version=version, kind="question", text="What is drawn, and from what?")
    state(
        author=ada, version=version, kind="question", text="From whatever the text states.",
        quotes=said, quote="from what",
    )  # fmt: skip
    for kind in ("define", "example", "crux"):
        react(statement=said, person=ada, kind=kind)
    freeze_debate(version=version, actor=ada)
    return said


def busy() -> Busy:
    """Everything that can happen to a definition and a collection, once."""
    make_criteria()
    ada, bob = make_user("ada"), make_user("bob")
    mod = make_user("mod", is_staff=True)
    version = make_published(ada)
    first = amended(version, bob)
    ask_proposer(proposal=first, actor=ada, text="Why any?")
    answer_owner(proposal=first, actor=bob, text="Both are too much.")
    decline_proposal(proposal=first, actor=ada, text="I mean both.")
    withdraw_proposal(proposal=amended(version, bob), actor=bob)
    argued_about(version, ada, bob)
    second = accept_proposal(proposal=amended(version, bob), actor=ada)
    definition = version.definition
    retire_definition(definition=definition, actor=ada, reason="For a day.")
    restore_definition(definition=definition, actor=ada)
    other = make_published(bob, "Other").definition
    merge_definition(definition=other, into=definition, actor=bob)
    give(make_judge(user=ada), make_output(), {"one": "yes", "two": "yes", "three": "yes"})
    withdraw_snapshot(snapshot=freeze(second, ada), reason="By mistake.", actor=mod)
    made = make_shown(ada)
    frozen = freeze_collection(collection=made, actor=ada, words="The first.")
    feature(collection=made, actor=mod, ticked=set(FEATURED_WHEN), sentence="It is short.")
    for decide in (lambda s: accept(suggestion=s, actor=ada),
                   lambda s: decline(suggestion=s, actor=ada, reason="Not here.")):  # fmt: skip
        decide(suggest(collection=made, author=bob, target={"output": make_output()}, note="Too."))
    fork(actor=bob, title="My lamps", items=[], version=frozen)
    retire(collection=made, actor=ada, sentence="For a day.")
    restore(collection=made, actor=ada)
    flag(person=bob, target=made, reason="off-topic")
    remind(timezone.now() + PATIENCE)
    released()
    second.refresh_from_db()
    return Busy(ada, bob, mod, second, made)


def released() -> None:
    """A release of data, by the model of the stage above."""
    releases = apps.get_model("exchange", "DataRelease")._default_manager
    made = releases.create(day=timezone.now().date(), digest="0" * 64, path="none.zip")
    tell("data-released", made, actor=None, title="a day")


def kinds_for(person: User) -> list[str]:
    """Kinds of the events that mean somebody, in the order in which they happened."""
    found = Event.objects.filter(concerns__person=person).order_by("pk")
    return list(found.values_list("kind", flat=True))
