"""The catalogue's postulates: what one answer means for another, whatever the output.

Each is about two questions as they are worded now, by their meanings: where one of them is asked
anew, its postulates hold no more, until somebody writes them for the new question.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from evaluations.definitions.catalogue import read
from evaluations.rules import Postulate, clashes

POSTULATES: Final = "postulates.json"


def variable(key: str, meaning: int) -> str:
    """The name of a question in logic: two meanings of one criterion are two questions."""
    return f"{key}@{meaning}"


def key_of(name: str) -> tuple[str, int]:
    """The criterion and the meaning that `variable` made a name of."""
    key, meaning = name.rsplit("@", 1)
    return key, int(meaning)


@dataclass(frozen=True, slots=True)
class Postulated:
    """One entry of the catalogue, with the sentence that says why it holds."""

    key: str
    meaning: int
    needs: str
    needs_meaning: int
    least: Literal["yes", "partly"]
    partly: bool
    why: str

    @property
    def pair(self) -> str:
        """What a form, an address or a table calls it."""
        return f"{self.key}.{self.needs}"

    @property
    def postulate(self) -> Postulate:
        """The same for logic, on questions by their meanings."""
        return Postulate(
            variable(self.key, self.meaning),
            variable(self.needs, self.needs_meaning),
            self.least,
            self.partly,
        )


@cache
def postulated() -> tuple[Postulated, ...]:
    """Every postulate of the catalogue, in its order."""
    return tuple(Postulated(**entry) for entry in read(POSTULATES))


@cache
def postulates() -> tuple[Postulate, ...]:
    """The same, as logic takes them."""
    return tuple(each.postulate for each in postulated())


@cache
def digest() -> str:
    """A hash by which stored relations know whether these postulates were in force."""
    text = json.dumps(read(POSTULATES), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def gone_against(answers: Mapping[tuple[str, int], str]) -> list[Postulated]:
    """The postulates that answers go against, given by criterion and meaning."""
    named = {variable(*question): value for question, value in answers.items()}
    against = set(clashes(postulates(), named))
    return [each for each in postulated() if each.postulate in against]
