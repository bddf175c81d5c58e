"""Setting a judge aside, with a public reason, and lifting that: rows are added, never changed."""

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.judgments.items import queue
from evaluations.judgments.items.places import recount_places
from evaluations.judgments.models import Judge, Protocol, SetAside
from evaluations.judgments.protocols.permissions import may_manage

WHO_MAY = (
    "Judges are set aside, and that is lifted, by moderators and staff and by who manages a "
    "protocol; never by themselves, nor by a moderator under a protocol of their own."
)


def may_set_aside(judge: Judge, protocol: Protocol | None, actor: User) -> bool:
    """Staff and moderators may, and under a protocol those who manage it.

    Nobody decides about themselves, nor as a moderator about a protocol of their own.
    """
    if judge.user_id == actor.pk:
        return False
    if actor.is_staff or (protocol is not None and may_manage(protocol, actor)):
        return True
    return actor.may_moderate and (protocol is None or protocol.owner_id != actor.pk)


@transaction.atomic
def set_aside(*, judge: Judge, protocol: Protocol | None, reason: str, actor: User) -> SetAside:
    """Let what a judge says count nowhere unless that is asked for; None is every protocol.

    Their answers stay in the record and in the snapshots that counted them; the places that they
    filled are free again. Who is set aside there already stays so, with the reason given first.

    Raises:
        PermissionError: when *actor* may not.
    """
    if not may_set_aside(judge, protocol, actor):
        raise PermissionError(WHO_MAY)
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
    if not may_set_aside(row.judge, row.protocol, actor):
        raise PermissionError(WHO_MAY)
    queue.lock(row.judge)
    if row.judge.set_aside.in_force().filter(pk=row.pk).exists():
        row.judge.set_aside.create(protocol=row.protocol, reason=reason, actor=actor, lifts=row)
        recount_places(row.judge)
