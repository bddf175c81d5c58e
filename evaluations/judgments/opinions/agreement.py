"""Model judges beside people: per criterion, how often they answer the same."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from django.core.cache import cache
from django.db import connection

from evaluations.definitions.models import Criterion, CriterionVersion
from evaluations.judgments.models import Judge, ProtocolVersion, Value
from evaluations.judgments.opinions.actions import block_wordings
from evaluations.judgments.querysets import is_guarded, is_guarded_from, set_apart
from evaluations.measures.agreement import Undefined, cohen_kappa, kappa_interval
from evaluations.measures.intervals import Interval, prompt_clustered
from evaluations.runs.querysets import is_duplicate, repeating

VALUES = tuple(Value.values)
KEPT_AS, KEPT_SECONDS = "model-judges-beside-people", 300
DRAWN_AS, DRAWN_SECONDS = "model-judges-beside-people-by-pairs-1", 24 * 60 * 60
"""The number rises with how figures are made."""
COLUMNS = (
    "protocol",
    "version",
    "model",
    "criterion",
    "items",
    "pairs",
    "agreement",
    "agreement_low",
    "agreement_high",
    "kappa",
    "kappa_low",
    "kappa_high",
    *(f"model_{ours}_person_{theirs}" for ours in VALUES for theirs in VALUES),
)


Figures = tuple[int, tuple[tuple[int, ...], ...], Interval | None, float | None, Interval | None]
"""What `WithPeople` holds of a wording, in its order."""


@dataclass(frozen=True)
class WithPeople:
    """One criterion answered by a model judge and by people.

    `table` counts pairs of the model judge and one person about one item: rows are the model
    judge's answers, columns the person's, in the order of `VALUES`; an item with three people
    gives three pairs. `agreement` is the share of an item's people who answer the same, as a
    mean over the items of a prompt and then over prompts, with an interval over prompts that is
    clustered by family. `kappa` is Cohen's on the table, all four answers counted as categories
    without order; missing where undefined. Its interval draws prompts again, families whole.
    """

    wording: CriterionVersion
    items: int
    table: tuple[tuple[int, ...], ...]
    agreement: Interval | None
    kappa: float | None
    kappa_interval: Interval | None

    @property
    def pairs(self) -> int:
        return sum(sum(row) for row in self.table)

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        """Each answer of the model judge with its counts by the person's."""
        return list(zip(VALUES, self.table, strict=True))


# Answers in force about what was not withdrawn. People's count where they were blind, signed in,
# and saw no suggestion. A prompt without a family is one of its own: its number below 0.
TOGETHER = f"""
SELECT m.judge_id, m.criterion_id, m.meaning, m.{{subject}}, p.id, coalesce(p.family_id, -p.id),
    m.value, a.value
FROM judgments_answer m {{about}}
    JOIN judgments_judgment n ON n.id = m.judgment_id AND n.withdrawn_at IS NULL
    JOIN judgments_judge w ON w.id = m.judge_id AND w.kind = 'model'
    JOIN judgments_answer a ON a.{{subject}} = m.{{subject}} AND a.criterion_id = m.criterion_id
        AND a.meaning = m.meaning AND a.is_current
    JOIN judgments_judge j ON j.id = a.judge_id AND j.kind = 'person'
    JOIN judgments_judgment d ON d.id = a.judgment_id AND d.withdrawn_at IS NULL AND d.blind
        AND d.suggestion_shown IS NOT TRUE AND NOT {set_apart("d")}
        AND NOT {{guarded}}
WHERE m.is_current AND m.criterion_id IS NOT NULL AND {{narrowed}}
"""
OUTPUTS = f"""SELECT output_id FROM judgments_item
    WHERE version_id = %(version)s AND NOT {is_duplicate("judgments_item.output_id")}"""
PROMPTS = """SELECT coalesce(i.prompt_id, o.prompt_id) FROM judgments_item i
    LEFT JOIN runs_output o ON o.id = i.output_id WHERE i.version_id = %(version)s"""
ABOUT = {
    "output_id": """JOIN runs_output o ON o.id = m.output_id AND o.withdrawn_at IS NULL
    JOIN runs_run r ON r.id = o.run_id AND r.withdrawn_at IS NULL
    JOIN prompts_prompt p ON p.id = o.prompt_id""",
    "prompt_id": "JOIN prompts_prompt p ON p.id = m.prompt_id",
}
UNDER = "m.judge_id = %(judge)s AND m.criterion_id = ANY(%(criteria)s) AND m.{subject} IN ({items})"
EVERYWHERE = f"NOT {is_guarded('n')}"
REPEATING = (
    f"SELECT FROM ({repeating('SELECT id FROM prompts_prompt')}) it WHERE it.id = m.output_id"
)
UNDER_PROTOCOL = tuple(
    TOGETHER.format(
        subject=subject,
        about=ABOUT[subject],
        guarded=is_guarded_from("d"),
        narrowed=UNDER.format(subject=subject, items=items),
    )
    for subject, items in (("output_id", OUTPUTS), ("prompt_id", PROMPTS))
)
ON_SITE = tuple(
    TOGETHER.format(
        subject=subject, about=ABOUT[subject], guarded=is_guarded("d"), narrowed=narrowed
    )
    for subject, narrowed in (
        ("output_id", f"{EVERYWHERE} AND NOT EXISTS ({REPEATING})"),
        ("prompt_id", EVERYWHERE),
    )
)


class Pair(NamedTuple):
    """What a model judge and a person answered about the same item, of a prompt of a family."""

    item: int
    prompt: int
    family: int
    ours: str
    theirs: str


Asked = tuple[int, int, int]
"""A judge, a criterion and its meaning."""
Pairs = dict[Asked, list[Pair]]


def pairs_of(queries: Sequence[str], parameters: Mapping[str, Any]) -> Pairs:
    """What model judges and people answered about the same."""
    found: Pairs = defaultdict(list)
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query, parameters)
            for judge, criterion, meaning, *pair in cursor.fetchall():
                found[judge, criterion, meaning].append(Pair(*pair))
    return found


def compared_with_people(version: ProtocolVersion, judge: Judge) -> list[WithPeople]:
    """A model judge and people on each criterion of a protocol's blocks, in its order.

    Criteria that only one side answered have no items. Two queries, and two a block.
    """
    wordings = wordings_of(version)
    found = pairs_of(
        UNDER_PROTOCOL,
        {
            "judge": judge.pk,
            "version": version.pk,
            "criteria": [wording.criterion_id for wording in wordings],
        },
    )
    return [
        compare(wording, found[judge.pk, wording.criterion_id, wording.meaning])
        for wording in wordings
    ]


def kept_on_site() -> list[tuple[Judge, list[WithPeople]]]:
    """`compared_on_site` as it was at most `KEPT_SECONDS` ago: it reads every answer of a model.

    Only figures are kept; judges and wordings are as they are now. Four queries.
    """
    return named(cache.get_or_set(KEPT_AS, figures_on_site, KEPT_SECONDS) or {})


def forget_on_site() -> None:
    """Compare again at the next look."""
    cache.delete(KEPT_AS)


def compared_on_site() -> list[tuple[Judge, list[WithPeople]]]:
    """Every model judge and people on each criterion that both answered, on all that is public.

    The judges in order of their names, the criteria in the catalogue's.
    """
    return named(figures_on_site())


def figures_on_site() -> dict[Asked, Figures]:
    """What both said of each criterion; an interval is drawn again only where pairs changed."""
    found = pairs_of(ON_SITE, {})
    names = {asked: digest_of(pairs) for asked, pairs in found.items()}
    drawn = cache.get(DRAWN_AS) or {}
    figures = {name: drawn.get(name) or figures_of(found[asked]) for asked, name in names.items()}
    if figures.keys() != drawn.keys():
        cache.set(DRAWN_AS, figures, DRAWN_SECONDS)
    return {asked: figures[name] for asked, name in names.items()}


def digest_of(pairs: Sequence[Pair]) -> str:
    """The same for the same pairs in any order."""
    return hashlib.sha256(repr(sorted(map(tuple, pairs))).encode()).hexdigest()


def named(found: Mapping[Asked, Figures]) -> list[tuple[Judge, list[WithPeople]]]:
    """Figures with their judges and wordings. Three queries."""
    judges = Judge.objects.select_related("language_model", "judge_prompt").in_bulk(
        {judge for judge, *_ in found}
    )
    keys = Criterion.objects.filter(pk__in={criterion for _, criterion, _ in found})
    wordings = CriterionVersion.objects.for_keys(list(keys.values_list("key", flat=True)))
    ordered = sorted(wordings, key=lambda each: (each.criterion.position, each.criterion.key))
    return [
        (
            judge,
            [
                WithPeople(wording, *found[asked])
                for wording in ordered
                if (asked := (judge.pk, wording.criterion_id, wording.meaning)) in found
            ],
        )
        for judge in sorted(judges.values(), key=lambda each: (each.called, each.pk))
    ]


def wordings_of(version: ProtocolVersion) -> list[CriterionVersion]:
    """The wordings in force of a protocol's criteria, each once."""
    places = version.protocolblock_set.select_related("block").order_by("position")
    wordings = [wording for place in places for wording in block_wordings(place.block)]
    return list({wording.pk: wording for wording in wordings}.values())


def compare(wording: CriterionVersion, pairs: Sequence[Pair]) -> WithPeople:
    """Agreement on one criterion."""
    return WithPeople(wording, *figures_of(pairs))


def figures_of(pairs: Sequence[Pair]) -> Figures:
    size = len(VALUES)
    of_item: dict[tuple[int, int, int], Any] = defaultdict(lambda: np.zeros((size, size), np.int64))
    for pair in pairs:
        of_item[pair[:3]][VALUES.index(pair.ours), VALUES.index(pair.theirs)] += 1
    of_family: dict[int, Any] = defaultdict(lambda: np.zeros((size, size), np.int64))
    for (_, _, family), counts in of_item.items():
        of_family[family] += counts
    table = sum(of_family.values(), np.zeros((size, size), np.int64))
    kappa, interval = kappa_of(list(of_family.values()), table)
    return (
        len(of_item),
        tuple(tuple(int(count) for count in row) for row in table),
        agreement_of(of_item) if of_item else None,
        kappa,
        interval,
    )


def agreement_of(of_item: Mapping[tuple[int, int, int], Any]) -> Interval:
    """The mean share of equal answers, from the table of each item of a prompt of a family."""
    _, prompts, families = zip(*of_item, strict=True)
    shares = [float(np.trace(table) / table.sum()) for table in of_item.values()]
    return prompt_clustered(shares, prompts, families)


def kappa_of(of_family: Sequence[Any], table: Any) -> tuple[float | None, Interval | None]:
    """Cohen's kappa of a table of counts with its interval over families; None where undefined."""
    if not of_family:
        return None, None
    kinds, times = np.unique(np.array(of_family), axis=0, return_counts=True)
    try:
        return cohen_kappa(table), kappa_interval(kinds, times)
    except Undefined:
        return None, None


def compared_record(
    version: ProtocolVersion | None, judge: Judge, row: WithPeople
) -> Mapping[str, Any]:
    """One criterion as a flat record, for CSV and JSON; of the whole site without a version."""
    agreement = row.agreement
    counts = {
        f"model_{ours}_person_{theirs}": row.table[i][j]
        for i, ours in enumerate(VALUES)
        for j, theirs in enumerate(VALUES)
    }
    return {
        **({"protocol": version.protocol.slug, "version": version.number} if version else {}),
        "model": judge.key,
        "criterion": row.wording.criterion.key,
        "items": row.items,
        "pairs": row.pairs,
        "agreement": agreement and agreement.estimate,
        "agreement_low": agreement and agreement.low,
        "agreement_high": agreement and agreement.high,
        "kappa": row.kappa,
        "kappa_low": row.kappa_interval and row.kappa_interval.low,
        "kappa_high": row.kappa_interval and row.kappa_interval.high,
        **counts,
    }
