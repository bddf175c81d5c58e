"""What other stages tell of is written down here, in the transaction in which it happened."""

from typing import Any

from django.db.models import Model
from django.dispatch import receiver

from evaluations.accounts.models import User
from evaluations.activity.event_actions import record
from evaluations.activity.flags.closing import close_flags
from evaluations.activity.models import Decision, Reason
from evaluations.common.decisions import decided
from evaluations.common.events import Happening, happened, tell
from evaluations.curation.models import Collection, Placement, Suggestion
from evaluations.debates.models import Statement
from evaluations.debates.refusals import takes_part
from evaluations.definitions.models import Definition
from evaluations.judgments.by_hand.moderation import writer_key
from evaluations.runs.models import Output, Run


@receiver(happened)
def write_event(*, happening: Happening, **_: Any) -> None:
    record(happening)


@receiver(decided)
def write_down(
    *,
    about: Model,
    actor: Any,
    verb: str,
    kind: str,
    label: str,
    url: str,
    reason: str,
    sentence: str,
    concerns: Any = (),
    **_: Any,
) -> None:
    """Add a decision to the log and close the flags that wait on what it is about.

    Without a known code the reason is another one.
    """
    decision = Decision.objects.create(
        verb=verb,
        kind=kind,
        label=label[:200],
        url=url,
        reason=reason if reason in Reason.values else Reason.OTHER,
        sentence=(sentence or "No reason was given.")[:280],
        actor=actor,
        role="staff" if actor.is_staff else "moderator",
        takes_part=decides_where_they_argue(about, actor),
        **belongs_to(about),
    )
    close_flags(about, verb, decision.created_at)
    if isinstance(about, Output):
        concerns = [*concerns, writer_key(about)]
    tell(
        "decided", decision, actor=actor, title="your account" if kind == "account" else label,
        words=f"{verb.capitalize()}: {decision.sentence}", concerns=concerns,
    )  # fmt: skip
    # Without an actor: the log and its feed say in which role it was decided, and not by whom.
    title = f"{verb}, {kind} ({decision.get_reason_display()})"
    tell("decided-in-public", decision, actor=None, title=title, words=decision.sentence)


def decides_where_they_argue(about: Model, actor: User) -> bool:
    """Whether somebody decides about a debate in which they said something or voted."""
    said = about.statement if isinstance(about, Decision) else about
    return isinstance(said, Statement) and takes_part(said.version_id, actor)


def belongs_to(about: Model) -> dict[str, Any]:
    """The column of a decision that says what it is about; none for rounds."""
    match about:
        case Definition():
            return {"definition": about}
        case Collection():
            return {"collection": about}
        case Placement() | Suggestion():
            return {"collection_id": about.collection_id}
        case Statement():
            return {"statement": about}
        case User():
            return {"person": about}
        case Output():
            return {"output": about}
        case Run():
            return {"run": about}
        case Decision():
            columns = ("definition", "collection", "statement", "person", "output", "run")
            return {f"{name}_id": getattr(about, f"{name}_id") for name in columns}
    return {}
