"""Loading the blocks of criteria and the default protocol. Loading again changes nothing."""

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from evaluations.definitions.models import Criterion
from evaluations.judgments.models import (
    Access,
    Block,
    BlockCriterion,
    Protocol,
    ProtocolBlock,
    ProtocolVersion,
)

CATALOGUE = Path(__file__).parents[1] / "catalogue" / "blocks.json"
DEFAULT_PROTOCOL = "open-judging"


@transaction.atomic
def load_blocks() -> int:
    """Load blocks that are missing; what staff changed stays. Returns how many are new.

    A block that no protocol uses is read again where it asks a retired criterion, or what an
    earlier file had it ask (`before`).
    """
    new = 0
    for entry in json.loads(CATALOGUE.read_text(encoding="utf-8")):
        block, created = Block.objects.get_or_create(
            slug=entry["slug"],
            defaults={"title": entry["title"], "description": entry["description"]},
        )
        if not created:
            retired = block.criteria.exclude(successors=[])
            before = entry.get("before", {"criteria": [], "description": ""})
            asked = block.blockcriterion_set.order_by("position").values_list("criterion__key")
            untouched = [key for (key,) in asked] == before["criteria"]
            if block.protocolblock_set.exists() or not (retired.exists() or untouched):
                continue
            block.blockcriterion_set.all().delete()
            if not untouched or block.description == before["description"]:
                Block.objects.filter(pk=block.pk).update(description=entry["description"])
        elif entry.get("default") and not Block.objects.filter(is_default=True).exists():
            block.is_default = True
            block.save(update_fields=["is_default"])
        by_key = Criterion.objects.in_bulk(entry["criteria"], field_name="key")
        BlockCriterion.objects.bulk_create(
            BlockCriterion(block=block, criterion=by_key[key], position=position)
            for position, key in enumerate(entry["criteria"], start=1)
        )
        new += created
    return new


@transaction.atomic
def load_default_protocol() -> int:
    """Make the open protocol that “Judge one output” serves, unless the site has one.

    It asks anybody the default block about every output. Returns how many are new: 1 or 0.
    """
    block = Block.objects.filter(is_default=True).first()
    if block is None or Protocol.objects.filter(is_default=True).exists():
        return 0
    protocol = Protocol.objects.create(
        slug=DEFAULT_PROTOCOL,
        title="Open judging",
        description="Questions about every output that a model has written here, for everybody.",
        access=Access.ANYONE,
        is_default=True,
        opened_at=timezone.now(),
    )
    version = ProtocolVersion.objects.create(protocol=protocol, judges_per_item=3, gold_share=0)
    ProtocolBlock.objects.create(version=version, block=block, position=1)
    return 1
