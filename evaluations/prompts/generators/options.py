"""The options of generators whose items differ in a variant and a level."""

from collections.abc import Collection, Mapping
from typing import Any

from evaluations.prompts.generators.item import BadConfig


def variant_and_level(
    config: Mapping[str, Any], *, variants: Collection[str], levels: range
) -> tuple[str, int]:
    """The variant and the level that a configuration names; the first of each where it does not.

    Raises BadConfig.
    """
    if unknown := set(config) - {"variant", "level"}:
        raise BadConfig(f"the options are variant and level, not {sorted(unknown)[0]}")
    variant = config.get("variant", next(iter(variants)))
    level = config.get("level", levels.start)
    if variant not in variants:
        raise BadConfig(f"variant is one of {', '.join(variants)}")
    if type(level) is not int or level not in levels:
        raise BadConfig(f"level is {levels.start} to {levels.stop - 1}")
    return variant, level
