"""The arguments of the published debate, with their sources, for and against what is shipped."""

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from evaluations.definitions.catalogue import read

ARGUMENTS: Final = "arguments.json"


@dataclass(frozen=True, slots=True)
class Argument:
    """One entry: something that was published, in at most 280 characters, about one definition."""

    argument: str
    """The letter and number of the argument, which several entries may share."""
    definition: str
    """Slug of the shipped definition whose statement it supports, opposes, narrows or asks."""
    kind: Literal["for", "against", "scope", "question"]
    text: str
    source: str
    """Who published it, when and where; never a link."""
    checked: Literal["quoted", "paraphrased", "unchecked"]
    """Word for word; in other words, from the text itself; or as others report it."""


@cache
def shipped_arguments() -> tuple[Argument, ...]:
    """Every argument of the catalogue, in its order."""
    return tuple(Argument(**entry) for entry in read(ARGUMENTS))
