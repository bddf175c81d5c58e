"""Items of reasoning-gym (Stojanovski and others, 2025, arXiv:2505.24760).

Its answers are taken as they are, and some are wrong: version 0.1.25 calls "All A are B. Some B
are C. So some A are C." a syllogism that holds, and a daughter-in-law a mother-in-law. An item
joins the catalogue only with a check of its answer that does not come from the package.
"""

from collections.abc import Mapping
from importlib import import_module, metadata
from typing import Any, Final

from evaluations.prompts.generators.item import (
    BadConfig,
    Generated,
    GeneratorError,
    UnknownGenerator,
)

PACKAGE: Final = "reasoning-gym"


def installed_version() -> str:
    """The version of the installed package; ModuleNotFoundError without one."""
    return metadata.version(PACKAGE)


def generate(*, task: str, seed: int, index: int, config: Mapping[str, Any]) -> Generated:
    """Item `index` (from 0) of a task's data set with this seed and these options.

    Raises UnknownGenerator for a task that is not registered, BadConfig for options that it
    refuses, GeneratorError where the item has no answer text, ModuleNotFoundError without the
    package.
    """
    # A development dependency: the site must start without it.
    gym = import_module("reasoning_gym")
    factory = import_module("reasoning_gym.factory")
    if task not in factory.DATASETS:
        raise UnknownGenerator(f"{PACKAGE} has no task {task!r}")
    if index < 0 or "size" in config or "seed" in config:
        raise BadConfig("index is at least 0, and size and seed are no options")
    try:
        # An item depends on seed and index alone, so the least size that holds it will do.
        entry = gym.create_dataset(task, seed=seed, size=index + 1, **config)[index]
    except (AssertionError, TypeError, ValueError) as error:
        raise BadConfig(f"{task} refuses {dict(config)}: {error}") from error
    text, answer = entry["question"], entry["answer"]
    if not isinstance(text, str) or not isinstance(answer, str):
        raise GeneratorError(f"{task} gives item {index} no answer text")
    return Generated(text=text, answer=answer)
