"""Prompts of a generator as drafts: the same name, seed, size and difficulties make the same."""

import re
from collections.abc import Sequence
from typing import Final

from evaluations.prompts.drafts import Draft, drafted
from evaluations.prompts.generators.item import BadConfig
from evaluations.prompts.generators.named import NAMED, Named, family

LICENCE: Final = "Apache-2.0"
MOST_FAMILIES: Final = 200
DIFFICULTIES: Final = re.compile(r"\s*(\d{1,3})\s*(?:(?:-|–|to)\s*(\d{1,3})\s*)?")


def levels_from(text: str, named: Named) -> list[int]:
    """The difficulties that a text names: one, as in "3", or a range of them, as in "2-8".

    Raises BadConfig, with a sentence.
    """
    match = DIFFICULTIES.fullmatch(text)
    lowest, highest = named.levels.start, named.levels.stop - 1
    if match:
        first, last = int(match[1]), int(match[2] or match[1])
        if first <= last and first in named.levels and last in named.levels:
            return list(range(first, last + 1))
    raise BadConfig(
        f"{named.title} has the difficulties {lowest} to {highest} ({named.level_is}): write one "
        f"of them, or a range such as {lowest}-{highest}."
        if highest > lowest
        else f"{named.title} has one difficulty: write {lowest}."
    )


def drafts_of(
    task: str, *, seed: int, size: int, levels: Sequence[int], called: str = ""
) -> list[Draft]:
    """The drafts of *size* families, whose difficulties take turns.

    Args:
        called: the beginning of titles; the name of the generator where it is empty.
    """
    named = NAMED[task]
    drafts = []
    for index in range(size):
        level = levels[index % len(levels)]
        number = index + 1
        what = named.calls(index) or called or named.title
        label = f"{named.title} {number} (seed {seed}, difficulty {level})"
        for made in family(named, seed=seed, index=index, level=level):
            drafts.append(
                drafted(
                    title=f"{what} {number}: {made.member.words}",
                    text=made.item.text,
                    reference=made.item.answer,
                    grader=named.grader,
                    family=label,
                    relation=made.member.relation,
                    licence=LICENCE,
                    origin=dict(made.origin),
                )
            )
    return drafts
