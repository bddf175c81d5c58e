"""Writing protocols: their versions, opening and closing, members, blocks.

A version can be edited until its first judgment freezes it. A change after that is a new version
with items of its own; what was answered stays with the version that asked it, and is not asked
again of whoever answered it.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.text import slugify

from evaluations.accounts.models import User
from evaluations.common.texts.unseen import hidden_in
from evaluations.definitions.models import AnsweredBy, Criterion
from evaluations.judgments.items import carried
from evaluations.judgments.items.pages import pages_of
from evaluations.judgments.items.queue import fill_items
from evaluations.judgments.models import (
    Block,
    BlockCriterion,
    GoldAnswer,
    Item,
    Judge,
    Member,
    Protocol,
    ProtocolVersion,
)
from evaluations.judgments.protocols.permissions import closed_to, may_manage
from evaluations.judgments.protocols.plans import (
    Plan,
    items_differ,
    plan_of,
    same_plan,
    write_version,
)
from evaluations.judgments.protocols.reading import asked_wordings

RESERVED = frozenset({"new", "join", "blocks", "count"})
MOST_CRITERIA = 12


class ProtocolRefused(Exception):
    """The protocol cannot be written like this; the message says why."""


def check_manager(protocol: Protocol, actor: User) -> None:
    if not may_manage(protocol, actor):
        raise PermissionError("Only its owner and staff may change a protocol.")


def check_plan(plan: Plan) -> None:
    if why := plan.refusal():
        raise ProtocolRefused(why)


def check_title(title: str) -> None:
    if why := hidden_in(title):
        raise ProtocolRefused(f"The title {why}.")


def free_slug(title: str, taken: Any, fallback: str) -> str:
    """A slug made of *title* that no row of the manager *taken* has and that is not reserved."""
    stem = slugify(title)[:50].strip("-") or fallback
    used = set(taken.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED
    if stem not in used:
        return stem
    return next(slug for n in range(2, len(used) + 3) if (slug := f"{stem}-{n}") not in used)


@transaction.atomic
def create_protocol(
    *,
    actor: User,
    title: str,
    plan: Plan,
    slug: str = "",
    description: str = "",
    access: str = "anyone",
) -> Protocol:
    """Make a protocol with its first version. It is a draft until it is opened.

    Raises:
        PermissionError: when *actor* may not run protocols.
        ProtocolRefused: for a slug that is reserved or taken, a plan that asks nothing, or a title
            with characters that nobody sees.
    """
    if not actor.may_run_protocols:
        raise PermissionError("Only staff and researchers may make protocols.")
    check_title(title)
    check_plan(plan)
    if slug in RESERVED:
        raise ProtocolRefused(f"“{slug}” is a word that addresses here need: choose another.")
    if slug and Protocol.objects.filter(slug=slug).exists():
        raise ProtocolRefused(f"There is a protocol “{slug}” already: choose another address.")
    protocol = Protocol.objects.create(
        slug=slug or free_slug(title, Protocol.objects, "protocol"),
        title=title,
        description=description,
        access=access,
        owner=actor,
    )
    write_version(ProtocolVersion(protocol=protocol, created_by=actor), plan)
    return protocol


@transaction.atomic
def describe_protocol(
    *, protocol: Protocol, actor: User, title: str, description: str, access: str
) -> Protocol:
    """Change what is said about a protocol and who may judge; what it asks is its versions'.

    Raises:
        PermissionError: when *actor* may not manage the protocol.
        ProtocolRefused: for another title, with characters that nobody sees.
    """
    check_manager(protocol, actor)
    if title != protocol.title:
        check_title(title)
    protocol.title, protocol.description, protocol.access = title, description, access
    protocol.save(update_fields=["title", "description", "access"])
    return protocol


@transaction.atomic
def change_version(*, protocol: Protocol, actor: User, plan: Plan) -> ProtocolVersion:
    """Change what a protocol asks: in place before its first judgment, else as a new version.

    The new version gets items of its own and a copy of the gold items that still make sense. An
    unchanged plan changes nothing.

    Raises:
        PermissionError: when *actor* may not manage the protocol.
        ProtocolRefused: when the plan asks nothing, or leaves an open protocol without items.
    """
    check_manager(protocol, actor)
    check_plan(plan)
    Protocol.objects.select_for_update().get(pk=protocol.pk)
    version = protocol.versions.select_for_update().get(is_current=True)
    before = plan_of(version)
    if same_plan(before, plan):
        return version
    if version.frozen_at is None:
        write_version(version, plan)
        if before.subject != plan.subject:
            version.items.all().delete()
        elif items_differ(before, plan):
            version.items.filter(is_gold=False).delete()
    else:
        old = version
        protocol.versions.filter(is_current=True).update(is_current=False)
        version = ProtocolVersion(protocol=protocol, number=old.number + 1, created_by=actor)
        write_version(version, plan)
        if old.subject == plan.subject:
            copy_gold(old, version)
    if protocol.is_open:
        fill_or_refuse(version)
    return version


def copy_gold(old: ProtocolVersion, new: ProtocolVersion) -> None:
    """Give a new version the gold items of the old one, with the answers it still asks for."""
    asked = {wording.criterion_id for wording in asked_wordings(new)}
    for item in old.items.filter(is_gold=True).prefetch_related("gold_answers"):
        answers = [a for a in item.gold_answers.all() if a.criterion_id in asked]
        if not answers:
            continue
        copy = Item.objects.create(
            version=new,
            output_id=item.output_id,
            prompt_id=item.prompt_id,
            needed=new.judges_per_item,
            random=item.random,
            is_gold=True,
            is_qualification=item.is_qualification,
        )
        GoldAnswer.objects.bulk_create(
            GoldAnswer(
                item=copy,
                criterion_id=answer.criterion_id,
                criterion_version_id=answer.criterion_version_id,
                value=answer.value,
                feedback=answer.feedback,
            )
            for answer in answers
        )


def freeze(version: ProtocolVersion) -> None:
    """Freeze a version at its first judgment. Freezing again changes nothing.

    Called in the transaction that stores the judgment, by whoever stores it.
    """
    if version.frozen_at is None:
        now = timezone.now()
        ProtocolVersion.objects.filter(pk=version.pk, frozen_at=None).update(frozen_at=now)
        version.frozen_at = now


# Open and closed ---------------------------------------------------------------------------------


def fill_or_refuse(version: ProtocolVersion) -> int:
    """Make the version's missing items; returns how many it has now."""
    fill_items(version)
    asked = set[carried.Asked]().union(*map(carried.asked_on, pages_of(version, None)))
    carried.carry_turns(version, asked)
    items = version.items.filter(is_gold=False).count()
    if not items:
        raise ProtocolRefused(
            "Nothing matches what this protocol selects, so that judges would find it empty: "
            "widen its filters, or wait until a run has written something."
        )
    return items


@transaction.atomic
def open_protocol(*, protocol: Protocol, actor: User) -> int:
    """Open a protocol, or open it again; returns how many items wait for judges.

    Raises:
        PermissionError: when *actor* may not manage the protocol.
        ProtocolRefused: when nothing matches its selection.
    """
    check_manager(protocol, actor)
    Protocol.objects.select_for_update().get(pk=protocol.pk)
    items = fill_or_refuse(protocol.versions.get(is_current=True))
    protocol.opened_at = protocol.opened_at or timezone.now()
    protocol.closed_at = None
    protocol.save(update_fields=["opened_at", "closed_at"])
    return items


@transaction.atomic
def close_protocol(*, protocol: Protocol, actor: User) -> None:
    """Take a protocol out of judging; its items, answers and pages stay.

    Raises:
        PermissionError: when *actor* may not manage the protocol.
        ProtocolRefused: for a draft, and for the default protocol, which never runs dry.
    """
    check_manager(protocol, actor)
    if protocol.is_default:
        raise ProtocolRefused("The default protocol stays open: “Judge one output” serves it.")
    if protocol.opened_at is None:
        raise ProtocolRefused("A draft is not open.")
    protocol.closed_at = protocol.closed_at or timezone.now()
    protocol.save(update_fields=["closed_at"])


def close_ended() -> int:
    """Close the rounds whose time is over, as of that time; returns how many.

    What was said in them is for everybody from then on.
    """
    ended = Protocol.objects.filter(ends_at__lte=Now(), closed_at=None)
    return ended.update(closed_at=F("ends_at"))


@transaction.atomic
def join_protocol(*, invitation: uuid.UUID, judge: Judge) -> Member:
    """Make a judge a member of the protocol that an invitation link names; twice is once.

    Raises:
        ProtocolRefused: when the link names no protocol, one that is closed, or a private one
            that shows what the judge may not read.
    """
    protocol = Protocol.objects.filter(invitation=invitation).first()
    if protocol is None:
        raise ProtocolRefused("This invitation link is not valid.")
    if protocol.closed_at is not None:
        raise ProtocolRefused(f"“{protocol.title}” is closed.")
    if why := closed_to(protocol, judge.user):
        raise ProtocolRefused(why)
    member, _ = Member.objects.get_or_create(protocol=protocol, judge=judge)
    return member


# Blocks ------------------------------------------------------------------------------------------


@transaction.atomic
def create_block(
    *, actor: User, title: str, criteria: Sequence[Criterion], description: str = ""
) -> Block:
    """Make a block of criteria, asked in the given order.

    Raises:
        PermissionError: when *actor* may not run protocols.
        ProtocolRefused: for no criteria, too many, or one that judges do not answer; for a title
            with characters that nobody sees.
    """
    if not actor.may_run_protocols:
        raise PermissionError("Only staff and researchers may make blocks.")
    check_title(title)
    chosen = list(dict.fromkeys(criteria))
    if not 1 <= len(chosen) <= MOST_CRITERIA:
        raise ProtocolRefused(f"A block asks 1 to {MOST_CRITERIA} criteria, not {len(chosen)}.")
    for criterion in chosen:
        if criterion.answered_by != AnsweredBy.JUDGE:
            raise ProtocolRefused(f"Judges do not answer “{criterion.key}”.")
        if criterion.successors:
            raise ProtocolRefused(f"“{criterion.key}” is retired: no new block asks it.")
    block = Block.objects.create(
        slug=free_slug(title, Block.objects, "block"), title=title, description=description
    )
    BlockCriterion.objects.bulk_create(
        BlockCriterion(block=block, criterion=criterion, position=position)
        for position, criterion in enumerate(chosen, start=1)
    )
    return block
