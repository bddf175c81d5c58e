"""Setting a judge aside, with a public reason, and lifting that: rows are added, never changed."""

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.judgments.items import queue
from evaluations.judgments.items.places import recount_places
from evaluations.judgments.models import Judge, Protocol, SetAside
from evaluations.judgments.protocols.permissions import may_manage


def may_set_aside(protocol: Protocol | None, actor: User) -> bool:
    """Staff may, and under a protocol those who manage it."""
    return actor.is_staff or (protocol is not None and may_manage(protocol, actor))


@transaction.atomic
def set_aside(*, judge: Judge, protocol: Protocol | None, reason: str, actor: User) -> SetAside:
    """Let what a judge says count nowhere unless that is asked for; None is every protocol.

    Their answers stay in the record and in the snapshots that counted them; the places that they
    filled are free again. Who is set aside there already stays so, with the reason given first.

    Raises:
        PermissionError: when *actor* may not.
    """
    if not may_set_aside(protocol, actor):
        raise PermissionError("Only staff, or who manages the protocol, may set judges aside.")
    queue.lock(judge)
    before = judge.set_aside.in_force().filter(protocol=protocol).first()
    if before is not None:
        return before
    row = judge.set_aside.create(protocol=protocol, reason=reason, actor=actor)
    recount_places(judge)
    return row


@transaction.atomic
def lift(*, row: SetAside, reason: str, actor: User) -> None:
    """Let a judge count again; nothing happens where it is lifted already.

    Raises:
        PermissionError: when *actor* may not.
    """
    if not may_set_aside(row.protocol, actor):
        raise PermissionError("Only staff, or who manages the protocol, may lift this.")
    queue.lock(row.judge)
    if row.judge.set_aside.in_force().filter(pk=row.pk).exists():
        row.judge.set_aside.create(protocol=row.protocol, reason=reason, actor=actor, lifts=row)
        recount_places(row.judge)
