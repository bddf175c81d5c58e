"""What other stages tell of is written down here, in the transaction in which it happened."""

from typing import Any

from django.dispatch import receiver

from evaluations.activity.event_actions import record
from evaluations.activity.models import Decision, Reason
from evaluations.common.decisions import decided
from evaluations.common.events import Happening, happened, tell


@receiver(happened)
def write_event(*, happening: Happening, **_: Any) -> None:
    record(happening)


@receiver(decided)
def write_down(
    *,
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
    """Add a decision to the log; without a known code the reason is another one."""
    decision = Decision.objects.create(
        verb=verb,
        kind=kind,
        label=label[:200],
        url=url,
        reason=reason if reason in Reason.values else Reason.OTHER,
        sentence=(sentence or "No reason was given.")[:280],
        actor=actor,
        role="staff" if actor.is_staff else "moderator",
    )
    tell(
        "decided", decision, actor=actor, title="your account" if kind == "account" else label,
        words=f"{verb.capitalize()}: {decision.sentence}", concerns=concerns,
    )  # fmt: skip
