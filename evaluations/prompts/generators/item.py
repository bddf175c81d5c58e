"""A generated item, and the record it can be made again from."""

from dataclasses import dataclass
from typing import Any, TypedDict


@dataclass(frozen=True, slots=True)
class Generated:
    """The text of a prompt, and the answer that its generator holds to be right."""

    text: str
    answer: str


class Origin(TypedDict):
    """Where a generated item came from. `config` holds the options that are not defaults."""

    package: str
    version: str
    task: str
    seed: int
    index: int
    config: dict[str, Any]


class GeneratorError(ValueError):
    """An item cannot be generated as asked."""


class UnknownGenerator(GeneratorError):
    """No generator has this package and task."""


class VersionMismatch(GeneratorError):
    """The installed version of a generator is not the recorded one."""


class BadConfig(GeneratorError):
    """An option of a generator is unknown or out of range."""
