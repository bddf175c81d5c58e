"""Outputs that could be counterexamples: those on which people and a version part most.

They come from judging alone, so that a debate in which nobody has spoken yet has something to
look at.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluations.debates.choices import Role
from evaluations.debates.weighing.calls import Weight, most_contradicted, weight_at
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.standings import VERDICT_OF, Question, rule_on_outputs
from evaluations.leaderboards.comparisons.disagreement import Disagreement
from evaluations.leaderboards.comparisons.rows import outputs_by_id
from evaluations.leaderboards.listing.verdicts import verdicts_on
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.rules import CODES
from evaluations.runs.models import Output

MOST: Final = 12
ROLE_OF: Final = {"reasoning": Role.TOO_WIDE, "not-reasoning": Role.TOO_NARROW}


@dataclass(frozen=True)
class Candidate:
    """An output on which people, or other definitions, part from a version.

    `weight` is of those who called it blind; where no call contradicts the version yet, `others` of
    `settled` definitions contradict the version on it instead. `opened`: the reader saw what
    others found of it, so that these figures may be shown.
    """

    output: Output
    verdict: str
    weight: Weight
    others: int
    settled: int
    opened: bool


def candidates(
    version: DefinitionVersion, held: Matrix, taken: Collection[int]
) -> list[tuple[int, int, int]]:
    """At most `MOST` places in the matrix, the surest first, without what statements show already.

    Each with how many definitions contradict the version there, of how many: 0 where those who
    called it do. Three queries where nobody called any output against the version yet.
    """
    found = [(place, 0, 0) for place in most_contradicted(version, held)]
    found = found or contradicted_by_definitions(version, held)
    return [each for each in found if int(held.output[each[0]]) not in taken][:MOST]


def role_of(version: DefinitionVersion, output: Output) -> str:
    """The role that a draft about an output begins with, by the verdict on it; empty where it is
    not settled. It tells the verdict: only to whom the output was opened.

    Args:
        version: with its pins.
    """
    verdict = verdicts_on([output.pk], [version])[output.pk, version.pk].word
    return str(ROLE_OF.get(verdict, ""))


def drawn(
    version: DefinitionVersion,
    held: Matrix,
    places: Collection[tuple[int, int, int]],
    opened: Collection[int],
) -> list[Candidate]:
    """These candidates as a page shows them. One query.

    Args:
        opened: keys of outputs of which the reader saw what others found.
    """
    ruling = rule_on_outputs(version, held)
    outputs = outputs_by_id([int(held.output[place]) for place, *_ in places])
    made = []
    for place, others, settled in places:
        key, verdict = int(held.output[place]), VERDICT_OF[int(ruling.verdicts[place])]
        if key in outputs and verdict in ROLE_OF:
            weight = weight_at(version, held, place)
            made.append(Candidate(outputs[key], verdict, weight, others, settled, key in opened))
    return made


def contradicted_by_definitions(
    version: DefinitionVersion, held: Matrix
) -> list[tuple[int, int, int]]:
    """Places where most curated definitions say the opposite of a version, those first where most
    do: with how many do, of how many that are settled there. Three queries."""
    found = Disagreement(curated_versions(), held, Question())
    ruling = rule_on_outputs(version, held)
    says_yes = ruling.asked & (ruling.verdicts == CODES["yes"])
    says_no = ruling.asked & (ruling.verdicts == CODES["no"])
    settled = found.reasoning + found.not_reasoning
    against = np.where(says_yes, found.not_reasoning, np.where(says_no, found.reasoning, 0))
    places = np.flatnonzero(2 * against > settled)
    share = against[places] / settled[places]
    ordered = places[np.lexsort((held.output[places], -settled[places], -share))]
    return [(int(at), int(against[at]), int(settled[at])) for at in ordered]
