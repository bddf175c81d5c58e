"""Beginning a round, joining it, and ending it.

Its code, people, outputs and questions are those of a protocol by invitation that nobody lists,
so that the ordinary loop judges it: see decision 31.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience
from evaluations.common.decisions import decided
from evaluations.common.folding import folded_among
from evaluations.common.texts.unseen import without_hidden
from evaluations.curation.actions import CollectionRefused, in_a_line
from evaluations.curation.models import Collection, Round
from evaluations.judgments.items.queue import fill_items
from evaluations.judgments.judges.guest_checks import takes_guests
from evaluations.judgments.models import (
    Access,
    Block,
    Judge,
    JudgeKind,
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
UNTITLED: Final = "Untitled round"
"""Of a collection whose title shows nothing."""


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
    *,
    actor: User,
    outputs: Sequence[int],
    block: Block,
    form_token: uuid.UUID | None = None,
    collection: Collection | None = None,
    title: str = "",
) -> Round:
    """Let a group judge these outputs of a collection for 14 days, in their order.

    They are fixed now, whatever becomes of the collection. *actor* takes part.

    Args:
        form_token: of the form, so that a second sending of the same is the round that was begun;
            None for a round without a form.
        collection: None for one that the site finds by a rule, whose *title* the round then has.

    Raises:
        RoundRefused: for a collection that is retired or that readers folded, for no outputs or too
            many, or where none of them is public.
    """
    if collection is not None and collection.retired_at is not None:
        raise RoundRefused("This collection is retired: its owner restores it first.")
    if collection is not None and folded_among(Collection, [collection.pk], None):
        raise RoundRefused("Readers folded this collection: a moderator decides about it first.")
    if not 1 <= len(outputs) <= MOST_OUTPUTS:
        raise RoundRefused(f"A round is about 1 to {MOST_OUTPUTS} outputs, not {len(outputs)}.")
    # The person's row is the lock that puts one person's windows in order.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    now = timezone.now()
    form_token = form_token or uuid.uuid4()
    # Nobody types this title, so that one from before such characters were refused is mended.
    named = without_hidden(collection.title if collection is not None else title) or UNTITLED
    known = Round.objects.filter(
        collection=collection,
        form_token=form_token,
        protocol__owner=actor,
        protocol__title=named,
        protocol__versions__selection={"outputs": list(outputs)},
        protocol__versions__blocks=block,
    )
    if (begun := known.select_related("protocol").first()) is not None:
        return begun
    protocol = Protocol.objects.create(
        slug=f"{ROUND}{new_code().lower()}",
        title=named,
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
    return Round.objects.create(collection=collection, protocol=protocol, form_token=form_token)


@transaction.atomic
def join_round(*, round_: Round, judge: Judge) -> Member:
    """Let somebody take part; twice is once.

    Raises:
        RoundRefused: when it has ended, or has as many people as it takes; for a guest where the
            site takes no judgments of guests.
    """
    if judge.kind == JudgeKind.GUEST and not takes_guests():
        raise RoundRefused(
            "This site takes judgments from people with an account only. Sign in or sign up, "
            "then take part."
        )
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
def open_round(*, round_: Round, actor: User, sentence: str = "") -> Round:
    """End a round before its time, so that those who took part see what came of it.

    Args:
        sentence: why, for its owner and the public log, where a moderator ends it.

    Raises:
        PermissionError: unless *actor* owns it or moderates.
        RoundRefused: when it has ended already; for a moderator without a sentence.
    """
    protocol = Protocol.objects.select_for_update().get(pk=round_.protocol_id)
    own, sentence = protocol.owner_id == actor.pk, in_a_line(sentence)
    if not own and not actor.may_moderate:
        raise PermissionError("Only its owner, moderators and staff end a round.")
    if not protocol.is_open:
        raise RoundRefused("This round has ended already.")
    if not own and not sentence:
        raise RoundRefused("Say why in a public sentence: its owner reads it, too.")
    now = timezone.now()
    protocol.closed_at = now
    protocol.save(update_fields=["closed_at"])
    Round.objects.filter(pk=round_.pk).update(opened_at=now)
    round_.opened_at, round_.protocol = now, protocol
    if not own:
        decided.send(
            Round, about=round_, actor=actor, verb="end", kind="round", label=protocol.title,
            url=round_.get_absolute_url(), reason="", sentence=sentence,
            concerns=[protocol.owner_id],
        )  # fmt: skip
    return round_
