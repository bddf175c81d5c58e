"""Decisions that other stages tell of are written down here."""

from typing import Any

from django.dispatch import receiver

from evaluations.activity.models import Decision, Reason
from evaluations.common.decisions import decided


@receiver(decided)
def write_down(
    *, actor: Any, verb: str, kind: str, label: str, url: str, reason: str, sentence: str, **_: Any
) -> None:
    """Add a decision to the log; without a known code the reason is another one."""
    Decision.objects.create(
        verb=verb,
        kind=kind,
        label=label[:200],
        url=url,
        reason=reason if reason in Reason.values else Reason.OTHER,
        sentence=(sentence or "No reason was given.")[:280],
        actor=actor,
        role="staff" if actor.is_staff else "moderator",
    )
