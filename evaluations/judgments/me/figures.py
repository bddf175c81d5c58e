"""A judge's own work in figures: how much, how fast, how like others.

Everything rests on outputs and prompts that the judge answered about; what others answered is
only ever seen as a share over many of them.
"""

import datetime as dt
import statistics
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from evaluations.judgments.items.repeats import Share
from evaluations.judgments.models import Judge, Value
from evaluations.judgments.querysets import is_guarded, set_apart
from evaluations.runs.querysets import is_duplicate

FEWEST_PAIRS = 10
"""Below this, a share of agreement says nothing, and could give away single answers."""

BANDS = ((0, 49), (50, 69), (70, 89), (90, 100))
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Counts:
    """What a judge saved and did not undo: forms, comparisons, and what they were about."""

    judgments: int
    comparisons: int
    outputs: int
    prompts: int
    criteria: int
    last_week: int


@dataclass(frozen=True)
class AgreementWithOthers:
    """How often one judge and others gave the same answer to a question."""

    key: str
    title: str
    others: int
    share: Share


@dataclass(frozen=True)
class Calibration:
    """How often others agreed with answers given with a stated confidence, in percent."""

    low: int
    high: int
    share: Share


def counts(judge: Judge, now: dt.datetime | None = None) -> Counts:
    """How much a judge did of what is public. A form about output and prompt is one judgment."""
    now = now or timezone.now()
    standing = judge.judgments.standing().for_everybody()
    pairs = judge.comparisons.for_everybody().filter(withdrawn_at=None)
    forms = standing.values("form_token").distinct()
    current = judge.answers.current().for_everybody()
    return Counts(
        judgments=forms.count(),
        comparisons=pairs.count(),
        outputs=standing.filter(output__isnull=False).values("output").distinct().count(),
        prompts=standing.filter(prompt__isnull=False).values("prompt").distinct().count(),
        criteria=current.computed().order_by().values("criterion").distinct().count(),
        last_week=forms.filter(created_at__gt=now - WEEK).count()
        + pairs.filter(created_at__gt=now - WEEK).count(),
    )


def median_seconds(judge: Judge) -> float | None:
    """Median time a form, idle time taken out; None where none was measured."""
    measured = judge.judgments.standing().for_everybody().filter(seconds__isnull=False)
    taken = [float(seconds or 0) for seconds in measured.values_list("seconds", flat=True)]
    return statistics.median(taken) if taken else None


def days_in_a_row(judge: Judge, today: dt.date | None = None) -> int:
    """Days of this month up to today or yesterday on which the judge judged without a gap."""
    today = today or timezone.now().date()
    first = today.replace(day=1)
    days = {
        day
        for rows in (
            judge.judgments.standing().for_everybody(),
            judge.comparisons.for_everybody().filter(withdrawn_at=None),
        )
        for day in rows.filter(created_at__date__gte=first).values_list(
            "created_at__date", flat=True
        )
    }
    day = today if today in days else today - dt.timedelta(days=1)
    row = 0
    while day in days:
        row, day = row + 1, day - dt.timedelta(days=1)
    return row


PAIRS = f"""
SELECT mine.criterion_id, mine.meaning, other.judge_id, m.confidence, mine.value = other.value,
    count(*)
FROM judgments_answer mine JOIN judgments_judgment m ON m.id = mine.judgment_id
    JOIN judgments_answer other ON other.criterion_id = mine.criterion_id
        AND other.meaning = mine.meaning AND other.judge_id <> mine.judge_id
        AND other.is_current AND other.value <> %(unknown)s
        AND (other.output_id = mine.output_id OR other.prompt_id = mine.prompt_id)
    JOIN judgments_judgment o ON o.id = other.judgment_id
    JOIN judgments_judge j ON j.id = other.judge_id AND j.kind = 'person'
WHERE mine.judge_id = %(judge)s AND mine.is_current AND mine.value <> %(unknown)s
    AND mine.criterion_id IS NOT NULL AND m.withdrawn_at IS NULL AND m.blind
    AND o.withdrawn_at IS NULL AND o.blind AND NOT {set_apart("o")}
    AND NOT {is_guarded("m")} AND NOT {is_guarded("o")}
    AND NOT {is_duplicate("mine.output_id")}
GROUP BY 1, 2, 3, 4, 5
"""

TITLES = """
SELECT DISTINCT ON (v.criterion_id, v.meaning) v.criterion_id, v.meaning, c.key, v.title
FROM definitions_criterionversion v JOIN definitions_criterion c ON c.id = v.criterion_id
ORDER BY v.criterion_id, v.meaning, v.number DESC
"""


def with_others(judge: Judge) -> tuple[list[AgreementWithOthers], list[Calibration]]:
    """Raw agreement with other signed-in people a question, and by stated confidence.

    A pair is this judge's and another's current, blind answer to the same question about the
    same output or prompt. Pairs in which either cannot tell are left out. Most pairs first.
    """
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, {"judge": judge.pk, "unknown": Value.CANNOT_TELL})
        pairs = cursor.fetchall()
        cursor.execute(TITLES)
        titles = {(pk, meaning): (key, title) for pk, meaning, key, title in cursor.fetchall()}
    questions: dict[tuple[int, int], list[int]] = {}
    judges: dict[tuple[int, int], set[int]] = {}
    bands = {band: [0, 0] for band in BANDS}
    for criterion, meaning, other, confidence, same, number in pairs:
        judges.setdefault((criterion, meaning), set()).add(other)
        tallies = [questions.setdefault((criterion, meaning), [0, 0])]
        tallies += [t for (low, high), t in bands.items() if within(confidence, low, high)]
        for tally in tallies:
            tally[0] += number if same else 0
            tally[1] += number
    agreements = [
        AgreementWithOthers(*titles[question], len(judges[question]), Share(same, n, FEWEST_PAIRS))
        for question, (same, n) in questions.items()
    ]
    return (
        sorted(agreements, key=lambda found: (-found.share.n, found.key)),
        [
            Calibration(low, high, Share(same, n, FEWEST_PAIRS))
            for (low, high), (same, n) in bands.items()
            if n
        ],
    )


def within(confidence: int | None, low: int, high: int) -> bool:
    """Whether a stated confidence lies in a band; not where none was stated."""
    return confidence is not None and low <= confidence <= high
