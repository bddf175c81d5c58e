"""Beginning a round, joining it, and ending it.

Its code, people, outputs and questions are those of a protocol by invitation that nobody lists,
so that the ordinary loop judges it: see decision 31.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience
from evaluations.curation.actions import CollectionRefused
from evaluations.curation.models import Collection, Round
from evaluations.judgments.items.queue import fill_items
from evaluations.judgments.models import (
    Access,
    Block,
    Judge,
    Member,
    Protocol,
    ProtocolVersion,
)
from evaluations.judgments.models.protocols import ROUND
from evaluations.judgments.protocols.plans import Plan, write_version

MOST_PEOPLE: Final = 60
MOST_OUTPUTS: Final = 30
LASTS: Final = dt.timedelta(days=14)
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""Of codes: no vowels, so that none is a word, and nothing that looks like something else."""
CODE_LENGTH: Final = 6


class RoundRefused(CollectionRefused):
    """It cannot be done; the message says why and what to do."""


def new_code() -> str:
    """A code that no round has. Makes a query, and another for each that is taken."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        if not Protocol.objects.filter(slug=f"{ROUND}{code.lower()}").exists():
            return code


@transaction.atomic
def begin_round(
    *, collection: Collection, actor: User, outputs: Sequence[int], block: Block
) -> Round:
    """Let a group judge these outputs of a collection for 14 days, in their order.

    They are fixed now, whatever becomes of the collection. *actor* takes part.

    Raises:
        RoundRefused: for a collection that is retired, for no outputs or too many, or where none
            of them is public.
    """
    if collection.retired_at is not None:
        raise RoundRefused("This collection is retired: its owner restores it first.")
    if not 1 <= len(outputs) <= MOST_OUTPUTS:
        raise RoundRefused(f"A round is about 1 to {MOST_OUTPUTS} outputs, not {len(outputs)}.")
    now = timezone.now()
    protocol = Protocol.objects.create(
        slug=f"{ROUND}{new_code().lower()}",
        title=collection.title,
        owner=actor,
        access=Access.INVITED,
        visibility=Audience.UNLISTED,
        opened_at=now,
        ends_at=now + LASTS,
    )
    version = ProtocolVersion(protocol=protocol, created_by=actor)
    plan = Plan(
        selection={"outputs": list(outputs)},
        blocks=[block],
        judges_per_item=MOST_PEOPLE,
        gold_share=0,
        repeat_share=0,
        shows_reference=False,
    )
    write_version(version, plan)
    if not fill_items(version):
        raise RoundRefused(
            "None of its outputs can be judged by everybody: they are not public, were withdrawn, "
            "or repeat others."
        )
    return Round.objects.create(collection=collection, protocol=protocol)


@transaction.atomic
def join_round(*, round_: Round, judge: Judge) -> Member:
    """Let somebody take part; twice is once.

    Raises:
        RoundRefused: when it has ended, or has as many people as it takes.
    """
    protocol = Protocol.objects.select_for_update().get(pk=round_.protocol_id)
    known = Member.objects.filter(protocol=protocol, judge=judge).first()
    if known is not None:
        return known
    if not protocol.is_open:
        raise RoundRefused("This round has ended: nobody joins it any more.")
    if Member.objects.filter(protocol=protocol).count() >= MOST_PEOPLE:
        raise RoundRefused(
            f"This round has {MOST_PEOPLE} people, as many as one takes. Its owner can begin "
            "another with the same collection."
        )
    return Member.objects.create(protocol=protocol, judge=judge)


@transaction.atomic
def open_round(*, round_: Round, actor: User) -> Round:
    """End a round before its time, so that those who took part see what came of it.

    Raises:
        PermissionError: for anybody but its owner.
        RoundRefused: when it has ended already.
    """
    protocol = Protocol.objects.select_for_update().get(pk=round_.protocol_id)
    if protocol.owner_id != actor.pk:
        raise PermissionError("Only its owner ends a round.")
    if not protocol.is_open:
        raise RoundRefused("This round has ended already.")
    now = timezone.now()
    protocol.closed_at = now
    protocol.save(update_fields=["closed_at"])
    Round.objects.filter(pk=round_.pk).update(opened_at=now)
    round_.opened_at, round_.protocol = now, protocol
    return round_
