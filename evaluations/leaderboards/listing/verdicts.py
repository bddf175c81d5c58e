"""What definitions say of the outputs of a page, as boards have it: one matrix read for all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.counts import judges_of_each
from evaluations.leaderboards.boards.standings import (
    VERDICT_OF,
    Question,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.listing.outputs import NOT_ASKED
from evaluations.leaderboards.matrix.current import current_matrix


@dataclass(frozen=True)
class Verdict:
    """A verdict, or `NOT_ASKED`, and how many judges answered any criterion of the rule."""

    word: str
    judges: int


def verdicts_on(
    outputs: Iterable[int], versions: Iterable[DefinitionVersion]
) -> Mapping[tuple[int, int], Verdict]:
    """Of each output and each version the verdict of the default board, by both keys.

    Args:
        versions: with their pins.
    """
    wanted, versions = sorted(set(outputs)), list(versions)
    if not wanted or not versions:
        return {}
    held, question = current_matrix(), Question()
    places = np.searchsorted(held.output, wanted)
    here = [
        (key, int(place))
        for key, place in zip(wanted, places, strict=True)
        if place < held.size and held.output[place] == key
    ]
    found = {(key, version.pk): Verdict(NOT_ASKED, 0) for key in wanted for version in versions}
    for version in versions:
        ruling = rule_on_outputs(version, held, question)
        judges = judges_of_each("output", reading_of(version), held, question)
        for key, place in here:
            word = VERDICT_OF[int(ruling.verdicts[place])] if ruling.asked[place] else NOT_ASKED
            found[key, version.pk] = Verdict(word, int(judges[place]))
    return found
