"""Loading the blocks of criteria that are asked together. Loading again changes nothing."""

import json
from pathlib import Path

from django.db import transaction

from evaluations.definitions.models import Criterion
from evaluations.judgments.models import Block, BlockCriterion

CATALOGUE = Path(__file__).parent / "catalogue" / "blocks.json"


@transaction.atomic
def load_blocks() -> int:
    """Load every block; returns how many are new or changed."""
    changed = 0
    for entry in json.loads(CATALOGUE.read_text(encoding="utf-8")):
        block, _ = Block.objects.update_or_create(
            slug=entry["slug"],
            defaults={
                "title": entry["title"],
                "description": entry["description"],
                "is_default": entry.get("default", False),
            },
        )
        keys = list(
            block.blockcriterion_set.order_by("position").values_list("criterion__key", flat=True)
        )
        if keys != entry["criteria"]:
            block.blockcriterion_set.all().delete()
            by_key = Criterion.objects.in_bulk(entry["criteria"], field_name="key")
            BlockCriterion.objects.bulk_create(
                BlockCriterion(block=block, criterion=by_key[key], position=position)
                for position, key in enumerate(entry["criteria"], start=1)
            )
            changed += 1
    return changed
