"""How alike two texts are in their words."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

import numpy as np

LENGTH: Final = 3
"""Words in a shingle."""


class Likeness(NamedTuple):
    """The text that is most like another one: its place, and the share that they have in common."""

    place: int
    share: float


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Every three words in a row, without case and punctuation; a shorter text is one shingle."""
    words = re.findall(r"\w+", text.casefold())
    if len(words) <= LENGTH:
        return frozenset({tuple(words)})
    return frozenset(tuple(words[at : at + LENGTH]) for at in range(len(words) - LENGTH + 1))


def resemblance(one: str, other: str) -> float:
    """Shingles in both over shingles in either: 0 to 1 (Broder, 1997, "resemblance")."""
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)


def most_alike(
    texts: Sequence[str],
    others: Sequence[str] = (),
    *,
    groups: Sequence[Hashable] = (),
    least: float,
) -> dict[int, Likeness]:
    """For each text that resembles another one by *least* or more, the one it resembles most.

    Compared are earlier texts and *others*, whose places count on behind the texts. Costs grow
    with the shingles that texts share, not with the pairs of texts.

    Args:
        groups: one for each text; texts of one group are not compared, unless it is empty ("").
        least: a resemblance above 0.
    """
    everything = [shingles(text) for text in (*texts, *others)]
    holding: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place in range(len(texts), len(everything)):
        for shingle in everything[place]:
            holding[shingle].append(place)
    sizes = np.array([len(held) for held in everything])
    found = {}
    for place in range(len(texts)):
        common: Counter[int] = Counter()
        for shingle in everything[place]:
            common.update(holding[shingle])
            holding[shingle].append(place)
        if groups and groups[place]:
            common = Counter({
                other: n for other, n in common.items()
                if other >= len(texts) or groups[other] != groups[place]
            })  # fmt: skip
        if not common:
            continue
        places, shared = np.array(list(common)), np.array(list(common.values()))
        shares = shared / (sizes[place] + sizes[places] - shared)
        best = int(np.lexsort((places, -shares))[0])
        if shares[best] >= least:
            found[place] = Likeness(int(places[best]), float(shares[best]))
    return found
