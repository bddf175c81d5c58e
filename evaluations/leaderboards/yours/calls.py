"""What one judge calls reasoning, beside what each definition says of the same outputs.

The verdicts come from that judge's own answers to the criteria: whoever differs from a definition
then differs over the word, since the facts are theirs. Only what they gave blind counts. Which
definitions people are offered, and in which order, is `closest_of`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db import connection

from evaluations.definitions.counted import counted
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.in_rounds import said_in_round
from evaluations.judgments.models import Judge, Value
from evaluations.judgments.querysets import is_guarded
from evaluations.judgments.review.fidelity import Fidelity, beside, both_ways, columns_of
from evaluations.leaderboards.definition_pages.fidelity import (
    ANSWERED_BY,
    IN_FORCE,
    NOTHING_SAID,
    PROCESS,
    VALUES,
)
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.measures.paired import mcnemar_exact
from evaluations.rules import Codes
from evaluations.rules.absence import WITHHELD
from evaluations.runs.querysets import is_duplicate

FEWEST: Final = 10
"""Calls below which no definition is said to be anybody's."""
LEVEL: Final = 0.05
UNKNOWN: Final = VALUES.index(Value.CANNOT_TELL)

# That an answer is its judgment's judge's goes without saying, but PostgreSQL would read all
# judgments there are.
BLIND = """
    JOIN judgments_judgment d ON d.id = a.judgment_id AND d.judge_id = a.judge_id
        AND d.withdrawn_at IS NULL AND d.blind AND d.suggestion_shown IS NOT TRUE {public}
"""
# Each output that this judge answered anything about, with the call in force, if there is one.
JUDGED = """
WITH judged AS MATERIALIZED (
    SELECT a.output_id, max(a.value) FILTER (WHERE a.is_holistic) AS called
    FROM judgments_answer a {blind} WHERE a.judge_id = %(judge)s AND {in_force} GROUP BY 1
)
SELECT judged.output_id, o.prompt_id, o.trace_visibility, judged.called
FROM judged
    JOIN runs_output o ON o.id = judged.output_id AND o.withdrawn_at IS NULL AND NOT {duplicate}
    JOIN runs_run r ON r.id = o.run_id AND r.withdrawn_at IS NULL
ORDER BY 1
"""
NOT_BLIND = """
SELECT count(*) FROM judgments_answer a JOIN judgments_judgment d ON d.id = a.judgment_id
WHERE a.judge_id = %(judge)s AND a.is_current AND a.is_holistic AND d.withdrawn_at IS NULL
    AND NOT (d.blind AND d.suggestion_shown IS NOT TRUE)
"""


@dataclass(frozen=True)
class Calls:
    """What one judge answered and called, over the outputs that they judged.

    Arrays have shape (outputs,). `said` are places in `VALUES`, `NOTHING_SAID` where there is no
    call; `columns` hold the codes of their answers by criterion and meaning.
    """

    outputs: npt.NDArray[np.int64]
    prompts: npt.NDArray[np.int64]
    withheld: npt.NDArray[np.bool_]
    said: npt.NDArray[np.intp]
    columns: Mapping[tuple[int, int], Codes]
    process: frozenset[str]

    @property
    def called(self) -> int:
        """On how many outputs there is a call, be it “cannot tell”."""
        return int(np.count_nonzero(self.said < NOTHING_SAID))

    def verdicts(self, version: DefinitionVersion) -> npt.NDArray[np.intp]:
        """Places in `VALUES` of what a definition's rule gives for these answers."""
        everything = np.zeros(len(self.outputs), np.intp)
        computed, heard = both_ways(
            version, self.columns, self.withheld, set(self.process), everything
        )
        # Beyond the values where the judge answered nothing that the rule asks.
        return np.where(heard > 0, UNKNOWN, computed).astype(np.intp)

    def beside(self, version: DefinitionVersion) -> tuple[Fidelity, npt.NDArray[np.intp]]:
        """A definition beside the calls, each prompt weighing alike, and its verdicts."""
        computed, heard = both_ways(
            version, self.columns, self.withheld, set(self.process), self.said
        )
        return beside(version, True, computed, heard, self.prompts), computed


def calls_of(
    judge: Judge | None, *, for_everybody: bool = False, in_round: int | None = None
) -> Calls:
    """What a judge called, and answered, blind. Three queries; none without a judge.

    Args:
        for_everybody: only what may be in a figure that others see.
        in_round: the key of a round's protocol: what they said in it until it ended.
    """
    rows: list[tuple[Any, ...]] = []
    answers: list[Sequence[object]] = []
    process: frozenset[str] = frozenset()
    places: dict[tuple[int, int], int] = {}
    if judge is not None:
        blind = BLIND.format(public=f"AND NOT {is_guarded('d')}" if for_everybody else "")
        in_force = IN_FORCE
        if in_round is not None:
            said = said_in_round(str(int(in_round)), judge=str(judge.pk))
            in_force = f"a.id IN ({said})"
        with connection.cursor() as cursor:
            cursor.execute(
                JUDGED.format(blind=blind, in_force=in_force, duplicate=is_duplicate("o.id")),
                {"judge": judge.pk},
            )
            rows = cursor.fetchall()
            places = {(judge.pk, row[0]): place for place, row in enumerate(rows)}
            cursor.execute(
                ANSWERED_BY.format(in_force=in_force, seen=blind),
                {
                    "judges": [judge.pk] * len(rows),
                    "outputs": [row[0] for row in rows],
                    "prompts": [row[1] for row in rows],
                },
            )
            answers = cursor.fetchall()
            cursor.execute(PROCESS)
            process = frozenset(key for (key,) in cursor.fetchall())
    return Calls(
        outputs=np.array([row[0] for row in rows], np.int64),
        prompts=np.array([row[1] for row in rows], np.int64),
        withheld=np.array([row[2] in WITHHELD for row in rows], np.bool_),
        said=np.array([VALUES.index(row[3]) if row[3] else NOTHING_SAID for row in rows], np.intp),
        columns=dict(columns_of(answers, places)),
        process=process,
    )


def not_blind(judge: Judge | None) -> int:
    """How many of a judge's calls came after they were shown what others or models answered."""
    with connection.cursor() as cursor:
        cursor.execute(NOT_BLIND, {"judge": judge.pk if judge is not None else 0})
        (count,) = cursor.fetchone()
    return int(count)


@dataclass(frozen=True)
class Parted:
    """An output that a definition and the judge call differently."""

    output: int
    called: str
    verdict: str


@dataclass(frozen=True)
class Closeness:
    """One definition beside one judge's calls.

    `tied`: these calls cannot tell it from the closest one (exact McNemar test, 1947, on the
    outputs where both are settled, 5 % each); so is the closest one itself. `parted` are the
    outputs on which it and the judge are settled and differ.
    """

    version: DefinitionVersion
    fidelity: Fidelity
    tied: bool
    parted: Sequence[Parted]

    @property
    def equal(self) -> int:
        """Outputs on which its verdict is the call."""
        return self.fidelity.settled - len(self.parted)


def definitions_for(user: Any) -> list[DefinitionVersion]:
    """The definitions that somebody is compared with: the counted ones, and their own."""
    versions = counted(curated_versions())
    if user is not None and user.is_authenticated:
        known = {version.pk for version in versions}
        mine = DefinitionVersion.objects.published().with_pins().filter(definition__owner=user)
        versions += [version for version in mine if version.pk not in known]
    return versions


def closest_of(calls: Calls, versions: Sequence[DefinitionVersion]) -> list[Closeness]:
    """The definitions beside somebody's calls, the closest first; those that say nothing last.

    By the lower end of the interval of the agreement, so that one settled on two outputs does not
    come before one that was right on twenty. Makes no query where the pins are prefetched.
    """
    found = []
    for version in versions:
        fidelity, computed = calls.beside(version)
        settled = (computed != UNKNOWN) & (calls.said < UNKNOWN)
        right = settled & (computed == calls.said)
        found.append((version, fidelity, computed, settled, right))
    found.sort(
        key=lambda one: (
            -(one[1].share.low if one[1].share else -1.0),
            -one[1].settled,
            one[0].definition.name,
        )
    )
    if not found:
        return []
    _, _, _, sure, hits = found[0]
    chances = [
        mcnemar_exact(
            int(np.count_nonzero(sure & settled & hits & ~right)),
            int(np.count_nonzero(sure & settled & right & ~hits)),
        )
        for _, _, _, settled, right in found[1:]
    ]
    tied = [True, *(p >= LEVEL for p in chances)]
    return [
        Closeness(
            version=version,
            fidelity=fidelity,
            tied=alike and fidelity.share is not None and found[0][1].share is not None,
            parted=[
                Parted(int(calls.outputs[at]), VALUES[calls.said[at]], VALUES[computed[at]])
                for at in np.flatnonzero(settled & ~right).tolist()
            ],
        )
        for (version, fidelity, computed, settled, right), alike in zip(found, tied, strict=True)
    ]
