"""What a protocol's version says, as a value: written to rows, read back, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import (
    Block,
    Judge,
    ProtocolBlock,
    ProtocolDefinition,
    ProtocolVersion,
    SkipPolicy,
    StepMode,
    Subject,
)


@dataclass(frozen=True)
class Plan:
    """All that a version says: which items, what is asked about them, and how.

    `selection` holds lists of slugs under `models`, `recipes`, `prompt_sets` and `stop_reasons`,
    or ids under `outputs`, and `sample` with its `seed`. Shares are percent.
    """

    subject: str = Subject.OUTPUT
    selection: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[Block] = ()
    definitions: Sequence[DefinitionVersion] = ()
    judges_per_item: int = 3
    shows_source: bool = True
    asks_holistic: bool = False
    steps: str = StepMode.NONE
    asks_confidence: bool = False
    asks_agreement: bool = False
    shows_reference: bool = True
    skip_policy: str = SkipPolicy.OTHERS
    gold_share: int = 10
    gold_feedback: bool = True
    qualification_share: int = 0
    repeat_share: int = 5
    suggestion_judge: Judge | None = None
    suggestion_share: int = 0

    def columns(self) -> dict[str, Any]:
        """The fields of a version's own row."""
        return {
            name: value
            for name, value in vars(self).items()
            if name not in {"blocks", "definitions"}
        } | {"selection": dict(self.selection)}

    def refusal(self) -> str:
        """Why nobody could judge under this plan; empty when they can."""
        if self.subject == Subject.PAIR:
            if self.blocks or self.steps or self.asks_holistic:
                return (
                    "A pair is compared plainly or for definitions: take out the blocks, the "
                    "steps and the holistic question, which are asked about single outputs."
                )
            return ""
        if self.subject == Subject.PROMPT:
            if self.definitions or self.steps or self.asks_holistic:
                return (
                    "A prompt is asked about in blocks alone: take out the definitions, the "
                    "steps and the holistic question, which are asked about outputs."
                )
            return "" if self.blocks else "Choose at least one block with criteria about prompts."
        if not (self.blocks or self.definitions or self.steps or self.asks_holistic):
            return (
                "Ask at least one question: a block of criteria, a definition, the steps, or "
                "the holistic question."
            )
        return ""


def write_version(version: ProtocolVersion, plan: Plan) -> None:
    """Write a plan into a version's row and the rows of its blocks and definitions."""
    for name, value in plan.columns().items():
        setattr(version, name, value)
    version.save()
    version.protocolblock_set.all().delete()
    version.protocoldefinition_set.all().delete()
    ProtocolBlock.objects.bulk_create(
        ProtocolBlock(version=version, block=block, position=position)
        for position, block in enumerate(plan.blocks, start=1)
    )
    ProtocolDefinition.objects.bulk_create(
        ProtocolDefinition(version=version, definition_version=definition, position=position)
        for position, definition in enumerate(plan.definitions, start=1)
    )


def plan_of(version: ProtocolVersion) -> Plan:
    """The plan that a version was written from. Makes two queries."""
    names = {name for name in Plan.__dataclass_fields__ if name not in {"blocks", "definitions"}}
    return Plan(
        **{name: getattr(version, name) for name in names},
        blocks=tuple(p.block for p in version.protocolblock_set.select_related("block")),
        definitions=tuple(
            p.definition_version
            for p in version.protocoldefinition_set.select_related("definition_version__definition")
        ),
    )


def same_plan(one: Plan, other: Plan) -> bool:
    return (
        one.columns() == other.columns()
        and list(one.blocks) == list(other.blocks)
        and list(one.definitions) == list(other.definitions)
    )


def items_differ(one: Plan, other: Plan) -> bool:
    """Whether two plans about the same subject make other items, or ask other numbers of judges."""
    return (
        dict(one.selection) != dict(other.selection) or one.judges_per_item != other.judges_per_item
    )
