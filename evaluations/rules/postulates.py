"""Relations between criteria that hold by what they mean, whatever the output.

A postulate says that *yes* to one criterion needs *yes*, or at least *partly*, to another. Chains
of such needs are followed, so that two criteria may be related through a third that nobody names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from evaluations.rules.answers import NO, PARTLY, UNKNOWN, YES, code


@dataclass(frozen=True, slots=True)
class Postulate:
    """*Yes* to `key` needs at least `least` to `needs`; with `partly`, *partly* needs *partly*."""

    key: str
    needs: str
    least: Literal["yes", "partly"] = "yes"
    partly: bool = False


Steps = frozenset[tuple[str, int, str, int]]
"""Steps (key, from, other, to): where `key` reaches `from`, `other` reaches `to`; codes 1 or 2."""


@lru_cache(64)
def steps_of(postulates: tuple[Postulate, ...]) -> Steps:
    """Every step that follows from some postulates, chains included, between different keys."""
    reached: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for each in postulates:
        levels = [(YES, code(each.least))]
        if each.partly:
            levels.append((PARTLY, PARTLY))
        for one, other in levels:
            reached.setdefault((each.key, one), set()).add((each.needs, other))
    for key in {key for each in postulates for key in (each.key, each.needs)}:
        reached.setdefault((key, YES), set()).add((key, PARTLY))
    for middle in list(reached):
        for start in list(reached):
            if middle in reached[start]:
                reached[start] |= reached[middle]
    return frozenset(
        (key, level, other, needed)
        for (key, level), found in reached.items()
        for other, needed in found
        if other != key
    )


def allows(postulates: Iterable[Postulate], answers: Mapping[str, str]) -> bool:
    """Whether some answers can stand together; cannot-tell and missing answers always can."""
    return not clashes(postulates, answers)


def clashes(postulates: Iterable[Postulate], answers: Mapping[str, str]) -> list[Postulate]:
    """The postulates that some answers go against, those that follow from chains not among them."""
    codes = {key: code(value) for key, value in answers.items()}
    found = []
    for each in postulates:
        given, needed = codes.get(each.key, UNKNOWN), codes.get(each.needs, UNKNOWN)
        least = code(each.least) if given == YES else PARTLY if each.partly else NO
        if given >= PARTLY and NO <= needed < least:
            found.append(each)
    return found
