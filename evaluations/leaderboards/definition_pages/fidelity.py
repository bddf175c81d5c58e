"""How often a definition's computed verdict is what the same judge says of the output outright.

A judge says so by classifying the output by the definition as it is worded, or by answering
“would you call this reasoning?”. Both were given before any computed verdict was shown. The
verdict beside it comes from that judge's own answers to criteria: it is the rule that is tested,
not what others saw.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.judgments.models import Value
from evaluations.judgments.querysets import is_guarded, set_apart
from evaluations.judgments.review.fidelity import Fidelity, beside, both_ways, columns_of
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.rules import CODES, Codes, apply_absence_policy_arrays, evaluate_arrays
from evaluations.rules.absence import WITHHELD
from evaluations.rules.editing import joined, without
from evaluations.runs.querysets import is_duplicate

VALUES = tuple(Value.values)
NOTHING_SAID = len(VALUES)
ENOUGH = 5
"""Pairs below which no change of a rule is suggested: anything would fit them."""

UNSEEN = f"""
    JOIN judgments_judgment d ON d.id = a.judgment_id AND d.withdrawn_at IS NULL AND d.blind
        AND d.suggestion_shown IS NOT TRUE AND NOT {set_apart("d")} AND NOT {is_guarded("d")}
"""
COUNTED = f"""{UNSEEN}
    JOIN judgments_judge j ON j.id = a.judge_id AND j.kind = 'person'
    JOIN runs_output o ON o.id = a.output_id AND o.withdrawn_at IS NULL
        AND NOT {is_duplicate("o.id")}
    JOIN runs_run r ON r.id = o.run_id AND r.withdrawn_at IS NULL
"""
# Two statements in one, so that each finds its rows by its own partial index.
OUTRIGHT = f"""
SELECT a.judge_id, a.output_id, NULL::bigint, a.value, o.trace_visibility, o.prompt_id
FROM judgments_answer a {COUNTED} WHERE a.is_current AND a.is_holistic
UNION ALL
SELECT a.judge_id, a.output_id, a.definition_version_id, a.value, o.trace_visibility, o.prompt_id
FROM judgments_answer a {COUNTED}
WHERE a.is_current AND a.definition_version_id IS NOT NULL
"""
PAIRS = """
unnest(%(judges)s::bigint[], %(outputs)s::bigint[], %(prompts)s::bigint[])
    AS s (judge_id, output_id, prompt_id)
"""
ANSWERED_BY = f"""
SELECT s.judge_id, s.output_id, a.criterion_id, a.meaning, a.value
FROM {PAIRS} JOIN judgments_answer a ON a.judge_id = s.judge_id AND {{in_force}}
    AND a.output_id = s.output_id AND a.criterion_id IS NOT NULL {{seen}}
UNION ALL
SELECT s.judge_id, s.output_id, a.criterion_id, a.meaning, a.value
FROM {PAIRS} JOIN judgments_answer a ON a.judge_id = s.judge_id AND {{in_force}}
    AND a.prompt_id = s.prompt_id {{seen}}
"""
"""What judges answered to criteria of some outputs; `in_force` says which answers a are, `seen`
joins their judgments as d."""
IN_FORCE = "a.is_current"
PROCESS = "SELECT key FROM definitions_criterion WHERE process"


@dataclass(frozen=True)
class Spoken:
    """What judges said outright, beside their own answers to criteria.

    Each of the `pairs` is a judge and an output. `judges`, `outputs` and `withheld` have shape
    (pairs,);
    `said` maps a definition version's key, or None for the holistic question, to places in
    `VALUES`, beyond them where nothing was said.
    """

    judges: npt.NDArray[np.int64]
    outputs: npt.NDArray[np.int64]
    withheld: npt.NDArray[np.bool_]
    columns: Mapping[tuple[int, int], Codes]
    said: Mapping[int | None, npt.NDArray[np.intp]]
    process: frozenset[str]

    @property
    def pairs(self) -> int:
        return len(self.outputs)


def spoken_on(matrix: Matrix) -> Spoken:
    """What signed-in people said outright, blind. Three queries, and none until a change."""
    return matrix.rulings.once("spoken", read_spoken)


def read_spoken() -> Spoken:
    with connection.cursor() as cursor:
        cursor.execute(OUTRIGHT)
        rows = cursor.fetchall()
        pairs: dict[tuple[int, int], int] = {}
        prompts, withheld = [], []
        for judge, output, _, _, visibility, prompt in rows:
            if (judge, output) not in pairs:
                pairs[judge, output] = len(pairs)
                prompts.append(prompt)
                withheld.append(visibility in WITHHELD)
        said: dict[int | None, npt.NDArray[np.intp]] = {}
        for judge, output, version, value, _, _ in rows:
            if version not in said:
                said[version] = np.full(len(pairs), NOTHING_SAID, np.intp)
            said[version][pairs[judge, output]] = VALUES.index(value)
        cursor.execute(
            ANSWERED_BY.format(in_force=IN_FORCE, seen=UNSEEN),
            {
                "judges": [judge for judge, _ in pairs],
                "outputs": [output for _, output in pairs],
                "prompts": prompts,
            },
        )
        columns = dict(columns_of(cursor.fetchall(), pairs))
        cursor.execute(PROCESS)
        process = frozenset(key for (key,) in cursor.fetchall())
    return Spoken(
        judges=np.array([judge for judge, _ in pairs], np.int64),
        outputs=np.array([output for _, output in pairs], np.int64),
        withheld=np.array(withheld, np.bool_),
        columns=columns,
        said=said,
        process=process,
    )


def fidelity_to(version: DefinitionVersion, spoken: Spoken, *, holistic: bool) -> Fidelity | None:
    """One definition beside what judges said outright; None where nobody did both.

    A judge whose own answers leave the verdict undetermined counts, as undetermined.
    Reads the prefetched pins, makes no query.
    """
    said = spoken.said.get(None if holistic else version.pk)
    if said is None:
        return None
    both = both_ways(version, spoken.columns, spoken.withheld, set(spoken.process), said)
    found = beside(version, holistic, *both, spoken.outputs)
    return found if found.pairs else None


def said_beside(
    version: DefinitionVersion, spoken: Spoken, *, holistic: bool
) -> Iterator[tuple[int, int, str, str]]:
    """The pairs that `fidelity_to` counts: judge, output, what was said, what the rule says."""
    said = spoken.said.get(None if holistic else version.pk)
    if said is None:
        return
    computed, heard = both_ways(version, spoken.columns, spoken.withheld, set(spoken.process), said)
    for place in np.flatnonzero(heard < NOTHING_SAID).tolist():
        yield (
            int(spoken.judges[place]),
            int(spoken.outputs[place]),
            VALUES[heard[place]],
            VALUES[computed[place]],
        )


@dataclass(frozen=True)
class RuleChange:
    """A change of a rule, and on how many judgments it would then say what the judge says.

    `pairs` are those with something other than “cannot tell” said; an undetermined verdict
    counts as different. `won` and `lost` are the pairs on which the change made them equal,
    and different.
    """

    rule: Any
    kind: str
    wording: CriterionVersion
    pairs: int
    before: int
    won: int
    lost: int

    @property
    def after(self) -> int:
        return self.before + self.won - self.lost

    @property
    def in_words(self) -> str:
        """The change as a phrase: what is done with the criterion."""
        return KINDS[self.kind].format(title=self.wording.title)


KINDS = {
    "drop": "leave out “{title}”",
    "all": "also ask for “{title}”",
    "not": "also ask that it is not so: “{title}”",
    "any": "be content with “{title}” alone",
}


@dataclass(frozen=True)
class Closer:
    """Searches the changes of one criterion that bring a rule closer to what judges say."""

    version: DefinitionVersion
    spoken: Spoken
    holistic: bool

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """The pairs on which something other than “cannot tell” was said, shape (pairs,)."""
        said = self.spoken.said.get(None if self.holistic else self.version.pk)
        if said is None:
            return np.zeros(self.spoken.pairs, np.bool_)
        known: npt.NDArray[np.bool_] = said < VALUES.index(Value.CANNOT_TELL)
        return known

    @cached_property
    def wanted(self) -> Codes:
        """What was said as codes, on the known pairs."""
        said = self.spoken.said[None if self.holistic else self.version.pk][self.known]
        return np.array([CODES[value] for value in VALUES], np.int8)[said]

    def equal(self, rule: Any, wordings: Mapping[str, CriterionVersion]) -> npt.NDArray[np.bool_]:
        """Where the rule says what the judge says, on the known pairs."""
        withheld = self.spoken.withheld[self.known]
        columns = {
            key: self.spoken.columns[wording.criterion_id, wording.meaning][self.known]
            for key, wording in wordings.items()
            if (wording.criterion_id, wording.meaning) in self.spoken.columns
        }
        seen = apply_absence_policy_arrays(
            columns,
            policy=self.version.absence_policy,
            withheld=withheld,
            process=self.spoken.process.intersection(columns),
        )
        equal: npt.NDArray[np.bool_] = (
            evaluate_arrays(rule, seen, length=len(withheld)) == self.wanted
        )
        return equal

    def changes(self, others: Sequence[CriterionVersion], limit: int = 3) -> list[RuleChange]:
        """The changes that win most, best first; fewer lost first among equals.

        Args:
            others: wordings in force of the criteria that could be asked besides.
        """
        if np.count_nonzero(self.known) < ENOUGH:
            return []
        mine = self.version.wordings
        wordings = {w.criterion.key: w for w in others if self.answered(w)} | mine
        now = self.equal(self.version.rule, wordings)
        found = []
        for kind, key, rule in variants(self.version.rule, list(mine), list(wordings)):
            then = self.equal(rule, wordings)
            won = int(np.count_nonzero(then & ~now))
            lost = int(np.count_nonzero(now & ~then))
            if won > lost:
                found.append(
                    RuleChange(rule, kind, wordings[key], now.size, int(now.sum()), won, lost)
                )
        return sorted(found, key=lambda change: (-change.after, change.lost))[:limit]

    def answered(self, wording: CriterionVersion) -> bool:
        """Whether any of these judges answered the criterion about what they classified."""
        return (wording.criterion_id, wording.meaning) in self.spoken.columns


def variants(
    rule: Any, mine: Sequence[str], all_keys: Sequence[str]
) -> Iterator[tuple[str, str, Any]]:
    """Every rule that is one criterion away: (kind of change, criterion key, rule)."""
    for key in mine:
        left = without(rule, key)
        if left is not None:
            yield "drop", key, left
    for key in all_keys:
        if key not in mine:
            yield "all", key, joined("all", rule, key)
            yield "not", key, joined("all", rule, {"not": key})
            yield "any", key, joined("any", rule, key)
