"""Gold items: subjects whose answers are known, as a qualification set and between the others."""

import hashlib

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from evaluations.judgments.items.within import shows, written_by
from evaluations.judgments.models import (
    Comparison,
    Item,
    Judge,
    Judgment,
    ProtocolVersion,
    SkippedItem,
)
from evaluations.judgments.querysets import EXPECTED, QUALIFYING

QUALIFICATION = f"""
SELECT coalesce((SELECT right_ones FROM ({QUALIFYING}) q
    WHERE version_id = %(version)s AND judge_id = %(judge)s), 0),
    (SELECT count(*) FROM ({EXPECTED}) e WHERE version_id = %(version)s)
"""


class NotQualified(Exception):
    """The judge got too little of the qualification set right; the message says how much."""

    def __init__(self, right: int, asked: int, share: int) -> None:
        super().__init__(
            f"You answered {right} of {asked} questions of the qualification set as expected; "
            f"this protocol asks for {share}%."
        )
        self.right, self.asked = right, asked


def readable(version: ProtocolVersion, judge: Judge | None) -> Q:
    """Condition that nothing an item shows was withdrawn, or is kept from the judge."""
    user = judge.user if judge is not None else None
    condition = Q()
    for side in ("output", "left", "right"):
        condition &= Q(**{f"{side}__withdrawn_at": None, f"{side}__run__withdrawn_at": None})
        condition &= Q(**{side: None}) | shows(version.protocol, user, f"{side}__run__")
        if judge is not None:
            condition &= ~Q(**{f"{side}__in": written_by(judge)})
    return condition & (Q(prompt=None) | shows(version.protocol, user, "prompt__prompt_set__"))


def unseen(version: ProtocolVersion, judge: Judge) -> QuerySet[Item]:
    """Gold items of a version that this judge has not finished, in their random order.

    The qualification set comes first, and in it what the judge skipped at the end: the whole set
    is to be done. A skipped gold item that is not in the set does not come again.
    """
    finished = Q()
    for kind in (Judgment, Comparison):
        finished |= Q(
            Exists(
                kind._default_manager.filter(
                    item=OuterRef("pk"), judge=judge, finishes_item=True, withdrawn_at=None
                )
            )
        )
    return (
        Item.objects.filter(readable(version, judge), version=version, is_gold=True)
        .exclude(finished)
        .exclude(skipped__judge=judge, skipped__carried=True)
        .annotate(
            skipped_before=Exists(SkippedItem.objects.filter(item=OuterRef("pk"), judge=judge))
        )
        .filter(Q(is_qualification=True) | Q(skipped_before=False))
        .order_by("-is_qualification", "skipped_before", "random", "id")
    )


def next_gold(version: ProtocolVersion, judge: Judge, leaving: int = 0) -> Item | None:
    """The gold item whose turn it is for this judge, if any.

    The qualification set comes before everything else. After it a gold item comes with the
    version's share; the draw is fixed by the judge and their newest judgment, so that a reload
    cannot change it.

    Args:
        leaving: id of an item that is not to be served again unless nothing else is left of the
            qualification set.

    Raises:
        NotQualified: the whole qualification set is done, below the version's share.
    """
    if not Item.objects.filter(version=version, is_gold=True).exists():
        return None
    left = list(unseen(version, judge)[:2])
    others = [item for item in left if item.pk != leaving]
    chosen = next(iter(others or left), None)
    if chosen is not None and chosen.is_qualification:
        return chosen
    if version.qualification_share:
        right, asked = qualification(version, judge)
        if asked and right * 100 < version.qualification_share * asked:
            raise NotQualified(right, asked, version.qualification_share)
    if chosen is None or chosen.pk == leaving:
        return None
    return chosen if draw(version, judge) < version.gold_share else None


def unqualified(item: Item, judge: Judge | None) -> str:
    """Why this judge may not answer about *item* yet, or at all; empty when they may.

    Without a share to get right there is nothing to fail, and the set itself is open to all.
    """
    version = item.version
    if not version.qualification_share or item.is_qualification:
        return ""
    to_do = of_qualification(version)
    if judge is not None:
        to_do = unseen(version, judge).filter(is_qualification=True)
    if to_do.exists():
        return (
            f"“{version.protocol.title}” begins with a qualification set: it comes first when "
            "you judge what the protocol serves. Nothing else is open before it is done."
        )
    if judge is None:
        return ""
    right, asked = qualification(version, judge)
    if asked and right * 100 < version.qualification_share * asked:
        return str(NotQualified(right, asked, version.qualification_share))
    return ""


def of_qualification(version: ProtocolVersion) -> QuerySet[Item]:
    """The qualification set in its random order, as it is shown to who is no judge yet."""
    return (
        Item.objects.for_judging()
        .filter(readable(version, None), version=version, is_gold=True, is_qualification=True)
        .order_by("random", "id")
    )


def draw(version: ProtocolVersion, judge: Judge, what: str = "") -> int:
    """A number from 0 to 99 for *what* is drawn that stays until the judge saves something.

    It rests on the newest judgment and comparison, not on their number: counting the judgments
    of somebody who has given very many takes longer than all else that serves an item.
    """
    newest = [
        rows.order_by("-id").values_list("id", flat=True).first() or 0
        for rows in (judge.judgments, judge.comparisons)
    ]
    digest = hashlib.sha256(f"{version.pk}:{judge.pk}:{newest}{what}".encode()).digest()
    return int.from_bytes(digest[:4]) % 100


def qualification(version: ProtocolVersion, judge: Judge) -> tuple[int, int]:
    """(answered as expected, asked) over the questions of the qualification set."""
    with connection.cursor() as cursor:
        cursor.execute(QUALIFICATION, {"version": version.pk, "judge": judge.pk})
        right, asked = cursor.fetchone()
    return right, asked
