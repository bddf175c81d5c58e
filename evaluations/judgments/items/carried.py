"""What judges answered elsewhere, and are not asked again.

Answers stay with the version that asked them. A later version asks each judge about an output
only what they did not answer there in the same meaning; the default protocol also leaves out
what they answered under any other, or under none. Versions about pairs or about prompts alone
ask everything.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from evaluations.judgments.items.gold import readable
from evaluations.judgments.items.questions import Questions
from evaluations.judgments.models import (
    Answer,
    GuestCheck,
    Item,
    Judge,
    JudgeKind,
    Judgment,
    ProtocolVersion,
    SkippedItem,
    Subject,
    Way,
)
from evaluations.judgments.querysets import SetApart

Asked = tuple[str, int, int]
"""One question: what kind it is, and the keys that tell it from others of that kind."""
NOTHING: frozenset[Asked] = frozenset()


def asked_on(page: Questions) -> set[Asked]:
    """All that a page asks."""
    asked = {("criterion", w.criterion_id, w.meaning) for w in page.wordings}
    if page.definition is not None:
        asked.add(("definition", page.definition.pk, 0))
    if page.is_holistic:
        asked.add(("holistic", 0, 0))
    if page.steps:
        asked.add((page.steps, 0, 0))
    return asked


def before(version: ProtocolVersion) -> dict[str, Any]:
    """The condition on judgments that they were given under an earlier version."""
    return {
        "item__version__protocol": version.protocol_id,
        "item__version__number__lt": version.number,
    }


def earlier(version: ProtocolVersion, *, apart: bool = False) -> QuerySet[Judgment]:
    """Judgments about outputs that stand, given under earlier versions of the protocol.

    Args:
        apart: those too that are set apart, which count nowhere.
    """
    found = about_outputs().filter(**before(version))
    return found if apart else found.filter(~Q(SetApart()))


def has_earlier(version: ProtocolVersion) -> bool:
    """Whether earlier versions can have asked what this one asks."""
    return version.number > 1 and version.subject == Subject.OUTPUT


def elsewhere(version: ProtocolVersion, *, apart: bool = False) -> QuerySet[Judgment]:
    """Judgments about outputs that stand, given under anything but this version; as `earlier`."""
    found = about_outputs().exclude(item__version=version)
    return found if apart else found.filter(~Q(SetApart()))


def about_outputs() -> QuerySet[Judgment]:
    """Judgments about outputs that stand, without repeats."""
    return Judgment.objects.standing().filter(is_repeat=False, output__isnull=False)


def answered(
    version: ProtocolVersion, *, apart: bool = False, **of: Any
) -> dict[tuple[int, int], set[Asked]]:
    """What was answered under earlier versions, by judge and output. Two queries, or none.

    Args:
        apart: as for `earlier`.
        of: conditions on the judgments; where they name a judge, the default protocol also gives
            what that judge answered elsewhere.
    """
    found: dict[tuple[int, int], set[Asked]] = defaultdict(set)
    anywhere = "judge" in of and version.protocol.is_default and version.subject == Subject.OUTPUT
    if not anywhere and not has_earlier(version):
        return found
    judgments = (elsewhere if anywhere else earlier)(version, apart=apart).filter(**of)
    for who, what, criterion, meaning, definition in Answer.objects.filter(
        judgment__in=judgments
    ).values_list("judge", "output", "criterion", "meaning", "definition_version"):
        if criterion is not None:
            found[who, what].add(("criterion", criterion, meaning))
        else:
            found[who, what].add(
                ("definition", definition, 0) if definition else ("holistic", 0, 0)
            )
    steps = judgments.filter(page="steps").values_list("judge", "output", "item__version__steps")
    for who, what, mode in steps:
        found[who, what].add((mode, 0, 0))
    return found


def left_of(
    pages: Sequence[Questions],
    known: Collection[Asked],
    *,
    named: str = "",
    again: Collection[str] = (),
) -> list[Questions]:
    """The pages without what is *known*; those of which nothing is left drop out.

    Args:
        named: the page that is open, which stays whole rather than drop out.
        again: keys of criteria that are asked all the same, by a form that was made before.
    """
    left = []
    for page in pages:
        wordings = tuple(
            wording
            for wording in page.wordings
            if ("criterion", wording.criterion_id, wording.meaning) not in known
            or wording.criterion.key in again
        )
        rest = replace(page, wordings=wordings)
        if asked_on(rest) - set(known):
            left.append(rest)
        elif wordings or page.page == named:
            left.append(rest if wordings else page)
    return left


def begun(version: ProtocolVersion, judge: Judge, leaving: int) -> QuerySet[Item]:
    """Open items of which this judge answered a part under an earlier version: they come first.

    Args:
        leaving: id of an item that is not to be served again.
    """
    # With what is set apart: it is only what comes first, and looked up with each item.
    mine = earlier(version, apart=True).filter(judge=judge)
    finished = Judgment.objects.standing().filter(
        judge=judge, item=OuterRef("pk"), finishes_item=True
    )
    skipped = SkippedItem.objects.filter(judge=judge, item=OuterRef("pk"))
    return (
        Item.objects.filter(readable(version, judge), version=version, is_gold=False)
        .filter(needed__gt=F("done") + F("leased"), output__in=mine.values("output"))
        .exclude(Exists(finished) | Exists(skipped))
        .exclude(pk=leaving)
        .exclude(output__skips__judge=judge)
        .exclude(leases__judge=judge)
        .order_by("random")
    )


def waiting(version: ProtocolVersion) -> int:
    """Turns of earlier versions of which only a part is left to ask. One query, or none."""
    if not has_earlier(version):
        return 0
    here = {"judge": OuterRef("judge")}
    again = Judgment.objects.standing().filter(
        item__version=version, finishes_item=True, output=OuterRef("output"), **here
    )
    turns = SkippedItem.objects.filter(
        item__version=version, carried=True, item__output=OuterRef("output"), **here
    )
    ordinary = version.items.filter(is_gold=False)
    turns_before = earlier(version).filter(
        finishes_item=True, item__is_gold=False, output__in=ordinary.values("output")
    )
    left = turns_before.exclude(Exists(again) | Exists(turns))
    return left.order_by().values("judge", "output").distinct().count()


@transaction.atomic
def carry_turns(version: ProtocolVersion, asked: Collection[Asked]) -> None:
    """Count the turns of earlier versions of which nothing is left to ask.

    Those beyond what an item needs are not counted; none of these judges is served it again.

    Args:
        asked: all that the version asks.
    """
    if not has_earlier(version):
        return
    items = {
        item.output_id: item
        for item in version.items.select_for_update(of=("self",))
        .select_related("output")
        .only("version", "done", "leased", "needed", "is_gold", "output__prompt")
    }
    by_pk = {item.pk: item for item in items.values()}
    done = {pk: item.done for pk, item in by_pk.items()}
    # Counted before, when the version perhaps asked less.
    again = SkippedItem.objects.filter(item__version=version, carried=True)
    for pk in again.filter(counted=True).values_list("item", flat=True):
        by_pk[pk].done -= 1
    again.delete()
    over = set(SkippedItem.objects.filter(item__version=version).values_list("item", "judge"))
    over |= set(
        Judgment.objects.standing()
        .filter(item__version=version, finishes_item=True)
        .values_list("item", "judge")
    )
    about_prompt: dict[tuple[int, int], set[Asked]] = defaultdict(set)
    of_prompts = Answer.objects.current().filter(
        prompt__in=version.items.values("output__prompt"),
        judge__in=earlier(version, apart=True).values("judge"),
    )
    for judge, prompt, criterion, meaning in of_prompts.values_list(
        "judge", "prompt", "criterion", "meaning"
    ):
        about_prompt[judge, prompt].add(("criterion", criterion, meaning))
    rows = []
    fills = ExpressionWrapper(
        ~Q(way=Way.CHOSEN) & (~Q(judge__kind=JudgeKind.GUEST) | Q(guest_check=GuestCheck.COUNTED)),
        BooleanField(),
    )
    # What was given for a gold item, or before passing, counts nowhere: it finishes no other item.
    for is_gold in (False, True):
        here = {"output__in": version.items.filter(is_gold=is_gold).values("output")}
        known = answered(version, apart=is_gold, **here)
        turns = earlier(version, apart=is_gold).filter(finishes_item=True, **here)
        turns = turns.order_by("is_surplus", "id")
        for judge, output, may_fill in turns.values_list("judge", "output", fills):
            item = items[output]
            if item.output is None or (item.pk, judge) in over:
                continue
            over.add((item.pk, judge))
            said = known[judge, output] | about_prompt[judge, item.output.prompt_id]
            if said.issuperset(asked):
                counted = may_fill and not is_gold and item.done + item.leased < item.needed
                item.done += counted
                rows.append(SkippedItem(item=item, judge_id=judge, counted=counted, carried=True))
    SkippedItem.objects.bulk_create(rows)
    changed = [item for pk, item in by_pk.items() if item.done != done[pk]]
    Item.objects.bulk_update(changed, ["done"], batch_size=1000)


def give_turns_back(judge: Judge, **of: Any) -> None:
    """Take back turns that were carried over, since what they rest on does not stand any more.

    Args:
        of: which items, all of them when left out.
    """
    rows = SkippedItem.objects.filter(judge=judge, carried=True, **of)
    counted = list(rows.filter(counted=True).values_list("item", flat=True))
    Item.objects.filter(pk__in=counted).update(done=F("done") - 1)
    rows.delete()


def give_back_for(judgment: Judgment) -> None:
    """Take back what was carried over from one judgment to later versions of its protocol."""
    if judgment.item is not None and judgment.output_id is not None:
        give_turns_back(
            judgment.judge,
            item__output=judgment.output_id,
            item__version__protocol=judgment.item.version.protocol_id,
        )
