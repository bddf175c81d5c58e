"""How often what a rule gives for a judge's answers is what that judge says outright."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import Criterion, CriterionVersion, DefinitionVersion, Pin
from evaluations.judgments.models import ProtocolVersion, Subject, Value
from evaluations.judgments.protocols.reading import asked_wordings
from evaluations.judgments.querysets import is_guarded_from, set_apart
from evaluations.judgments.review.columns import (
    HOLISTIC,
    QUESTION,
    VALUE,
    Flags,
    InForce,
    Integers,
    Items,
    given_in,
    given_under,
    integer_columns,
    items_of,
    of_criterion,
    of_definition,
    places,
    said,
)
from evaluations.measures.intervals import Interval, prompt_clustered
from evaluations.rules import CODES, Codes, apply_absence_policy_arrays, evaluate_arrays

VALUES = tuple(Value.values)
VALUES_BY_CODE = ("no", "partly", "yes", "cannot-tell")
"""Answers by their codes; the last is reached by the code -1 too."""

Places = npt.NDArray[np.intp]

CODE_OF = np.array([CODES[value] for value in VALUES_BY_CODE])
PLACES: Places = np.array([VALUES.index(value) for value in VALUES_BY_CODE])

# A judge's answers to criteria may come from elsewhere too: they are facts about the output.
ELSEWHERE = f"""
SELECT {QUESTION}, coalesce(a.output_id, -a.prompt_id), {said("a.judge_id", VALUE, "true")}
FROM (
    SELECT s.id FROM unnest(%(judges)s::bigint[], %(outputs)s::bigint[]) AS p (judge, output)
    CROSS JOIN LATERAL (
        SELECT s.id, s.item_id FROM judgments_judgment s
        WHERE s.output_id = p.output AND s.judge_id = p.judge {{seen}} OFFSET 0
    ) s LEFT JOIN judgments_item i ON i.id = s.item_id
    WHERE i.version_id IS DISTINCT FROM %(version)s
    UNION ALL
    SELECT s.id FROM judgments_judgment s
    WHERE s.prompt_id = ANY(%(prompts)s) AND s.judge_id = ANY(%(judges)s) {{seen}}
) s JOIN judgments_answer a ON a.judgment_id = s.id AND a.is_current
WHERE a.criterion_id = ANY(%(criteria)s)
""".format(
    seen="AND s.blind AND s.withdrawn_at IS NULL AND s.suggestion_shown IS NOT TRUE "
    f"AND NOT {set_apart('s')} AND NOT {is_guarded_from('s')}"
)

Subjects = dict[tuple[int, int], int]


@dataclass(frozen=True)
class Fidelity:
    """A definition's computed verdicts beside what the same judges say of the same outputs.

    `holistic`: they say whether they would call it reasoning, without any definition; else they
    classify by the definition as it is worded. `table` counts by computed verdict (rows) and
    what was said (columns), in the order of `VALUES`. `share` is the mean over outputs of each
    output's share of equal ones where both are settled, with an interval over outputs.
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


@dataclass(frozen=True)
class DirectVerdicts:
    """What judges said outright, one row a judge and output, in columns of shape (rows,)."""

    judges: Integers
    outputs: Integers
    prompts: Integers
    withheld: Flags
    said: Mapping[int, Places]
    """Number of the question (see `InForce`) to places in `VALUES`, beyond it where
    nothing was said."""


def spoken_in(given: InForce, items: Items) -> DirectVerdicts:
    outright = given.counted.where(given.counted.question <= HOLISTIC)
    outputs, output = np.unique(outright.subject, return_inverse=True)
    judges, judge = np.unique(outright.judge, return_inverse=True)
    cells, row = np.unique(judge * max(outputs.size, 1) + output, return_inverse=True)
    columns: dict[int, Places] = {}
    for number in np.unique(outright.question).tolist():
        chosen = outright.question == number
        columns[number] = np.full(cells.size, len(VALUES))
        columns[number][row[chosen]] = PLACES[outright.value[chosen]]
    judge, output = np.divmod(cells, max(outputs.size, 1))
    place = places(items.output, outputs[output])
    return DirectVerdicts(
        judges=judges[judge],
        outputs=outputs[output],
        prompts=items.prompt[place],
        withheld=items.withheld[place],
        said=columns,
    )


def fidelity_of(
    version: ProtocolVersion,
    given: InForce | None = None,
    wordings: Sequence[CriterionVersion] | None = None,
    *,
    guests: bool = False,
) -> list[Fidelity]:
    """Each definition that judges classified by; for the holistic question those that the
    version's criteria settle.

    Findings are left out, so a rule that needs them comes out undetermined. Which answers count
    is as in `agreement_of`. Makes up to eleven queries.

    Args:
        given: the version's answers, where they were read before.
        wordings: what it asks, where that was read before.
    """
    if version.subject != Subject.OUTPUT:
        return []
    direct = list(
        DefinitionVersion.objects.with_pins()
        .filter(protocoldefinition__version=version)
        .select_related("definition")
        .order_by("protocoldefinition__position")
    )
    holistic = settled_by(asked_wordings(version) if wordings is None else wordings)
    if not direct and not holistic:
        return []
    given = given or given_under(version, guests=guests)
    if not (given.counts & (given.question <= HOLISTIC)).any():
        return []
    spoken = spoken_in(given, items_of(version))
    columns = answered_by(version, spoken, given, (*direct, *holistic))
    process = set(Criterion.objects.filter(process=True).values_list("key", flat=True))
    found = []
    for definition, is_holistic in (
        *((each, False) for each in direct),
        *((each, True) for each in holistic),
    ):
        words = spoken.said.get(HOLISTIC if is_holistic else of_definition(definition.pk))
        if words is None:
            continue
        both = both_ways(definition, columns, spoken.withheld, process, words)
        found.append(beside(definition, is_holistic, *both, spoken.outputs))
    return [each for each in found if each.pairs]


def answered_by(
    version: ProtocolVersion,
    spoken: DirectVerdicts,
    given: InForce,
    definitions: Iterable[DefinitionVersion],
) -> Mapping[tuple[int, int], Codes]:
    """Codes of the judges' answers to each question of the rules. Makes one query."""
    wordings = [wording for each in definitions for wording in each.pinned]
    parameters = {
        "version": version.pk,
        "judges": spoken.judges.tolist(),
        "outputs": spoken.outputs.tolist(),
        "prompts": np.unique(spoken.prompts).tolist(),
        "criteria": [wording.criterion_id for wording in wordings],
    }
    elsewhere, here = given_in(integer_columns(ELSEWHERE, parameters, 3)), given.counted
    question = np.concatenate([here.question, elsewhere.question])
    subject = np.concatenate([here.subject, elsewhere.subject])
    judge = np.concatenate([here.judge, elsewhere.judge])
    value = np.concatenate([here.value, elsewhere.value])
    judges = np.unique(judge)
    # One number for a judge and a subject.
    subjects = np.unique(np.concatenate([subject, spoken.outputs, -spoken.prompts]))
    key = places(judges, judge) * subjects.size + places(subjects, subject)
    whose = places(judges, spoken.judges) * subjects.size
    about = [whose + places(subjects, each) for each in (spoken.outputs, -spoken.prompts)]
    columns = {}
    for pin in {(wording.criterion_id, wording.meaning) for wording in wordings}:
        chosen = np.flatnonzero(question == of_criterion(*pin))
        if chosen.size:
            rows = np.maximum(*(places(key[chosen], each) for each in about))
            codes = np.append(CODE_OF[value[chosen]], CODES["cannot-tell"])
            columns[pin] = codes[rows].astype(np.int8)
    return columns


def settled_by(wordings: Iterable[CriterionVersion]) -> list[DefinitionVersion]:
    """Curated definitions whose whole rule these questions are. Their pins are looked at
    first: most definitions ask something else, and are not read."""
    asked = {(wording.criterion_id, wording.meaning) for wording in wordings}
    if not asked:
        return []
    curated = DefinitionVersion.objects.curated()
    meant: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for key, criterion, meaning in Pin.objects.filter(
        definition_version__in=curated.order_by().values("pk")
    ).values_list(
        "definition_version", "criterion_version__criterion", "criterion_version__meaning"
    ):
        meant[key].add((criterion, meaning))
    settled = [key for key, pins in meant.items() if pins <= asked]
    return list(curated.filter(pk__in=settled).with_pins()) if settled else []


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
    withheld: Flags,
    process: set[str],
) -> Codes:
    """Codes of the rule's verdicts, shape (subjects,)."""
    mine = {
        wording.criterion.key: columns[wording.criterion_id, wording.meaning]
        for wording in definition.pinned
        if (wording.criterion_id, wording.meaning) in columns
    }
    seen = apply_absence_policy_arrays(
        mine,
        policy=definition.absence_policy,
        withheld=withheld,
        process=process.intersection(definition.keys),
    )
    return evaluate_arrays(definition.rule, seen, length=withheld.size)


def both_ways(
    definition: DefinitionVersion,
    columns: Mapping[tuple[int, int], Codes],
    withheld: Flags,
    process: set[str],
    spoken: Places,
) -> tuple[Places, Places]:
    """Places in VALUES of the rule's verdicts and of what was said, both of shape (subjects,).

    What was said is beyond VALUES where nothing was, and where the judge gave no answer but
    cannot tell to what the rule asks: such a judge has no verdict that could be compared.
    """
    answered = np.zeros(withheld.shape, np.bool_)
    for wording in definition.pinned:
        pin = wording.criterion_id, wording.meaning
        if pin in columns:
            answered |= columns[pin] != CODES["cannot-tell"]
    computed = computed_verdicts(definition, columns, withheld, process)
    return PLACES[computed], np.where(answered, spoken, len(VALUES))


def beside(
    definition: DefinitionVersion,
    holistic: bool,
    computed: Places,
    spoken: Places,
    outputs: Integers,
) -> Fidelity:
    """Both roads on the same judges and outputs, as by `both_ways`."""
    table = np.zeros((len(VALUES), len(VALUES) + 1), np.int64)
    np.add.at(table, (computed, spoken), 1)
    unknown = VALUES.index(Value.CANNOT_TELL)
    settled = (computed != unknown) & (spoken < unknown)
    share = None
    if settled.any():
        share = prompt_clustered((computed == spoken)[settled].astype(float), outputs[settled])
    counts = tuple(tuple(int(count) for count in row[:-1]) for row in table)
    return Fidelity(definition, holistic, counts, share)
