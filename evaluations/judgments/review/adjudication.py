"""Deciding what judges disagree on. A decision stands beside the answers, never in their place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Min, QuerySet

from evaluations.accounts.models import User
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.items.within import wrote
from evaluations.judgments.models import (
    Adjudication,
    Item,
    Judge,
    ProtocolVersion,
    Reason,
    Reveal,
    Value,
)
from evaluations.judgments.protocols.permissions import may_adjudicate
from evaluations.runs.models import Output

LONGEST_NOTE = 4000


class AdjudicationRefused(Exception):
    """The decision cannot be stored; the message says why."""


@transaction.atomic
def adjudicate(
    *,
    item: Item,
    criterion_version: CriterionVersion,
    value: str,
    reason: str,
    note: str = "",
    actor: User,
) -> Adjudication:
    """Decide one question about one item, with the reason why its judges parted.

    An earlier decision is superseded and stays on record; one that says the same is returned as
    it is. No answer is changed, and no measure of agreement counts decisions.

    Raises:
        PermissionError: unless *actor* owns the protocol, is staff or a moderator.
        AdjudicationRefused: for an unknown value or reason, a note that is too long, a
            question that the item's protocol does not ask, or a text that *actor* wrote by hand.
    """
    version = item.version
    if not may_adjudicate(version.protocol, actor):
        raise PermissionError("Only the protocol’s owner, staff and moderators decide.")
    if value not in Value.values:
        raise AdjudicationRefused(f"“{value}” is not one of the four answers.")
    if reason not in Reason.values:
        raise AdjudicationRefused(f"“{reason}” is not one of the five reasons.")
    if len(note) > LONGEST_NOTE:
        raise AdjudicationRefused(f"A note has {LONGEST_NOTE:,} characters at most.")
    if item.output is not None and wrote(Judge.objects.filter(user=actor).first(), [item.output]):
        raise AdjudicationRefused("You wrote this yourself, so somebody else decides about it.")
    criterion = criterion_version.criterion
    if not version.blocks.filter(criteria=criterion).exists():
        raise AdjudicationRefused(f"This protocol does not ask “{criterion_version.title}”.")
    # The item's row is the lock that puts two people who decide at once in order.
    Item.objects.select_for_update().get(pk=item.pk)
    before = Adjudication.objects.filter(item=item, criterion=criterion, is_current=True).first()
    if before is not None:
        said = (before.criterion_version_id, before.value, before.reason, before.note)
        if said == (criterion_version.pk, value, reason, note):
            return before
        Adjudication.objects.filter(pk=before.pk).update(is_current=False)
    return Adjudication.objects.create(
        item=item,
        criterion=criterion,
        criterion_version=criterion_version,
        value=value,
        reason=reason,
        note=note,
        decided_by=actor,
        supersedes=before,
    )


def reveal_item(*, judge: Judge, item: Item) -> None:
    """Record that a judge was shown others' answers about an item's output or prompt.

    Later judgments of theirs are not blind. Makes two queries.
    """
    reveal_items(judge=judge, items=[item])


def reveal_items(*, judge: Judge, items: Sequence[Item]) -> None:
    """The same for several items, in two queries; of pairs both outputs."""
    outputs = {item.output_id for item in items if item.output_id is not None}
    outputs |= {pk for item in items for pk in (item.left_id, item.right_id) if pk is not None}
    # A prompt counts as revealed with any of its outputs.
    prompts = [item.prompt_id for item in items if item.prompt_id is not None]
    if prompts:
        firsts = Output.objects.filter(prompt__in=prompts).order_by().values("prompt")
        outputs.update(firsts.annotate(first=Min("pk")).values_list("first", flat=True))
    Reveal.objects.bulk_create(
        [Reveal(judge=judge, output_id=output) for output in sorted(outputs)],
        ignore_conflicts=True,
    )


# Reading -----------------------------------------------------------------------------------------


def adjudications_of(version: ProtocolVersion) -> QuerySet[Adjudication]:
    """Every decision under a version, superseded ones too, the newest first.

    Joins the wording, the item and who decided.
    """
    return Adjudication.objects.filter(item__version=version).select_related(
        "criterion", "criterion_version", "item", "decided_by"
    )


@dataclass(frozen=True)
class Decisions:
    """How many decisions in force there are for each reason, and by criterion."""

    total: int
    reasons: Sequence[tuple[str, int]]
    by_criterion: Sequence[tuple[str, int, Sequence[int]]]
    """Title, decisions, and those for each reason in the order of `Reason`."""


def decisions_of(version: ProtocolVersion) -> Decisions:
    """Makes one query."""
    rows = adjudications_of(version).filter(is_current=True)
    counted: Counter[tuple[str, str]] = Counter(
        rows.order_by("criterion__position").values_list("criterion_version__title", "reason")
    )
    reasons = Counter(dict.fromkeys(Reason.values, 0))
    for (_, reason), count in counted.items():
        reasons[reason] += count
    titles = list(dict.fromkeys(title for title, _ in counted))
    return Decisions(
        total=counted.total(),
        reasons=[(label, reasons[reason]) for reason, label in Reason.choices],
        by_criterion=[
            (
                title,
                sum(counted[title, reason] for reason in Reason.values),
                [counted[title, reason] for reason in Reason.values],
            )
            for title in titles
        ],
    )
