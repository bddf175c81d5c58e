"""Writing pairwise judgments: submit, undo. Nothing is ever overwritten."""

import uuid

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import JudgmentRefused, Stale
from evaluations.judgments.answers.blind import has_seen
from evaluations.judgments.answers.ways import way_of
from evaluations.judgments.items import queue
from evaluations.judgments.items.within import judgeable
from evaluations.judgments.models import Comparison, GuestCheck, Item, Judge, Preference, Way
from evaluations.judgments.protocols.actions import freeze
from evaluations.runs.models import Output

MIRRORED = {
    Preference.LEFT.value: Preference.RIGHT.value,
    Preference.RIGHT.value: Preference.LEFT.value,
}


def of_pair(left: Output, right: Output) -> Q:
    """Comparisons of these two outputs, whichever stood on the left."""
    return Q(left=left, right=right) | Q(left=right, right=left)


def latest_comparison_id(judge: Judge | None, left: Output, right: Output) -> int:
    """The newest comparison of a judge on these two outputs; 0 when there is none."""
    if judge is None:
        return 0
    mine = Comparison.objects.filter(of_pair(left, right), judge=judge)
    return mine.order_by("-id").values_list("id", flat=True).first() or 0


def definitions_of(item: Item) -> list[DefinitionVersion | None]:
    """What an item asks of its pair, one page each; a lone None asks without any definition."""
    places = item.version.protocoldefinition_set.select_related("definition_version__definition")
    return [place.definition_version for place in places] or [None]


def open_definitions(item: Item, judge: Judge | None) -> list[DefinitionVersion | None]:
    """Those of the item's pages that this judge did not save, or undid.

    They begin at another place from judge to judge and item to item, so that each definition
    is asked first as often as every other.
    """
    asked = definitions_of(item)
    turn = ((judge.pk if judge else 0) + item.pk) % len(asked)
    asked = asked[turn:] + asked[:turn]
    if judge is None:
        return asked
    saved = set(
        Comparison.objects.filter(item=item, judge=judge, withdrawn_at=None).values_list(
            "definition_version_id", flat=True
        )
    )
    return [version for version in asked if (version.pk if version else None) not in saved]


@transaction.atomic
def submit_comparison(
    *,
    judge: Judge,
    left: Output,
    right: Output,
    value: str,
    form_token: uuid.UUID,
    definition_version: DefinitionVersion | None = None,
    item: Item | None = None,
    seen: int | None = None,
    comment: str = "",
    confidence: int | None = None,
    seconds: float | None = None,
    guest_check: str = GuestCheck.COUNTED,
    masked: bool = False,
    way: str = Way.UNKNOWN,
) -> Comparison:
    """Store which of two outputs a judge prefers, superseding their earlier word on the two.

    A form sent twice is stored once. The last page of an item ends the judge's lease on it;
    beyond the number of judges that the item needs, the comparison is kept as surplus.

    Args:
        left, right: the sides on which the judge saw them.
        value: left, right, tie (both alike) or neither (neither of them is).
        definition_version: the statement that was shown; None for the plain question.
        seen: the judge's newest comparison of the two when the form was made
            (`latest_comparison_id`).
        confidence: percent.
        seconds: time spent, idle time taken out.
        masked: names were masked in what the judge read.
        way: whether the site served the pair.

    Raises:
        JudgmentRefused: an unknown value, outputs of different prompts, one that is not
            finished, or a pair or question that the item does not ask.
        Stale: the judge saved another comparison of the two after *seen*, or this form was
            stored with another answer or undone.
    """
    if value not in Preference.values:
        raise JudgmentRefused(f"“{value}” is not one of the four answers.")
    if left.pk == right.pk or left.prompt_id != right.prompt_id:
        raise JudgmentRefused("A pair is two outputs to the same prompt.")
    if judgeable(judge).filter(pk__in=[left.pk, right.pk]).count() != 2:
        raise JudgmentRefused("This pair cannot be judged: an output is unfinished or withdrawn.")
    if item is not None:
        if {item.left_id, item.right_id} != {left.pk, right.pk}:
            raise JudgmentRefused("This pair is not the one that the protocol asks about.")
        if definition_version not in definitions_of(item):
            raise JudgmentRefused("The protocol does not ask this question.")

    # The judge's row is the lock that puts one person's tabs and double clicks in order.
    Judge.objects.select_for_update().get(pk=judge.pk)
    sent = Comparison.objects.filter(judge=judge, form_token=form_token).first()
    if sent is not None:
        if not says_the_same(sent, left, right, value, definition_version, comment):
            raise Stale
        return sent
    if seen is not None and latest_comparison_id(judge, left, right) > seen:
        raise Stale

    blind = not has_seen(judge, output__in=[left, right])
    way = way_of(Comparison.objects.filter(of_pair(left, right), judge=judge), way)
    finishes, is_surplus = settle(item, judge, definition_version, guest_check, way)
    before = Comparison.objects.filter(
        of_pair(left, right), judge=judge, definition_version=definition_version, is_current=True
    ).first()
    # A blind answer that is only repeated after others' were seen stays in force.
    repeats = (
        before is not None
        and before.blind
        and not blind
        and before.value == (value if before.left_id == left.pk else MIRRORED.get(value, value))
    )
    if before is not None and not repeats:
        Comparison.objects.filter(pk=before.pk).update(is_current=False)
    return Comparison.objects.create(
        judge=judge,
        item=item,
        left=left,
        right=right,
        definition_version=definition_version,
        value=value,
        form_token=form_token,
        blind=blind,
        guest_check=guest_check,
        masked=masked,
        way=way,
        finishes_item=finishes,
        is_surplus=is_surplus,
        comment=comment,
        confidence=confidence,
        seconds=seconds,
        supersedes=None if repeats else before,
        is_current=not repeats,
    )


def settle(
    item: Item | None, judge: Judge, saving: DefinitionVersion | None, check: str, way: str
) -> tuple[bool, bool]:
    """End the judge's turn on an item; returns whether this page finishes it, and is surplus.

    The first comparison under a protocol version freezes the version.
    """
    if item is None:
        return False, False
    freeze(item.version)
    if not Item.objects.filter(pk=item.pk).exists():
        # The protocol was edited meanwhile and does not ask about this pair any more.
        raise Stale
    standing = Comparison.objects.filter(item=item, judge=judge, withdrawn_at=None)
    if [version for version in open_definitions(item, judge) if version != saving]:
        return False, False
    if standing.filter(finishes_item=True).exists():
        return False, False
    return True, queue.settle(item=item, judge=judge, check=check, way=way)


def says_the_same(
    sent: Comparison,
    left: Output,
    right: Output,
    value: str,
    definition_version: DefinitionVersion | None,
    comment: str,
) -> bool:
    """Whether a form that came back says what is stored for it, and it was not undone."""
    return sent.withdrawn_at is None and (
        sent.left_id,
        sent.right_id,
        sent.value,
        sent.definition_version_id,
        sent.comment,
    ) == (
        left.pk,
        right.pk,
        value,
        definition_version.pk if definition_version else None,
        comment,
    )


@transaction.atomic
def undo_comparison(*, judge: Judge, form_token: uuid.UUID) -> Comparison | None:
    """Withdraw what one form stored; the comparison that it replaced is in force again.

    Returns the withdrawn comparison with its item; None when there is nothing to undo.

    Raises:
        Stale: a later comparison of the two rests on this one.
    """
    Judge.objects.select_for_update().get(pk=judge.pk)
    comparison = (
        Comparison.objects.filter(judge=judge, form_token=form_token, withdrawn_at=None)
        .select_related("item__version__protocol")
        .first()
    )
    if comparison is None:
        return None
    if Comparison.objects.filter(supersedes=comparison, withdrawn_at=None).exists():
        raise Stale
    Comparison.objects.filter(pk=comparison.pk).update(
        is_current=False, withdrawn_at=timezone.now()
    )
    if comparison.supersedes_id is not None:
        Comparison.objects.filter(pk=comparison.supersedes_id, withdrawn_at=None).update(
            is_current=True
        )
    if comparison.item is not None and comparison.finishes_item:
        queue.reopen(item=comparison.item, judge=judge, was_surplus=comparison.is_surplus)
    return comparison
