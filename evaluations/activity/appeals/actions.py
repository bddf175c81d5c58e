"""Objecting to a decision, once, and having somebody else look at it again."""

from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from evaluations.accounts.models import Role, User
from evaluations.activity.actions import end_suspension
from evaluations.activity.models import Appeal, Decision
from evaluations.common.decisions import barred, decided
from evaluations.curation.actions import in_a_line
from evaluations.curation.actions import restore as restore_collection
from evaluations.debates.choices import RetiredFor
from evaluations.debates.refusals import may_not_moderate
from evaluations.debates.retiring_actions import restore as restore_statement
from evaluations.definitions.models import Definition, State, StateChange
from evaluations.definitions.workshop_actions import restore_definition

MOST_WORDS: Final = 500
FOR_GOOD: Final = {
    "round": "A round that has ended is not opened again, so there is no appeal: those who took "
    "part can see what came of it. You can begin another with the same outputs."
}
"""Kinds of things about which a decision cannot be undone, with what is said to whose they are."""


class AppealRefused(Exception):
    """It cannot be objected to, or decided, like this; the message says why."""


def may_not_appeal(decision: Decision, person: User) -> str:
    """Why somebody may not object to a decision; empty where they may. At most three queries."""
    if not decision.concerns(person):
        return "Only those whom a decision concerns object to it."
    if decision.kind in FOR_GOOD:
        return FOR_GOOD[decision.kind]
    if not Decision.objects.filter(pk=decision.pk).against().exists():
        return "It took nothing from you, so there is nothing to object to."
    if Appeal.objects.filter(decision=decision).exists():
        return "Each decision is objected to once, and this one was."
    return ""


@transaction.atomic
def appeal(*, decision: Decision, person: User, words: str) -> Appeal:
    """Object to a decision that concerns oneself, for good.

    Raises:
        PermissionError: for whom it does not concern.
        AppealRefused: as `may_not_appeal` says, without words and with too many.
    """
    if not decision.concerns(person):
        raise PermissionError("Only those whom a decision concerns object to it.")
    if why_not := may_not_appeal(decision, person):
        raise AppealRefused(why_not)
    words = " ".join(words.replace("\0", "").split())
    if not words:
        raise AppealRefused("Say why the decision was wrong.")
    if len(words) > MOST_WORDS:
        raise AppealRefused(f"At most {MOST_WORDS} characters; these are {len(words)}.")
    try:
        with transaction.atomic():
            return Appeal.objects.create(decision=decision, person=person, words=words)
    except IntegrityError as error:
        if "decision" not in str(error):
            raise
        raise AppealRefused("Each decision is objected to once, and this one was.") from error


def may_not_hear(made: Appeal, actor: User) -> str:
    """Why somebody may not decide about an appeal; empty where they may. At most five queries.

    Whoever decided the first time does so again only where nobody else is there who could.
    """
    if not actor.may_moderate:
        return "Appeals are decided by moderators and staff."
    if actor.pk == made.person_id:
        return "It is your own appeal, so somebody else decides about it."
    if actor.pk == made.decision.actor_id:
        moderates = Q(is_staff=True) | Q(role=Role.MODERATOR)
        others = User.objects.filter(moderates, is_active=True)
        if others.exclude(pk__in=[actor.pk, made.person_id or 0]).exists():
            return "You decided this, so somebody else looks at it again."
    if made.decision.concerns(actor):
        return "It is about what is yours, so somebody else decides about it."
    said, whole = made.decision.statement, made.decision.kind == "collection"
    if said is not None:
        return may_not_moderate(said, actor)
    about = made.decision.collection if whole else made.decision.person
    return barred(about, actor) if about is not None else ""


@transaction.atomic
def decide_appeal(*, appeal: Appeal, actor: User, undo: bool, sentence: str) -> None:
    """Let a decision stand, or find it wrong and bring back what it took, where that can be done;
    the log says which, and why.

    Raises:
        PermissionError: as `may_not_hear` says, and where only staff may undo it.
        AppealRefused: without a sentence, and when it was decided meanwhile.
        CollectionRefused, DebateRefused, MoveRefused: as restoring does.
    """
    kept = Appeal.objects.select_for_update().get(pk=appeal.pk)
    if why_not := may_not_hear(kept, actor):
        raise PermissionError(why_not)
    if not (sentence := in_a_line(sentence)):
        raise AppealRefused("Say why, in a sentence that everybody may read.")
    if kept.decided_at is not None:
        raise AppealRefused("This appeal was decided meanwhile.")
    kept.decided_at, kept.upheld = timezone.now(), undo
    kept.save(update_fields=["decided_at", "upheld"])
    if undo and restored(kept.decision, actor, sentence):
        kept.restored = True
        kept.save(update_fields=["restored"])
        return
    row = kept.decision
    decided.send(
        Decision, about=row, actor=actor, verb="overturn" if undo else "let stand", kind=row.kind,
        label=row.label, url=row.url, reason=row.reason, sentence=sentence,
        concerns=[kept.person_id],
    )  # fmt: skip


def restored(decision: Decision, actor: User, sentence: str) -> bool:
    """Bring back what a decision took, where it is there and nobody took it since; whether it was.

    The stage that does it tells the log and the author.
    """
    said, made, written = decision.statement, decision.collection, decision.definition
    if decision.verb.startswith("suspend"):
        person = decision.person
        return person is not None and end_suspension(person=person, actor=actor, sentence=sentence)
    if Decision.objects.that_took_with(decision).first() != decision:
        return False
    if said is not None and said.retired_for not in ("", RetiredFor.OWN):
        restore_statement(statement=said, actor=actor, sentence=sentence)
    elif made is not None and decision.kind == "collection" and made.withheld:
        restore_collection(collection=made, actor=actor, sentence=sentence)
    elif written is not None and is_taken_by_others(written):
        restore_definition(definition=written, actor=actor, reason=sentence)
    else:
        return False
    return True


def is_taken_by_others(definition: Definition) -> bool:
    """Whether a definition is retired or merged now, and not by its owner. At most two queries."""
    taken = definition.versions.filter(is_current=True, state__in=(State.RETIRED, State.MERGED))
    last = StateChange.objects.filter(version__definition=definition).last()
    return taken.exists() and last is not None and last.actor_id != definition.owner_id
