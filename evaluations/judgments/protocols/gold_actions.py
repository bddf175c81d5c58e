"""Gold items of a protocol: outputs or prompts of which the answers are known."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.items.queue import fill_items, recount
from evaluations.judgments.models import GoldAnswer, Item, ProtocolVersion, Value
from evaluations.judgments.protocols.actions import ProtocolRefused, check_manager
from evaluations.judgments.protocols.reading import asked_wordings
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output


@dataclass(frozen=True)
class Expected:
    """The answer to one criterion that a gold item expects, and what to tell the judge."""

    wording: CriterionVersion
    value: str
    feedback: str = ""


@transaction.atomic
def add_gold(
    *,
    version: ProtocolVersion,
    actor: User,
    about: Output | Prompt,
    expected: Sequence[Expected],
    is_qualification: bool = False,
) -> Item:
    """Make an output, or a prompt, a gold item of a version; saving again replaces its answers.

    Raises:
        PermissionError: when *actor* may not manage the protocol.
        ProtocolRefused: when no answer is expected, one is to a criterion that is not asked, or
            the version asks about something else.
    """
    check_manager(version.protocol, actor)
    place = "output" if isinstance(about, Output) else "prompt"
    if version.subject != place:
        raise ProtocolRefused(f"This protocol does not ask about a single {place}.")
    if not expected:
        raise ProtocolRefused("Give the expected answer to at least one criterion.")
    asked = {wording.criterion_id for wording in asked_wordings(version)}
    for answer in expected:
        if answer.wording.criterion_id not in asked:
            raise ProtocolRefused(f"This protocol does not ask “{answer.wording.question}”")
        if answer.value not in Value.values:
            raise ProtocolRefused(f"“{answer.value}” is not an answer.")
    item, _ = Item.objects.update_or_create(
        version=version,
        **{place: about},
        defaults={"is_gold": True, "is_qualification": is_qualification},
        create_defaults={
            "is_gold": True,
            "is_qualification": is_qualification,
            "needed": version.judges_per_item,
            "random": random.random(),
        },
    )
    recount(item)
    item.gold_answers.all().delete()
    GoldAnswer.objects.bulk_create(
        GoldAnswer(
            item=item,
            criterion_id=answer.wording.criterion_id,
            criterion_version=answer.wording,
            value=answer.value,
            feedback=answer.feedback,
        )
        for answer in expected
    )
    return item


@transaction.atomic
def remove_gold(*, item: Item, actor: User) -> None:
    """Make a gold item an ordinary one again; one that nobody judged is taken out.

    Where it matches the selection of an open protocol, it comes back as an ordinary item.

    Raises:
        PermissionError: when *actor* may not manage the protocol.
    """
    check_manager(item.version.protocol, actor)
    item = Item.objects.select_for_update().select_related("version__protocol").get(pk=item.pk)
    item.gold_answers.all().delete()
    if item.judgments.exists() or item.comparisons.exists() or item.adjudications.exists():
        recount(item)
        Item.objects.filter(pk=item.pk).update(is_gold=False, is_qualification=False)
        return
    item.delete()
    if item.version.protocol.is_open and item.version.is_current:
        fill_items(item.version)
