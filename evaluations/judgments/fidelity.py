"""How often what a rule gives for a judge's answers is what that judge says outright."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluations.definitions.models import Criterion, DefinitionVersion
from evaluations.judgments.models import ProtocolVersion, Subject, Value
from evaluations.judgments.project import fetch
from evaluations.judgments.protocols import asked_wordings
from evaluations.judgments.question_agreement import GIVEN
from evaluations.measures.intervals import Interval, prompt_clustered
from evaluations.rules import CODES, WITHHELD, Codes, apply_absence_policy_arrays, evaluate_arrays

VALUES = tuple(Value.values)

OUTRIGHT = f"""
WITH {GIVEN}
SELECT g.judge_id, g.output_id, g.definition_version_id, g.value, o.trace_visibility
FROM given g JOIN runs_output o ON o.id = g.output_id
WHERE g.counts AND (g.is_holistic OR g.definition_version_id IS NOT NULL)
ORDER BY g.judge_id, g.output_id
"""
# A judge's answers to criteria may come from elsewhere too: they are facts about the output.
ANSWERED = f"""
WITH {GIVEN}, subjects AS (
    SELECT DISTINCT g.judge_id, g.output_id, o.prompt_id
    FROM given g JOIN runs_output o ON o.id = g.output_id
    WHERE g.counts AND (g.is_holistic OR g.definition_version_id IS NOT NULL)
)
SELECT s.judge_id, s.output_id, a.criterion_id, a.meaning, a.value
FROM subjects s
    JOIN judgments_answer a ON a.judge_id = s.judge_id AND a.is_current
        AND (a.output_id = s.output_id OR a.prompt_id = s.prompt_id)
    JOIN judgments_judgment d ON d.id = a.judgment_id AND d.blind AND d.withdrawn_at IS NULL
        AND d.suggestion_shown IS NOT TRUE
WHERE a.criterion_id = ANY(%(criteria)s)
"""

Subjects = dict[tuple[int, int], int]


@dataclass(frozen=True)
class Fidelity:
    """A definition's computed verdicts beside what the same judges say of the same outputs.

    `holistic`: they say whether they would call it reasoning, without any definition; else they
    classify by the definition as it is worded. `table` counts by computed verdict (rows) and
    what was said (columns), in the order of `VALUES`. `share` is that of equal ones where both
    are settled, with an interval over outputs.
    """

    definition: DefinitionVersion
    holistic: bool
    table: tuple[tuple[int, ...], ...]
    share: Interval | None

    @property
    def pairs(self) -> int:
        return sum(map(sum, self.table))

    @property
    def settled(self) -> int:
        """Pairs with a determined verdict and something other than cannot tell."""
        return sum(sum(row[:-1]) for row in self.table[:-1])

    @property
    def undetermined(self) -> int:
        return sum(self.table[-1])

    @property
    def cannot_tell(self) -> int:
        return sum(row[-1] for row in self.table[:-1])


def fidelity_of(version: ProtocolVersion, *, guests: bool = False) -> list[Fidelity]:
    """Each definition that judges classified by; for the holistic question those that the
    version's criteria settle.

    Findings are left out, so a rule that needs them comes out undetermined. Which answers count
    is as in `agreement_of`. Makes up to ten queries.
    """
    if version.subject != Subject.OUTPUT:
        return []
    direct = list(
        DefinitionVersion.objects.with_pins()
        .filter(protocoldefinition__version=version)
        .select_related("definition")
        .order_by("protocoldefinition__position")
    )
    holistic = settled_by(version) if version.asks_holistic else []
    if not direct and not holistic:
        return []
    parameters: dict[str, object] = {"version": version.pk, "guests": guests}
    said = fetch(OUTRIGHT, parameters)
    if not said:
        return []
    subjects: Subjects = {}
    for judge, output, *_ in said:
        subjects.setdefault((judge, output), len(subjects))
    withheld = np.zeros(len(subjects), np.bool_)
    for judge, output, _, _, visibility in said:
        withheld[subjects[judge, output]] = visibility in WITHHELD
    pins = {w.criterion_id for each in (*direct, *holistic) for w in each.criterion_versions.all()}
    columns = columns_of(fetch(ANSWERED, parameters | {"criteria": list(pins)}), subjects)
    outputs = np.array([output for _, output in subjects])
    process = set(Criterion.objects.filter(process=True).values_list("key", flat=True))
    found = []
    for definition, is_holistic in (
        *((each, False) for each in direct),
        *((each, True) for each in holistic),
    ):
        wanted = None if is_holistic else definition.pk
        spoken = np.full(len(subjects), len(VALUES))
        for judge, output, classified, value, _ in said:
            if classified == wanted:
                spoken[subjects[judge, output]] = VALUES.index(value)
        computed = computed_verdicts(definition, columns, withheld, process)
        found.append(beside(definition, is_holistic, computed, spoken, outputs))
    return [row for row in found if row.pairs]


def settled_by(version: ProtocolVersion) -> list[DefinitionVersion]:
    """Published definitions whose whole rule a version asks."""
    asked = {(wording.criterion_id, wording.meaning) for wording in asked_wordings(version)}
    return [
        each
        for each in DefinitionVersion.objects.published().with_pins()
        if {(w.criterion_id, w.meaning) for w in each.criterion_versions.all()} <= asked
    ]


def columns_of(
    answers: Iterable[Sequence[object]], subjects: Subjects
) -> Mapping[tuple[int, int], Codes]:
    """Codes of the answers to each question (criterion and meaning), shape (subjects,)."""
    columns: dict[tuple[int, int], Codes] = defaultdict(
        lambda: np.full(len(subjects), CODES["cannot-tell"], np.int8)
    )
    for judge, output, criterion, meaning, value in answers:
        columns[criterion, meaning][subjects[judge, output]] = CODES[value]  # type: ignore[index]
    return columns


def computed_verdicts(
    definition: DefinitionVersion,
    columns: Mapping[tuple[int, int], Codes],
    withheld: np.ndarray[tuple[int], np.dtype[np.bool_]],
    process: set[str],
) -> Codes:
    """Codes of the rule's verdicts, shape (subjects,)."""
    mine = {
        wording.criterion.key: columns[wording.criterion_id, wording.meaning]
        for wording in definition.criterion_versions.all()
        if (wording.criterion_id, wording.meaning) in columns
    }
    seen = apply_absence_policy_arrays(
        mine,
        policy=definition.absence_policy,
        withheld=withheld,
        process=process.intersection(definition.keys),
    )
    return evaluate_arrays(definition.rule, seen, length=withheld.size)


def beside(
    definition: DefinitionVersion,
    holistic: bool,
    computed: Codes,
    spoken: np.ndarray[tuple[int], np.dtype[np.intp]],
    outputs: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Fidelity:
    """Both roads on the same judges and outputs; `spoken` is beyond VALUES where nothing was."""
    place = np.array([VALUES.index(value) for value in VALUES_BY_CODE])[computed]
    table = np.zeros((len(VALUES), len(VALUES) + 1), np.int64)
    np.add.at(table, (place, spoken), 1)
    unknown = VALUES.index(Value.CANNOT_TELL)
    settled = (place != unknown) & (spoken < unknown)
    share = None
    if settled.any():
        share = prompt_clustered((place == spoken)[settled].astype(float), outputs[settled])
    counts = tuple(tuple(int(count) for count in row[:-1]) for row in table)
    return Fidelity(definition, holistic, counts, share)


VALUES_BY_CODE = ("no", "partly", "yes", "cannot-tell")
"""Answers by their codes; the last is reached by the code -1."""
