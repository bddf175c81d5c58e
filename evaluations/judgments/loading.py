"""Loading the blocks of criteria that are asked together. Loading again changes nothing."""

import json
from pathlib import Path

from django.db import transaction

from evaluations.definitions.models import Criterion
from evaluations.judgments.models import Block, BlockCriterion

CATALOGUE = Path(__file__).parent / "catalogue" / "blocks.json"


@transaction.atomic
def load_blocks() -> int:
    """Load blocks that are missing; what staff changed stays. Returns how many are new."""
    new = 0
    for entry in json.loads(CATALOGUE.read_text(encoding="utf-8")):
        block, created = Block.objects.get_or_create(
            slug=entry["slug"],
            defaults={"title": entry["title"], "description": entry["description"]},
        )
        if not created:
            continue
        if entry.get("default") and not Block.objects.filter(is_default=True).exists():
            block.is_default = True
            block.save(update_fields=["is_default"])
        by_key = Criterion.objects.in_bulk(entry["criteria"], field_name="key")
        BlockCriterion.objects.bulk_create(
            BlockCriterion(block=block, criterion=by_key[key], position=position)
            for position, key in enumerate(entry["criteria"], start=1)
        )
        new += 1
    return new
