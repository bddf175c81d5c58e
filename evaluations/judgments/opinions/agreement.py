"""Model judges beside people: per criterion, how often they answer the same."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Judge, ProtocolVersion, Value
from evaluations.judgments.opinions.actions import block_wordings
from evaluations.judgments.querysets import is_guarded_from, set_apart
from evaluations.measures.intervals import Interval, prompt_clustered
from evaluations.runs.querysets import is_duplicate

VALUES = tuple(Value.values)
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
    *(f"model_{ours}_person_{theirs}" for ours in VALUES for theirs in VALUES),
)


@dataclass(frozen=True)
class WithPeople:
    """One criterion answered by a model judge and by people.

    `table` counts pairs of the model judge and one person about one item: rows are the model
    judge's answers, columns the person's, in the order of `VALUES`; an item with three people
    gives three pairs. `agreement` is the mean over items of the share of its people who answer
    the same, with an interval over items. `kappa` is Cohen's on the table, all four answers
    counted as categories without order; missing where it is not defined.
    """

    wording: CriterionVersion
    items: int
    table: tuple[tuple[int, ...], ...]
    agreement: Interval | None
    kappa: float | None

    @property
    def pairs(self) -> int:
        return sum(sum(row) for row in self.table)

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        """Each answer of the model judge with its counts by the person's."""
        return list(zip(VALUES, self.table, strict=True))


# Answers in force. People's count where they were blind, signed in, and saw no suggestion.
TOGETHER = f"""
SELECT m.criterion_id, m.meaning, m.{{subject}}, m.value, a.value
FROM judgments_answer m
    JOIN judgments_judgment n ON n.id = m.judgment_id AND n.withdrawn_at IS NULL
    JOIN judgments_answer a ON a.{{subject}} = m.{{subject}} AND a.criterion_id = m.criterion_id
        AND a.meaning = m.meaning AND a.is_current
    JOIN judgments_judge j ON j.id = a.judge_id AND j.kind = 'person'
    JOIN judgments_judgment d ON d.id = a.judgment_id AND d.withdrawn_at IS NULL AND d.blind
        AND d.suggestion_shown IS NOT TRUE AND NOT {set_apart("d")}
        AND NOT {is_guarded_from("d")}
WHERE m.judge_id = %(judge)s AND m.is_current AND m.criterion_id = ANY(%(criteria)s)
    AND m.{{subject}} IN ({{items}})
"""
OUTPUTS = f"""SELECT output_id FROM judgments_item
    WHERE version_id = %(version)s AND NOT {is_duplicate("judgments_item.output_id")}"""
PROMPTS = """SELECT coalesce(i.prompt_id, o.prompt_id) FROM judgments_item i
    LEFT JOIN runs_output o ON o.id = i.output_id WHERE i.version_id = %(version)s"""
BOTH = (
    TOGETHER.format(subject="output_id", items=OUTPUTS),
    TOGETHER.format(subject="prompt_id", items=PROMPTS),
)


def compared_with_people(version: ProtocolVersion, judge: Judge) -> list[WithPeople]:
    """A model judge and people on each criterion of a protocol's blocks, in its order.

    Criteria that only one side answered have no items. Two queries, and two a block.
    """
    wordings = wordings_of(version)
    found: dict[tuple[int, int], list[tuple[int, str, str]]] = defaultdict(list)
    parameters: dict[str, Any] = {
        "judge": judge.pk,
        "version": version.pk,
        "criteria": [wording.criterion_id for wording in wordings],
    }
    with connection.cursor() as cursor:
        for query in BOTH:
            cursor.execute(query, parameters)
            for criterion, meaning, *answers in cursor.fetchall():
                found[criterion, meaning].append(tuple(answers))
    return [compare(wording, found[wording.criterion_id, wording.meaning]) for wording in wordings]


def wordings_of(version: ProtocolVersion) -> list[CriterionVersion]:
    """The wordings in force of a protocol's criteria, each once."""
    places = version.protocolblock_set.select_related("block").order_by("position")
    wordings = [wording for place in places for wording in block_wordings(place.block)]
    return list({wording.pk: wording for wording in wordings}.values())


def compare(wording: CriterionVersion, answers: list[tuple[int, str, str]]) -> WithPeople:
    """Agreement on one criterion, from item, the model judge's answer and a person's."""
    table = np.zeros((len(VALUES), len(VALUES)), np.int64)
    for _, ours, theirs in answers:
        table[VALUES.index(ours), VALUES.index(theirs)] += 1
    items = [item for item, _, _ in answers]
    agreement = (
        prompt_clustered([float(ours == theirs) for _, ours, theirs in answers], items)
        if answers
        else None
    )
    return WithPeople(
        wording=wording,
        items=len(set(items)),
        table=tuple(tuple(int(count) for count in row) for row in table),
        agreement=agreement,
        kappa=kappa_of(table),
    )


def kappa_of(table: Any) -> float | None:
    """Cohen's kappa of a table of counts; None where it is not defined."""
    if not table.any():
        return None
    from evaluations.measures.agreement import cohen_kappa  # noqa: PLC0415

    try:
        return float(cohen_kappa(table))
    except ValueError:
        return None


def compared_record(version: ProtocolVersion, judge: Judge, row: WithPeople) -> Mapping[str, Any]:
    """One criterion as a flat record, for CSV and JSON."""
    agreement = row.agreement
    counts = {
        f"model_{ours}_person_{theirs}": row.table[i][j]
        for i, ours in enumerate(VALUES)
        for j, theirs in enumerate(VALUES)
    }
    return {
        "protocol": version.protocol.slug,
        "version": version.number,
        "model": judge.language_model.slug if judge.language_model else "",
        "criterion": row.wording.criterion.key,
        "items": row.items,
        "pairs": row.pairs,
        "agreement": agreement and agreement.estimate,
        "agreement_low": agreement and agreement.low,
        "agreement_high": agreement and agreement.high,
        "kappa": row.kappa,
        **counts,
    }
