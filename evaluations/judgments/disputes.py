"""What judges of a protocol's version disagree on, item by item."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import ProtocolVersion, Subject
from evaluations.judgments.project import fetch
from evaluations.judgments.protocols import asked_wordings
from evaluations.judgments.question_agreement import GIVEN

# Mean over the pairs of an item's known answers of their squared distance, the greatest one 1.
# A question about a prompt belongs to the first item with that prompt, else it would be
# disputed again on each.
DISPUTED = f"""
WITH {GIVEN}, counted AS (
    SELECT output_id, prompt_id, criterion_id, meaning,
        count(*) FILTER (WHERE value = 'no') AS no,
        count(*) FILTER (WHERE value = 'partly') AS partly,
        count(*) FILTER (WHERE value = 'yes') AS yes,
        count(*) FILTER (WHERE value = 'cannot-tell') AS unknown
    FROM given
    WHERE counts AND (criterion_id, meaning) IN (
        SELECT * FROM unnest(%(criteria)s::bigint[], %(meanings)s::int[])
    )
    GROUP BY output_id, prompt_id, criterion_id, meaning
), placed AS (
    SELECT CASE
            WHEN output_id IS NOT NULL THEN (
                SELECT i.id FROM judgments_item i
                WHERE i.version_id = %(version)s AND i.output_id = c.output_id)
            ELSE (
                SELECT min(i.id) FROM judgments_item i LEFT JOIN runs_output o ON o.id = i.output_id
                WHERE i.version_id = %(version)s AND NOT i.is_gold
                    AND (i.prompt_id = c.prompt_id OR o.prompt_id = c.prompt_id))
        END AS item_id,
        criterion_id, meaning, no, partly, yes, unknown,
        (yes * no + 0.25 * partly * (yes + no)) * 2
            / ((no + partly + yes) * (no + partly + yes - 1)) AS disagreement
    FROM counted c
    WHERE (no > 0)::int + (partly > 0)::int + (yes > 0)::int > 1
), disputed AS (
    SELECT p.*, EXISTS (
        SELECT FROM judgments_adjudication x
            JOIN definitions_criterionversion w ON w.id = x.criterion_version_id
        WHERE x.item_id = p.item_id AND x.criterion_id = p.criterion_id AND x.is_current
            AND w.meaning = p.meaning) AS decided
    FROM placed p JOIN judgments_item i ON i.id = p.item_id
        LEFT JOIN runs_output o ON o.id = i.output_id LEFT JOIN runs_run r ON r.id = o.run_id
    WHERE o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
), ranked AS (
    SELECT item_id, sum(disagreement) AS total, bool_and(decided) AS settled,
        count(*) OVER () AS items, sum((NOT bool_and(decided))::int) OVER () AS open
    FROM disputed GROUP BY item_id
)
"""
LISTED = f"""
{DISPUTED}, chosen AS (SELECT * FROM ranked ORDER BY total DESC, item_id LIMIT %(limit)s)
SELECT c.item_id, i.output_id, i.prompt_id, i.needed, i.done, c.items, c.open, c.total,
    d.criterion_id, d.meaning, d.no, d.partly, d.yes, d.unknown, d.disagreement, d.decided
FROM chosen c JOIN disputed d ON d.item_id = c.item_id JOIN judgments_item i ON i.id = c.item_id
ORDER BY c.total DESC, c.item_id, d.disagreement DESC, d.criterion_id
"""
OPEN = f"""
{DISPUTED}
SELECT item_id FROM ranked WHERE NOT settled ORDER BY total DESC, item_id
"""


@dataclass(frozen=True)
class Dispute:
    """One question that judges of an item answered differently.

    `disagreement` is the mean over pairs of known answers of their squared distance: 1 between
    yes and no, 0.25 between neighbours.
    """

    wording: CriterionVersion
    no: int
    partly: int
    yes: int
    unknown: int
    disagreement: float
    decided: bool

    @property
    def answers(self) -> list[tuple[str, int]]:
        """Each answer with how many judges gave it, the given ones only."""
        counted = (
            ("yes", self.yes),
            ("partly", self.partly),
            ("no", self.no),
            ("cannot-tell", self.unknown),
        )
        return [pair for pair in counted if pair[1]]


@dataclass(frozen=True)
class DisputedItem:
    """An item with its disputes, the worst first; `total` is the sum of their disagreements."""

    pk: int
    output: int | None
    prompt: int | None
    missing: int
    total: float
    disputes: Sequence[Dispute]

    @property
    def settled(self) -> bool:
        return all(dispute.decided for dispute in self.disputes)


@dataclass(frozen=True)
class Disputed:
    """The most disputed items, out of `count`, of which `open` wait for a decision."""

    items: Sequence[DisputedItem] = ()
    count: int = 0
    open: int = 0


def parameters_of(
    version: ProtocolVersion, wordings: Sequence[CriterionVersion], guests: bool
) -> dict[str, Any]:
    return {
        "version": version.pk,
        "guests": guests,
        "criteria": [wording.criterion_id for wording in wordings],
        "meanings": [wording.meaning for wording in wordings],
    }


def disputed_items(
    version: ProtocolVersion, *, guests: bool = False, limit: int | None = None
) -> Disputed:
    """Items on whose criteria people part, the most disputed first. Makes three queries.

    Which answers count is as in `agreement_of`; outputs that were withdrawn are left out.
    """
    wordings = asked_wordings(version)
    if not wordings or version.subject == Subject.PAIR:
        return Disputed()
    by_place = {(wording.criterion_id, wording.meaning): wording for wording in wordings}
    rows = fetch(LISTED, parameters_of(version, wordings, guests) | {"limit": limit})
    if not rows:
        return Disputed()
    found = []
    for (item, output, prompt, needed, done, _, _, total), group in groupby(
        rows, key=lambda row: row[:8]
    ):
        disputes = [
            Dispute(by_place[criterion, meaning], no, partly, yes, unknown, float(apart), decided)
            for *_, criterion, meaning, no, partly, yes, unknown, apart, decided in group
        ]
        missing = max(needed - done, 0)
        found.append(DisputedItem(item, output, prompt, missing, float(total), disputes))
    return Disputed(found, count=rows[0][5], open=rows[0][6])


def next_disputed(
    version: ProtocolVersion, *, after: int | None = None, guests: bool = False
) -> int | None:
    """Id of the most disputed item that waits for a decision; None when there is none.

    Args:
        after: id of the item just seen: the one that follows it in the order comes, and the
            first again after the last.

    Makes three queries.
    """
    wordings = asked_wordings(version)
    if not wordings or version.subject == Subject.PAIR:
        return None
    waiting: list[int] = [pk for (pk,) in fetch(OPEN, parameters_of(version, wordings, guests))]
    if after in waiting:
        place = waiting.index(after) + 1
        waiting = waiting[place:] + waiting[:place]
    return waiting[0] if waiting else None
