"""Small protocols for tests, with their items."""

import random
from typing import Any

from django.utils import timezone

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import (
    Block,
    Item,
    Protocol,
    ProtocolBlock,
    ProtocolDefinition,
    ProtocolVersion,
)
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output


def make_protocol(
    slug: str = "small",
    *,
    blocks: tuple[Block, ...] = (),
    definitions: tuple[DefinitionVersion, ...] = (),
    is_default: bool = False,
    access: str = "anyone",
    owner: Any = None,
    **fields: Any,
) -> ProtocolVersion:
    """The first version of an open protocol; *fields* are the version's."""
    protocol = Protocol.objects.create(
        slug=slug,
        title=f"Protocol {slug}",
        is_default=is_default,
        access=access,
        owner=owner,
        opened_at=timezone.now(),
    )
    fields.setdefault("judges_per_item", 2)
    fields.setdefault("gold_share", 0)
    version = ProtocolVersion.objects.create(protocol=protocol, **fields)
    for position, block in enumerate(blocks, start=1):
        ProtocolBlock.objects.create(version=version, block=block, position=position)
    for position, definition in enumerate(definitions, start=1):
        ProtocolDefinition.objects.create(
            version=version, definition_version=definition, position=position
        )
    return version


def make_item(
    version: ProtocolVersion,
    output: Output | None = None,
    *,
    pair: tuple[Output, Output] | None = None,
    prompt: Prompt | None = None,
    **fields: Any,
) -> Item:
    """An item of *version* about one output, a pair of outputs, or a prompt."""
    left, right = pair or (None, None)
    fields.setdefault("needed", version.judges_per_item)
    fields.setdefault("random", random.random())
    return Item.objects.create(
        version=version, output=output, left=left, right=right, prompt=prompt, **fields
    )
