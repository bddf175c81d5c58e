"""Letter-string analogies, in the usual alphabet or in one whose order is given in the prompt.

The kind of problem is Hofstadter's Copycat (1984); that a permuted alphabet tells following a
rule from recalling an order is Lewis and Mitchell's test (2024, arXiv:2402.08955). Places in the
alphabet are drawn first and alike for every alphabet, so that two items which differ only in
`alphabet` are one problem under two orders of the letters.

The answer is the one that the transformation gives; a reader may find another analogy.
"""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evaluations.prompts.generators.draw import Draw
from evaluations.prompts.generators.item import BadConfig, Generated

PACKAGE: Final = "by-what-definition"
TASK: Final = "letter_strings"
VERSION: Final = "2"
"""Raise it with any change of what a seed yields: recorded items name the version they need."""
DRAWN: Final = "1"
"""The version since which a seed draws the same letters; the words around them may change."""

USUAL: Final = string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Config:
    """`alphabet` is usual or permuted; `length` counts the letters of the shortest string.

    `ask` is what the string changes to, or whether the order was understood: what follows a letter.
    """

    transformation: str
    alphabet: str = "usual"
    length: int = 3
    ask: str = "change"


@dataclass(frozen=True, slots=True)
class Change:
    """One string and what it becomes, as places in the alphabet (0 to 25)."""

    before: list[int]
    after: list[int]


Transformation = Callable[[int, int, Draw], Change]


def _successor(start: int, length: int, _draw: Draw) -> Change:
    """The last letter moves on by one: a b c, a b d."""
    run = _run(start, length)
    return Change(run, [*run[:-1], run[-1] + 1])


def _predecessor(start: int, length: int, _draw: Draw) -> Change:
    """The first letter moves back by one: b c d, a c d."""
    run = _run(start, length)
    return Change(run, [run[0] - 1, *run[1:]])


def _extension(start: int, length: int, _draw: Draw) -> Change:
    """The next letter is added: a b c, a b c d."""
    run = _run(start, length)
    return Change(run, [*run, run[-1] + 1])


def _deduplication(start: int, length: int, draw: Draw) -> Change:
    """A letter written twice is written once: a b b c, a b c."""
    run = _run(start, length)
    place = draw.below(length)
    return Change([*run[: place + 1], *run[place:]], run)


def _repair(start: int, length: int, draw: Draw) -> Change:
    """The one letter out of order is put right: a b x d, a b c d."""
    run = _run(start, length)
    place = 1 + draw.below(length - 1)
    # Not a letter of the run, nor next to it: the repair must be the only one.
    others = [letter for letter in range(len(USUAL)) if not start - 2 < letter < start + length + 1]
    broken = [*run]
    broken[place] = others[draw.below(len(others))]
    return Change(broken, run)


def _run(start: int, length: int) -> list[int]:
    return list(range(start, start + length))


TRANSFORMATIONS: Final[Mapping[str, Transformation]] = {
    "successor": _successor,
    "predecessor": _predecessor,
    "extension": _extension,
    "deduplication": _deduplication,
    "repair": _repair,
}
LENGTHS: Final = range(3, 7)


def generate(*, seed: int, index: int, config: Mapping[str, Any]) -> Generated:
    """Item `index` of the problems with this seed.

    `config` takes `transformation` (one of `TRANSFORMATIONS`), `alphabet` (`usual`, the default,
    or `permuted`), `length` (3, the default, to 6 letters) and `ask`: `change`, the default, or
    `next`, a comprehension check under the same order of the letters. Raises BadConfig.
    """
    checked = _checked(config)
    transformation, length = checked.transformation, checked.length
    draw = Draw(f"{TASK} {DRAWN} {seed} {index} {transformation} {length}")
    # One place is kept free at either end, for the letter before and the letter after a run.
    starts = draw.distinct_pair(1, len(USUAL) - length - 1)
    transform = TRANSFORMATIONS[transformation]
    shown, asked = (transform(start, length, draw) for start in starts)
    alphabet = USUAL
    if checked.alphabet == "permuted":
        alphabet = draw.shuffled(USUAL)

    def written(places: list[int]) -> str:
        return " ".join(alphabet[place] for place in places)

    if checked.alphabet == "permuted":
        opening = f"Here the letters of the alphabet stand in another order: {' '.join(alphabet)}."
    else:
        opening = f"The letters of the alphabet stand in their usual order: {' '.join(alphabet)}."
    if checked.ask == "next":
        # Of letters that are not in the strings, so that the check tells nothing of the problem.
        used = {*shown.before, *shown.after, *asked.before, *asked.after}
        free = [at for at in range(len(USUAL) - 1) if not {at, at + 1} & used]
        place = draw.one_of(free)
        question = f"In this order, which letter comes right after {alphabet[place]}?"
        return Generated(text=f"{opening}\n\n{question}", answer=alphabet[place + 1])
    text = (
        f"{opening}\n\n"
        f"In this order, {written(shown.before)} changes to {written(shown.after)}. "
        f"In the same way, what does {written(asked.before)} change to? "
        "Write its letters with spaces between them."
    )
    return Generated(text=text, answer=written(asked.after))


def _checked(config: Mapping[str, Any]) -> Config:
    try:
        checked = Config(**config)
    except TypeError as error:
        options = "transformation, alphabet, length and ask"
        raise BadConfig(f"the options are {options}: {error}") from error
    if checked.transformation not in TRANSFORMATIONS:
        raise BadConfig(f"transformation is one of {', '.join(TRANSFORMATIONS)}")
    if checked.alphabet not in ("usual", "permuted"):
        raise BadConfig("alphabet is usual or permuted")
    if checked.ask not in ("change", "next"):
        raise BadConfig("ask is change or next")
    if type(checked.length) is not int or checked.length not in LENGTHS:
        raise BadConfig(f"length is {LENGTHS.start} to {LENGTHS.stop - 1} letters")
    return checked
