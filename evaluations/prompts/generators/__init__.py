"""Generators: prompts that are made from a seed, and made again from what was recorded.

An origin records package, version, task, seed, index and config; nothing else decides an item.
"""

from evaluations.prompts.generators.item import (
    BadConfig,
    Generated,
    GeneratorError,
    Origin,
    UnknownGenerator,
    VersionMismatch,
)
from evaluations.prompts.generators.regeneration import regenerate

__all__ = [
    "BadConfig",
    "Generated",
    "GeneratorError",
    "Origin",
    "UnknownGenerator",
    "VersionMismatch",
    "regenerate",
]
