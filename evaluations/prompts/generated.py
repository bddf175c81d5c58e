"""Prompts of a generator as drafts: the same name, seed, size and difficulties make the same."""

import re
from collections.abc import Sequence
from typing import Final

from evaluations.prompts.drafts import Draft, drafted
from evaluations.prompts.generators.item import BadConfig
from evaluations.prompts.generators.named import MOST_FAMILIES, NAMED, Made, Named, family

LICENCE: Final = "Apache-2.0"
AGAIN: Final = 600
"""From an index to the next one in its place. It keeps the story, kind or riddle, goes through all
checks of base 9, and leaves the first indexes to others."""
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


def most_families(named: Named, levels: Sequence[int]) -> int:
    """How many families can be made whose difficulties take turns, no two prompts alike."""
    ends = (place + len(levels) * named.differ(level) for place, level in enumerate(levels))
    return min(MOST_FAMILIES, *ends)


def drafts_of(
    task: str, *, seed: int, size: int, levels: Sequence[int], called: str = ""
) -> list[Draft]:
    """The drafts of *size* families, whose difficulties take turns. No two have the same text.

    Args:
        called: the beginning of titles; the name of the generator where it is empty.

    Raises:
        BadConfig: for more families than there are.
    """
    named = NAMED[task]
    if size > (most := most_families(named, levels)):
        ends = " to ".join(dict.fromkeys(map(str, (levels[0], levels[-1]))))
        raise BadConfig(
            f"{named.title} makes at most {most} different families of difficulty {ends}."
        )
    drafts: list[Draft] = []
    texts: set[str] = set()
    for place in range(size):
        level = levels[place % len(levels)]
        number = place + 1
        what = named.calls(place) or called or named.title
        label = f"{named.title} {number} (seed {seed}, difficulty {level})"
        for made in fresh_family(named, texts, seed=seed, place=place, level=level):
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


def fresh_family(named: Named, texts: set[str], *, seed: int, place: int, level: int) -> list[Made]:
    """The first family for a place of which *texts* has no prompt; its texts are added to them."""
    index = place
    while True:
        made = list(family(named, seed=seed, index=index, level=level))
        own = {each.item.text for each in made}
        if len(own) == len(made) and not own & texts:
            texts |= own
            return made
        index += AGAIN
